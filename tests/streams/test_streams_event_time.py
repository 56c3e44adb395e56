"""Event time is the time of a change, and each shard has a watermark of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flink_job import Job, eventually
from pyflink.common import Duration, WatermarkStrategy
from pyflink.datastream.connectors.base import Sink
from pyflink.java_gateway import get_gateway
from reading import QUICK
from timing import Times

from pyflink_dynamodb import DynamoDbStreamsSource
from pyflink_dynamodb.testing import ScriptedStream

START = 1_700_000_000


class TwoShards:
    """A job that reads a stream of two shards, and a key in each."""

    def __init__(self, environment: Any, stream: ScriptedStream, directory: Path) -> None:
        self.stream = stream
        self.times = Times(directory / "times")
        first, second = stream.shards()
        names = [f"k{number}" for number in range(100)]
        self.one = next(name for name in names if stream.shard_of(name) == first)
        self.other = next(name for name in names if stream.shard_of(name) == second)
        self._environment = environment(directory)
        self._count = 0

    def start(self, strategy: WatermarkStrategy) -> None:
        config = {**QUICK, **self.stream.properties}
        source = DynamoDbStreamsSource(stream_arn=self.stream.arn, source_config=config)
        changes = self._environment.from_source(source, strategy, "changes")
        sinks = get_gateway().jvm.org.apache.flink.streaming.api.functions.sink.v2
        changes.process(self.times).sink_to(Sink(sinks.DiscardingSink()))
        self.job = Job(self._environment)

    def change(self, key: str, second: int) -> list[Any]:
        """Make a change at a time, and return what was noted of it."""
        self.stream.clock = lambda: START + second
        self._count += 1
        self.stream.put(key, {"n": self._count})
        eventually(
            lambda: len(self.times.notes()) == self._count or self.job.has_ended(), "the change"
        )
        if self.job.has_ended():
            self.job.wait()  # raises why
        noted: list[Any] = self.times.notes()[-1]
        return noted


@pytest.fixture
def two_shards(environment: Any, tmp_path: Path) -> Iterator[TwoShards]:
    with ScriptedStream(shards=2) as stream:
        made = TwoShards(environment, stream, tmp_path)
        yield made
        made.job.end()


def test_the_slowest_shard_holds_the_watermark_back(two_shards: TwoShards) -> None:
    """However far the others are; and then it goes on from there."""
    two_shards.start(WatermarkStrategy.for_monotonous_timestamps())
    one, other = two_shards.one, two_shards.other
    assert two_shards.change(one, 0)[:2] == [one, START * 1_000]
    two_shards.change(other, 10)
    eventually(
        lambda: two_shards.change(one, 100)[2] == (START + 10) * 1_000 - 1,
        "the watermark of the other shard",
    )
    time.sleep(1)  # several times the interval of watermarks: it must not move
    assert two_shards.change(one, 200)[2] == (START + 10) * 1_000 - 1
    two_shards.change(other, 150)
    eventually(
        lambda: two_shards.change(one, 200)[2] == (START + 150) * 1_000 - 1,
        "the watermark behind the other shard",
    )


def test_a_shard_without_changes_becomes_idle(two_shards: TwoShards) -> None:
    """Then the watermark is the other's."""
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_idleness(Duration.of_millis(500))
    two_shards.start(strategy)
    two_shards.change(two_shards.other, 10)
    eventually(
        lambda: two_shards.change(two_shards.one, 100)[2] == (START + 100) * 1_000 - 1,
        "a watermark that no longer waits",
    )
