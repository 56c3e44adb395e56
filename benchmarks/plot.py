"""The picture of a day's results: throughput over time, and a bar per competitor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.marks import Parts

# The comparisons that are drawn, as far as they are there.
DRAWN = ("flat-5ms", "rows-5ms")


def write(parts: Parts, file: Path) -> None:
    """Draw it."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    names = [name for name in DRAWN if name in parts]
    names = names or [name for name, part in parts.items() if "runs" in part][:2]
    if not names:
        return
    figure, axes = pyplot.subplots(
        len(names), 2, figsize=(13, 4.8 * len(names)), squeeze=False, layout="constrained"
    )
    for (over_time, bars), name in zip(axes, names):
        part = parts[name]
        figures = [_colour(index) for index in range(len(part["runs"]))]
        for run, colour in zip(part["runs"], figures):
            _draw_curve(over_time, run, colour)
        over_time.set_title(f"{part['title']} ({part['endpoint']})", fontsize=10)
        over_time.set_xlabel(
            "seconds from the first record, waiting left out; a line where the measured turns begin"
        )
        over_time.set_ylabel("records/s")
        over_time.set_yscale("log")
        over_time.grid(alpha=0.3)
        _draw_bars(bars, part["runs"], figures)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def _colour(index: int) -> str:
    return f"C{index % 10}"


def _draw_curve(axes: Any, run: Mapping[str, Any], colour: str) -> None:
    seconds = [second + 0.5 for second in range(len(run["curve"]))]
    # What is zero has no place on a logarithmic axis.
    rates = [rate or float("nan") for rate in run["curve"]]
    axes.plot(seconds, rates, color=colour, linewidth=1.3, label=run["title"])
    axes.axvline(run["alone_s"], color=colour, linewidth=0.6, alpha=0.5)


def _draw_bars(axes: Any, runs: list[Mapping[str, Any]], colours: list[str]) -> None:
    places = list(range(len(runs)))
    *others, most = sorted(run["rate"] for run in runs)
    # A ceiling far above all others would make their bars equally short.
    widest = 1.2 * others[-1] if others and most > 10 * others[-1] else most
    drawn = axes.barh(places, [min(run["rate"], widest) for run in runs], color=colours)
    labels = [f" {run['rate']:,.0f}{' (cut off)' * (run['rate'] > widest)}" for run in runs]
    axes.bar_label(drawn, labels=labels, fontsize=8)
    axes.set_yticks(places, [run["title"] for run in runs], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.25)
    axes.set_title("warm, records/s", fontsize=10)
