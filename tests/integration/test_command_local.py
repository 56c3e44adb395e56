"""`pyflink-dynamodb local` as a person meets it: in a terminal, until Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from pyflink_dynamodb.cli import main
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items


@contextmanager
def _started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    command = [sys.executable, "-m", "pyflink_dynamodb", "local", "--port", "0", *arguments]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
        # A shell has what it runs in the background ignore Ctrl-C, and so these tests, perhaps.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ctrl-C"):
                break
        else:
            pytest.fail("".join(said))
        yield process, dict(re.findall(r"^  (aws\S+) = (.*)$", "".join(said), re.MULTILINE))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _client(properties: dict[str, str]) -> Any:
    credentials = "aws.credentials.provider.basic."
    return boto3.client(
        "dynamodb",
        endpoint_url=properties["aws.endpoint"],
        region_name=properties["aws.region"],
        aws_access_key_id=properties[credentials + "accesskeyid"],
        aws_secret_access_key=properties[credentials + "secretkey"],
    )


def _refuses(endpoint: str) -> bool:
    host, port = endpoint.removeprefix("http://").split(":")
    with socket.socket() as tried:
        return tried.connect_ex((host, int(port))) != 0


def test_ctrl_c_ends_it_and_what_it_printed_was_enough() -> None:
    """The properties on the screen reach it; after Ctrl-C nothing listens any more."""
    with _started() as (process, properties):
        create_table(_client(properties), "printed", "pk")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert _refuses(properties["aws.endpoint"])


def test_tables_in_a_directory_outlive_it(tmp_path: Path) -> None:
    """`--db-path` makes the directory, and the next start finds what the last one wrote."""
    folder = str(tmp_path / "new" / "tables")
    with _started("--db-path", folder) as (process, properties):
        client = _client(properties)
        create_table(client, "kept", "pk")
        client.put_item(TableName="kept", Item={"pk": {"S": "a"}})
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    with DynamoDbLocal(db_path=folder) as again:
        assert scan_items(again.client(), "kept") == [{"pk": "a"}]


@pytest.mark.parametrize("way", ["port", "db-path"])
def test_what_cannot_start_is_one_sentence(
    dynamodb_local: DynamoDbLocal, tmp_path: Path, way: str
) -> None:
    """A port that is taken, a file where the directory should be: named, and status 1."""
    file = tmp_path / "file"
    file.write_text("")
    ways: dict[str, Callable[[], list[str]]] = {
        "port": lambda: ["--port", dynamodb_local.endpoint.rpartition(":")[2]],
        "db-path": lambda: ["--port", "0", "--db-path", str(file / "below")],
    }
    ended = CliRunner().invoke(main, ["local", *ways[way]()])
    assert ended.exit_code == 1
    assert {"port": "is taken", "db-path": str(file / "below")}[way] in ended.output
    assert "Traceback" not in ended.output
