"""What becomes of the shards while a job reads them: nothing lost, repeated or out of order."""

from __future__ import annotations

import pytest
from writing import Writer

from pyflink_dynamodb.testing import ScriptedStream


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


def test_an_arn_with_a_region_that_is_none_is_read(read) -> None:
    """DynamoDB Local's are of `ddblocal`."""
    with ScriptedStream(region="ddblocal") as stream:
        Writer(stream)(50)
        reading = read(stream, config={"aws.region": "us-east-1"})
        reading.wait_for()
        reading.finish()


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
