"""What the record of a `FaultyEndpoint` answers, request by request."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import orjson
import pytest

from pyflink_dynamodb.errors import WireFormatError
from pyflink_dynamodb.testing.request_record import (
    BATCH_WRITE,
    Overlap,
    RecordedRequest,
    RequestRecord,
    decode_writes,
    parse_request_items,
)

KEY_NAMES = {"orders": ("user", "number")}


def _put(user: str, number: str = "1", **more: Any) -> dict[str, Any]:
    return {"PutRequest": {"Item": {"user": {"S": user}, "number": {"N": number}, **more}}}


def _delete(user: str, number: str = "1") -> dict[str, Any]:
    return {"DeleteRequest": {"Key": {"user": {"S": user}, "number": {"N": number}}}}


def _staying() -> bool:
    return False


def _arrive(record: RequestRecord, *writes: dict[str, Any], client_left: Any = _staying) -> Any:
    body = orjson.dumps({"RequestItems": {"orders": writes}})
    decoded = decode_writes(parse_request_items(body), KEY_NAMES)
    request = RecordedRequest(
        number=sum(record.batch_sizes.values()) + 1,
        operation=BATCH_WRITE,
        table="orders",
        keys=tuple(write.key for write in decoded),
        body=body,
        started=time.monotonic(),
        key_names=KEY_NAMES,
    )
    record.arrive(request, frozenset((write.table, write.key) for write in decoded), client_left)
    return request


def test_writes_keep_their_order_kind_and_item() -> None:
    """Puts and deletes come out as they were sent, each with its whole item."""
    put, delete = _put("b", color={"S": "red"}), _delete("a", "2")
    body = orjson.dumps({"RequestItems": {"orders": [put, delete]}})

    writes = decode_writes(parse_request_items(body), KEY_NAMES)

    assert [write.key for write in writes] == [("b", 1), ("a", 2)]
    assert [write.kind for write in writes] == ["put", "delete"]
    assert [write.to_request() for write in writes] == [put, delete]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ({"S": "1"}, "1"),
        ({"S": ""}, ""),
        ({"N": "1.50"}, Decimal("1.5")),
        ({"N": "-10E-1"}, -1),
        ({"B": "AP8="}, b"\x00\xff"),
        ({"N": "one"}, None),
        ({"N": "NaN"}, None),
        ({"N": "sNaN"}, None),
        ({"N": 1}, None),
        ({"B": "A"}, None),
        ({"S": None}, None),
        ({"BOOL": True}, None),
        ({"S": "1", "N": "1"}, None),
        ({}, None),
    ],
)
def test_a_key_is_a_typed_value_and_what_is_no_key_is_none(attribute: Any, value: object) -> None:
    """`1` as text, number and bytes are three keys; 1.5 and 1.50 are one."""
    items = {"orders": [{"PutRequest": {"Item": {"user": attribute}}}]}
    (write,) = decode_writes(items, {"orders": ("user",)})

    assert write.key == (value,)
    assert type(write.key[0]) is type(value) or isinstance(value, int)
    assert hash(write.key) == hash((value,))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"RequestItems":[]}', b'{"RequestItems":{"orders":[7]}}']
)
def test_a_body_that_is_no_batch_is_said_to_be_none(body: bytes) -> None:
    """Whatever a client sends, the endpoint can tell without falling over."""
    with pytest.raises(WireFormatError):
        decode_writes(parse_request_items(body), KEY_NAMES)


def test_a_key_in_two_open_requests_is_an_overlap() -> None:
    """Also where one says 1 and the other 1.0, and a put meets a delete."""
    record = RequestRecord()
    _arrive(record, _put("a"), _put("b", "1"))
    _arrive(record, _put("c"), _delete("b", "1.0"))

    assert record.overlaps == [Overlap("orders", ("b", 1), 1, 2)]


def test_a_key_sent_again_after_the_end_is_no_overlap() -> None:
    """A request is over once it is answered, cut off or abandoned."""
    record = RequestRecord()
    for end in (
        lambda request: record.finish(request, "ok", answered=True),
        record.cut_off,
        record.abandon,
    ):
        end(_arrive(record, _put("a")))

    assert record.overlaps == []
    assert record.max_concurrency == 1


def test_a_client_that_left_unnoticed_holds_nothing() -> None:
    """Neither its keys nor its place count from the moment it closed the connection."""
    record = RequestRecord()
    left = _arrive(record, _put("a"), client_left=lambda: True)
    _arrive(record, _put("a"))

    assert record.overlaps == []
    assert record.max_concurrency == 1
    assert left.abandoned
    assert left.ended is not None


def test_a_request_whose_client_had_left_before_it_was_read_holds_nothing() -> None:
    """Its client gave up and sent again, and the endpoint read the second request first."""
    record = RequestRecord()
    again = _arrive(record, _put("a"))
    late = _arrive(record, _put("a"), client_left=lambda: True)
    assert record.overlaps == []
    assert late.abandoned
    assert not again.abandoned
    third = _arrive(record, _put("a"))
    assert [(o.first, o.second) for o in record.overlaps] == [(again.number, third.number)]


def test_figures_are_of_batch_writes_while_they_are_open() -> None:
    """Concurrency, batch sizes and bytes are right with and without keeping the requests."""
    for keep in (True, False):
        record = RequestRecord(keep)
        described = RecordedRequest(1, "DescribeTable", "", (), b"x" * 9_999, 0.0, KEY_NAMES)
        record.arrive(described, frozenset(), _staying)
        record.finish(described, "ok", answered=True)
        first = _arrive(record, _put("a"), _put("b"))
        second = _arrive(record, _put("c"))
        record.finish(first, "ok", answered=True)
        third = _arrive(record, _put("d"))
        record.finish(second, "throttle", answered=True)
        record.finish(third, "ok", answered=True)
        record.finish(_arrive(record, _put("e")), "ok", answered=True)

        assert [first.concurrency, second.concurrency, third.concurrency] == [1, 2, 2]
        assert record.max_concurrency == 2
        assert record.max_batch_size == 2
        assert record.max_bytes == len(first.body)
        assert record.batch_sizes == {2: 1, 1: 3}
        assert record.outcomes == {"ok": 3, "throttle": 1}


def test_applied_writes_are_in_order_of_application_not_of_arrival() -> None:
    """A request that is applied late comes last, and what was not applied is not there."""
    record = RequestRecord()
    late = _arrive(record, _put("a", v={"S": "old"}), _put("b"))
    record.abandon(late)
    prompt = _arrive(record, _put("a", v={"S": "new"}), _put("c"))
    record.apply(prompt, [0])
    record.finish(prompt, "unprocessed", answered=True)
    record.apply(late, [0, 1])
    record.finish(late, "ok", answered=True)

    applied = record.applied_by_key("orders")
    sent = record.sent_by_key("orders")

    assert [write.item["v"]["S"] for write in applied["a", 1]] == ["new", "old"]
    assert [write.item["v"]["S"] for write in sent["a", 1]] == ["old", "new"]
    assert applied.keys() == {("a", 1), ("b", 1)}
    assert sent.keys() == {("a", 1), ("b", 1), ("c", 1)}
    assert record.applied_by_key("others") == {}
    assert late.abandoned
    assert not late.answered


def test_requests_that_were_not_kept_cannot_be_asked_for() -> None:
    """An empty list would let every assertion on it pass."""
    record = RequestRecord(keep_requests=False)
    _arrive(record, _put("a"))

    for question in (
        lambda: record.requests,
        lambda: record.batch_writes,
        lambda: record.sent_by_key("orders"),
        lambda: record.applied_by_key("orders"),
    ):
        with pytest.raises(LookupError, match="keep_requests=True"):
            question()


def test_a_request_shows_no_values_in_a_log() -> None:
    """Keys and items of a record are data of whoever runs the test."""
    assert "secret" not in repr(_arrive(RequestRecord(), _put("secret")))
