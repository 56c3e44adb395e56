"""DynamoDB Local as a user of `pyflink_dynamodb.testing` meets it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pyflink_dynamodb.testing import (
    DynamoDbLocal,
    DynamoDbLocalError,
    create_table,
    scan_items,
    truncate_table,
)


def _port(endpoint: str) -> int:
    port = urlsplit(endpoint).port
    assert port is not None
    return port


def _accepts(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=5):
            return True
    except OSError:
        return False


def _wait_until_closed(port: int) -> None:
    deadline = time.monotonic() + 20
    while _accepts("127.0.0.1", port):
        assert time.monotonic() < deadline, f"port {port} is still open"
        time.sleep(0.05)


def test_it_listens_on_the_loopback_interface_alone(dynamodb_local: DynamoDbLocal) -> None:
    """Not on this machine's own addresses, and not on 127.0.0.2, where `0.0.0.0` would answer."""
    port = _port(dynamodb_local.endpoint)
    own = {str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), port)}
    others = (own | {"127.0.0.2", "::1"}) - {"127.0.0.1"}

    assert _accepts("127.0.0.1", port)
    assert [address for address in sorted(others) if _accepts(address, port)] == []


def test_tables_from_creation_to_truncation(dynamodb_client: Any) -> None:
    """Over several pages (a page is 1 MB), with key names that are reserved words."""
    create_table(dynamodb_client, "tables.test", "name", "number", {"number": "N"})
    assert scan_items(dynamodb_client, "tables.test") == []
    items = [{"name": "n", "number": number, "text": "x" * 300_000} for number in range(8)]
    for item in items:
        dynamodb_client.put_item(
            TableName="tables.test",
            Item={
                "name": {"S": item["name"]},
                "number": {"N": str(item["number"])},
                "text": {"S": item["text"]},
            },
        )

    assert scan_items(dynamodb_client, "tables.test") == items
    assert truncate_table(dynamodb_client, "tables.test") == 8
    assert scan_items(dynamodb_client, "tables.test") == []
    assert truncate_table(dynamodb_client, "tables.test") == 0


def test_two_do_not_share_data_and_a_taken_port_is_named(dynamodb_local: DynamoDbLocal) -> None:
    """Each has a free port and its own tables; a wanted port that is taken is an error."""
    with DynamoDbLocal() as other:
        create_table(other.client(), "only-here", "id")
        assert other.client().list_tables()["TableNames"] == ["only-here"]
        assert "only-here" not in dynamodb_local.client().list_tables()["TableNames"]
        port = _port(other.endpoint)
        with pytest.raises(DynamoDbLocalError, match=f"port {port} of 127.0.0.1 is taken"):
            DynamoDbLocal(port).start()
    _wait_until_closed(port)

    with DynamoDbLocal(port) as again:
        assert again.endpoint == f"http://127.0.0.1:{port}"
        assert again.client().list_tables()["TableNames"] == []


def test_it_can_be_stopped_and_started_again() -> None:
    """Both do nothing the second time; a new start is empty."""
    local = DynamoDbLocal()
    local.start()
    first = local.endpoint
    local.start()
    assert local.endpoint == first
    local.stop()
    local.stop()
    assert not _accepts("127.0.0.1", _port(first))
    local.start()
    assert local.client().list_tables()["TableNames"] == []
    local.stop()


_STARTS_ONE = """
import sys
from pyflink_dynamodb.testing import DynamoDbLocal
local = DynamoDbLocal()
local.start()
print(local.endpoint, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_nothing_stays_behind_when_python_ends(end: str) -> None:
    """Neither after an exit that forgot stop(), nor after a SIGKILL that let nobody clean up."""
    with subprocess.Popen(
        [sys.executable, "-c", _STARTS_ONE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        port = _port(child.stdout.readline().strip())
        assert _accepts("127.0.0.1", port)
        if end == "kill":
            child.send_signal(signal.SIGKILL)
        child.stdin.close()
        child.wait(30)
    _wait_until_closed(port)


def test_the_client_goes_past_a_proxy(
    dynamodb_local: DynamoDbLocal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment cannot reach this machine's loopback interface."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    assert "TableNames" in dynamodb_local.client().list_tables()


def test_a_start_that_fails_shows_what_was_said_last(
    dynamodb_local: DynamoDbLocal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit status and the last lines, with the Java that said them."""
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'no room for the heap' >&2\nexit 7\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(DynamoDbLocalError, match=r"(?s)status 7.*no room for the heap") as caught:
        DynamoDbLocal().start()
    assert f"{tmp_path}{os.sep}bin" in str(caught.value)
