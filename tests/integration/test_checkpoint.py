"""What a job has accepted survives its failure, and a savepoint carries it into a new job."""

from __future__ import annotations

from pathlib import Path

import pytest
from flink_job import eventually, numbers
from pyflink.datastream import MapFunction

from pyflink_dynamodb.testing import faults

KEYS = 100
LONG_TEXT = "x" * 70_000


class FailOnce(MapFunction):
    """Pass numbers on as int and write them down, but fail the first time one of them comes by.

    A marker file tells the attempts apart: the attempt number is not to be had in thread mode.
    """

    def __init__(self, directory: Path, at: int) -> None:
        self.marker = directory / "failed"
        self.journal = directory / "journal"
        self.at = at

    def map(self, text: str) -> int:
        number = int(text)
        if number == self.at and not self.marker.exists():
            self.marker.touch()
            raise RuntimeError("failing once, as the test demands")
        with self.journal.open("a", encoding="ascii") as journal:
            journal.write(f"{number}\n")
        return number

    def resumed_from(self) -> int:
        """The element with which the second attempt began."""
        seen = [int(line) for line in self.journal.read_text(encoding="ascii").split()]
        # Nothing came twice if a checkpoint covered all that came before the failure.
        return next((after for before, after in zip(seen, seen[1:]) if after <= before), self.at)


@pytest.mark.parametrize("mode", ["process", "thread"])
def test_the_buffer_survives_a_failure(
    mode, environment, submit, new_table, new_sink, items, tmp_path
) -> None:
    """A full batch never forms before the failure, so what came before is in the state alone."""
    table = new_table(key_types={"pk": "N"})
    env = environment(mode, checkpoint_ms=100, restarts=1)
    fail_once = FailOnce(tmp_path, at=22)
    stream = numbers(env, tmp_path, count=30, per_checkpoint=5).map(fail_once)
    records = stream.map(lambda n: {"pk": n, "text": LONG_TEXT if n == 3 else "short"})
    sink = new_sink(table, max_batch_size=25, max_time_in_buffer_ms=600_000)
    records.sink_to(sink).name("sink").uid("sink")
    submit(env).wait()

    assert fail_once.resumed_from() >= 13, "the checkpoint covers less than the test needs"
    found = {item["pk"]: item["text"] for item in items(table)}
    assert found == {n: LONG_TEXT if n == 3 else "short" for n in range(30)}


def test_nothing_is_lost_when_a_job_fails_in_the_middle(
    environment, submit, new_table, new_sink, items, tmp_path
) -> None:
    """Updates of 100 keys in both modes, and 6,000 items with keys of their own."""
    count = 6_000
    env = environment(checkpoint_ms=100, restarts=1)
    fail_once = FailOnce(tmp_path, at=3_700)
    stream = numbers(env, tmp_path, count, per_checkpoint=500).map(fail_once)
    updates = stream.map(lambda n: {"pk": f"key-{n % KEYS}", "version": n})
    every_write, newest_write, distinct = new_table(), new_table(), new_table()
    updates.sink_to(new_sink(every_write)).name("every").uid("every")
    overwriting = new_sink(newest_write, overwrite_by_partition_keys=["pk"])
    updates.sink_to(overwriting).name("newest").uid("newest")
    stream.map(lambda n: {"pk": str(n)}).sink_to(new_sink(distinct)).name("all").uid("all")
    submit(env).wait()

    assert fail_once.resumed_from() > 0
    last = {f"key-{n % KEYS}": n for n in range(count)}
    assert {item["pk"]: item["version"] for item in items(every_write)} == last
    assert {item["pk"]: item["version"] for item in items(newest_write)} == last
    assert {item["pk"] for item in items(distinct)} == {str(n) for n in range(count)}


def test_a_savepoint_carries_what_dynamodb_has_not_confirmed_into_a_new_job(
    environment, submit, new_table, new_sink, items, endpoint, tmp_path
) -> None:
    """The first job never gets an answer, and stops with a savepoint all the same."""
    endpoint.script = [faults.outage(600, hang=True)]
    before, count = 600, 1_000
    every_write, newest_write = new_table(), new_table()

    def build(env, url, per_checkpoint):
        source = numbers(env, tmp_path, count, per_checkpoint).uid("numbers")
        updates = source.map(lambda text: {"pk": f"key-{int(text) % KEYS}", "version": int(text)})
        for name, table, keys in (("every", every_write, []), ("newest", newest_write, ["pk"])):
            sink = new_sink(table, url, overwrite_by_partition_keys=keys, max_in_flight_requests=2)
            updates.uid("updates").sink_to(sink).name(name).uid(name)
        return submit(env)

    first = build(environment(), endpoint.endpoint, per_checkpoint=before)
    for name in ("every", "newest"):
        eventually(
            lambda name=name: first.metrics(name).get("numRecordsIn") == before,
            "all records of the first job at the writer",
        )
    eventually(lambda: len(endpoint.record.batch_writes) >= 2, "requests that are in flight")
    savepoint = first.stop_with_savepoint(tmp_path / "savepoints")
    assert items(every_write) == items(newest_write) == []

    restored = environment(options={"execution.savepoint.path": savepoint})
    build(restored, None, per_checkpoint=count).wait()
    last = {f"key-{n % KEYS}": n for n in range(count)}
    for table in (every_write, newest_write):
        assert {item["pk"]: item["version"] for item in items(table)} == last


def test_what_a_savepoint_carries_is_written_without_new_input(
    environment, submit, new_table, new_sink, items, endpoint, tmp_path
) -> None:
    """Each key comes once, so nothing but the state can bring it; a long text is among it."""
    endpoint.script = [faults.outage(600, hang=True)]
    table = new_table(key_types={"pk": "N"})

    def build(env, url):
        source = numbers(env, tmp_path, count=101, per_checkpoint=100).uid("numbers")
        records = source.map(lambda n: {"pk": int(n), "text": LONG_TEXT if n == "3" else "short"})
        records.uid("records").sink_to(new_sink(table, url)).name("sink").uid("sink")
        return submit(env)

    first = build(environment(), endpoint.endpoint)
    eventually(lambda: first.metrics("sink").get("numRecordsIn") == 100, "all at the writer")
    savepoint = first.stop_with_savepoint(tmp_path / "savepoints")
    assert items(table) == []

    build(environment(options={"execution.savepoint.path": savepoint}), None).wait()
    found = {item["pk"]: item["text"] for item in items(table)}
    assert found == {n: LONG_TEXT if n == 3 else "short" for n in range(101)}


def test_a_savepoint_of_another_table_is_refused(
    environment, submit, new_table, new_sink, items, endpoint, tmp_path
) -> None:
    """Its unsent writes would otherwise land in the table that the sink writes to now."""
    endpoint.script = [faults.outage(600, hang=True)]
    old, new = new_table(), new_table()

    def build(env, table, url):
        source = numbers(env, tmp_path, count=8, per_checkpoint=7).uid("numbers")
        records = source.map(lambda text: {"pk": text}).uid("records")
        records.sink_to(new_sink(table, url)).name("sink").uid("sink")
        return submit(env)

    first = build(environment(), old, endpoint.endpoint)
    eventually(lambda: first.metrics("sink").get("numRecordsIn") == 7, "all at the writer")
    savepoint = first.stop_with_savepoint(tmp_path / "savepoints")

    text = build(environment(options={"execution.savepoint.path": savepoint}), new, None).failure()
    assert f"7 unsent writes for table '{old}'" in text
    assert f"now writes to '{new}'" in text
    assert items(new) == []
