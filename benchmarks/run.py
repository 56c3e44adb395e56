"""Everything side by side: `python -m benchmarks.run`, or `make bench`.

Each comparison is kept as a file when it is done; the same command later the same day goes on with
what is missing, and writes the report and the plot anew.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import encoding, java_side, micro, plot, report
from benchmarks.job_process import JobFailedError
from benchmarks.plan import COMPARISONS, COMPETITORS, Comparison
from benchmarks.results import Results, machine
from benchmarks.session import compare
from benchmarks.stub import AnsweringStub

ENCODING, MICRO = "encoding", "micro"
EXTRAS = (ENCODING, MICRO)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    names = [comparison.name for comparison in COMPARISONS]
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="see that it works; its figures mean nothing"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        choices=[*names, *EXTRAS],
        help=f"comparisons: {', '.join([*names, *EXTRAS])}",
    )
    parser.add_argument(
        "--competitors",
        nargs="+",
        metavar="NAME",
        choices=list(COMPETITORS),
        help=f"only these: {', '.join(COMPETITORS)}",
    )
    parser.add_argument(
        "--delay", type=int, metavar="MS", help="the stub's answer time, instead of the planned"
    )
    parser.add_argument("--rounds", type=int, help="turns of each run, instead of the planned")
    parser.add_argument(
        "--date", default=None, help="the name of the results; by default the day, or quick"
    )
    parser.add_argument("--again", action="store_true", help="measure what is there already")
    parser.add_argument("--plan", action="store_true", help="say what would be run, and how long")
    parser.add_argument("--report", action="store_true", help="only write the report anew")
    return parser.parse_args(arguments)


def planned(options: argparse.Namespace) -> list[Comparison]:
    """The comparisons that the options ask for.

    Raises:
        SystemExit: They ask for none that has a run.
    """
    chosen = []
    for given in COMPARISONS:
        if options.only and given.name not in options.only:
            continue
        comparison = given.quick() if options.quick else given
        if options.competitors:
            comparison = comparison.only(set(options.competitors))
        if options.rounds:
            comparison = dataclasses.replace(comparison, rounds=options.rounds)
        if options.delay is not None and comparison.endpoint.startswith("stub"):
            comparison = dataclasses.replace(
                comparison,
                name=f"{comparison.name.rpartition('-')[0]}-{options.delay}ms",
                endpoint=f"stub, {options.delay} ms",
            )
        if comparison.runs:
            chosen.append(comparison)
    # With one delay for all, the workload that is planned with two is there twice.
    return list({comparison.name: comparison for comparison in chosen}.values())


def main() -> None:
    """Run what is asked for."""
    options = parse()
    today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
    results = Results(options.date or ("quick" if options.quick else today))
    comparisons = planned(options)
    extras = [name for name in EXTRAS if not options.only or name in options.only]
    if options.plan:
        _say_plan(comparisons, extras)
        return
    failed = [] if options.report else _measure(results, comparisons, extras, options)
    parts = results.load()
    if not parts:
        raise SystemExit(f"There are no results in {results.folder}.")
    plot.write(parts, results.plot)
    report.write(parts, results)
    print(f"The report is {results.report}.")
    if failed:
        raise SystemExit(f"Not measured: {', '.join(failed)}.")


def _say_plan(comparisons: list[Comparison], extras: list[str]) -> None:
    for comparison in comparisons:
        minutes = comparison.seconds / 60
        print(f"{comparison.name:12} {minutes:5.1f} min  {len(comparison.runs)} runs")
    total = sum(comparison.seconds for comparison in comparisons) / 60
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


if __name__ == "__main__":
    main()
