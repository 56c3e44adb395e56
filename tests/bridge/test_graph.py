"""What attaching a sink does to the job's graph."""

from __future__ import annotations

import dataclasses
import functools
import json
import logging

import pytest
from pyflink.common import Types
from pyflink.datastream import DataStreamSink, StreamExecutionEnvironment

from pyflink_dynamodb import (
    DataclassElementConverter,
    DynamoDbSink,
    RowElementConverter,
    write_dynamodb,
)
from pyflink_dynamodb.errors import UnsupportedTypeError


class Converter:
    def __init__(self, secret):
        self.secret = secret

    def __call__(self, element):
        return element

    def __repr__(self):
        return f"Converter({self.secret})"


def convert(secret, element):
    return element


def plan(parallelism, converter=None, **options):
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(parallelism)
    sink = DynamoDbSink(
        "orders",
        dynamodb_properties={"aws.region": "eu-west-1"},
        element_converter=converter,
        **options,
    )
    env.from_collection([{"pk": "a"}]).sink_to(sink).name("orders")
    return env.get_execution_plan()


def test_a_sink_of_another_parallelism_than_its_stream_is_warned_of(caplog):
    with caplog.at_level(logging.WARNING):
        plan(4)

    (record,) = caplog.records
    assert "set_parallelism(1)" in record.getMessage()
    assert "set_shuffle_by_key" in record.getMessage()


@pytest.mark.parametrize(
    ("parallelism", "options"),
    [(1, {}), (4, {"shuffle_by_key": True, "key_schema": ("pk",)})],
    ids=["the same parallelism", "shuffled by key"],
)
def test_there_is_no_warning_where_the_order_holds(caplog, parallelism, options):
    with caplog.at_level(logging.WARNING):
        plan(parallelism, **options)

    assert caplog.records == []


@pytest.mark.parametrize("converter", [Converter("s3cret"), functools.partial(convert, "s3cret")])
def test_the_plan_holds_nothing_of_a_users_converter_but_its_name(converter):
    text = plan(1, converter)

    assert f"DynamoDB encoder: {type(converter).__name__}" in text
    assert "s3cret" not in text


def test_the_plan_names_the_converter_that_was_chosen():
    assert "DynamoDB encoder: DefaultElementConverter()" in plan(1)


@dataclasses.dataclass
class Order:
    pk: str


@pytest.mark.parametrize(
    ("converter", "options", "held"),
    [
        (None, {"key_schema": ("pk",)}, True),
        (convert, {"overwrite_by_partition_keys": ("pk",)}, True),
        (None, {}, False),
        (DataclassElementConverter(Order), {"key_schema": ("pk",)}, False),
    ],
    ids=["the key is known", "by the other option", "it is not known", "no rows can come"],
)
def test_deletes_of_old_keys_are_held_where_updates_can_be_told(converter, options, held):
    assert ("DynamoDB: deletes of old keys" in plan(1, converter, **options)) == held


def test_a_converter_that_is_no_dataclass_is_refused_before_there_is_a_plan():
    with pytest.raises(TypeError, match="@dataclass"):
        plan(1, DataclassElementConverter(int))


@pytest.mark.parametrize(("name", "shown"), [(None, "orders"), ("my orders", "my orders")])
def test_one_call_attaches_a_sink_that_can_be_named(name, shown):
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    stream = env.from_collection([{"pk": "a"}])

    sink = write_dynamodb(
        stream, "orders", "pk", name=name, dynamodb_properties={"aws.region": "eu-west-1"}
    )

    assert isinstance(sink, DataStreamSink)
    assert f"{shown}: Writer" in env.get_execution_plan()


ROW = Types.ROW_NAMED(["pk", "lines"], [Types.STRING(), Types.LIST(Types.INT())])


def rows(row_type, converter=None):
    """The plan of a stream of rows that comes from a Java source."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    sink = DynamoDbSink(
        "orders", dynamodb_properties={"aws.region": "eu-west-1"}, element_converter=converter
    )
    env.from_collection([], row_type).sink_to(sink).name("orders")
    return [node["type"] for node in json.loads(env.get_execution_plan())["nodes"]]


@pytest.mark.parametrize(
    ("row_type", "converter", "called"),
    [
        (ROW, None, "RowEncoder([pk, lines])"),
        (Types.LIST(ROW), None, "RowEncoder([pk, lines])"),
        (ROW, RowElementConverter(ignore_nulls=True), "RowEncoder([pk, lines], ignore_nulls=True)"),
        (
            Types.ROW([Types.STRING(), Types.INT()]),
            RowElementConverter(["a", "b"]),
            "RowEncoder([a, b])",
        ),
    ],
    ids=["named", "a list of rows", "null left out", "names given"],
)
def test_typed_rows_of_a_java_source_start_no_python_process(row_type, converter, called):
    assert rows(row_type, converter) == [
        "Source: Collection Source",
        f"DynamoDB encoder: JVM {called}",
        "orders: Writer",
    ]


class OwnRowConverter(RowElementConverter):
    pass


@pytest.mark.parametrize(
    ("row_type", "converter"),
    [
        (ROW, OwnRowConverter()),
        (ROW, lambda row: row.as_dict()),
        (ROW, RowElementConverter(["lines", "pk"])),
        (Types.ROW_NAMED(["pk", "any"], [Types.STRING(), Types.PICKLED_BYTE_ARRAY()]), None),
        (Types.MAP(Types.STRING(), Types.STRING()), None),
    ],
    ids=["a derived converter", "a function", "names in another order", "pickled part", "a map"],
)
def test_what_needs_python_is_encoded_by_python(row_type, converter):
    (encoder,) = [name for name in rows(row_type, converter) if "DynamoDB encoder" in name]

    assert "JVM" not in encoder


@pytest.mark.parametrize(
    ("field_type", "message"),
    [
        (Types.BIG_INT(), r"^\$\.lines: Types\.BIG_INT does not come through PyFlink whole"),
        (Types.MAP(Types.INT(), Types.INT()), r"^\$\.lines: a map whose keys are no strings"),
        (Types.ROW([Types.INT()]), r"^\$\.lines: a row type without field names"),
    ],
)
def test_a_type_without_a_rule_is_refused_before_there_is_a_plan(field_type, message):
    with pytest.raises(UnsupportedTypeError, match=message):
        rows(Types.ROW_NAMED(["pk", "lines"], [Types.STRING(), field_type]))


CHAR = Types.ROW_NAMED(["pk", "letters"], [Types.STRING(), Types.BASIC_ARRAY(Types.CHAR())])


@pytest.mark.parametrize(("by_python", "in_java"), [(False, True), (True, False)])
def test_a_char_is_encoded_where_its_row_was_made(by_python, in_java):
    """Python and Java write it differently, so that it must not cross between them."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    stream = env.from_collection([], CHAR)
    if by_python:
        stream = env.from_collection([1]).map(lambda n: n, CHAR).rebalance()
    sink = DynamoDbSink("orders", dynamodb_properties={"aws.region": "eu-west-1"})

    encoded = sink.get_transformer().apply(stream)

    assert ("JVM" in encoded.get_name()) is in_java
