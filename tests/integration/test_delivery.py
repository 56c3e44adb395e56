"""Everything that enters a sink is in its table when the job has ended."""

from __future__ import annotations

import pytest

from pyflink_dynamodb.testing import faults


@pytest.mark.parametrize("mode", ["process", "thread"])
def test_all_items_arrive_whatever_their_number(
    mode, environment, submit, new_table, new_sink, items
) -> None:
    """Six untyped streams and six sinks in one job, below, at and above whole batches.

    Nothing but the end of the input makes the last batch leave: the buffer's time is ten minutes.
    """
    env = environment(mode)
    tables = {}
    for size in (1, 24, 25, 26, 51, 5_000):
        tables[size] = new_table(key_types={"pk": "N"})
        stream = env.from_collection([{"pk": n, "text": f"item {n}"} for n in range(size)])
        sink = new_sink(tables[size], max_time_in_buffer_ms=600_000)
        stream.sink_to(sink).name(f"sink-{size}").uid(f"sink-{size}")
    submit(env).wait()

    for size, table in tables.items():
        found = sorted(items(table), key=lambda item: item["pk"])
        assert found == [{"pk": n, "text": f"item {n}"} for n in range(size)]


def test_a_job_with_nothing_to_write_ends(environment, submit, new_table, new_sink, items) -> None:
    env = environment()
    table = new_table()
    env.from_collection([1, 2]).filter(lambda n: n > 2).sink_to(new_sink(table))
    submit(env).wait()
    assert items(table) == []


def test_items_that_dynamodb_sends_back_arrive_too(
    environment, submit, new_table, new_sink, items, endpoint
) -> None:
    """A third of the items comes back unprocessed, the last ones after the end of the input."""
    endpoint.script = [faults.unprocessed(0.33)]
    env = environment()
    table = new_table(key_types={"pk": "N"})
    stream = env.from_collection([{"pk": n} for n in range(260)])
    stream.sink_to(new_sink(table, endpoint.endpoint))
    submit(env).wait()
    assert sorted(item["pk"] for item in items(table)) == list(range(260))
    assert endpoint.record.outcomes["unprocessed"] > 0
