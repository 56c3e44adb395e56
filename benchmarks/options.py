"""What of the plan is run: the options of `make bench`."""

from __future__ import annotations

import argparse
import dataclasses

from benchmarks import stream_plan
from benchmarks.plan import COMPARISONS, COMPETITORS, Comparison

ENCODING, MICRO = "encoding", "micro"
EXTRAS = (stream_plan.NAME, ENCODING, MICRO)


def parse(about: str | None, arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line.

    Args:
        about: What `--help` says at first.
        arguments: By default the process's own.
    """
    names = [comparison.name for comparison in COMPARISONS]
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=about)
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
    parser.add_argument(
        "--baseline", metavar="NAME", help="results of another release, to compare cold starts with"
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
