"""Updates that change the key, on the way through Python: whose item is deleted, and when."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
from typing import Any

import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyflink.common import Row, RowKind

from pyflink_dynamodb import DefaultElementConverter, RowElementConverter, WriteRequest
from pyflink_dynamodb.converters import ElementEncoder

INSERT, BEFORE, AFTER, DELETE = (
    *(RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER, RowKind.DELETE),
)


@dataclasses.dataclass
class Line:
    pk: str
    n: float


class Operator:
    """What stands behind the encoder in the JVM, written a second time."""

    def __init__(self) -> None:
        self.held = b""
        self.sent: list[Any] = []

    def take(self, element: bytes) -> None:
        if element.startswith(b" "):
            self.held = b""
        self.release()
        requests, _, held = element.partition(b"\n")
        self.send(requests.rstrip(b","))
        self.held = held.rstrip(b"\n")

    def release(self) -> None:
        """As before a checkpoint, and at the end."""
        self.send(self.held)
        self.held = b""

    def send(self, requests: bytes) -> None:
        self.sent += json.loads(b"[%b]" % requests)


def row(kind: RowKind, pk: Any, n: Any = 1.0) -> Row:
    return Row.of_kind(kind, pk=pk, n=n)


def put(pk: str, n: float = 1.0) -> dict[str, Any]:
    return {"PutRequest": {"Item": {"pk": {"S": pk}, "n": {"N": repr(n)}}}}


def delete(pk: str) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": {"pk": {"S": pk}}}}


def encoder(converter: Any = None, rejects: bool = False) -> ElementEncoder:
    return ElementEncoder(converter or RowElementConverter(), rejects, ["pk"])


def sent(elements: list[Any], encode: ElementEncoder | None = None) -> list[Any]:
    """All that the operator sends on, the input's end included."""
    encode, operator = encode or encoder(), Operator()
    for element in elements:
        operator.take(encode(element))
    operator.release()
    return operator.sent


def test_an_update_of_the_same_key_is_one_put():
    """Its item is there all the time."""
    assert sent([row(BEFORE, "a"), row(AFTER, "a", 2.0)]) == [put("a", 2.0)]
    assert sent([[row(BEFORE, "a"), row(AFTER, "a", 2.0)]]) == [put("a", 2.0)]


def test_an_update_that_changes_the_key_deletes_the_old_item_first():
    """In the stream's order, so that the new item may get the old key again later."""
    update = [row(BEFORE, "a"), row(AFTER, "b")]
    assert sent(update) == [delete("a"), put("b")]
    assert sent([update]) == [delete("a"), put("b")]
    assert sent([[put_a := row(INSERT, "a"), row(BEFORE, "a")], [row(AFTER, "b"), put_a]]) == [
        *(put("a"), delete("a"), put("b"), put("a")),
    ]


def test_an_update_whose_other_half_went_elsewhere_deletes_its_key():
    """Keyed by primary key, the two halves of such an update part."""
    halves = [row(BEFORE, "a"), row(BEFORE, "b"), row(INSERT, "c")]
    assert sent(halves) == [delete("a"), delete("b"), put("c")]
    assert sent([halves]) == [delete("a"), delete("b"), put("c")]


def test_half_an_update_is_held_behind_the_encoder_and_not_in_it():
    """Where a checkpoint sends it on; the other half makes no difference then."""
    encode, operator = encoder(), Operator()
    operator.take(encode([row(INSERT, "b"), row(BEFORE, "a")]))
    assert operator.sent == [put("b")]
    operator.release()
    assert operator.sent == [put("b"), delete("a")]
    operator.take(encode(row(AFTER, "a")))
    operator.release()
    assert operator.sent == [put("b"), delete("a"), put("a")]


def test_after_a_restart_the_encoder_knows_of_no_half():
    """What it held went with the checkpoint, in front of which it was sent on."""
    encode = encoder()
    assert encode(row(BEFORE, "a")).strip()
    restarted = pickle.loads(cloudpickle.dumps(encode))
    assert sent([row(AFTER, "a"), row(BEFORE, "a")], restarted) == [put("a"), delete("a")]


def test_an_element_of_no_records_tells_nothing_of_the_half_before_it():
    """Its delete is sent on, once, whatever became of the update before."""
    assert sent([row(BEFORE, "a"), []]) == [delete("a")]
    changes = [row(BEFORE, "a"), row(AFTER, "a"), row(BEFORE, "b"), []]
    assert sent(changes) == [put("a"), delete("b")]


def test_a_delete_is_sent_once():
    """Another one later would cost the item that has the key by then."""
    changes = [[row(BEFORE, "a"), row(AFTER, "b"), row(INSERT, "a")], row(INSERT, "c")]
    assert sent(changes) == [delete("a"), put("b"), put("a"), put("c")]


@pytest.mark.parametrize("together", [False, True], ids=["elements", "a list"])
def test_an_update_that_is_refused_costs_no_item(together: bool):
    """Neither for another attribute nor for the key itself."""
    for after in (row(AFTER, "a", math.nan), row(AFTER, "a\ud800"), row(AFTER, object())):
        records = [row(BEFORE, "a"), after, row(INSERT, "c")]
        elements = [records] if together else records
        rejected, inserted = sent(elements, encoder(rejects=True))
        assert "Rejected" in rejected and inserted == put("c")


@pytest.mark.parametrize("together", [False, True], ids=["elements", "a list"])
def test_a_refused_record_that_is_no_other_half_leaves_the_delete(together: bool):
    """Another key's update, or a new row, or what the converter refuses."""
    for other in (row(AFTER, "b", math.nan), row(INSERT, "a", math.nan), "a"):
        records = [row(BEFORE, "a"), other]
        elements = [records] if together else records
        first, *_ = sent(elements, encoder(rejects=True))
        assert first == delete("a"), other


def test_a_record_of_a_class_keeps_its_place_behind_a_delete():
    """It has a shorter way through the encoder, which must not be a way past the delete."""
    line, converter = Line("a", 2.0), DefaultElementConverter()
    for elements in ([line, row(BEFORE, "b"), line], [line, [row(BEFORE, "b"), line]]):
        assert sent(elements, encoder(converter)) == [put("a", 2.0), delete("b"), put("a", 2.0)]


@pytest.mark.parametrize(
    "made",
    [
        lambda record: {"pk": record.pk, "n": record.n},
        lambda record: WriteRequest.put(Line(record.pk, record.n)),
        lambda record: WriteRequest.put({"pk": record.pk, "n": record.n}),
    ],
    ids=["dict", "put of a class", "put of a dict"],
)
def test_a_converter_of_ones_own_may_ask_a_ready_one(made: Any):
    """What it makes of the other half is compared by key, whatever it is."""
    ready = RowElementConverter()

    def own(record: Row) -> Any:
        request = ready(record)
        return request if request.is_update_before else made(record)

    assert sent([row(BEFORE, "a"), row(AFTER, "a")], encoder(own)) == [put("a")]
    assert sent([row(BEFORE, "a"), row(AFTER, "b")], encoder(own)) == [delete("a"), put("b")]


@pytest.mark.parametrize("keys", [[], ["pk", "sort"]], ids=["unknown", "not in the row"])
def test_without_a_known_key_what_an_update_replaces_is_left_out(keys: list[str]):
    """There is nothing to compare; the old item stays."""
    encode = ElementEncoder(RowElementConverter(), False, keys)
    elements = [encode(row(BEFORE, "a")), encode(row(AFTER, "b"))]
    assert elements[0] == b"" and json.loads(elements[1]) == put("b")


KINDS = st.sampled_from([INSERT, BEFORE, AFTER, DELETE])
ROWS = st.builds(row, KINDS, st.sampled_from("abc"), st.sampled_from([1.0, 2.0]))


def applied(table: dict[str, Any], request: Any) -> None:
    if "DeleteRequest" in request:
        table.pop(request["DeleteRequest"]["Key"]["pk"]["S"], None)
    else:
        item = request["PutRequest"]["Item"]
        table[item["pk"]["S"]] = item


@given(st.lists(st.one_of(ROWS, st.lists(ROWS, max_size=3), st.none()), max_size=12))
def test_whatever_comes_in_whatever_elements_the_table_ends_as_if_each_half_had_been_deleted(
    elements: list[Any],
):
    """With a checkpoint at every None. That each -U is a delete is right, and costs more."""
    encode, operator, plain = encoder(), Operator(), []
    for element in elements:
        if element is None:
            operator.release()
            continue
        operator.take(encode(element))
        for record in element if isinstance(element, list) else [element]:
            kind = record.get_row_kind()
            removed = kind in (BEFORE, DELETE)
            plain.append(delete(record.pk) if removed else put(record.pk, record.n))
    operator.release()
    table: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    for request in operator.sent:
        applied(table, request)
    for request in plain:
        applied(expected, request)
    assert table == expected
