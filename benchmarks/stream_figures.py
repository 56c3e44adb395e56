"""What is made of what the readers of a stream noted, and how it is shown."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.counts import Counts, Window

# Of the records: what comes before is a start, what comes after is an end.
MIDDLE = (0.25, 0.75)
RATE_HEAD = ["", "settings", "records/s", "seconds", "JVM us", "calls", "most/s", "read"]
LAG_HEAD = ["", "settings", "median ms", "p99 ms", "most ms", "calls", "most/s", "read"]


def middle(records: Counts, total: float) -> Window:
    """From when a quarter of the records had arrived until three quarters had."""
    low, high = MIDDLE
    return Window(when(records, low * total), when(records, high * total))


def when(counts: Counts, total: float) -> float:
    """When so many had been counted, in ms since the epoch.

    Raises:
        ValueError: There were not so many.
    """
    index = bisect_left(counts.totals, total)
    if index == len(counts.totals):
        raise ValueError(f"Only {counts.total:.0f} of {total:.0f} were counted.")
    now_ms, now = counts.times_ms[index], counts.totals[index]
    if index == 0:
        return now_ms
    before_ms, before = counts.times_ms[index - 1], counts.totals[index - 1]
    return before_ms + (now_ms - before_ms) * (total - before) / (now - before)


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that so many of all values do not exceed.

    Args:
        values: One at least, in any order.
        share: Above 0, up to 1.
    """
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def rate_figures(arrived: Counts, cpu_ms: Counts, expected: int) -> dict[str, Any]:
    """How quick a backlog was read.

    Args:
        arrived: Records, over time.
        cpu_ms: Processor time of the job's JVM, over time.
        expected: How many records there were.

    Returns:
        `records` that arrived of those `expected`, `seconds` from the first to the last, and, of
        the middle: `rate`, and `cpu_us` of the JVM for each record.
    """
    total = arrived.total
    found: dict[str, Any] = {"records": round(total), "expected": expected}
    if not total:
        return {**found, "seconds": None, "rate": None, "cpu_us": None}
    window = middle(arrived, total)
    records = arrived.within(window)
    first, last = when(arrived, 1), when(arrived, total)
    return {
        **found,
        "seconds": (last - first) / 1000,
        "rate": records / window.seconds if window.seconds else None,
        "cpu_us": cpu_ms.within(window) * 1000 / records if records else None,
    }


def lag_figures(lags_ms: Sequence[float], expected: int) -> dict[str, Any]:
    """How late records came.

    Args:
        lags_ms: Of each that was written while it was measured.
        expected: How many these were.
    """
    found: dict[str, Any] = {"records": len(lags_ms), "expected": expected}
    names = {"median_ms": 0.5, "p99_ms": 0.99, "most_ms": 1.0}
    if not lags_ms:
        return {**found, **dict.fromkeys(names)}
    return {**found, **{name: percentile(lags_ms, share) for name, share in names.items()}}


def head(readings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What stands above the cells of a scenario's readings."""
    return LAG_HEAD if "median_ms" in readings[0] else RATE_HEAD


def cells(reading: Mapping[str, Any]) -> list[str]:
    """A reading as it is shown: on the screen, and in the report."""
    if "median_ms" in reading:
        names = {"median_ms": ".0f", "p99_ms": ".0f", "most_ms": ".0f"}
    else:
        names = {"rate": ",.0f", "seconds": ".1f", "cpu_us": ".1f"}
    read = f"{reading['records']:,}"
    if reading["records"] != reading["expected"]:
        read += f" of {reading['expected']:,}"
    return [
        reading["title"],
        reading["settings"],
        *("" if reading[name] is None else format(reading[name], f) for name, f in names.items()),
        f"{reading['calls']:,}",
        str(reading["busiest"]),
        read,
    ]


def ceiling(found: Mapping[str, float]) -> str:
    """What the endpoint can do at most, in a sentence."""
    return (
        f"A plain client read {found['pages_per_s']:,.0f} pages a second from this endpoint, "
        f"{found['records'] / found['seconds']:,.0f} records."
    )
