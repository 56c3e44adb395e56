"""Every kind of stream and element that the documentation promises."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import pytest
from pyflink.common import Row, RowKind, Types

from pyflink_dynamodb import (
    DataclassElementConverter,
    RejectionPolicy,
    RowElementConverter,
    WriteRequest,
)


class Reading(NamedTuple):
    pk: str
    value: int


@dataclass
class Line:
    product: str
    price: Decimal


@dataclass
class Order:
    pk: str
    lines: list[Line]
    paid: bool


def deletion(pk: str) -> Row:
    row = Row(pk=pk, value=None)
    row.set_row_kind(RowKind.DELETE)
    return row


@pytest.mark.parametrize("mode", ["process", "thread"])
def test_streams_of_every_type_are_written(
    mode, environment, submit, new_table, new_sink, items, dynamodb_client
) -> None:
    """One job with a sink for each: (stream, options of the sink, what the table holds)."""
    env = environment(mode)
    start = env.from_collection(["a", "b"], Types.STRING())
    row = Types.ROW_NAMED(["pk", "value"], [Types.STRING(), Types.INT()])
    two = [{"pk": "a", "value": 1}, {"pk": "b", "value": 1}]
    cases = {
        "untyped": (start.map(lambda pk: {"pk": pk, "value": 1}), {}, two),
        "keyed untyped": (
            start.map(lambda pk: {"pk": pk, "value": 1}).key_by(lambda item: item["pk"]),
            {},
            two,
        ),
        "keyed typed": (
            start.map(lambda pk: Row(pk, 1), row).key_by(lambda item: item[0], Types.STRING()),
            {},
            two,
        ),
        "row with names": (start.map(lambda pk: Row(pk, 1), row), {}, two),
        "row with names of its own": (start.map(lambda pk: Row(pk=pk, value=1)), {}, two),
        "row without names": (
            start.map(lambda pk: Row(pk, 1), Types.ROW([Types.STRING(), Types.INT()])),
            {"element_converter": RowElementConverter(["pk", "value"])},
            two,
        ),
        "map": (
            start.map(
                lambda pk: {"pk": pk, "text": "t"}, Types.MAP(Types.STRING(), Types.STRING())
            ),
            {},
            [{"pk": "a", "text": "t"}, {"pk": "b", "text": "t"}],
        ),
        "named tuple": (start.map(lambda pk: Reading(pk, 1)), {}, two),
        "dataclass": (
            start.map(lambda pk: Order(pk, [Line("tea", Decimal("2.50"))], paid=True)),
            {"element_converter": DataclassElementConverter(Order)},
            [
                {"pk": pk, "lines": [{"product": "tea", "price": Decimal("2.5")}], "paid": True}
                for pk in "ab"
            ],
        ),
        "write request": (start.map(lambda pk: WriteRequest.put({"pk": pk, "value": 1})), {}, two),
        "typed, by a callable": (
            start,
            {"element_converter": lambda pk: {"pk": pk, "value": 1}},
            two,
        ),
        "a callable that deletes": (
            start,
            {
                "element_converter": lambda pk: (
                    WriteRequest.delete({"pk": pk})
                    if pk == "a"
                    else WriteRequest.put({"pk": pk, "value": 1})
                )
            },
            two[1:],
        ),
        "a list and a tuple of records": (
            start.map(
                lambda pk: (
                    [{"pk": pk, "value": 1}, {"pk": pk + "2", "value": 2}]
                    if pk == "a"
                    else (Reading(pk, 1), WriteRequest.put({"pk": pk + "2", "value": 2}))
                )
            ),
            {},
            [*two, {"pk": "a2", "value": 2}, {"pk": "b2", "value": 2}],
        ),
        "a row that deletes": (
            start.map(lambda pk: deletion(pk) if pk == "a" else Row(pk=pk, value=1), row),
            {},
            two[1:],
        ),
    }
    tables = {}
    for name, (stream, options, _) in cases.items():
        tables[name] = new_table()
        dynamodb_client.put_item(TableName=tables[name], Item={"pk": {"S": "a"}})
        # Skipped, a record that cannot be written is missing where it belongs, and the rest runs.
        sink = new_sink(tables[name], rejection_policy=RejectionPolicy.skip(), **options)
        stream.sink_to(sink).name(name)
    submit(env).wait()

    def ordered(found):
        return sorted(found, key=lambda item: item["pk"])

    found = {name: ordered(items(table)) for name, table in tables.items()}
    assert found == {name: ordered(expected) for name, (_, _, expected) in cases.items()}
