"""One DynamoDB table kept like another by a PyFlink job, while somebody writes to it.

  orders        items are put, updated and deleted at random
  orders-copy   what Flink makes of the changes of `orders`: its stream in, our sink out

When the writing is over and Flink has caught up, both tables are read and compared. With --crash
the job fails once in the middle, and recovers from its last checkpoint.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import http.client
import json
import os
import random
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError
from py4j.protocol import Py4JJavaError
from pyflink.common import Configuration, WatermarkStrategy
from pyflink.datastream import MapFunction, StreamExecutionEnvironment
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from pyflink_dynamodb import (
    DynamoDbSink,
    DynamoDbStreamsSource,
    PyFlinkDynamoDbError,
    StreamRecord,
)
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items

ORIGINAL, COPY = "orders", "orders-copy"

# --- The job ------------------------------------------------------------------------------------


def build_job(
    env: StreamExecutionEnvironment, properties: dict[str, str], crash: CrashOnce | None
) -> None:
    """The changes of one table, as writes to the other."""
    source = (
        DynamoDbStreamsSource.builder()
        .set_table_name(ORIGINAL)
        .set_source_config(
            {
                **properties,
                # From the first change on; the copy is empty.
                "flink.stream.initpos": "TRIM_HORIZON",
                "flink.dynamodbstreams.getrecords.empty.mindelay": "250 ms",
            }
        )
        .build()
    )
    changes = env.from_source(source, WatermarkStrategy.no_watermarks(), "changes").uid("changes")
    if crash is not None:
        changes = changes.map(crash).uid("crash")
    sink = (
        DynamoDbSink.builder()
        .set_table_name(COPY)
        .set_dynamodb_properties(properties)
        # A put of the new image, or a delete of the key.
        .set_element_converter(StreamRecord.to_write_request)
        .build()
    )
    changes.sink_to(sink).name("copy").uid("copy")


class CrashOnce(MapFunction):  # type: ignore[misc] # PyFlink is untyped
    """Lets changes pass, and fails at one of them; a file says that it has failed before."""

    def __init__(self, marker: Path, after: int) -> None:
        self.marker = marker
        self.left = after

    def map(self, change: StreamRecord) -> StreamRecord:
        """One change."""
        self.left -= 1
        if self.left <= 0 and not self.marker.exists():
            self.marker.touch()
            raise RuntimeError("crashing once, as --crash demands")
        return change


# --- Its input ----------------------------------------------------------------------------------


class Load(threading.Thread):
    """Puts, updates and deletes items at random; every one of these changes its item."""

    def __init__(self, client: Any, seed: int, changes: int, items: int) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._draw = random.Random(seed)
        self._changes = changes
        self._items = items
        self._there: set[str] = set()
        self.counts = {"put": 0, "updated": 0, "deleted": 0}
        self.failure: Exception | None = None

    @property
    def done(self) -> int:
        """Changes made so far."""
        return sum(self.counts.values())

    def run(self) -> None:
        """All of them, one after the other."""
        try:
            while self.done < self._changes:
                self._change()
        except (BotoCoreError, ClientError) as error:
            self.failure = error

    def _change(self) -> None:
        order_id = f"o{self._draw.randrange(self._items)}"
        key = {"order_id": {"S": order_id}}
        what = "put"
        if order_id in self._there:
            what = self._draw.choices(["put", "updated", "deleted"], [40, 40, 20])[0]
        if what == "put":
            self._client.put_item(TableName=ORIGINAL, Item={**key, **self._attributes()})
            self._there.add(order_id)
        elif what == "updated":
            self._client.update_item(
                TableName=ORIGINAL,
                Key=key,
                UpdateExpression="SET version = :v REMOVE note",
                ExpressionAttributeValues={":v": {"N": str(self.done)}},
            )
        else:
            self._client.delete_item(TableName=ORIGINAL, Key=key)
            self._there.remove(order_id)
        self.counts[what] += 1

    def _attributes(self) -> dict[str, Any]:
        """Something of every type that DynamoDB has."""
        draw = self._draw
        attributes = {
            "version": self.done,  # so that no put leaves the item as it was
            "total": Decimal(draw.randrange(10**38)).scaleb(-draw.randrange(39)),
            "paid": draw.random() < 0.5,
            "tags": {draw.choice("abcdef") for _ in range(3)},
            "sizes": {draw.randrange(100) for _ in range(3)},
            "codes": {draw.randbytes(2) for _ in range(3)},
            "picture": draw.randbytes(draw.randrange(200)),
            "lines": [{"article": f"a{number}", "note": None} for number in range(3)],
            "empty": [{}, [], ""],
            "note": "ä€𝄞" * draw.randrange(20),
        }
        serializer = TypeSerializer()
        return {name: serializer.serialize(value) for name, value in attributes.items()}


# --- Watching it --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class JobCounts:
    """The metrics of the job at one moment, since its last start."""

    read: int = 0
    behind_ms: int = 0
    retried: int = 0


# Flink's names of them, within the vertex that source and sink share.
METRICS = {
    "read": "Source__changes.numRecordsIn",
    "behind_ms": "Source__changes.dynamodb.millisBehindLatest",
    "retried": "copy__Writer.dynamodb.retriedRecords",
}


class JobMetrics:
    """What Flink's REST API tells about the job."""

    def __init__(self, rest_port: int, job_id: str) -> None:
        self._job = f"http://127.0.0.1:{rest_port}/jobs/{job_id}"
        # Flink is on this machine; a proxy of the environment is for elsewhere.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.counts = JobCounts()

    def refresh(self) -> None:
        """Ask for new counts; while the job starts there are none."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            found = {}
            for vertex in self._get("")["vertices"]:
                path = f"/vertices/{vertex['id']}/subtasks/metrics"
                answer = self._get(f"{path}?get={','.join(METRICS.values())}")
                found.update({metric["id"]: int(float(metric["sum"])) for metric in answer})
            self.counts = JobCounts(
                **{field: found[name] for field, name in METRICS.items() if name in found}
            )

    def _get(self, path: str) -> Any:
        with self._opener.open(self._job + path, timeout=10) as answer:
            return json.load(answer)


class Screen:
    """How far it is: bars on a terminal, elsewhere a line now and then."""

    SECONDS_BETWEEN_LINES = 5

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:11}"),
            BarColumn(),
            TextColumn("{task.fields[activity]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks = {
            name: self._bars.add_task(name, total=total, activity="") for name in (ORIGINAL, COPY)
        }
        self._next_line = time.monotonic() + self.SECONDS_BETWEEN_LINES

    def __enter__(self) -> Screen:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, load: Load, job: JobCounts) -> None:
        """Show the counts of this moment."""
        made = ", ".join(f"{count:,} {what}" for what, count in load.counts.items())
        lines = {
            ORIGINAL: (load.done, made),
            COPY: (job.read, f"{job.read:,} changes read, {job.retried:,} writes retried"),
        }
        now = time.monotonic()
        for name, (done, activity) in lines.items():
            self._bars.update(self._tasks[name], completed=done, activity=activity)
            if not self._console.is_terminal and now >= self._next_line:
                self._console.print(f"{name:11} {activity}", highlight=False)
        if now >= self._next_line:
            self._next_line = now + self.SECONDS_BETWEEN_LINES


# --- Running it ---------------------------------------------------------------------------------


def environment(folder: Path, rest_port: int) -> StreamExecutionEnvironment:
    """A Flink of one's own, on this machine."""
    configuration = Configuration()
    for name, value in {
        "execution.checkpointing.dir": (folder / "checkpoints").as_uri(),
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "3",
        "restart-strategy.fixed-delay.delay": "1 s",
        "rest.bind-address": "127.0.0.1",
        "rest.bind-port": str(rest_port),
        "metrics.fetcher.update-interval": "50",
    }.items():
        configuration.set_string(name, value)
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    env.set_python_executable(sys.executable)
    env.enable_checkpointing(1_000)
    # The changes of an item stay in one task, from the shard to the sink.
    env.set_parallelism(1)
    return env


def differences(client: Any) -> list[str]:
    """In what the copy is not like the original, in words; nothing if they are equal."""
    found = {
        table: {item["order_id"]: item for item in scan_items(client, table)}
        for table in (ORIGINAL, COPY)
    }
    original, copy = found[ORIGINAL], found[COPY]
    counts = {
        "missing in the copy": len(original.keys() - copy.keys()),
        "in the copy only": len(copy.keys() - original.keys()),
        "different": sum(original[key] != copy[key] for key in original.keys() & copy.keys()),
    }
    return [f"{count:,} items {what}" for what, count in counts.items() if count]


def follow(load: Load, metrics: JobMetrics, result: Any, client: Any, screen: Screen) -> list[str]:
    """Wait until the copy is like the original, at most a minute after the last change."""
    deadline = None
    while True:
        if result.done():
            result.result()
            return ["The job has ended by itself."]
        metrics.refresh()
        screen.show(load, metrics.counts)
        if load.failure is not None:
            raise load.failure
        if not load.is_alive():
            deadline = deadline or time.monotonic() + 60
            problems = differences(client)
            if not problems or time.monotonic() > deadline:
                return problems
        time.sleep(0.25)


@contextlib.contextmanager
def dynamodb_at(endpoint: str | None, console: Console) -> Iterator[tuple[dict[str, str], Any]]:
    """The properties and a client of the DynamoDB to use."""
    if endpoint is not None:
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        properties = {"aws.region": region, "aws.endpoint": endpoint}
        yield properties, boto3.client("dynamodb", region_name=region, endpoint_url=endpoint)
        return
    with contextlib.ExitStack() as stack:
        with step(console, "Starting DynamoDB Local (the first time its 50 MB are fetched)"):
            local = stack.enter_context(DynamoDbLocal())
        yield local.properties, local.client()


def create_tables(client: Any, where: str) -> None:
    """Both, the first with a stream of its changes."""
    for name, view_type in (ORIGINAL, "NEW_AND_OLD_IMAGES"), (COPY, None):
        try:
            create_table(client, name, "order_id", stream_view_type=view_type)
        except client.exceptions.ResourceInUseException:
            raise SystemExit(
                f"The table {name} exists already at {where}. The example fills and compares tables"
                " of its own: delete it first."
            ) from None


def replicate(console: Console, options: argparse.Namespace) -> bool:
    """Write, follow, compare; whether both tables are equal."""
    with contextlib.ExitStack() as stack:
        properties, client = stack.enter_context(dynamodb_at(options.endpoint_url, console))
        create_tables(client, properties["aws.endpoint"])
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="replicate-")))
        with socket.create_server(("127.0.0.1", 0)) as probe:
            rest_port = probe.getsockname()[1]
        env = environment(folder, rest_port)
        marker = folder / "crashed"
        crash = CrashOnce(marker, options.changes // 2) if options.crash else None
        build_job(env, properties, crash)
        load = Load(client, options.seed, options.changes, options.items)
        console.print(
            f"{options.changes:,} changes of up to {options.items:,} items, seed {options.seed}, at"
            f" {properties['aws.endpoint']}",
            highlight=False,
            soft_wrap=True,
        )
        with step(console, "Starting Flink"):
            job = env.execute_async("replicate")
        result = job.get_job_execution_result()
        metrics = JobMetrics(rest_port, str(job.get_job_id()))
        load.start()
        try:
            with Screen(console, options.changes) as screen:
                problems = follow(load, metrics, result, client, screen)
        finally:
            if not result.done():
                job.cancel().result()
        return report(console, load, marker.exists(), problems, len(scan_items(client, ORIGINAL)))


def report(console: Console, load: Load, crashed: bool, problems: list[str], items: int) -> bool:
    """Print what was done and how the tables compare; whether they are equal."""
    made = ", ".join(f"{count:,} {what}" for what, count in load.counts.items())
    console.print(f"{load.done:,} changes: {made}.", highlight=False)
    if crashed:
        console.print("The job crashed once, and went on from its last checkpoint.")
    for problem in problems:
        console.print(problem, style="bold red", highlight=False)
    if not problems:
        console.print(f"Both tables hold the same {items:,} items.", style="green", highlight=False)
    return not problems


def step(console: Console, what: str) -> contextlib.AbstractContextManager[object]:
    """Say what takes a while."""
    if console.is_terminal:
        return console.status(what)
    console.print(what, highlight=False)
    return contextlib.nullcontext()


def main() -> int:
    """Run the example; 0 if both tables are equal at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--changes", type=int, default=10_000, metavar="N", help="default 10000")
    parser.add_argument("--items", type=int, default=500, metavar="N", help="default 500")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), metavar="N")
    parser.add_argument("--crash", action="store_true", help="let the job fail once in the middle")
    parser.add_argument(
        "--endpoint-url",
        metavar="URL",
        help="a DynamoDB that runs already, with the AWS credentials of the environment;"
        " default: DynamoDB Local, for as long as the example runs",
    )
    options = parser.parse_args()
    if options.changes < 2 or options.items < 1:
        parser.error("--changes: at least 2; --items: at least 1")
    console = Console()
    threading.excepthook = _without_the_end_of_beam
    try:
        return 0 if replicate(console, options) else 1
    except KeyboardInterrupt:
        console.print("Cancelled.")
        return 130
    except (PyFlinkDynamoDbError, ClientError, BotoCoreError) as error:
        console.print(f"{error}", style="bold red", highlight=False, markup=False)
    except Py4JJavaError as error:
        # The innermost cause says it; what is around it tells of Flink's inside.
        lines = [line for line in str(error).splitlines() if line.strip() and line[0] != "\t"]
        console.print(lines[-1], style="bold red", highlight=False, markup=False)
    return 1


def _without_the_end_of_beam(hook: threading.ExceptHookArgs) -> None:
    """Leave out that the thread between Flink and Python was hung up on, as at every job's end."""
    if hook.thread is None or hook.thread.name != "read_grpc_client_inputs":
        threading.__excepthook__(hook)


if __name__ == "__main__":
    sys.exit(main())
