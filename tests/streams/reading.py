"""Jobs that read a scripted stream and count its changes, and what a test asks of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from counting import Counting, key_name, key_text
from flink_job import Job, eventually
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.base import Sink
from pyflink.java_gateway import get_gateway
from streams_judge import Change, Noted, problems, read_notes, unseen

from pyflink_dynamodb import DynamoDbStreamsSource
from pyflink_dynamodb.testing import ScriptedStream
from pyflink_dynamodb.testing.scripted_record import ScriptedRecord

Expected = Callable[[ScriptedRecord], bool]
# As quick as the five calls a second of a shard let it be.
QUICK = {
    "flink.stream.initpos": "TRIM_HORIZON",
    "flink.shard.discovery.intervalmillis": "300 ms",
    "flink.dynamodbstreams.getrecords.empty.mindelay": "100 ms",
    "flink.dynamodbstreams.getrecords.nonempty.mindelay": "50 ms",
    "flink.dynamodbstreams.backoff.mindelayduration": "20 ms",
    "flink.dynamodbstreams.backoff.maxdelay": "200 ms",
}


def count_changes(
    environment: StreamExecutionEnvironment,
    stream: ScriptedStream,
    directory: Path,
    *,
    name: str = "changes",
    config: Mapping[str, str] | None = None,
    by_table_name: bool = False,
    on_data_loss: str = "fail",
    bounded: str | datetime | None = None,
    crashes: Collection[int] = (),
    parallelism: int = 1,
) -> None:
    """Add to a job: a source of the stream's changes, and what counts and notes them.

    Args:
        environment: Of the job.
        stream: What is read.
        directory: For the notes; made if it is not there.
        name: Of the source; unique within the job.
        config: Configuration keys beside those of `QUICK`.
        by_table_name: Name the table, not its newest stream.
        on_data_loss: As the source has it.
        bounded: As the source has it; None for a job without end.
        crashes: Numbers of items at whose records the job fails, once each.
        parallelism: Of source and count.
    """
    directory.mkdir(exist_ok=True)
    builder = (
        DynamoDbStreamsSource.builder()
        .set_source_config({**QUICK, **stream.properties, **(config or {})})
        .set_on_data_loss(on_data_loss)
    )
    if by_table_name:
        builder = builder.set_table_name(stream.table)
    else:
        builder = builder.set_stream_arn(stream.arn)
    if bounded is not None:
        builder = builder.set_bounded(bounded)
    changes = environment.from_source(builder.build(), WatermarkStrategy.no_watermarks(), name)
    changes.uid(f"{name}-source").set_parallelism(parallelism)
    counted = changes.key_by(key_text, key_type=Types.STRING()).process(
        Counting(directory, crashes), Types.STRING()
    )
    counted.uid(f"{name}-count").set_parallelism(parallelism)
    sinks = get_gateway().jvm.org.apache.flink.streaming.api.functions.sink.v2
    counted.sink_to(Sink(sinks.DiscardingSink())).uid(f"{name}-end").set_parallelism(parallelism)


def changes_of(records: Iterable[ScriptedRecord]) -> list[Change]:
    """What the judge has to know of records, in the order in which they were written."""
    return [
        Change(key_name(record.key), record.sequence_number, _content(record)) for record in records
    ]


def _content(record: ScriptedRecord) -> str:
    number = (record.new_image or {}).get("n")
    return record.event_name if number is None else f"{record.event_name} {number}"


def everything(_record: ScriptedRecord) -> bool:
    """Expect all that was written."""
    return True


class Reading:
    """One such job, submitted.

    Args:
        environment: Makes the job's environment.
        stream: What it reads.
        directory: For notes, checkpoints and savepoints.
        restarts: How often it may fail.
        checkpoint_ms: Time between checkpoints.
        savepoint: Where it goes on from.
        options: Of `count_changes`.
    """

    def __init__(
        self,
        environment: Callable[..., StreamExecutionEnvironment],
        stream: ScriptedStream,
        directory: Path,
        *,
        restarts: int = 0,
        checkpoint_ms: int = 100,
        savepoint: str | None = None,
        **options: Any,
    ) -> None:
        self.stream = stream
        self.directory = directory / f"notes-{stream.table}"
        self._savepoints = directory / "savepoints"
        settings = {} if savepoint is None else {"execution.savepoint.path": savepoint}
        self._crashes = len(options.get("crashes", ()))
        restarts = max(restarts, self._crashes)
        made = environment(directory, checkpoint_ms, restarts, settings)
        count_changes(made, stream, self.directory, **options)
        self.job = Job(made)

    @property
    def notes(self) -> list[Noted]:
        """What was noted so far, by this job and those it goes on from."""
        return read_notes(self.directory)

    def wait_for(self, expected: Expected = everything, seconds: float = 60) -> None:
        """Wait until every record has been noted that is expected."""
        deadline = time.monotonic() + seconds
        while (left := self.unseen(expected)) and not self.job.has_ended():
            assert time.monotonic() < deadline, f"{left} changes not noted within {seconds:g} s"
            time.sleep(0.1)
        if left:
            self.job.wait()  # raises why
            assert not self.unseen(expected), "the job has ended before all was noted"

    def unseen(self, expected: Expected = everything) -> int:
        """How many of the records that are expected have not been noted."""
        return unseen(self._changes(expected), self.notes)

    def wait_for_checkpoints(self, count: int = 2) -> None:
        """Wait until so many more checkpoints are complete; the second began after now."""
        wanted = self.job.completed_checkpoints() + count
        eventually(lambda: self.job.completed_checkpoints() >= wanted, "a checkpoint")

    def wait_until_pinned(self) -> None:
        """Wait until a checkpoint holds where LATEST was."""
        eventually(lambda: is_pinned(self.stream), "iterators of all open shards")
        self.wait_for_checkpoints()

    def finish(self, expected: Expected = everything) -> None:
        """Write a last change of every key, wait for it, end the job and judge it."""
        eventually(
            lambda: len(list(self.directory.glob("crash-*"))) == self._crashes, "the crashes"
        )
        self.wait_for_checkpoints()
        end_keys(self.stream)
        self.wait_for(expected)
        self.end()
        assert self.problems(expected) == []

    def problems(self, expected: Expected = everything) -> list[str]:
        """What the judge says; the last change of every key must be in."""
        return list(problems(self._changes(expected), self.notes))

    def _changes(self, expected: Expected) -> list[Change]:
        return changes_of(filter(expected, self.stream.records))

    def end(self) -> None:
        """Cancel the job unless it has ended, and wait until it has gone with its cluster."""
        self.job.end()
        eventually(self.job.has_ended, "the job's end")

    def savepoint_and_stop(self) -> str:
        """Stop the job and return what another goes on from."""
        return self.job.stop_with_savepoint(self._savepoints)

    def failure(self) -> str:
        """The whole text that a user sees of the job when it fails."""
        return self.job.failure()

    def data_losses(self) -> float:
        """What the metric `dataLosses` says, of the readers and of the enumerator."""
        return self.metric("dataLosses")

    def metric(self, name: str) -> float:
        """The sum of a metric over the readers, and the enumerator if it has one."""
        total = 0.0
        for vertex in self.job.rest()["vertices"]:
            path = f"/vertices/{vertex['id']}/subtasks/metrics"
            for known in self._names(path, name):
                (metric,) = self.job.rest(f"{path}?get={known}")
                total += float(metric["sum"])
            path = f"/vertices/{vertex['id']}/jm-operator-metrics"
            for known in self._names(path, name):
                (metric,) = self.job.rest(f"{path}?get={known}")
                total += float(metric["value"])
        return total

    def _names(self, path: str, name: str) -> list[str]:
        found = [metric["id"] for metric in self.job.rest(path)]
        return [known for known in found if known.endswith(f".{name}")]


def end_keys(stream: ScriptedStream) -> None:
    """Write a last change of every key that was written to."""
    for key in dict.fromkeys(record.key for record in stream.records):
        stream.put(key, {"n": -1})


def is_pinned(stream: ScriptedStream) -> bool:
    """Whether a LATEST iterator was given of every open shard."""
    pinned = {
        call.shard_id
        for call in stream.calls.of("GetShardIterator")
        if call.iterator_type == "LATEST" and call.outcome == "ok"
    }
    return pinned >= set(stream.shards())
