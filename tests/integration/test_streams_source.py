"""Whole jobs that read the stream of a table in DynamoDB Local."""

from __future__ import annotations

import contextlib
import io
import json
import random
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flink_job import eventually
from pyflink.common import RowKind, SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import (
    KeyedProcessFunction,
    MapFunction,
    RuntimeContext,
    StreamExecutionEnvironment,
)
from pyflink.datastream.state import ValueStateDescriptor

from pyflink_dynamodb import (
    DynamoDbStreamsSource,
    NewImageSchema,
    StreamRecord,
    StreamRecordJsonSchema,
    StreamRowSchema,
)
from pyflink_dynamodb.testing import create_table

PAGE = Path(__file__).parents[2] / "docs/streams.md"
TRIM_HORIZON = {
    "flink.stream.initpos": "TRIM_HORIZON",
    # The end of a bounded read is known after some empty pages.
    "flink.dynamodbstreams.getrecords.empty.mindelay": "10 ms",
}


@pytest.fixture
def streamed_table(dynamodb_client: Any) -> Callable[..., str]:
    """Make an empty table with a stream and return its name."""

    def make(view_type: str = "NEW_AND_OLD_IMAGES") -> str:
        name = f"table-{uuid.uuid4().hex}"
        create_table(dynamodb_client, name, "pk", stream_view_type=view_type)
        return name

    return make


@pytest.fixture
def new_source(dynamodb_local: Any) -> Callable[..., DynamoDbStreamsSource]:
    """Make a source that reads DynamoDB Local: all that is there, and then ends."""

    def make(table: str, config: Any = TRIM_HORIZON, **options: Any) -> DynamoDbStreamsSource:
        return DynamoDbStreamsSource(
            table_name=table, source_config={**dynamodb_local.properties, **config}, **options
        )

    return make


def read(env: StreamExecutionEnvironment, source: DynamoDbStreamsSource) -> list[Any]:
    """Everything that a bounded source gives."""
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "changes")
    with stream.execute_and_collect() as found:
        return list(found)


def change_an_item(client: Any, table: str) -> None:
    """Insert it, modify it, remove it."""
    client.put_item(TableName=table, Item={"pk": {"S": "k"}, "n": {"N": "1"}})
    client.put_item(
        TableName=table, Item={"pk": {"S": "k"}, "n": {"N": "2.5"}, "set": {"SS": ["a", "b"]}}
    )
    client.delete_item(TableName=table, Key={"pk": {"S": "k"}})


@dataclass
class Item:
    pk: str
    n: Decimal


def names(record: StreamRecord) -> tuple[str, str]:
    return record.event_name, record.keys["pk"]


# --- what a change becomes ---


@pytest.mark.parametrize("mode", ["process", "thread"])
def test_changes_are_python_objects(
    mode: str, environment: Any, streamed_table: Any, new_source: Any, dynamodb_client: Any
) -> None:
    """With their images, in the order in which they were made."""
    table = streamed_table()
    change_an_item(dynamodb_client, table)

    env = environment(mode)
    stream = env.from_source(
        new_source(table, bounded="now"), WatermarkStrategy.no_watermarks(), "changes"
    )
    with stream.map(lambda record: record).execute_and_collect() as found:
        inserted, modified, removed = list(found)

    one, two = {"pk": "k", "n": 1}, {"pk": "k", "n": Decimal("2.5"), "set": {"a", "b"}}
    assert (inserted.event_name, inserted.old_image, inserted.new_image) == ("INSERT", None, one)
    assert (modified.event_name, modified.old_image, modified.new_image) == ("MODIFY", one, two)
    assert (removed.event_name, removed.old_image, removed.new_image) == ("REMOVE", two, None)
    assert inserted.sequence_number < modified.sequence_number < removed.sequence_number
    assert inserted.keys == {"pk": "k"} and not removed.is_ttl_delete


def test_every_schema_makes_of_a_change_what_it_says(
    environment: Any, streamed_table: Any, new_source: Any, dynamodb_client: Any
) -> None:
    """In the JVM or in Python."""
    table = streamed_table()
    change_an_item(dynamodb_client, table)

    def made(schema: Any) -> list[Any]:
        return read(environment(), new_source(table, bounded="now", deserialization_schema=schema))

    row_type = Types.ROW_NAMED(["pk", "n"], [Types.STRING(), Types.BIG_DEC()])
    rows = made(StreamRowSchema(row_type))
    texts = made(StreamRecordJsonSchema())

    assert made(NewImageSchema(Item)) == [Item("k", Decimal(1)), Item("k", Decimal("2.5"))]
    assert made(names) == [("INSERT", "k"), ("MODIFY", "k"), ("REMOVE", "k")]
    assert [json.loads(text)["eventName"] for text in texts] == ["INSERT", "MODIFY", "REMOVE"]
    assert made(SimpleStringSchema()) == texts
    assert [(row.get_row_kind(), row[0], row[1]) for row in rows] == [
        (RowKind.INSERT, "k", Decimal(1)),
        (RowKind.UPDATE_BEFORE, "k", Decimal(1)),
        (RowKind.UPDATE_AFTER, "k", Decimal("2.5")),
        (RowKind.DELETE, "k", Decimal("2.5")),
    ]


def test_a_schema_that_needs_more_than_the_stream_has_fails_the_job_with_a_sentence(
    environment: Any, streamed_table: Any, new_source: Any, submit: Any
) -> None:
    """At its start, before there is a record."""
    env = environment()
    source = new_source(streamed_table("KEYS_ONLY"), deserialization_schema=NewImageSchema(Item))
    env.from_source(source, WatermarkStrategy.no_watermarks(), "changes").print()

    failure = submit(env).failure()

    assert "KEYS_ONLY" in failure
    assert "NEW_AND_OLD_IMAGES" in failure


def test_a_functions_failure_fails_the_job_without_a_value(
    environment: Any, streamed_table: Any, new_source: Any, submit: Any, dynamodb_client: Any
) -> None:
    """The message leads to the record all the same."""
    table = streamed_table()
    dynamodb_client.put_item(TableName=table, Item={"pk": {"S": "s3cret"}})

    def failing(record: StreamRecord) -> object:
        raise ValueError(record.keys["pk"])

    env = environment()
    source = new_source(table, deserialization_schema=failing)
    env.from_source(source, WatermarkStrategy.no_watermarks(), "changes").map(str).print()
    failure = submit(env).failure()

    assert re.search(r"the stream record \d{21} \(INSERT\): the schema's function raised", failure)
    assert "ValueError in failing" in failure
    assert "s3cret" not in failure


def test_the_example_of_the_page_prints_both_changes() -> None:
    """As it stands there."""
    examples = re.findall(
        r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (example,) = [each for each in examples if "DynamoDbStreamsSource.builder()" in each]
    example = example.replace(".print()", ".execute_and_collect()").replace(
        "    changes.map(", "    found = changes.map("
    )
    example = example.replace('    env.execute("changes")\n', "    lines = list(found)\n")
    names: dict[str, Any] = {"__name__": "__main__"}

    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(example, "docs/streams.md", "exec", dont_inherit=True), names)

    assert names["lines"] == [
        "INSERT {'order_id': 'o1'}",
        "REMOVE {'order_id': 'o1'}",
    ]


# --- exactly once, in order ---

KEYS, VERSIONS = 1_000, 20


class FailOnce(MapFunction):
    """Pass records on, but fail the first time that so many have come by."""

    def __init__(self, directory: Path, at: int) -> None:
        self.marker = directory / "failed"
        self.left = at

    def map(self, record: StreamRecord) -> StreamRecord:
        self.left -= 1
        if self.left == 0 and not self.marker.exists():
            self.marker.touch()
            raise RuntimeError("failing once, as the test demands")
        return record


class CountInOrder(KeyedProcessFunction):
    """Count the changes of a key in state, and look whether each follows the one before."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self.seen = runtime_context.get_state(
            ValueStateDescriptor("seen", Types.PICKLED_BYTE_ARRAY())
        )

    def process_element(self, record: StreamRecord, _context: Any) -> Iterator[tuple[Any, ...]]:
        count, last, in_order = self.seen.value() or (0, 0, True)
        image = record.new_image
        assert image is not None
        in_order = in_order and image["version"] == last + 1
        self.seen.update((count + 1, image["version"], in_order))
        yield image["pk"], count + 1, image["version"], in_order


class Journal(MapFunction):
    """Write down what comes by, also what comes by twice."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "journal"

    def map(self, found: tuple[Any, ...]) -> tuple[Any, ...]:
        with self.file.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(found) + "\n")
        return found

    def lines(self) -> list[list[Any]]:
        if not self.file.exists():
            return []
        text = self.file.read_text(encoding="utf-8")
        # The last line may be under way.
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def last(self) -> dict[str, list[Any]]:
        """Of each key what was written down last."""
        return {key: rest for key, *rest in self.lines()}


class Load(threading.Thread):
    """Writes every version of every key, those of a key in their order, as far as it may."""

    def __init__(self, client: Any, table: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.client, self.table = client, table
        self.written = 0
        self.failure: BaseException | None = None
        self._may = threading.Semaphore(0)
        self._batches = list(self._drawn(random.Random(seed)))

    @staticmethod
    def _drawn(draw: random.Random) -> Iterator[list[tuple[str, int]]]:
        """Batches of 25 different keys; how far the keys are apart is chance."""
        left = {f"key-{number}": 0 for number in range(KEYS)}
        while left:
            batch = draw.sample(sorted(left), min(25, len(left)))
            for key in batch:
                left[key] += 1
            yield [(key, left[key]) for key in batch]
            for key in batch:
                if left[key] == VERSIONS:
                    del left[key]

    def allow(self, share: float = 1) -> None:
        """Let it write a share of everything."""
        for _ in range(int(share * len(self._batches)) + 1):
            self._may.release()

    def run(self) -> None:
        try:
            for batch in self._batches:
                self._may.acquire()
                requests = [
                    {"PutRequest": {"Item": {"pk": {"S": key}, "version": {"N": str(version)}}}}
                    for key, version in batch
                ]
                answer = self.client.batch_write_item(RequestItems={self.table: requests})
                assert not answer["UnprocessedItems"]
                self.written += len(batch)
        except BaseException as error:
            self.failure = error
            raise


def test_each_change_is_counted_once_and_in_order_through_a_crash_and_a_savepoint(
    environment: Any,
    streamed_table: Any,
    new_source: Any,
    submit: Any,
    dynamodb_client: Any,
    tmp_path: Path,
) -> None:
    """20,000 changes of 1,000 keys, written while the job runs, from LATEST."""
    seed = random.randrange(10**6)
    print("seed", seed)
    table = streamed_table()
    load = Load(dynamodb_client, table, seed)
    journal = Journal(tmp_path)

    def build(options: dict[str, str] | None = None) -> Any:
        env = environment(checkpoint_ms=300, restarts=1, options=options)
        config = {
            "flink.dynamodbstreams.getrecords.empty.mindelay": "100 ms",
            "flink.dynamodbstreams.getrecords.nonempty.mindelay": "100 ms",
        }
        source = new_source(table, config)
        stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "changes").uid(
            "changes"
        )
        stream = stream.map(FailOnce(tmp_path, at=6_000)).uid("fail once")
        counted = stream.key_by(lambda record: record.keys["pk"]).process(CountInOrder())
        counted.uid("count").set_parallelism(2).map(journal).uid("journal").set_parallelism(1)
        return submit(env)

    job = build()
    # The positions of LATEST are in the first checkpoint, so that all that follows is read.
    eventually(lambda: job.completed_checkpoints() > 0, "a checkpoint", 180)
    load.start()
    load.allow(share=0.5)
    eventually((tmp_path / "failed").exists, "the crash", 240)
    eventually(lambda: load.written >= KEYS * VERSIONS / 2, "half of the load", 240)
    load.allow(share=0.3)
    eventually(lambda: len(journal.lines()) > 7_000, "the job after its restart", 240)
    savepoint = job.stop_with_savepoint(tmp_path / "savepoints", seconds=240)
    load.allow()  # what is written while no job runs is not lost either
    job = build({"execution.savepoint.path": savepoint})

    def all_there() -> bool:
        assert load.failure is None
        last = journal.last()
        return len(last) == KEYS and all(version >= VERSIONS for _, version, _ in last.values())

    eventually(all_there, "all changes", 400)
    load.join(60)
    job.stop_with_savepoint(tmp_path / "savepoints", seconds=240)  # with what was under way
    assert journal.last() == {f"key-{number}": [VERSIONS, VERSIONS, True] for number in range(KEYS)}
