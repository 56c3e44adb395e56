"""The newest write of a key is the one that stays, with 50 requests in flight."""

from __future__ import annotations

import random

import pytest

KEYS = 100
UPDATES = 20_000


@pytest.mark.parametrize("seed", range(5))
def test_no_key_ends_with_an_older_write(
    seed, environment, submit, new_table, new_sink, items
) -> None:
    """Both modes side by side; a writer without order per key leaves 7 to 50 of 100 keys stale."""
    draw = random.Random(seed)
    updates = [{"pk": f"key-{draw.randrange(KEYS)}", "version": n} for n in range(UPDATES)]
    every_write, newest_write = new_table(), new_table()
    env = environment()
    stream = env.from_collection(updates)
    stream.sink_to(new_sink(every_write, max_in_flight_requests=50)).name("every")
    overwriting = new_sink(
        newest_write, max_in_flight_requests=50, overwrite_by_partition_keys=["pk"]
    )
    stream.sink_to(overwriting).name("newest")
    submit(env).wait()

    last = {update["pk"]: update["version"] for update in updates}
    for table in (every_write, newest_write):
        found = {item["pk"]: item["version"] for item in items(table)}
        stale = {key for key in last if found.get(key) != last[key]}
        assert not stale, f"{len(stale)} of {len(last)} keys are stale"
        assert found.keys() == last.keys()
