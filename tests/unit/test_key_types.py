"""What the types of a stream and of its records' class say of key attributes."""

from __future__ import annotations

import datetime
import decimal
import enum
import sys
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Optional, Union

import pytest
from pyflink.common import Types

from pyflink_dynamodb import (
    Attribute,
    BeanElementConverter,
    DataclassElementConverter,
    DefaultElementConverter,
    DynamoDbSink,
    InvalidConfigurationError,
    PartitionKey,
    RowElementConverter,
    SortKey,
    WriteRequest,
    write_dynamodb,
)
from pyflink_dynamodb._key_types import declared_key, key_types


class Colour(str, enum.Enum):
    RED = "red"


class Level(enum.Enum):
    LOW = 1


@dataclass
class Base:
    inherited: bytes


@dataclass
class Record(Base):
    text: str
    whole: int
    fraction: float
    exact: decimal.Decimal
    switch: bool
    binary: bytearray
    view: memoryview
    identity: uuid.UUID
    day: datetime.date
    moment: datetime.datetime
    time: datetime.time
    span: datetime.timedelta
    colour: Colour
    level: Level
    perhaps: Optional[str]  # noqa: UP045 - the form that Python 3.9 can resolve
    modern: bytes | None
    either: Union[str, int]  # noqa: UP007 - as above
    annotated: Annotated[int, "of no concern here"]
    anything: Any
    several: list[str]
    unknown: NoSuchClass  # type: ignore[name-defined] # noqa: F821


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("inherited", "B"),
        ("text", "S"),
        ("whole", "N"),
        ("fraction", "N"),
        ("exact", "N"),
        ("switch", None),
        ("binary", "B"),
        ("view", "B"),
        ("identity", "S"),
        ("day", "S"),
        ("moment", "S"),
        ("time", "S"),
        ("span", "N"),
        ("colour", "S"),
        ("level", "N"),
        ("perhaps", "S"),
        ("modern", "B" if sys.version_info >= (3, 10) else None),
        ("either", None),
        ("annotated", "N"),
        ("anything", None),
        ("several", None),
        ("unknown", None),
        ("missing", None),
    ],
)
def test_annotations_of_a_dataclass(field: str, expected: str | None) -> None:
    """Read as text here, and each for itself: one that cannot be resolved spoils no other."""
    converter = DataclassElementConverter(Record)
    assert key_types([field], Types.PICKLED_BYTE_ARRAY(), converter) == [expected]


@pytest.mark.parametrize(
    ("type_info", "expected"),
    [
        (Types.STRING(), "S"),
        (Types.CHAR(), "S"),
        (Types.BYTE(), "N"),
        (Types.SHORT(), "N"),
        (Types.INT(), "N"),
        (Types.LONG(), "N"),
        (Types.FLOAT(), "N"),
        (Types.DOUBLE(), "N"),
        (Types.BIG_DEC(), "N"),
        (Types.SQL_DATE(), "S"),
        (Types.SQL_TIME(), "S"),
        (Types.SQL_TIMESTAMP(), "S"),
        (Types.INSTANT(), "S"),
        (Types.PRIMITIVE_ARRAY(Types.BYTE()), "B"),
        (Types.BOOLEAN(), None),
        (Types.PICKLED_BYTE_ARRAY(), None),
        (Types.LIST(Types.STRING()), None),
        (Types.PRIMITIVE_ARRAY(Types.INT()), None),
    ],
)
def test_types_of_a_rows_fields(type_info: Any, expected: str | None) -> None:
    row = Types.ROW_NAMED(["other", "key"], [Types.BOOLEAN(), type_info])
    for converter in (RowElementConverter(), DefaultElementConverter()):
        assert key_types(["key"], row, converter) == [expected]
    assert key_types(["key", "missing"], Types.LIST(row), RowElementConverter()) == [expected, None]


def test_nothing_is_known_of_what_a_converter_of_the_users_makes() -> None:
    def convert(row: Any) -> WriteRequest:
        return WriteRequest.put({"key": str(row)})

    row = Types.ROW_NAMED(["key"], [Types.INT()])
    assert key_types(["key"], row, convert) == [None]


def test_an_untyped_stream_tells_nothing() -> None:
    assert key_types(["key"], Types.PICKLED_BYTE_ARRAY(), DefaultElementConverter()) == [None]


class Reading:
    device: Annotated[str, PartitionKey()]
    second: Annotated[int, SortKey(), Attribute(name="at")]


def test_the_markers_of_a_class_declare_the_key() -> None:
    """As `set_key_schema` would: a table is made by it, and it must be the table's own."""
    converter = BeanElementConverter(Reading)
    assert declared_key(converter) == (("device", "S"), ("at", "N"))
    assert declared_key(DataclassElementConverter(Record)) == ()
    assert declared_key(lambda element: element) == ()
    options = {"element_converter": converter, "dynamodb_properties": {"aws.region": "eu-west-1"}}
    assert DynamoDbSink("readings", init_mode="replace", **options)
    with pytest.raises(InvalidConfigurationError, match="overwrite_by_partition_keys"):
        DynamoDbSink("readings", overwrite_by_partition_keys=["device"], **options)


def test_the_one_call_takes_the_key_of_the_class() -> None:
    """And asks for it where nothing declares one."""
    options = {"dynamodb_properties": {"aws.region": "eu-west-1"}, "init_mode": "replace"}
    with pytest.raises(InvalidConfigurationError, match="needs the table's key"):
        write_dynamodb(None, "readings", **options)
    with pytest.raises(InvalidConfigurationError, match="sort_key needs a partition_key"):
        write_dynamodb(None, "readings", sort_key="at", **options)
    sinks = []

    class Stream:
        def sink_to(self, sink: DynamoDbSink) -> Any:
            sinks.append(sink)
            return self

        def name(self, _name: str) -> None:
            pass

    write_dynamodb(Stream(), "readings", element_converter=BeanElementConverter(Reading), **options)
    assert sinks[0]._config.key_schema == (("device", "S"), ("at", "N"))
