"""Every type goes through a real job into a table and back."""

from __future__ import annotations

from typing import Any

import pytest
from pyflink.common import Types
from types_page import MARKERS, NAMES, TYPES, is_same, record_class

from pyflink_dynamodb import from_item

ROWS = [*TYPES, *MARKERS]


def record(number: int) -> Any:
    """The example of one row of docs/types.md."""
    row = ROWS[number]
    return record_class(row, "pk")(str(number), eval(row[1], NAMES))


@pytest.mark.parametrize("mode", ["process", "thread"])
def test_every_row_of_the_types_page_is_written_and_read_back(
    mode, environment, submit, new_table, new_sink, dynamodb_client
) -> None:
    env = environment(mode)
    table = new_table()
    numbers = env.from_collection(list(range(len(ROWS))), Types.INT())
    numbers.map(record).sink_to(new_sink(table))
    submit(env).wait()
    items = {
        int(item["pk"]["S"]): item
        for item in dynamodb_client.scan(TableName=table, ConsistentRead=True)["Items"]
    }
    assert sorted(items) == list(range(len(ROWS)))
    for number, row in enumerate(ROWS):
        read = from_item(record_class(row, "pk"), items[number])
        assert is_same(read.value, eval(row[1], NAMES)), row
