"""A change of an item as a Python object."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyflink.common import RowKind
from strategies import ITEMS, item_on_the_wire, reading
from stream_records import NUMBER, stream_record

from pyflink_dynamodb import (
    ConversionError,
    StreamRecord,
    StreamRecordError,
    WireFormatError,
    WriteRequest,
)

SECRET = "s3cret-value"
KEY = {"pk": {"S": SECRET}}
TTL = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


@dataclass
class Order:
    pk: str
    total: Decimal


@given(ITEMS, ITEMS)
def test_images_are_what_reading_an_item_gives(new: dict[str, Any], old: dict[str, Any]) -> None:
    """Whatever was written to the table comes back, by the one table of types."""
    json_text = stream_record(new=item_on_the_wire(new), old=item_on_the_wire(old))

    record = StreamRecord(json_text)

    assert record.new_image == reading(new)
    assert record.old_image == reading(old)
    assert record.keys == {"pk": "k"}


@given(ITEMS, st.sampled_from([copy.copy, copy.deepcopy]))
def test_a_record_is_the_same_after_pickling_and_copying(item: dict[str, Any], copied: Any) -> None:
    """By either pickler, before and after it was looked into."""
    record = StreamRecord(stream_record(new=item_on_the_wire(item)))
    untouched = StreamRecord(stream_record(new=item_on_the_wire(item)))
    assert record.new_image is not None

    for again in (
        pickle.loads(pickle.dumps(record)),
        cloudpickle.loads(cloudpickle.dumps(record)),
        copied(record),
    ):
        assert again == record == untouched
        assert hash(again) == hash(untouched)
        assert again.new_image == reading(item)


@given(ITEMS)
def test_a_put_of_the_new_image_is_exact(item: dict[str, Any]) -> None:
    """Not a digit, member or empty value of the item changes on its way into another table."""
    wire = item_on_the_wire(item)

    request = StreamRecord(stream_record("MODIFY", new=wire)).to_write_request()

    assert json.loads(request.to_json()) == {"PutRequest": {"Item": wire}}
    assert request == WriteRequest.put(reading(item))
    assert pickle.loads(pickle.dumps(request)) == request


@pytest.mark.parametrize(
    "value",
    [
        {"N": "12345678901234567890123456789012345678"},
        {"N": "0.0000012345678901234567890123456789012345678"},
        {"NS": ["1", "2.50", "1E+30"]},
        {"SS": ["b", "a"]},
        {"BS": ["AA==", "/w=="]},
        {"M": {"empty": {"L": []}, "nothing": {"NULL": True}, "": {"M": {}}, "text": {"S": ""}}},
    ],
)
def test_what_is_hard_to_carry_is_carried_as_it_is(value: dict[str, Any]) -> None:
    """38 digits, sets in the service's order, and what is empty within."""
    wire = {**KEY, "v": value}

    request = StreamRecord(stream_record("INSERT", keys=KEY, new=wire)).to_write_request()

    assert json.loads(request.to_json()) == {"PutRequest": {"Item": wire}}


def test_an_empty_map_is_one_though_dynamodb_local_does_not_say_so() -> None:
    """It leaves out the type tag, of these values only, and in stream records only."""
    told = {**KEY, "a": {}, "b": {"L": [{}, {"M": {"c": {}, "d": {"S": "{}"}}}, {"L": []}]}}
    meant = {
        **KEY,
        "a": {"M": {}},
        "b": {"L": [{"M": {}}, {"M": {"c": {"M": {}}, "d": {"S": "{}"}}}, {"L": []}]},
    }

    record = StreamRecord(stream_record(new=told, old=told).replace(b": {", b":{"))

    assert json.loads(record.to_write_request().to_json()) == {"PutRequest": {"Item": meant}}
    assert record.old_image == {"pk": SECRET, "a": {}, "b": [{}, {"c": {}, "d": "{}"}, []]}
    assert record == StreamRecord(stream_record(new=meant, old=meant).decode())
    assert StreamRecord(record.to_json()) == record


def test_a_removal_is_repeated_as_a_delete_by_key() -> None:
    """Also where the stream has the old image."""
    record = StreamRecord(stream_record("REMOVE", keys=KEY, old={**KEY, "total": {"N": "1"}}))

    assert json.loads(record.to_write_request().to_json()) == {"DeleteRequest": {"Key": KEY}}
    assert record.to_write_request() == WriteRequest.delete({"pk": SECRET})
    assert record.to_write_request() != WriteRequest.put({"pk": SECRET})


@pytest.mark.parametrize(
    ("written", "microsecond"),
    [("1795268040.000", 0), ("1.79526804E9", 0), ("1795268040", 0), ("1795268040.25", 250_000)],
)
def test_the_time_is_read_in_every_notation(written: str, microsecond: int) -> None:
    """The service writes an exponent, DynamoDB Local a fraction."""
    record = StreamRecord(stream_record(time=written))

    assert record.creation_time == datetime(2026, 11, 21, 13, 34, 0, microsecond, timezone.utc)
    assert record.creation_time.utcoffset() is not None
    if not microsecond:
        assert record == StreamRecord(stream_record(time="1795268040"))


@pytest.mark.parametrize("written", ["null", '"1795268040"', "true", "1E300"])
def test_a_time_that_is_none_is_said_where_it_is_asked_for(written: str) -> None:
    """Everything else of the record can be used."""
    record = StreamRecord(stream_record(time=written))

    with pytest.raises(WireFormatError, match=f"{NUMBER} has no ApproximateCreationDateTime"):
        assert record.creation_time
    assert record.event_name == "MODIFY"


@pytest.mark.parametrize(
    ("event_name", "identity", "deleted_by_ttl"),
    [
        ("REMOVE", TTL, True),
        ("REMOVE", {"type": "Service", "principalId": "dynamodb.amazonaws.com"}, True),
        ("REMOVE", {"Type": "Service", "PrincipalId": "replication.amazonaws.com"}, False),
        ("REMOVE", None, False),
        ("MODIFY", TTL, False),
    ],
)
def test_a_removal_by_time_to_live_is_told_from_others(
    event_name: str, identity: Any, deleted_by_ttl: bool
) -> None:
    """In the API's spelling of the names and in Lambda's."""
    record = StreamRecord(stream_record(event_name, userIdentity=identity))

    assert record.is_ttl_delete is deleted_by_ttl
    if identity is None:
        assert record.user_identity is None
    else:
        assert record.user_identity == tuple(
            identity.get(name) or identity[name[0].lower() + name[1:]]
            for name in ("Type", "PrincipalId")
        )


@pytest.mark.parametrize(
    ("event_name", "kind"),
    [
        ("INSERT", RowKind.INSERT),
        ("MODIFY", RowKind.UPDATE_AFTER),
        ("REMOVE", RowKind.DELETE),
    ],
)
def test_what_else_a_record_tells(event_name: str, kind: RowKind) -> None:
    """Plain values under plain names."""
    record = StreamRecord(stream_record(event_name))

    assert (record.event_name, record.event_id, record.row_kind) == (event_name, "e1", kind)
    assert (record.sequence_number, record.size_bytes) == (NUMBER, 7)
    assert record.view_type == "NEW_AND_OLD_IMAGES"
    assert (record.new_image, record.old_image) == (None, None)


def test_images_become_objects() -> None:
    """The new one is None for a removal, the old one for a new item."""
    image = {**KEY, "total": {"N": "1.5"}}
    order = Order(SECRET, Decimal("1.5"))
    changed = StreamRecord(stream_record("MODIFY", new=image, old=image))
    removed = StreamRecord(stream_record("REMOVE", old=image))
    added = StreamRecord(stream_record("INSERT", new=image))

    assert (changed.new(Order), changed.old(Order)) == (order, order)
    assert (removed.new(Order), removed.old(Order)) == (None, order)
    assert (added.new(Order), added.old(Order)) == (order, None)
    with pytest.raises(ConversionError, match=r"^\$\.total: "):
        StreamRecord(stream_record(new=KEY)).new(Order)


def test_an_image_that_the_view_type_lacks_is_no_none() -> None:
    """Else a stream without images would empty the other table, or look like removals."""
    record = StreamRecord(stream_record("MODIFY", view_type="KEYS_ONLY"))

    for ask in (
        lambda: record.new(Order),
        lambda: record.old(Order),
        record.to_write_request,
    ):
        with pytest.raises(StreamRecordError, match=f"{NUMBER} has no .* KEYS_ONLY; enable a"):
            ask()


def test_a_record_cannot_be_changed() -> None:
    """It may be read by several functions at once."""
    record: Any = StreamRecord(stream_record())

    for name in ("event_name", "new_image", "anything"):
        with pytest.raises(AttributeError):
            setattr(record, name, "x")


def test_records_that_differ_are_not_equal() -> None:
    """In any of what they tell."""
    one = StreamRecord(stream_record(new=KEY))

    assert one != StreamRecord(stream_record("INSERT", new=KEY))
    assert one != StreamRecord(stream_record(new=KEY, old=KEY))
    assert one != StreamRecord(stream_record(new=KEY, time="1795268041"))
    assert one != StreamRecord(stream_record(new=KEY, userIdentity=TTL))
    assert one != StreamRecord(stream_record(new={**KEY, "a": {"N": "1"}}))
    assert one != "text"


def test_a_repr_has_names_and_no_values() -> None:
    """It ends in logs."""
    shown = repr(StreamRecord(stream_record("MODIFY", keys=KEY, new={**KEY, "a": {"S": SECRET}})))

    assert SECRET not in shown
    assert shown == f"StreamRecord(MODIFY, keys [pk], NewImage, sequence number {NUMBER})"


@pytest.mark.parametrize(
    "json_text",
    [
        f'{{"secret": "{SECRET}", '.encode(),
        b"[]",
        b'"text"',
        b'{"eventName": "MODIFY"}',
        stream_record("UPSERT"),
        stream_record().replace(b'"Keys"', b'"Key"'),
        stream_record().replace(f'"{NUMBER}"'.encode(), b"7"),
    ],
)
def test_what_is_no_stream_record_is_refused(json_text: bytes) -> None:
    """Without quoting it."""
    with pytest.raises(WireFormatError, match="a stream record is") as caught:
        StreamRecord(json_text)

    assert SECRET not in str(caught.value)
