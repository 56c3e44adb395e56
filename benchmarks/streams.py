"""Rate and lag of two sources that read one stream: `python -m benchmarks.streams`.

Each reads it with a job of its own, one after the other. The endpoint is a `ScriptedStream` in a
process of its own, and does not throttle. What was found is kept as `results/<date>/streams.json`;
`make bench ARGS="--only streams"` does the same and writes the report.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import java_side
from benchmarks.results import Results, machine
from benchmarks.stream_client import read_backlog
from benchmarks.stream_endpoint import StreamEndpoint
from benchmarks.stream_figures import ceiling, cells, head, lag_figures, rate_figures
from benchmarks.stream_plan import CONNECTOR, NAME, OURS, SETTINGS, TITLES, Scenario, plan
from benchmarks.stream_reader import StreamReader

FROM_OLDEST = {"flink.stream.initpos": "TRIM_HORIZON"}


def measure(quick: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """Read everything with both sources; what was found, as JSON takes it.

    Args:
        quick: See that it works.
        say: Told what happens.

    Raises:
        JobFailedError: A job did.
    """
    sources = [OURS, CONNECTOR]
    if java_side.peer_jar() is None:
        say("  The connector of the registries has no source for streams: only ours is measured.")
        sources.remove(CONNECTOR)
    scenarios = []
    for scenario in plan(quick):
        say(f"  {scenario.title}")
        found: dict[str, Any] = {"name": scenario.name, "title": scenario.title}
        read = _read_while_written if scenario.put_per_second else _read_backlog
        found.update(read(scenario, sources, say))
        scenarios.append(found)
    return {"scenarios": scenarios}


def _read_backlog(
    scenario: Scenario, sources: list[str], say: Callable[[str], None]
) -> dict[str, Any]:
    """All runs read the same stream: reading leaves it as it is."""
    readings = []
    expected = scenario.stream.total
    with StreamEndpoint(scenario.stream) as endpoint:
        found: dict[str, Any] = {}
        if scenario.stream.generations == 1:
            found["ceiling"] = read_backlog(endpoint.url, endpoint.arn)
            endpoint.calls()
        for settings in scenario.settings:
            for source in sources:
                with _reader(source, settings, endpoint, lags=False) as reader:
                    reader.wait_for(expected)
                    figures = rate_figures(*reader.noted(), expected)
                readings.append({**_about(source, settings), **figures, **endpoint.calls()})
                say(f"    {_line(readings[-1])}")
    return {**found, "readings": readings}


def _read_while_written(
    scenario: Scenario, sources: list[str], say: Callable[[str], None]
) -> dict[str, Any]:
    readings = []
    for settings in scenario.settings:
        for source in sources:
            with StreamEndpoint(scenario.stream) as endpoint:
                with _reader(source, settings, endpoint, lags=True) as reader:
                    figures = _lags(scenario, endpoint, reader)
                readings.append({**_about(source, settings), **figures, **endpoint.calls()})
            say(f"    {_line(readings[-1])}")
    return {"readings": readings}


def _lags(scenario: Scenario, endpoint: StreamEndpoint, reader: StreamReader) -> dict[str, Any]:
    # What comes first loads classes; it is seen to arrive before anything is measured.
    earlier = endpoint.steady(scenario.put_per_second, 1)
    reader.wait_for(earlier)
    earlier += endpoint.steady(scenario.put_per_second, scenario.put_s / 10)
    endpoint.calls()
    begin_ms = time.time() * 1000
    written = endpoint.steady(scenario.put_per_second, scenario.put_s)
    reader.wait_for(earlier + written)
    lags = [lag for at_ms, lag in reader.lags_ms() if at_ms >= begin_ms]
    return lag_figures(lags, written)


@contextlib.contextmanager
def _reader(
    source: str, settings: str, endpoint: StreamEndpoint, *, lags: bool
) -> Iterator[StreamReader]:
    properties = {**endpoint.properties, **FROM_OLDEST, **SETTINGS[settings]}
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        StreamReader(source, endpoint.arn, properties, Path(folder), lags=lags) as reader,
    ):
        yield reader


def _about(source: str, settings: str) -> dict[str, str]:
    return {"source": source, "title": TITLES[source], "settings": settings}


def _line(reading: Mapping[str, Any]) -> str:
    figures = zip(head([reading])[2:], cells(reading)[2:])
    told = ", ".join(f"{name} {text}" for name, text in figures if text)
    return f"{reading['title']}, {reading['settings']}: {told}"


def show(found: Mapping[str, Any]) -> None:
    """Print it as tables."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    # Where there is no terminal rich takes 80 columns for granted.
    console = Console(width=None if sys.stdout.isatty() else 100)
    for scenario in found["scenarios"]:
        readings = scenario["readings"]
        table = Table(
            title=scenario["title"], title_justify="left", box=box.SIMPLE, padding=(0, 1, 0, 0)
        )
        for index, name in enumerate(head(readings)):
            table.add_column(name, justify="left" if index in (0, 1) else "right")
        for reading in readings:
            table.add_row(*cells(reading))
        console.print(table)
        if "ceiling" in scenario:
            console.print(ceiling(scenario["ceiling"]))


def main() -> None:
    """Measure, keep the results and show them."""
    # A request to end is an exit like any other: jobs and endpoint are ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended by a signal."))
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that it works")
    options = parser.parse_args()
    today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
    results = Results("quick" if options.quick else today)
    about = {"machine": machine(), "quick": options.quick}
    java_side.build()
    began = time.monotonic()
    found = measure(options.quick, lambda text: print(text, flush=True))
    results.save(NAME, {**about, "took_s": time.monotonic() - began, **found})
    show(found)
    print(f"The results are in {results.folder / NAME}.json.")


if __name__ == "__main__":
    main()
