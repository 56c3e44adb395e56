"""Everything side by side: `python -m benchmarks.run`, or `make bench`.

Each comparison is kept as a file when it is done; the same command later the same day goes on with
what is missing, and writes the report and the plot anew.
"""

from __future__ import annotations

import argparse
import datetime
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import encoding, java_side, micro, plot, report, stream_plan, streams
from benchmarks.job_process import JobFailedError
from benchmarks.options import ENCODING, EXTRAS, MICRO, parse, planned
from benchmarks.plan import Comparison
from benchmarks.results import Results, machine
from benchmarks.session import compare
from benchmarks.stub import AnsweringStub


def main() -> None:
    """Run what is asked for."""
    # A request to end is an exit like any other: the jobs are ended, the suspended ones too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended by a signal."))
    options = parse(__doc__)
    today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
    results = Results(options.date or ("quick" if options.quick else today))
    comparisons = planned(options)
    extras = [name for name in EXTRAS if not options.only or name in options.only]
    if options.plan:
        _say_plan(comparisons, extras, options.quick)
        return
    failed = [] if options.report else _measure(results, comparisons, extras, options)
    parts = results.load()
    if not parts:
        raise SystemExit(f"There are no results in {results.folder}.")
    plot.write(parts, results.plot)
    report.write(parts, results, Results(options.baseline) if options.baseline else None)
    print(f"The report is {results.report}.")
    if failed:
        raise SystemExit(f"Not measured: {', '.join(failed)}.")


def _say_plan(comparisons: list[Comparison], extras: list[str], quick: bool) -> None:
    for comparison in comparisons:
        minutes = comparison.seconds / 60
        print(f"{comparison.name:12} {minutes:5.1f} min  {len(comparison.runs)} runs")
    total = sum(comparison.seconds for comparison in comparisons) / 60
    extras = list(extras)
    if stream_plan.NAME in extras:
        extras.remove(stream_plan.NAME)
        minutes = stream_plan.seconds(quick) / 60
        print(f"{stream_plan.NAME:12} {minutes:5.1f} min")
        total += minutes
    print(f"{total:.0f} minutes, and about 4 for {' and '.join(extras) or 'nothing else'}")


def _measure(
    results: Results,
    comparisons: list[Comparison],
    extras: list[str],
    options: argparse.Namespace,
) -> list[str]:
    """Measure what is missing; the names of what failed."""
    found_machine = machine()
    java_side.build()
    stub = AnsweringStub()
    failed: list[str] = []
    steps: dict[str, Callable[[], dict[str, Any]]] = {}
    for comparison in comparisons:
        steps[comparison.name] = _step(comparison, stub)
    if stream_plan.NAME in extras:
        steps[stream_plan.NAME] = lambda: _streams(options.quick)
    if ENCODING in extras:
        steps[ENCODING] = lambda: {"us": encoding.measure(30 if options.quick else 300)}
    if MICRO in extras:
        steps[MICRO] = lambda: micro.measure(options.quick)
    try:
        for name, step in steps.items():
            if results.has(name) and not options.again and not options.quick:
                print(f"{name}: measured already")
                continue
            print(f"{name}:", flush=True)
            began = time.monotonic()
            try:
                found = step()
            except JobFailedError as error:
                print(f"{name} failed: {error}", file=sys.stderr)
                failed.append(name)
                continue
            took = time.monotonic() - began
            about = {"machine": found_machine, "quick": options.quick, "took_s": took}
            results.save(name, {**about, **found})
    finally:
        stub.stop()
    return failed


def _step(comparison: Comparison, stub: AnsweringStub) -> Callable[[], dict[str, Any]]:
    def run() -> dict[str, Any]:
        found = compare(comparison, stub, lambda text: print(text, flush=True))
        about = {"title": comparison.title, "endpoint": comparison.endpoint}
        return {**about, **found}

    return run


def _streams(quick: bool) -> dict[str, Any]:
    found = streams.measure(quick, lambda text: print(text, flush=True))
    streams.show(found)
    return found


if __name__ == "__main__":
    main()
