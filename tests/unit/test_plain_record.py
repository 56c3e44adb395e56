"""A record of plain fields, whose request is written without a detour, is what any record is."""

from __future__ import annotations

import dataclasses
import enum
import math
from decimal import Decimal
from typing import Annotated, Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FLOATS, SCALARS, TEXT

from pyflink_dynamodb import AsJson, Attribute, Flatten, Ignore, PartitionKey
from pyflink_dynamodb.errors import ConversionError, InvalidAttributeValueError
from pyflink_dynamodb.plain_record import put_encoder
from pyflink_dynamodb.record import members_encoder
from pyflink_dynamodb.write_request import put_json


class Colour(str, enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Plain:
    text: Annotated[str, PartitionKey()] = "a"
    whole: int = 1
    number: Annotated[float, Attribute(name='100 % "é"')] = 1.5
    flag: bool = True
    aside: Annotated[object, Ignore()] = None


NAMES = ["text", "whole", "number", "flag"]


def outcome(encode: Any, record: object) -> object:
    """The bytes, or the fault with its path."""
    try:
        return encode(record)
    except ConversionError as error:
        return type(error), error.path, str(error)


def by_members(record: object) -> bytes:
    """The way of every record."""
    encode = members_encoder(type(record))
    assert encode is not None
    return put_json(encode(record, 1))


def put_of(cls: type) -> Any:
    encode = put_encoder(cls)
    assert encode is not None
    return encode


EDGES = [
    *(2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**38, 10**38 + 1, True, 0, -7),
    *(
        0.0,
        -0.0,
        -1.5,
        1e-130,
        9e-131,
        -1e-130,
        -9e-131,
        9.9e125,
        1e126,
        -1e126,
        1e16,
        1e-7,
        5e-324,
    ),
    *(math.nan, math.inf, -math.inf),
    *("", '"\\\n\x00\x7f/', "é日🎉", "\ud800", "%s", "a" * 10_000, Colour.RED),
    *(None, Decimal("1.50"), b"x", [1], object()),
]


@given(st.sampled_from(NAMES), SCALARS | st.floats() | st.integers() | st.text())
def test_any_value_in_a_plain_field_has_the_outcome_of_every_record(name: str, value: object):
    """Whether a value is what its field declares or not: the same bytes, or the same fault."""
    record = dataclasses.replace(Plain(), **{name: value})
    assert outcome(put_of(Plain), record) == outcome(by_members, record)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", EDGES, ids=lambda value: ascii(value)[:20])
def test_values_at_the_edge_have_the_outcome_of_every_record(name: str, value: object):
    """Limits of numbers, text that JSON escapes, values of another class than declared."""
    record = dataclasses.replace(Plain(), **{name: value})
    assert outcome(put_of(Plain), record) == outcome(by_members, record)


def test_the_request_has_the_bytes_of_a_plain_record():
    """Written out once, beside the comparison with the other way."""
    assert put_of(Plain)(Plain()) == (
        b'{"PutRequest":{"Item":{"text":{"S":"a"},"whole":{"N":"1"},'
        b'"100 % \\"\xc3\xa9\\"":{"N":"1.5"},"flag":{"BOOL":true}}}}'
    )


@given(TEXT, st.integers(-(2**63), 2**63 - 1), FLOATS, st.booleans())
def test_what_plain_fields_declare_takes_the_short_way(
    text: str, whole: int, number: float, flag: bool
):
    """The way of every record is not there, and is not missed."""
    encode = put_of(Plain)
    del encode.__globals__["encode_put"]
    record = Plain(text, whole, number, flag)
    assert encode(record) == by_members(record)


@dataclasses.dataclass
class WithJson:
    text: str
    data: Annotated[str, AsJson()]


@dataclasses.dataclass
class Flat:
    name: str
    inner: Annotated[WithJson, Flatten()]


@dataclasses.dataclass
class WithOptional:
    text: str
    more: Optional[str] = None  # noqa: UP045 - what Python 3.9 can evaluate


@dataclasses.dataclass
class Nothing:
    pass


@pytest.mark.parametrize(
    "record",
    [
        WithJson("a", "b"),
        Flat("a", WithJson("b", "c")),
        WithOptional("a"),
        Nothing(),
        {"text": "a"},
    ],
    ids=lambda record: type(record).__name__,
)
def test_every_other_record_goes_by_its_members(record: object):
    """A marker that says how a value is stored, a field that may be None, no fields at all."""
    assert outcome(put_of(type(record)), record) == outcome(by_members, record)


def test_without_nulls_a_plain_field_that_is_none_is_left_out():
    """None in a field declared as text is no text, and goes by the option."""
    encode = put_encoder(Plain, ignore_nulls=True)
    assert encode is not None
    assert encode(Plain(whole=None, number=None, flag=None)) == (  # type: ignore[arg-type]
        b'{"PutRequest":{"Item":{"text":{"S":"a"}}}}'
    )


def test_a_plain_field_without_a_value_is_named():
    """As for every record: which field, and what to do."""
    record = Plain()
    del record.whole  # the class's default stays behind it
    assert outcome(put_of(Plain), record) == outcome(by_members, record)
    unset = object.__new__(WithoutDefaults)
    with pytest.raises(InvalidAttributeValueError, match="has no value") as refused:
        put_of(WithoutDefaults)(unset)
    assert refused.value.path == "$.text"


@dataclasses.dataclass
class WithoutDefaults:
    text: str


def test_what_is_no_record_has_no_encoder():
    """The caller says what it takes instead."""
    assert put_encoder(int) is None
