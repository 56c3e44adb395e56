"""Where a job begins and where it ends."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest
from flink_job import eventually
from writing import AGE_S, Writer, ago, only, younger_than

from pyflink_dynamodb.testing import ScriptedStream

LATEST = {"flink.stream.initpos": "LATEST"}


@pytest.mark.parametrize(
    ("at_timestamp", "expired"),
    [(True, False), (True, True), (False, False), (False, True)],
    ids=["valid", "expired", "valid, without times", "expired, without times"],
)
def test_latest_stays_where_it_was_when_the_job_started(read, at_timestamp, expired) -> None:
    """A job that goes on from before a shard's first record skips none that came meanwhile."""
    with ScriptedStream(shards=3, at_timestamp=at_timestamp, clock=ago(AGE_S)) as stream:
        write = Writer(stream)
        write(60)
        stream.clock = time.time
        reading = read(stream, config=LATEST)
        reading.wait_until_pinned()
        savepoint = reading.savepoint_and_stop()
        if expired:
            stream.expire_iterators()
        write(60)
        for shard in stream.shards()[:2]:
            stream.rotate(shard)
        write(60)

        reading = read(stream, config=LATEST, savepoint=savepoint, crashes=[100])

        younger = younger_than(AGE_S / 2)
        reading.wait_for(younger)
        reading.finish(younger)


def test_latest_survives_a_crash_before_a_shards_first_record(read) -> None:
    """One shard's record fails the job; what the others get while it restarts is not skipped."""
    with ScriptedStream(shards=4, clock=ago(AGE_S)) as stream:
        write = Writer(stream)
        write(60)
        stream.clock = time.time
        reading = read(stream, config=LATEST, crashes=[60, 61, 80])
        reading.wait_until_pinned()
        write(1)
        write(140, seconds=2)
        younger = younger_than(AGE_S / 2)
        reading.wait_for(younger)
        reading.finish(younger)


@pytest.mark.parametrize("at_timestamp", [True, False], ids=["times", "without times"])
def test_a_time_to_start_from_is_kept_to(read, at_timestamp) -> None:
    """Older changes are left out also where the endpoint cannot be asked for times."""
    start = int(time.time()) - AGE_S // 2
    config = {
        "flink.stream.initpos": "AT_TIMESTAMP",
        "flink.stream.initpos.timestamp": datetime.fromtimestamp(start, timezone.utc).isoformat(),
    }
    with ScriptedStream(shards=2, at_timestamp=at_timestamp, clock=ago(AGE_S)) as stream:
        write = Writer(stream)
        write(60)
        stream.split(stream.shards()[0])
        write(60)
        stream.clock = time.time
        write(60)
        reading = read(stream, config=config, crashes=[150])
        write(60)
        expected = younger_than(time.time() - start)
        reading.wait_for(expected)
        reading.finish(expected)


def test_a_bounded_job_reads_until_now_and_ends(read) -> None:
    """Now is when it looks at the shards first; what comes later is left out."""
    with ScriptedStream(shards=2, clock=ago(AGE_S)) as stream:
        write = Writer(stream)
        write(60)
        stream.split(stream.shards()[0])
        write(60)
        expected = only(stream.records)
        stream.clock = time.time
        reading = read(stream, bounded="now")
        eventually(lambda: stream.calls.outcomes("DescribeStream")["ok"], "the first discovery")
        stream.clock = ago(-AGE_S)
        write(60)

        reading.job.wait(60)

        assert reading.problems(expected) == []


def test_a_bounded_job_reads_until_a_time_and_ends(read) -> None:
    """Through a crash, a split while it runs, and shards of which some never have a record."""
    end = datetime.now(timezone.utc) + timedelta(seconds=AGE_S)
    with ScriptedStream(shards=6, clock=ago(AGE_S)) as stream:
        write = Writer(stream, keys=3)
        write(60)
        stream.clock = time.time
        reading = read(stream, bounded=end, crashes=[70])
        write(60)
        stream.split(stream.shard_of("k0"))
        write(60)
        reading.wait_for()
        reading.wait_for_checkpoints()
        write(3)
        expected = only(stream.records)
        stream.clock = ago(-2 * AGE_S)
        write(60)

        reading.job.wait(60)

        assert reading.problems(expected) == []
