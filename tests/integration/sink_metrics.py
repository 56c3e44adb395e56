"""The sink's metrics as the page lists them, and as a job has them once it is quiet."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from flink_job import WatchedJob, eventually

PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")


def settled(job: WatchedJob, sink: str, expected: dict[str, float]) -> dict[str, float]:
    """Wait until metrics have the values expected, and return all of them."""
    found: dict[str, float] = {}

    def as_expected() -> bool:
        found.update(job.metrics(sink))
        return expected.items() <= found.items()

    with suppress(AssertionError):  # the comparison says more than the deadline does
        eventually(as_expected, "the metrics")
    assert {name: found.get(name) for name in expected} == expected
    return found


def metric_names_of_the_page() -> list[str]:
    """Flink's own as they are, the others in their group."""
    section = PAGE.partition("\n## Metrics\n")[2].partition("\nThe [streams source]")[0]
    names = re.findall(r"`(\w+)`", section)
    assert len(names) == 16, "15 metrics and the name of their group"
    standard = [name for name in names if name.startswith(("num", "current"))]
    own = [name for name in names if name not in standard and name != "dynamodb"]
    return standard + [f"dynamodb.{name}" for name in own]
