"""The example that replicates a table: through a crash, and it notices what is wrong."""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from example_run import example_module, run_example

from pyflink_dynamodb.testing import create_table


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """The example as a module."""
    module = example_module("replicate_table")
    yield module
    del sys.modules[module.__name__]


def test_the_copy_is_like_the_original_though_the_job_crashes_in_the_middle() -> None:
    """Random puts, updates and deletes of attributes of every type."""
    run = run_example("replicate_table", "--changes", "3000", "--items", "200", "--crash")

    assert run.returncode == 0, run.stdout + run.stderr
    assert "The job crashed once, and went on from its last checkpoint." in run.stdout
    found = re.search(
        r"3,000 changes: ([\d,]+) put, ([\d,]+) updated, ([\d,]+) deleted", run.stdout
    )
    assert found and all(int(count.replace(",", "")) > 100 for count in found.groups())
    assert re.search(r"Both tables hold the same \d+ items\.", run.stdout)


def test_a_copy_that_is_not_like_the_original_is_described(
    example: Any, dynamodb_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item that is missing, one too many, one that is different."""
    names = {name: f"{name}-{uuid.uuid4().hex}" for name in ("ORIGINAL", "COPY")}
    for name, table in names.items():
        monkeypatch.setattr(example, name, table)
        create_table(dynamodb_client, table, "order_id")

    def put(name: str, order_id: str, total: str) -> None:
        item = {"order_id": {"S": order_id}, "total": {"N": total}}
        dynamodb_client.put_item(TableName=names[name], Item=item)

    put("ORIGINAL", "same", "1")
    put("COPY", "same", "1")
    assert example.differences(dynamodb_client) == []

    put("ORIGINAL", "missing", "1")
    put("COPY", "more", "1")
    put("ORIGINAL", "other", "1")
    put("COPY", "other", "1.1")
    assert example.differences(dynamodb_client) == [
        "1 items missing in the copy",
        "1 items in the copy only",
        "1 items different",
    ]
