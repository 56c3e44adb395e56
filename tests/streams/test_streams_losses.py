"""What is no longer to be had is not passed over in silence.

The job fails, or goes on with what is left and counts it, by the option `on_data_loss`.
"""

from __future__ import annotations

import pytest
from flink_job import eventually
from writing import Writer, without

from pyflink_dynamodb.testing import ScriptedStream

BOTH_WAYS = pytest.mark.parametrize("on_data_loss", ["fail", "continue"])


def fails_over_lost_data(reading, *named):
    """Wait for a job to fail with a sentence that names the option."""
    text = reading.failure()
    for word in ("on_data_loss", *named):
        assert word in text
    return True


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
