"""Options, limits and properties are the same in Python and in Java."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import pytest
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.util.java_utils import load_java_class

from pyflink_dynamodb import DynamoDbSink, InvalidConfigurationError, RejectionPolicy, _aws, _bridge
from pyflink_dynamodb._config import LIMITS, SinkConfig

SINK = "io.github.pyflinkdynamodb.sink.DynamoDbSink"
SETTINGS = "io.github.pyflinkdynamodb.client.ClientSettings"


@pytest.fixture(autouse=True)
def jar():
    _bridge.attach_jar(StreamExecutionEnvironment.get_execution_environment())


def call_java(class_name, method):
    from pyflink.java_gateway import get_gateway
    from pyflink.util.java_utils import to_jarray

    jvm = get_gateway().jvm
    found = load_java_class(class_name).getMethod(method, to_jarray(jvm.Class, []))
    return found.invoke(None, to_jarray(jvm.Object, []))


def plain(value):
    """A Java collection or number as the Python value it equals."""
    if isinstance(value, Mapping):
        return {name: plain(value[name]) for name in value}
    if isinstance(value, (Sequence, AbstractSet)) and not isinstance(value, str):
        return [plain(each) for each in value]
    return value


def test_every_option_has_the_same_name_and_default():
    python = SinkConfig().java_options()

    assert plain(call_java(SINK, "defaults")) == python


def test_every_limit_is_the_same():
    java = {name: tuple(limits) for name, limits in plain(call_java(SINK, "limits")).items()}

    assert java == dict(LIMITS)


def test_the_properties_are_the_same():
    assert set(plain(call_java(SETTINGS, "knownProperties"))) == set(_aws.KNOWN_PROPERTIES)


def test_java_takes_what_python_passes():
    sink = DynamoDbSink(
        "orders",
        dynamodb_properties={"aws.region": "eu-west-1"},
        rejection_policy=RejectionPolicy.dead_letter("dead"),
        key_schema=("user_id", "day"),
        overwrite_by_partition_keys=["user_id", "day"],
        shuffle_by_key=True,
    )

    assert sink.get_java_function().getClass().getName() == SINK


def test_java_refuses_an_option_that_it_does_not_know():
    options = SinkConfig(table_name="orders").java_options()

    with pytest.raises(InvalidConfigurationError, match="max_btach_size"):
        _bridge.create_sink({**options, "max_btach_size": 1})


def test_java_refuses_what_is_out_of_range():
    options = SinkConfig(
        table_name="orders", dynamodb_properties={"aws.region": "eu-west-1"}
    ).java_options()

    for name, (low, high) in LIMITS.items():
        for value in (low - 1, high + 1):
            if abs(value) >= 2**63:
                continue
            with pytest.raises(InvalidConfigurationError, match=name):
                _bridge.create_sink({**options, name: value})


def test_the_configuration_covers_every_setter():
    setters = {
        name[len("set_") :] for name in dir(DynamoDbSink.builder()) if name.startswith("set_")
    }

    assert setters == {option.name for option in dataclasses.fields(SinkConfig)}
