"""Credentials and records that try to be more than that, in jobs against an endpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyflink_dynamodb import DynamoDbSink, RejectionPolicy
from pyflink_dynamodb.testing import FaultyEndpoint

BASIC = "aws.credentials.provider.basic."


@pytest.mark.parametrize("which", ["accesskeyid", "sessiontoken"])
def test_credentials_add_no_header(
    endpoint: FaultyEndpoint,
    dynamodb_local: Any,
    environment: Callable[..., Any],
    submit: Callable[[Any], Any],
    new_table: Callable[..., str],
    which: str,
) -> None:
    """They travel in headers. One with a line break ends the job, and is not repeated."""
    marked = "local\r\nX-Evil: marked"
    properties = {**dynamodb_local.properties, BASIC + which: marked}
    properties["aws.endpoint"] = endpoint.endpoint
    env = environment()
    sink = DynamoDbSink(table_name=new_table(), dynamodb_properties=properties, fail_on_error=True)
    env.from_collection([{"pk": "a"}]).sink_to(sink)
    failure = submit(env).failure()
    assert "marked" not in failure
    assert endpoint.record.batch_writes == []


def test_records_do_not_choose_where_dead_letters_go(
    environment: Callable[..., Any],
    submit: Callable[[Any], Any],
    new_table: Callable[..., str],
    new_sink: Callable[..., DynamoDbSink],
    tmp_path: Path,
) -> None:
    """Keys and attribute names that are paths end inside the lines, in the directory given."""
    table, letters = new_table(), tmp_path / "letters"
    env = environment()
    bad = [{"../../pk": "../../outside", "/etc/passwd": n} for n in range(3)]
    policy = RejectionPolicy.dead_letter(str(letters))
    env.from_collection(bad).sink_to(new_sink(table, rejection_policy=policy))
    submit(env).wait()
    files = [
        file
        for file in tmp_path.rglob("*")
        if file.is_file() and "outside" in file.read_text(errors="replace")
    ]
    assert files
    assert {file.parent for file in files} == {letters}
    assert all(file.name.startswith(f"{table}-0-") for file in files)
