"""Write requests and their wire form."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from pyflink.common import Row
from strategies import ITEMS, item_on_the_wire

from pyflink_dynamodb import WriteRequest
from pyflink_dynamodb.errors import InvalidAttributeValueError, UnsupportedTypeError

SECRET = "4111-1111-1111-1111"


@dataclasses.dataclass
class Order:
    user_id: str
    note: str | None = None


class Position(NamedTuple):
    user_id: str
    note: str | None = None


@given(ITEMS)
def test_a_put_is_the_item_in_awss_own_json(item: dict[str, Any]) -> None:
    wire = WriteRequest.put(item).to_json()
    assert json.loads(wire) == {"PutRequest": {"Item": item_on_the_wire(item)}}


@given(ITEMS)
def test_a_delete_is_the_key_in_awss_own_json(key: dict[str, Any]) -> None:
    wire = WriteRequest.delete(key).to_json()
    assert json.loads(wire) == {"DeleteRequest": {"Key": item_on_the_wire(key)}}


def test_the_wire_form_to_the_byte() -> None:
    assert WriteRequest.put({"user_id": "é", "n": 7, "b": b"\xff"}).to_json() == (
        '{"PutRequest":{"Item":{"user_id":{"S":"é"},"n":{"N":"7"},"b":{"B":"/w=="}}}}'.encode()
    )
    assert WriteRequest.delete({"user_id": "u1"}).to_json() == (
        b'{"DeleteRequest":{"Key":{"user_id":{"S":"u1"}}}}'
    )
    assert WriteRequest.nothing().to_json() == b""


RECORDS = [
    {"user_id": "u1", "note": None},
    Order("u1"),
    Position("u1"),
    Row(user_id="u1", note=None),
]


@pytest.mark.parametrize("record", RECORDS)
def test_an_item_may_be_any_kind_of_record(record: object) -> None:
    full = b'{"Item":{"user_id":{"S":"u1"},"note":{"NULL":true}}}'
    short = b'{"Item":{"user_id":{"S":"u1"}}}'
    assert WriteRequest.put(record).to_json() == b'{"PutRequest":' + full + b"}"
    assert WriteRequest.put(record, ignore_nulls=True).to_json() == b'{"PutRequest":' + short + b"}"


def test_ignored_nulls_are_those_of_the_item_and_not_of_what_is_nested_in_it() -> None:
    item = {"user_id": "u1", "note": None, "lines": [None, Order("u2"), {"a": None}]}
    null = {"NULL": True}
    assert json.loads(WriteRequest.put(item, ignore_nulls=True).to_json())["PutRequest"] == {
        "Item": {
            "user_id": {"S": "u1"},
            "lines": {
                "L": [null, {"M": {"user_id": {"S": "u2"}, "note": null}}, {"M": {"a": null}}]
            },
        }
    }


@pytest.mark.parametrize(
    "no_record",
    [None, 5, "text", b"bytes", ["a"], ("a", 1), object(), Order, WriteRequest.put({})],
)
@pytest.mark.parametrize("make", [WriteRequest.put, WriteRequest.delete])
def test_what_has_no_attribute_names_is_refused(make: Any, no_record: object) -> None:
    with pytest.raises(UnsupportedTypeError, match="is no record") as raised:
        make(no_record).to_json()
    assert raised.value.path == "$"


def test_a_request_inside_a_record_is_refused() -> None:
    with pytest.raises(UnsupportedTypeError) as raised:
        WriteRequest.put({"a": WriteRequest.put({"b": 1})}).to_json()
    assert raised.value.path == "$.a"


@pytest.mark.parametrize("make", [WriteRequest.put, WriteRequest.delete])
@pytest.mark.parametrize(
    ("record", "path"),
    [
        ({"a": ["\ud800"]}, "$.a[0]"),
        ({"a": {"\ud800": 1}}, r"$.a['\ud800']"),
        ({"\ud800": 1}, r"$['\ud800']"),
        (Order("u1", "\udc00"), "$.note"),
    ],
)
def test_text_that_utf_8_cannot_hold_is_refused_with_its_path(
    make: Any, record: object, path: str
) -> None:
    with pytest.raises(InvalidAttributeValueError, match="lone surrogate") as raised:
        make(record).to_json()
    assert raised.value.path == path


def test_requests_are_compared_by_what_they_hold() -> None:
    put = WriteRequest.put({"a": 1})
    assert put == WriteRequest.put({"a": 1})
    assert put != WriteRequest.put({"a": 2})
    assert put != WriteRequest.delete({"a": 1})
    assert put != WriteRequest.put({"a": 1}, ignore_nulls=True)
    assert put != {"a": 1}


def test_a_repr_shows_no_value() -> None:
    for record in ({"card": SECRET}, Order(SECRET), Row(card=SECRET), SECRET):
        assert SECRET not in repr(WriteRequest.put(record))
    assert repr(WriteRequest.delete({"card": SECRET})) == "WriteRequest.delete(dict)"


def test_a_request_survives_pickling_and_copying() -> None:
    request = WriteRequest.put({"a": [1, None]}, ignore_nulls=True)
    assert pickle.loads(pickle.dumps(request)) == request
    assert copy.deepcopy(request) == request
