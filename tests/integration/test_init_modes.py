"""The table is created or replaced where the graph is built, once, and never behind one's back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from flink_job import numbers
from pyflink.common import Types
from pyflink.datastream import MapFunction
from pyflink.java_gateway import get_gateway

from pyflink_dynamodb import (
    DataclassElementConverter,
    InvalidConfigurationError,
    TableInitializationError,
    write_dynamodb,
)
from pyflink_dynamodb.testing import faults

WORD = Types.ROW_NAMED(["id", "word"], [Types.INT(), Types.STRING()])


@dataclass
class Reading:
    sensor: str
    at: int
    value: float


@pytest.fixture
def name() -> str:
    """A name that no table has yet."""
    return f"table-{uuid.uuid4().hex}"


@pytest.fixture
def write(dynamodb_local: Any) -> Callable[..., Any]:
    """Attach a sink that writes to DynamoDB Local, or to the endpoint given."""

    def attach(stream, table, partition_key="id", sort_key=None, endpoint=None, **options):
        properties = dict(dynamodb_local.properties)
        if endpoint is not None:
            properties["aws.endpoint"] = endpoint.endpoint
        return write_dynamodb(
            stream, table, partition_key, sort_key, dynamodb_properties=properties, **options
        )

    return attach


@pytest.fixture
def key_of(dynamodb_client: Any) -> Callable[[str], list[tuple[str, str]]]:
    """The key attributes of a table, with their types."""

    def describe(table: str) -> list[tuple[str, str]]:
        found = dynamodb_client.describe_table(TableName=table)["Table"]
        types = {
            each["AttributeName"]: each["AttributeType"] for each in found["AttributeDefinitions"]
        }
        return [
            (each["AttributeName"], types[each["AttributeName"]]) for each in found["KeySchema"]
        ]

    return describe


def words(env, *given):
    return env.from_collection(list(given), type_info=WORD)


def operations(endpoint) -> list[str]:
    return [request.operation for request in endpoint.record.requests]


# --- create_if_not_exists ---


def test_a_table_is_created_with_the_key_type_of_the_stream_and_on_demand(
    environment, submit, write, name, items, key_of, dynamodb_client
) -> None:
    env = environment()
    write(words(env, (1, "Hello")), name, init_mode="create_if_not_exists")
    assert key_of(name) == [("id", "N")], "it is there before the job is"
    billing = dynamodb_client.describe_table(TableName=name)["Table"]["BillingModeSummary"]
    assert billing["BillingMode"] == "PAY_PER_REQUEST"

    submit(env).wait()
    assert items(name) == [{"id": 1, "word": "Hello"}]


def test_a_table_is_created_from_a_dataclass_with_provisioned_throughput(
    environment, submit, write, name, items, key_of, dynamodb_client
) -> None:
    env = environment()
    write(
        env.from_collection([Reading("a", 1, 0.5)]),
        name,
        "sensor",
        "at",
        init_mode="create_if_not_exists",
        element_converter=DataclassElementConverter(Reading),
        provisioned_throughput=(3, 4),
    )
    assert key_of(name) == [("sensor", "S"), ("at", "N")]
    throughput = dynamodb_client.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (3, 4)

    submit(env).wait()
    assert len(items(name)) == 1


def test_a_declared_type_is_taken_where_the_stream_has_none(
    environment, submit, write, name, items, key_of
) -> None:
    env = environment()
    records = env.from_collection([{"id": b"\x00"}])
    write(records, name, ("id", "B"), init_mode="create_if_not_exists")
    assert key_of(name) == [("id", "B")]
    submit(env).wait()
    assert items(name) == [{"id": b"\x00"}]


def test_a_type_that_nothing_tells_is_asked_for(environment, write, name) -> None:
    records = environment().from_collection([{"id": 1}])
    with pytest.raises(InvalidConfigurationError, match=r"'id'.*neither declared") as refused:
        write(records, name, init_mode="create_if_not_exists")
    assert "('id', 'S')" in str(refused.value)
    assert name in str(refused.value)


def test_a_table_that_is_there_is_taken_as_it_is(
    environment, submit, write, new_table, items, dynamodb_client
) -> None:
    """Also where nothing tells the type of its key."""
    table = new_table("id", key_types={"id": "N"})
    dynamodb_client.put_item(TableName=table, Item={"id": {"N": "7"}})
    env = environment()
    write(env.from_collection([{"id": 8}]), table, init_mode="create_if_not_exists")
    submit(env).wait()
    assert sorted(item["id"] for item in items(table)) == [7, 8]


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        ((("id", "S"), None), "id (S)"),
        (("id", None), "id (N)"),
        ((("key", "B"), None), "key (B)"),
        ((("id", "N"), ("at", "N")), "id (N), at (N)"),
    ],
    ids=["type", "type of the stream", "name", "sort key"],
)
def test_another_key_than_the_tables_shows_both(
    declared, shown, environment, write, new_table
) -> None:
    table = new_table(
        "id", None if "at" in shown else "day", {"id": "B" if declared[0] == "id" else "N"}
    )
    with pytest.raises(InvalidConfigurationError, match="declared primary key") as refused:
        write(words(environment(), (1, "a")), table, *declared, init_mode="create_if_not_exists")
    assert f"is {shown}, but that of table '{table}' is id (" in str(refused.value)


def test_two_programs_may_create_the_same_table_at_once(
    environment, write, name, endpoint, key_of
) -> None:
    """Both find none, since neither is answered before the other has asked."""
    endpoint.script = [faults.delay(1.0, operation="CreateTable")]

    def create(_: int) -> None:
        stream = words(environment(), (1, "Hello"))
        write(stream, name, endpoint=endpoint, init_mode="create_if_not_exists")

    with ThreadPoolExecutor(2) as programs:
        list(programs.map(create, range(2)))

    assert operations(endpoint).count("CreateTable") == 2
    assert key_of(name) == [("id", "N")]


def test_a_creation_whose_answer_is_lost_is_no_failure(
    environment, write, name, endpoint, key_of
) -> None:
    endpoint.script = [faults.reset(applied=True, operation="CreateTable", count=1)]
    stream = words(environment(), (1, "Hello"))
    write(stream, name, endpoint=endpoint, init_mode="create_if_not_exists")
    assert operations(endpoint).count("CreateTable") == 2
    assert key_of(name) == [("id", "N")]


# --- default ---


def test_by_default_nothing_is_asked_of_the_service_while_the_graph_is_built(
    environment, write, name, endpoint
) -> None:
    write(words(environment(), (1, "Hello")), name, endpoint=endpoint)
    assert endpoint.record.requests == []


def test_by_default_a_missing_table_fails_the_job(environment, submit, write, name) -> None:
    env = environment()
    write(words(env, (1, "Hello")), name)
    text = submit(env).failure()
    assert "There is no such table" in text
    assert name in text


def test_by_default_another_key_than_the_tables_fails_the_job_and_shows_both(
    environment, submit, write, new_table
) -> None:
    env = environment()
    table = new_table("id", key_types={"id": "N"})
    write(words(env, (1, "Hello")), table, ("id", "S"))
    text = submit(env).failure()
    assert f"declared primary key is id (S), but that of table '{table}' is id (N)" in text


# --- replace ---


def test_replacing_leaves_nothing_of_the_old_table(
    environment, submit, write, new_table, items, key_of, dynamodb_client
) -> None:
    """It may even have another key."""
    table = new_table("old", "older")
    dynamodb_client.put_item(TableName=table, Item={"old": {"S": "a"}, "older": {"S": "b"}})
    env = environment()
    write(words(env, (3, "Hi")), table, init_mode="replace")
    assert key_of(table) == [("id", "N")]
    submit(env).wait()
    assert items(table) == [{"id": 3, "word": "Hi"}]


def test_a_table_that_is_not_there_is_created_for_replacement(
    environment, write, name, key_of
) -> None:
    write(words(environment(), (3, "Hi")), name, init_mode="replace")
    assert key_of(name) == [("id", "N")]


def test_a_table_is_replaced_once_for_each_job_however_many_streams_are_written_to_it(
    environment, submit, write, new_table, items, endpoint
) -> None:
    table = new_table("id")
    env = environment()
    for number in (1, 2):
        stream = words(env, (number, "first job"))
        write(stream, table, endpoint=endpoint, init_mode="replace", name=f"sink {number}")
    assert operations(endpoint).count("DeleteTable") == 1
    submit(env).wait()
    assert sorted(item["id"] for item in items(table)) == [1, 2]

    write(words(env, (3, "second job")), table, endpoint=endpoint, init_mode="replace")
    assert operations(endpoint).count("DeleteTable") == 2
    assert items(table) == []


def test_a_plan_is_no_second_reason_to_replace(environment, write, new_table, endpoint) -> None:
    env = environment()
    write(words(env, (1, "a")), new_table("id"), endpoint=endpoint, init_mode="replace")
    env.get_execution_plan()
    env.get_execution_plan()
    assert operations(endpoint).count("DeleteTable") == 1


class FailOnceWritten(MapFunction):
    """Fail once, as soon as the endpoint's table holds the first items."""

    def __init__(self, marker) -> None:
        self.marker = marker

    def map(self, text: str) -> int:
        number = int(text)
        if number == 20 and not self.marker.exists():
            self.marker.touch()
            raise RuntimeError("failing once, as the test demands")
        return number


def test_a_restart_replaces_nothing(
    environment, submit, write, new_table, items, endpoint, tmp_path
) -> None:
    """What was written before the last checkpoint is not written again, and must still be there."""
    table = new_table("id")
    env = environment(checkpoint_ms=100, restarts=1)
    marker = tmp_path / "failed"
    stream = numbers(env, tmp_path, count=30, per_checkpoint=5).map(FailOnceWritten(marker))
    write(
        stream.map(lambda n: {"id": n}),
        table,
        ("id", "N"),
        endpoint=endpoint,
        init_mode="replace",
        flush_on_checkpoint=True,
    )
    submit(env).wait()

    assert marker.exists()
    assert sorted(item["id"] for item in items(table)) == list(range(30))
    assert operations(endpoint).count("DeleteTable") == 1
    assert operations(endpoint).count("CreateTable") == 1
    sent = endpoint.record.sent_by_key(table)
    assert len(sent[(0,)]) == 1, "written before the failure only, or the test shows nothing"


@pytest.mark.parametrize("option", ["execution.savepoint.path", "execution.state-recovery.path"])
def test_replacing_is_refused_when_the_job_goes_on_from_a_savepoint(
    option, environment, write, new_table, items, dynamodb_client
) -> None:
    table = new_table("id", key_types={"id": "N"})
    dynamodb_client.put_item(TableName=table, Item={"id": {"N": "7"}})
    env = environment(options={option: "file:///savepoint"})
    with pytest.raises(InvalidConfigurationError, match="savepoint") as refused:
        write(words(env, (1, "a")), table, init_mode="replace")
    assert "create_if_not_exists" in str(refused.value)
    assert items(table) == [{"id": 7}]
    write(words(env, (1, "a")), table, init_mode="create_if_not_exists")


def test_replacing_is_refused_where_the_cluster_runs_the_program_again(
    environment, write, new_table, items, dynamodb_client
) -> None:
    table = new_table("id", key_types={"id": "N"})
    dynamodb_client.put_item(TableName=table, Item={"id": {"N": "7"}})
    env = environment()
    flink = get_gateway().jvm.org.apache.flink
    # As in application mode; a local environment would overwrite it if it were given before.
    config = flink.python.util.PythonConfigUtil.getEnvironmentConfig(
        env._j_stream_execution_environment
    )
    application = flink.client.deployment.application.executors.EmbeddedExecutor.NAME
    config.setString("execution.target", application)
    with pytest.raises(InvalidConfigurationError, match="application mode"):
        write(words(env, (1, "a")), table, init_mode="replace")
    assert items(table) == [{"id": 7}]


def test_a_protected_table_is_not_replaced_and_the_service_says_why(
    environment, write, new_table, items, dynamodb_client
) -> None:
    table = new_table("id", key_types={"id": "N"})
    dynamodb_client.put_item(TableName=table, Item={"id": {"N": "7"}})
    dynamodb_client.update_table(TableName=table, DeletionProtectionEnabled=True)
    with pytest.raises(TableInitializationError, match=r"(?i)protect") as refused:
        write(words(environment(), (1, "a")), table, init_mode="replace")
    assert "record" not in str(refused.value), "there is none in this"
    assert items(table) == [{"id": 7}]


def test_nothing_is_deleted_where_the_new_table_could_not_be_made(
    environment, write, new_table, items, dynamodb_client
) -> None:
    table = new_table("id")
    dynamodb_client.put_item(TableName=table, Item={"id": {"S": "a"}})
    with pytest.raises(InvalidConfigurationError, match="neither declared"):
        write(environment().from_collection([{"id": 1}]), table, init_mode="replace")
    assert items(table) == [{"id": "a"}]


# --- what the service refuses ---


@pytest.mark.parametrize(
    ("operation", "mode", "actions"),
    [
        ("CreateTable", "create_if_not_exists", ["CreateTable", "DescribeTable"]),
        ("CreateTable", "replace", ["CreateTable", "DescribeTable", "DeleteTable"]),
        ("DescribeTable", "create_if_not_exists", ["CreateTable", "DescribeTable"]),
    ],
)
def test_a_role_that_may_not_is_told_what_it_needs(
    operation, mode, actions, environment, write, name, endpoint
) -> None:
    endpoint.script = [faults.access_denied(operation=operation)]
    with pytest.raises(TableInitializationError, match="not authorized") as refused:
        write(words(environment(), (1, "a")), name, endpoint=endpoint, init_mode=mode)
    text = str(refused.value)
    for action in actions:
        assert f"dynamodb:{action}" in text
    assert ("dynamodb:DeleteTable" in text) == (mode == "replace")
    assert "dynamodb:BatchWriteItem" not in text
    assert name in text and endpoint.endpoint in text


def test_a_wish_for_the_table_is_one_signed_call(environment, write, name, endpoint) -> None:
    write(words(environment(), (1, "a")), name, endpoint=endpoint, init_mode="create_if_not_exists")
    (created,) = (r for r in endpoint.record.requests if r.operation == "CreateTable")
    assert orjson.loads(created.body) == {
        "TableName": name,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
