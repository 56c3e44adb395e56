"""The Markdown page of a day's results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.marks import MARKS, Mark, Parts, cold_start_marks, scanner_mb_per_s
from benchmarks.plan import COMPARISONS, IN_FLIGHT
from benchmarks.results import Results
from benchmarks.stream_figures import ceiling, cells, head
from benchmarks.stream_plan import NAME as STREAMS
from benchmarks.stream_plan import QUICK_POLLS_MS

STILL_WARMING = 1.1
BUSY_CORES = 0.1


def write(parts: Parts, results: Results, baseline: Results | None = None) -> None:
    """Write the page.

    Args:
        parts: The results of the day.
        results: Where the page goes.
        baseline: Results of another release, whose cold starts are compared with these.
    """
    lines = [line for block in _blocks(parts, results, baseline) for line in [*block, ""]]
    results.report.parent.mkdir(parents=True, exist_ok=True)
    results.report.write_text("\n".join(lines), encoding="utf-8")


def _blocks(parts: Parts, results: Results, baseline: Results | None) -> Iterator[list[str]]:
    yield [f"# Benchmarks, {results.name}"]
    yield [_machine(next(iter(parts.values()))["machine"])]
    if any(part.get("quick") for part in parts.values()):
        yield [
            "**A quick run: it shows that everything works. None of its figures means anything.**"
        ]
    yield [f"![Throughput over time, and warm rates]({results.plot.name})"]
    marks = MARKS if baseline is None else [*MARKS, *cold_start_marks(baseline.load())]
    yield ["## Marks"]
    yield _table(["what", "asked", "measured", ""], [_judged(mark, parts) for mark in marks])
    order = [comparison.name for comparison in COMPARISONS]
    names = [name for name, part in parts.items() if "runs" in part]
    for name in sorted(names, key=lambda name: (order.index(name) if name in order else 99, name)):
        yield from _comparison(parts[name])
    if STREAMS in parts:
        yield from _streams(parts[STREAMS])
    if "encoding" in parts:
        yield from _encoding(parts["encoding"]["us"])
    if "micro" in parts:
        yield from _micro(parts)
    yield ["## How it was measured"]
    yield _HOW.splitlines()


def _machine(found: Mapping[str, Any]) -> str:
    return (
        f"{found['processors']} processors ({found['model']}), {found['system']}; "
        f"{found['java']}, Python {found['python']}, Flink {found['flink']}, "
        f"boto3 {found['boto3']}, pyflink_dynamodb {found['release']}; "
        f"Java connector: {found['connector']}. "
        f"Load before the run: {found['load_before']:.2f}."
    )


def _judged(mark: Mark, parts: Parts) -> list[str]:
    figure, verdict = mark.judge(parts)
    if any(part.get("quick") for part in parts.values()):
        verdict = "not judged"
    bound = f"{'at least' if mark.at_least else 'at most'} {mark.bound:g} {mark.unit}"
    return [mark.text, bound, "" if figure is None else f"{figure:.3g} {mark.unit}", verdict]


def _comparison(part: Mapping[str, Any]) -> Iterator[list[str]]:
    yield [f"## {part['title']}"]
    yield [f"Endpoint: {part['endpoint']}."]
    runs: list[Mapping[str, Any]] = part["runs"]
    first = runs[0]["rate"] or 1.0
    rows = []
    for run in runs:
        cpu = run["cpu_us"]
        python = [us for role, us in cpu.items() if role.startswith("Python")]
        rows.append(
            [
                run["title"],
                _rate(run["rate"]),
                f"{run['rate'] / first:.2f}",
                f"{cpu.get('JVM', 0):.2f}",
                f"{sum(python):.2f}" if python else "",
                f"{cpu['endpoint']:.2f}",
                f"{run['allocated_bytes']:,.0f}",
                f"{run['heap_after_collection'] / 1e6:.0f}",
                _seconds(run["first_s"]),
                _seconds(run["cold_start_s"]),
                f"{run['measured_s']:.0f}",
            ]
        )
    head = ["", "records/s", "to the first", "JVM us", "Python us", "endpoint us"]
    yield _table([*head, "allocated B", "heap MB", "first s", "cold start s", "measured s"], rows)
    remarks = [remark for run in runs for remark in _remarks(run)]
    if remarks:
        yield remarks


def _remarks(run: Mapping[str, Any]) -> Iterator[str]:
    rates = run["rates_of_rounds"]
    if min(rates) > 0 and rates[-1] > STILL_WARMING * rates[0]:
        yield (
            f"- {run['title']}: its last turn was {rates[-1] / rates[0]:.2f} times as quick as its "
            "first; it was still warming up, or the machine was busy."
        )
    elif min(rates) > 0 and max(rates) > STILL_WARMING * min(rates):
        yield f"- {run['title']}: its turns differ by {max(rates) / min(rates):.2f} times."
    if run["counted_at"] == "source" and run["competitor"].partition("-")[0] != "ceiling":
        yield f"- {run['title']}: counted at the source."
    if run["idle_cores_of_others"] > BUSY_CORES:
        yield (
            f"- {run['title']}: the jobs that waited took {run['idle_cores_of_others']:.2f} "
            "processors."
        )


def _streams(part: Mapping[str, Any]) -> Iterator[list[str]]:
    yield ["## Reading a stream"]
    for scenario in part["scenarios"]:
        readings = scenario["readings"]
        yield [f"### {scenario['title']}"]
        yield _table(head(readings), [cells(reading) for reading in readings])
        if "ceiling" in scenario:
            yield [ceiling(scenario["ceiling"])]
    yield _STREAMS.splitlines()


def _encoding(us: Mapping[str, float]) -> Iterator[list[str]]:
    hand, *_, boto3 = us.values()
    yield ["## Encoding a record in Python"]
    rows = [
        [name, f"{each:.2f}", f"{each / hand:.2f}", f"{boto3 / each:.1f}"]
        for name, each in us.items()
    ]
    yield _table(["", "us a record", "times by hand", "times faster than boto3"], rows)


def _micro(parts: Parts) -> Iterator[list[str]]:
    micro = parts["micro"]
    yield ["## Micro-benchmarks"]
    rows = []
    for row in micro["jmh"]:
        form = row["parameters"].get("form")
        rows.append(
            [
                row["benchmark"],
                ", ".join(f"{name}={value}" for name, value in row["parameters"].items()),
                f"{row['ns']:,.1f}",
                f"{row['allocated_bytes']:,.0f}",
                f"{scanner_mb_per_s(parts, form):,.0f}" if form else "",
            ]
        )
    yield _table(["", "with", "ns a record", "allocated B", "MB/s"], rows)
    heap = micro["heap"]
    yield [
        (
            f"{heap['records']:,} buffered records hold {heap['heap_bytes'] / 1e6:.2f} MB of heap, "
            f"{heap['wire_bytes'] / 1e6:.2f} MB of it their own bytes."
        )
    ]


def _seconds(found: float | None) -> str:
    return "" if found is None else f"{found:.1f}"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows)]


_HOW = f"""\
All jobs of a comparison run at the same time, each in processes of its own with the same heap, and
all but one are suspended. Each runs alone first; then they take turns. The rate is that of the
last minute of a run's turns, or of all of them where they are shorter, counted by the endpoint.
*First* is the time from the first record that the source gave out to the first that arrived, *cold
start* the time from there to a second in which the rate was 80 % of the warm one. CPU per record
is processor time of the processes over the same turns, compilers and garbage collectors included.
Every sink is set to batches of 25 and {IN_FLIGHT} calls at a time; checkpoints are off. Heap is
what a full collection leaves of the whole JVM with Flink in it."""
_STREAMS = f"""\
Both sources read the same stream from its oldest record, into the same typed rows, each with a job
of its own and a parallelism of 1. *Quick polls* are {QUICK_POLLS_MS} ms, after a page with records
and after one without: a shard takes five calls a second. This endpoint throttles nobody.
*Records/s* and *JVM us*, processor time per record, are those of the middle half of the records. A
lag is the time from the call that wrote a record to the row behind the source, by one machine's
clock."""
