"""What shards, iterators and listings may do to a source, one by one: nothing lost or repeated.

Where something is lost, since it is no longer to be had, the job says so: it fails, or goes on with
what is left, by the option `on_data_loss`.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest
from flink_job import eventually

from pyflink_dynamodb.testing import ScriptedStream, faults

AGE_S = 200
LATEST = {"flink.stream.initpos": "LATEST"}
BOTH_WAYS = pytest.mark.parametrize("on_data_loss", ["fail", "continue"])


class Writer:
    """Writes items whose numbers go on rising, to keys in turn."""

    def __init__(self, stream, keys=20):
        self.stream = stream
        self.keys = keys
        self.written = 0

    def __call__(self, count, *, seconds=0.0):
        """Write so many, one after the other within a time, and return their records."""
        records = []
        for _ in range(count):
            key = f"k{self.written % self.keys}"
            records.append(self.stream.put(key, {"n": self.written}))
            self.written += 1
            if seconds:
                time.sleep(seconds / count)
        return records


def ago(seconds):
    """A clock that is behind by so much; before the epoch of no test."""
    return lambda: time.time() - seconds


def without(lost):
    """Expect all records but some."""
    numbers = {record.sequence_number for record in lost}
    return lambda record: record.sequence_number not in numbers


def only(records):
    """Expect some records and no others."""
    numbers = {record.sequence_number for record in records}
    return lambda record: record.sequence_number in numbers


def younger_than(seconds):
    """Expect what is younger now."""
    start = time.time() - seconds
    return lambda record: record.creation_time >= start


def fails_over_lost_data(reading, *named):
    """Wait for a job to fail with a sentence that names the option."""
    text = reading.failure()
    for word in ("on_data_loss", *named):
        assert word in text
    return True


def test_a_tree_of_splits_is_read_in_order(read) -> None:
    """Two shards become sixteen, with a crash on the way and readers of two tasks."""
    with ScriptedStream(shards=2) as stream:
        write = Writer(stream)
        write(100)
        reading = read(stream, crashes=[150, 330], parallelism=2)
        for _ in range(3):
            write(50)
            for shard in stream.shards():
                stream.split(shard)
            write(50)
        reading.wait_for()
        reading.finish()


def test_shards_that_rotate_every_second_are_read_in_order(read) -> None:
    """Discovery by the clock alone, once a minute, would take as many minutes."""
    rare = {"flink.shard.discovery.intervalmillis": "60 s"}
    with ScriptedStream(shards=3, rotate_every_s=1) as stream:
        write = Writer(stream)
        reading = read(stream, config=rare, crashes=[250])
        write(500, seconds=5)
        stream.rotate_every_s = None
        reading.wait_for(seconds=20)
        reading.finish()


@pytest.mark.parametrize("listing", ["children first", "shuffled"])
def test_a_child_that_is_listed_before_its_parent_waits_for_it(read, listing) -> None:
    """Over several pages, with a single shard in each."""
    with ScriptedStream(shards=2, listing=listing, shards_per_page=1) as stream:
        write = Writer(stream)
        for _ in range(3):
            write(60)
            stream.split(stream.shards()[0])
            stream.rotate(stream.shards()[-1])
        reading = read(stream, parallelism=2)
        write(60)
        stream.split(stream.shards()[0])
        write(60)
        reading.wait_for()
        reading.finish()


def test_shards_without_a_record_are_passed_through(read) -> None:
    """Open ones are asked again and again, closed ones lead to their children."""
    with ScriptedStream(shards=8, empty_end=True) as stream:
        reading = read(stream)
        for _ in range(4):
            for shard in stream.shards()[:4]:
                stream.rotate(shard)
        Writer(stream, keys=40)(200)
        reading.wait_for()
        reading.finish()


def test_empty_pages_in_front_of_records_are_no_end(read) -> None:
    """Neither of a shard that is open nor of one that is closed."""
    with ScriptedStream(shards=2) as stream:
        write = Writer(stream)
        write(50)
        for shard in stream.shards():
            stream.empty_pages(shard, 12)
        stream.rotate(stream.shards()[0])
        reading = read(stream)
        reading.wait_for()
        reading.finish()


def test_300_shards_are_read_at_once(read) -> None:
    """By two tasks, from the start and through a crash."""
    with ScriptedStream(shards=300) as stream:
        write = Writer(stream, keys=3_000)
        write(3_000)
        reading = read(stream, parallelism=2, crashes=[3_500])
        write(1_000)
        for shard in stream.shards()[:20]:
            stream.rotate(shard)
        write(1_000)
        reading.wait_for(seconds=120)
        reading.finish()


def test_expired_iterators_are_renewed_where_they_were(read) -> None:
    """By age, since they wait longer than they live, and all at once, over and over."""
    slow = {"flink.dynamodbstreams.getrecords.empty.mindelay": "1 s"}
    with ScriptedStream(shards=2, iterator_life_s=0.6) as stream:
        write = Writer(stream)
        reading = read(stream, config=slow)
        for _ in range(10):
            write(20, seconds=0.4)
            stream.expire_iterators()
        reading.wait_for()
        assert stream.calls.outcomes()["ExpiredIteratorException"] > 0
        reading.finish()


@pytest.mark.parametrize(
    "fault",
    [faults.limit_exceeded, faults.throughput_exceeded, faults.throttle],
    ids=lambda fault: fault.__name__,
)
def test_throttling_costs_nothing_but_time(read, fault) -> None:
    """Of every operation, half of the calls, more often in a row than there are retries."""
    script = [fault(share=0.5, operation=None), fault(nth=range(5, 15))]
    few = {"flink.dynamodbstreams.numretries": "3"}
    with ScriptedStream(shards=2, script=script) as stream:
        write = Writer(stream)
        reading = read(stream, config=few)
        write(200, seconds=2)
        stream.split(stream.shards()[0])
        write(100)
        reading.wait_for()
        reading.finish()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([faults.internal_error(share=0.4, operation=None)], id="500"),
        pytest.param([faults.internal_error(share=0.4, status=503)], id="503"),
        pytest.param([faults.reset(share=0.4, operation=None)], id="reset"),
        pytest.param([faults.outage(1.5, nth=5)], id="refused"),
        pytest.param([faults.malformed_json(share=0.4)], id="malformed"),
        pytest.param([faults.delay((0.0, 0.5), share=0.5, operation=None)], id="slow"),
    ],
)
def test_faults_that_pass_cost_nothing_but_time(read, script) -> None:
    """The job does not even restart."""
    with ScriptedStream(shards=2, script=script) as stream:
        write = Writer(stream)
        reading = read(stream)
        write(200, seconds=2)
        stream.split(stream.shards()[0])
        write(100)
        reading.wait_for()
        reading.finish()


@BOTH_WAYS
def test_trimmed_records_are_lost_aloud(read, on_data_loss) -> None:
    """Between two jobs the oldest that had not been read go; what is left is read."""
    with ScriptedStream() as stream:
        write = Writer(stream)
        write(100)
        reading = read(stream)
        reading.wait_for()
        savepoint = reading.savepoint_and_stop()
        lost = write(60)
        stream.trim(stream.shards()[0], upto=lost[-1].sequence_number)
        write(60)

        reading = read(stream, savepoint=savepoint, on_data_loss=on_data_loss)

        if on_data_loss == "fail":
            assert fails_over_lost_data(reading, stream.shards()[0])
            return
        rest = without(lost)
        reading.wait_for(rest)
        eventually(lambda: reading.data_losses() == 1, "one loss in the metric")
        reading.finish(rest)


@BOTH_WAYS
def test_a_vanished_shard_is_lost_aloud(read, on_data_loss) -> None:
    """Before it was read to its end; its child is read."""
    with ScriptedStream() as stream:
        write = Writer(stream)
        write(100)
        reading = read(stream)
        reading.wait_for()
        savepoint = reading.savepoint_and_stop()
        lost = write(60)
        (shard,) = stream.shards()
        stream.rotate(shard)
        write(60)
        stream.vanish(shard)

        reading = read(stream, savepoint=savepoint, on_data_loss=on_data_loss)

        if on_data_loss == "fail":
            assert fails_over_lost_data(reading, shard)
            return
        rest = without(lost)
        reading.wait_for(rest)
        eventually(lambda: reading.data_losses() >= 1, "a loss in the metric")
        reading.finish(rest)


@BOTH_WAYS
def test_a_shard_whose_parent_nobody_has_seen_is_a_loss(read, on_data_loss) -> None:
    """A generation came and went between two jobs; the one after it is read."""
    with ScriptedStream() as stream:
        write = Writer(stream)
        write(100)
        reading = read(stream)
        reading.wait_for()
        savepoint = reading.savepoint_and_stop()
        write(20)
        middle = stream.rotate(stream.shards()[0])
        lost = write(60)
        youngest = stream.rotate(middle)
        stream.vanish(middle)
        write(60)

        reading = read(stream, savepoint=savepoint, on_data_loss=on_data_loss)

        if on_data_loss == "fail":
            assert fails_over_lost_data(reading)
            return
        rest = without(lost)
        reading.wait_for(rest)
        assert stream.shards() == [youngest]
        eventually(lambda: reading.data_losses() >= 1, "a loss in the metric")
        reading.finish(rest)


def test_a_finished_shard_that_vanishes_is_no_loss(read) -> None:
    """That is what becomes of all of them after a day, running or not."""
    with ScriptedStream(shards=2) as stream:
        write = Writer(stream)
        reading = read(stream)
        for _ in range(2):
            write(50)
            stream.split(stream.shards()[0])
        write(50)
        reading.wait_for()
        reading.wait_for_checkpoints(3)

        def forget():
            for shard in set(stream.shards(closed=True)) - set(stream.shards()):
                stream.vanish(shard)

        forget()
        write(50)
        reading.wait_for()
        reading.wait_for_checkpoints(3)
        savepoint = reading.savepoint_and_stop()
        write(50)
        reading = read(stream, savepoint=savepoint)
        reading.wait_for()
        assert reading.data_losses() == 0
        reading.finish()


def test_a_listing_that_leaves_shards_out_for_a_while_is_asked_for_again(read) -> None:
    """Children of a shard that has ended, pages in the middle, and a whole generation."""
    with ScriptedStream(shards=4, shards_per_page=2) as stream:
        write = Writer(stream, keys=60)
        write(100)
        reading = read(stream)
        for _ in range(3):
            for shard in stream.shards()[:3]:
                for child in stream.split(shard, 2):
                    stream.hide(child, 3)
            write(100)
        reading.wait_for()
        assert reading.data_losses() == 0
        reading.finish()


@BOTH_WAYS
def test_a_listing_that_stays_inconsistent_is_a_loss(read, on_data_loss) -> None:
    """After the retries; who goes on reads the missing shard when it is listed after all."""
    with ScriptedStream() as stream:
        write = Writer(stream)
        write(50)
        reading = read(stream, on_data_loss=on_data_loss)
        child = stream.rotate(stream.shards()[0])
        stream.hide(child, 100_000)
        write(50)

        if on_data_loss == "fail":
            assert fails_over_lost_data(reading)
            return
        eventually(lambda: reading.data_losses() >= 1, "a loss in the metric", seconds=60)
        stream.hide(child, 0)
        reading.wait_for()
        reading.finish()


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


@BOTH_WAYS
def test_a_new_stream_of_the_table_is_a_loss(read, on_data_loss) -> None:
    """What changed between the two is in neither; both are read, the old one first."""
    with ScriptedStream(shards=2) as stream:
        write = Writer(stream)
        write(60)
        reading = read(stream, by_table_name=True)
        reading.wait_for()
        savepoint = reading.savepoint_and_stop()
        write(60)
        stream.disable()
        stream.put("between", {"n": 1})
        stream.enable()
        write(60)

        reading = read(stream, by_table_name=True, savepoint=savepoint, on_data_loss=on_data_loss)

        if on_data_loss == "fail":
            assert fails_over_lost_data(reading)
            return
        reading.wait_for()
        eventually(lambda: reading.data_losses() >= 1, "a loss in the metric")
        reading.finish()


@pytest.mark.parametrize("backlog", [0, 8_000], ids=["the tip", "a backlog"])
def test_a_shard_is_asked_five_times_a_second_at_most(read, backlog) -> None:
    """Also behind full pages, and with no delay between pages at all."""
    eager = {
        "flink.dynamodbstreams.getrecords.empty.mindelay": "1 ms",
        "flink.dynamodbstreams.getrecords.nonempty.mindelay": "1 ms",
    }
    with ScriptedStream(shards=1 if backlog else 4) as stream:
        write = Writer(stream)
        write(backlog)
        reading = read(stream, config=eager)
        write(400, seconds=4)
        reading.wait_for()
        busiest = stream.calls.busiest(0.95)
        assert busiest.keys() == set(stream.shards())
        assert all(3 <= count <= 5 for count in busiest.values()), busiest
        reading.finish()


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


def test_another_parallelism_keeps_the_order(read) -> None:
    """One task, three and two, each from the savepoint of the one before, across splits."""
    savepoint = None
    with ScriptedStream(shards=3) as stream:
        write = Writer(stream)
        for parallelism in (1, 3, 2):
            reading = read(stream, parallelism=parallelism, savepoint=savepoint)
            write(100)
            stream.split(stream.shards()[0])
            stream.rotate(stream.shards()[-1])
            write(100)
            if parallelism != 2:
                savepoint = reading.savepoint_and_stop()
        reading.wait_for()
        reading.finish()
