"""What a streams source does to the environment that it is given to, and what Java takes of it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from pyflink.common import Configuration, SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.util.java_utils import load_java_class

from pyflink_dynamodb import (
    BridgeError,
    DynamoDbStreamsSource,
    HashShardAssigner,
    InvalidConfigurationError,
    NewImageSchema,
    StreamRecordJsonSchema,
    StreamRecordSchema,
    StreamRowSchema,
    _bridge,
)
from pyflink_dynamodb._jars import bridge_jar
from pyflink_dynamodb._streams_config import INITIAL_POSITION, INITIAL_TIMESTAMP, NUMBERS

REGION = {"aws.region": "eu-west-1"}
ROW = Types.ROW_NAMED(["pk", "n"], [Types.STRING(), Types.LONG()])


@dataclass
class Order:
    pk: str


def source(**options: Any) -> DynamoDbStreamsSource:
    return DynamoDbStreamsSource(**{"table_name": "orders", "source_config": REGION, **options})


def attached(env: StreamExecutionEnvironment, **options: Any) -> Any:
    return env.from_source(source(**options), WatermarkStrategy.no_watermarks(), "changes")


def test_the_jar_reaches_every_environment_of_the_process() -> None:
    """`from_source` does not say for whom it asks; the second finds the classes loaded already."""
    for _ in range(2):
        env = StreamExecutionEnvironment.get_execution_environment()
        assert bridge_jar().as_uri() not in _bridge._pipeline_jars(env)

        attached(env).print()
        attached(env).print()

        assert _bridge._pipeline_jars(env).count(bridge_jar().as_uri()) == 1
        assert "Source: changes" in env.get_execution_plan()


def test_the_environment_is_found_through_a_function_of_the_users_own() -> None:
    """Objects with methods may stand between; the nearest environment is meant."""

    class Job:
        def __init__(self) -> None:
            self.env = StreamExecutionEnvironment.get_execution_environment()

        def build(self) -> Any:
            return attached(self.env)

    job = Job()
    job.build()

    assert bridge_jar().as_uri() in _bridge._pipeline_jars(job.env)


def test_a_source_without_an_environment_is_refused() -> None:
    """The class may be loaded here, for another job, and be missing where this one runs."""
    attached(StreamExecutionEnvironment.get_execution_environment())

    with pytest.raises(BridgeError, match=r"not given to .*from_source.* `--jarfile .*\.jar`"):
        source().get_java_function()


def test_without_java_it_says_so() -> None:
    """Before PyFlink fails on a path."""
    program = """if True:
        from pyflink_dynamodb import DynamoDbStreamsSource
        source = DynamoDbStreamsSource(table_name="orders", source_config={"aws.region": "eu-x-1"})
        source.get_java_function()
    """
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": "", "HOME": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "BridgeError: There is no Java" in run.stderr


@pytest.mark.parametrize(
    ("schema", "type_info"),
    [
        (None, Types.PICKLED_BYTE_ARRAY()),
        (StreamRecordSchema(), Types.PICKLED_BYTE_ARRAY()),
        (StreamRecordJsonSchema(), Types.STRING()),
        (NewImageSchema(Order), Types.PICKLED_BYTE_ARRAY()),
        (StreamRowSchema(ROW), ROW),
        (StreamRowSchema(ROW, ["pk"]), ROW),
        (lambda record: record.keys, Types.PICKLED_BYTE_ARRAY()),
    ],
)
def test_the_streams_type_is_that_of_the_schema(schema: Any, type_info: Any) -> None:
    """It need not be given to `from_source`."""
    env = StreamExecutionEnvironment.get_execution_environment()

    assert attached(env, deserialization_schema=schema).get_type() == type_info


def test_a_schema_of_flinks_brings_its_own_type() -> None:
    """It is given the record's JSON."""
    env = StreamExecutionEnvironment.get_execution_environment()

    stream = attached(env, deserialization_schema=SimpleStringSchema())

    assert stream.get_type() == Types.STRING()


def test_a_configuration_of_flinks_is_taken() -> None:
    """As the Java connector takes one."""
    configuration = Configuration()
    configuration.set_string("aws.region", "eu-west-1")
    configuration.set_string("flink.shard.discovery.intervalmillis", "5 s")

    made = source(source_config=configuration)

    properties = made._config.java_options()["properties"]
    assert properties["flink.shard.discovery.intervalmillis"] == "5000 ms"


def test_java_takes_every_option() -> None:
    """A bounded source is one for Flink, too."""
    env = StreamExecutionEnvironment.get_execution_environment()
    keys = {INITIAL_POSITION: "AT_TIMESTAMP", INITIAL_TIMESTAMP: "2026-01-31T12:00:00+01:00"}
    numbers = dict.fromkeys(NUMBERS, "7")
    options = {
        "source_config": {**REGION, **keys, **numbers},
        "dynamodb_streams_shard_assigner": HashShardAssigner(),
        "on_data_loss": "continue",
        "bounded": "now",
    }

    assert attached(env, **options).get_type() == Types.PICKLED_BYTE_ARRAY()


def test_java_refuses_what_it_does_not_know() -> None:
    """The class of an assigner is looked for where the job is built, or the job would fail."""
    env = StreamExecutionEnvironment.get_execution_environment()
    options = source()._config.java_options()
    _bridge.attach_jar(env)

    with pytest.raises(InvalidConfigurationError, match=r"shard assigner org\.example\.Missing"):
        _bridge.create_streams_source({**options, "assigner": "org.example.Missing"})
    with pytest.raises(InvalidConfigurationError, match="on_data_loss"):
        _bridge.create_streams_source({**options, "onDataLoss": "contine"})
    properties = {**options["properties"], "flink.stream.intpos": "LATEST"}
    with pytest.raises(InvalidConfigurationError, match=r"flink\.stream\.initpos"):
        _bridge.create_streams_source({**options, "properties": properties})


def test_every_key_and_default_is_the_same_in_java() -> None:
    """An empty default is none."""
    _bridge.attach_jar(StreamExecutionEnvironment.get_execution_environment())
    java = load_java_class("io.github.pyflinkdynamodb.streams.StreamsConfig")
    from pyflink.java_gateway import get_gateway
    from pyflink.util.java_utils import to_jarray

    jvm = get_gateway().jvm
    defaults = java.getMethod("defaults", to_jarray(jvm.Class, [])).invoke(
        None, to_jarray(jvm.Object, [])
    )
    python = {
        name: text
        for name, text in source()._config.java_options()["properties"].items()
        if not name.startswith("aws.")
    }

    assert {name: defaults[name] for name in defaults} == {**python, INITIAL_TIMESTAMP: ""}


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_every_limit_is_the_same_in_java(name: str) -> None:
    """What Python refuses Java refuses, and takes what Python takes."""
    _bridge.attach_jar(StreamExecutionEnvironment.get_execution_environment())
    options = source()._config.java_options()
    number = NUMBERS[name]
    unit = " ms" if number.is_duration else ""

    def made(value: int) -> None:
        lowest = {each: "0 ms" for each in NUMBERS if ".backoff.mindelay" in each}
        highest = {each: f"{2**31 - 1} ms" for each in NUMBERS if ".backoff.maxdelay" in each}
        properties = {**options["properties"], **lowest, **highest, name: f"{value}{unit}"}
        _bridge.create_streams_source({**options, "properties": properties})

    made(number.low)
    made(number.high)
    for value in (number.low - 1, number.high + 1):
        with pytest.raises(InvalidConfigurationError, match=name):
            made(value)
