"""Fixtures of PyFlink jobs on a MiniCluster, with whatever DynamoDB `dynamodb_local` is."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flink_job import Job, local_environment
from pyflink.datastream import StreamExecutionEnvironment
from sql_tables import SqlTables

from pyflink_dynamodb import DynamoDbSink
from pyflink_dynamodb.testing import FaultyEndpoint, create_table, scan_items

# PyFlink starts one JVM for the whole session, with the environment of that moment. Thread mode
# runs whatever `python` comes first on the path, and imports the test modules by their names.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [*map(str, list(Path(__file__).parents)[:2]), os.environ.get("PYTHONPATH")])
)
os.environ.setdefault("JVM_ARGS", "-Xmx2g -XX:TieredStopAtLevel=1")


@pytest.fixture(autouse=True)
def _programs_may_use_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a program that a test starts have a JVM.

    PyFlink's workers of a local job, which are threads of this process, forbid it in the
    environment, and leave that behind.
    """
    monkeypatch.delenv("PYFLINK_GATEWAY_DISABLED", raising=False)


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., StreamExecutionEnvironment]:
    """Make an environment of parallelism 1 that does not restart unless asked to."""

    def make(
        mode: str = "process",
        checkpoint_ms: int = 0,
        restarts: int = 0,
        options: dict[str, str] | None = None,
    ) -> StreamExecutionEnvironment:
        return local_environment(tmp_path, mode, checkpoint_ms, restarts, options)

    return make


@pytest.fixture
def submit() -> Iterator[Callable[[StreamExecutionEnvironment], Job]]:
    """Start the job of an environment; one that still runs when the test ends is cancelled."""
    jobs: list[Job] = []

    def start(environment: StreamExecutionEnvironment) -> Job:
        jobs.append(Job(environment))
        return jobs[-1]

    yield start
    for job in jobs:
        job.end()


@pytest.fixture
def new_table(dynamodb_client: Any) -> Callable[..., str]:
    """Make an empty table and return its name."""

    def make(
        partition_key: str = "pk",
        sort_key: str | None = None,
        key_types: dict[str, str] | None = None,
    ) -> str:
        name = f"table-{uuid.uuid4().hex}"
        create_table(dynamodb_client, name, partition_key, sort_key, key_types)
        return name

    return make


@pytest.fixture
def items(dynamodb_client: Any) -> Callable[[str], list[dict[str, Any]]]:
    """Read a whole table."""
    return lambda table: scan_items(dynamodb_client, table)


@pytest.fixture
def new_sink(dynamodb_local: Any) -> Callable[..., DynamoDbSink]:
    """Make a sink that writes to DynamoDB Local, or to the endpoint given."""

    def make(table: str, endpoint: str | None = None, **options: Any) -> DynamoDbSink:
        properties = dict(dynamodb_local.properties)
        if endpoint is not None:
            properties["aws.endpoint"] = endpoint
        return DynamoDbSink(table_name=table, dynamodb_properties=properties, **options)

    return make


@pytest.fixture
def endpoint(dynamodb_local: Any) -> Iterator[FaultyEndpoint]:
    """An endpoint in front of DynamoDB Local that records, and fails once it has a script."""
    with FaultyEndpoint(dynamodb_local.endpoint) as started:
        yield started


@pytest.fixture
def sql(
    environment: Callable[..., StreamExecutionEnvironment], dynamodb_local: Any
) -> Callable[..., SqlTables]:
    """Make a table environment whose tables are in DynamoDB Local."""
    return lambda **options: SqlTables(environment(**options), dynamodb_local.properties)
