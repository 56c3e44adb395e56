"""What the sink must reach, and whether it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Parts = Mapping[str, Mapping[str, Any]]
MET, MISSED, NOT_MEASURED = "met", "**missed**", "not measured"

# Cost is called flat within this factor; a buffer of O(log n) would be at 3, one of O(n) at 10,000.
FLAT = 1.25
FLAT_BUFFER = 2.0


@dataclass(frozen=True)
class Mark:
    """One figure to reach.

    Args:
        text: What it is.
        bound: Where it has to be.
        at_least: Whether more is better.
        measured: The figure, of all results of a day.
        unit: Behind the figure.
    """

    text: str
    bound: float
    at_least: bool
    measured: Callable[[Parts], float]
    unit: str = ""

    def judge(self, parts: Parts) -> tuple[float | None, str]:
        """The figure, and whether it is where it has to be."""
        try:
            found = self.measured(parts)
        except (KeyError, ZeroDivisionError):
            return None, NOT_MEASURED
        reached = found >= self.bound if self.at_least else found <= self.bound
        return found, MET if reached else MISSED


def run_of(parts: Parts, comparison: str, name: str) -> Mapping[str, Any]:
    """One run's results.

    Raises:
        KeyError: It was not measured.
    """
    runs: list[Mapping[str, Any]] = parts[comparison]["runs"]
    for run in runs:
        if run["name"] == name:
            return run
    raise KeyError(name)


def _rates(comparison: str, ours: str, other: str) -> Callable[[Parts], float]:
    def ratio(parts: Parts) -> float:
        mine, theirs = run_of(parts, comparison, ours), run_of(parts, comparison, other)
        return float(mine["rate"] / theirs["rate"])

    return ratio


def _jvm_cpu(comparison: str, ours: str, other: str) -> Callable[[Parts], float]:
    def ratio(parts: Parts) -> float:
        mine, theirs = run_of(parts, comparison, ours), run_of(parts, comparison, other)
        return float(mine["cpu_us"]["JVM"] / theirs["cpu_us"]["JVM"])

    return ratio


def _spread_of_cost(names: list[str]) -> Callable[[Parts], float]:
    def spread(parts: Parts) -> float:
        costs = [
            sum(
                us
                for role, us in run_of(parts, "scale-5ms", name)["cpu_us"].items()
                if role[0] in "JP"
            )
            for name in names
        ]
        return float(max(costs) / min(costs))

    return spread


def _allocated(parts: Parts) -> float:
    """In the JVM, encoding included, without what making the row costs and its own bytes."""
    ours = run_of(parts, "rows-5ms", "ours-java")
    source = run_of(parts, "rows-5ms", "ceiling-java")
    return float(ours["allocated_bytes"] - source["allocated_bytes"] - ours["wire_bytes"])


def _jmh(parts: Parts, benchmark: str, **parameters: str) -> Mapping[str, Any]:
    rows: list[Mapping[str, Any]] = parts["micro"]["jmh"]
    for row in rows:
        if row["benchmark"] == benchmark and parameters.items() <= row["parameters"].items():
            return row
    raise KeyError(benchmark)


def scanner_mb_per_s(parts: Parts, form: str) -> float:
    """Million bytes a second on one core."""
    row = _jmh(parts, "ScannerBenchmark.scan", form=form)
    return float(parts["micro"]["lengths"][form] / row["ns"] * 1000)


def _buffer_growth(overwrite: str) -> Callable[[Parts], float]:
    def growth(parts: Parts) -> float:
        few, many = (
            _jmh(parts, "WriteBufferBenchmark.addTakeSettle", keys=keys, overwrite=overwrite)["ns"]
            for keys in ("100", "1000000")
        )
        return float(many / few)

    return growth


def _heap(parts: Parts) -> float:
    return float(parts["micro"]["heap"]["heap_bytes"] / 1e6)


FIRST = "pyflink_dynamodb to "
MARKS = (
    Mark(
        f"{FIRST}boto3 `batch_writer`, process mode, 5 ms",
        15,
        True,
        _rates("flat-5ms", "ours-process", "batch-writer-process"),
        "times",
    ),
    Mark(
        f"{FIRST}boto3 `batch_writer`, thread mode, 5 ms",
        15,
        True,
        _rates("flat-5ms", "ours-thread", "batch-writer-thread"),
        "times",
    ),
    Mark(
        f"{FIRST}boto3 `batch_writer`, process mode, 0 ms",
        5,
        True,
        _rates("flat-0ms", "ours-process", "batch-writer-process"),
        "times",
    ),
    Mark(
        f"{FIRST}boto3 `batch_writer`, thread mode, 0 ms",
        5,
        True,
        _rates("flat-0ms", "ours-thread", "batch-writer-thread"),
        "times",
    ),
    Mark(
        f"{FIRST}a pool of 50 boto3 threads, process mode, 5 ms",
        4,
        True,
        _rates("flat-5ms", "ours-process", "pool-process"),
        "times",
    ),
    Mark(
        f"{FIRST}the discarding sink, process mode",
        0.85,
        True,
        _rates("flat-5ms", "ours-process", "ceiling-process"),
        "times",
    ),
    Mark(
        "lists of 25 to single elements into the discarding sink, process mode",
        1.25,
        True,
        _rates("flat-5ms", "ours-process_lists-25", "ceiling-process"),
        "times",
    ),
    Mark(
        "CPU per record in the JVM, to the Java connector with a converter by hand",
        0.5,
        False,
        _jvm_cpu("rows-5ms", "ours-java", "connector"),
        "times",
    ),
    Mark(
        "CPU per record in the JVM, to the Java connector with its default converter",
        0.4,
        False,
        _jvm_cpu("rows-5ms", "ours-java", "connector-default"),
        "times",
    ),
    *(
        Mark(
            f"typed rows from a Java source, rate to the Java connector's, {delay} ms",
            1.5,
            True,
            _rates(f"rows-{delay}ms", "ours-java", "connector"),
            "times",
        )
        for delay in (5, 0)
    ),
    Mark(
        "CPU per record, parallelism 1 to 8 from Java, dearest to cheapest",
        FLAT,
        False,
        _spread_of_cost(
            ["ours-java", *(f"ours-java_parallelism-{parallelism}" for parallelism in (2, 4, 8))]
        ),
        "times",
    ),
    Mark(
        "CPU per record, 1,000,000 keys and 10,000, dearest to cheapest",
        FLAT,
        False,
        _spread_of_cost(["ours-java", "ours-java_keys-10000"]),
        "times",
    ),
    Mark(
        "buffer operations, 1,000,000 keys held to 100",
        FLAT_BUFFER,
        False,
        _buffer_growth("false"),
        "times",
    ),
    Mark(
        "the same, overwriting",
        FLAT_BUFFER,
        False,
        _buffer_growth("true"),
        "times",
    ),
    Mark(
        "scanner, 1 KB items, one core",
        300,
        True,
        lambda parts: scanner_mb_per_s(parts, "kilobyte"),
        "MB/s",
    ),
    Mark("heap for 10,000 buffered records of five fields", 10, False, _heap, "MB"),
    Mark(
        "allocated per record beyond its own bytes, encoding included",
        600,
        False,
        _allocated,
        "bytes",
    ),
)


def cold_start_marks(baseline: Parts) -> list[Mark]:
    """That a cold start takes at most half as long as with another release."""

    def mark(comparison: str, name: str, title: str) -> Mark:
        def ratio(parts: Parts) -> float:
            then = run_of(baseline, comparison, name)["cold_start_s"]
            now = run_of(parts, comparison, name)["cold_start_s"]
            if now is None or then is None:
                raise KeyError(name)
            return float(now / then)

        text = f"cold start to that of the release compared with, {title}"
        return Mark(text, 0.5, False, ratio, "times")

    return [
        mark("flat-5ms", "ours-process", "process mode"),
        mark("flat-5ms", "ours-thread", "thread mode"),
        mark("rows-5ms", "ours-java", "from Java"),
    ]
