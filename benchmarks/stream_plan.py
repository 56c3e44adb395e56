"""Which streams the sources read, and how they are set."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass

NAME = "streams"
OURS, CONNECTOR = "ours", "connector"
TITLES = {OURS: "pyflink_dynamodb", CONNECTOR: "Java connector"}
# A shard takes five calls a second, no more. Source: API reference, GetRecords.
QUICK_POLLS_MS = 200
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "defaults": {},
    "quick polls": {
        "flink.dynamodbstreams.getrecords.nonempty.mindelay": f"{QUICK_POLLS_MS} ms",
        "flink.dynamodbstreams.getrecords.empty.mindelay": f"{QUICK_POLLS_MS} ms",
    },
}
FROM_OLDEST = {"flink.stream.initpos": "TRIM_HORIZON"}


@dataclass(frozen=True)
class StreamSpec:
    """What a stream holds before it is read.

    Args:
        shards: Open at any time.
        generations: Of shards: one more than each shard is replaced.
        records: In each generation, over all shards.
        rotate_every_s: While it is read each shard is replaced after so many seconds; None for
            never.
    """

    shards: int
    generations: int = 1
    records: int = 0
    rotate_every_s: float | None = None

    @property
    def total(self) -> int:
        """All records that are there at the beginning."""
        return self.generations * self.records

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(dataclasses.asdict(self))


@dataclass(frozen=True)
class Scenario:
    """What is read.

    Args:
        name: In the results.
        title: What the report calls it.
        stream: What is there at the beginning.
        settings: Of `SETTINGS`.
        put_per_second: Written while the stream is read; 0 for a backlog.
        put_s: For so long, when the job is seen to read.
    """

    name: str
    title: str
    stream: StreamSpec
    settings: tuple[str, ...] = tuple(SETTINGS)
    put_per_second: int = 0
    put_s: float = 0

    @property
    def seconds(self) -> float:
        """About how long it takes."""
        least = max(self.stream.total / 40_000, 0.6 * self.stream.generations)
        runs = len(TITLES) * len(self.settings)
        return self.stream.total / 20_000 + runs * (5 + least + self.put_s)


def plan(quick: bool) -> tuple[Scenario, ...]:
    """What is read.

    Args:
        quick: Too little for figures that mean something.
    """
    # In a quick run each of the settings is tried somewhere.
    few = ("defaults",) if quick else tuple(SETTINGS)
    other = ("quick polls",) if quick else tuple(SETTINGS)
    put_s = 3 if quick else 30
    rotate_s = 2 if quick else 5
    return (
        Scenario(
            "backlog",
            "A backlog in 10 shards, read to its end",
            StreamSpec(shards=10, records=60_000 if quick else 600_000),
            few,
        ),
        # With so many shards the delays between polls are no limit.
        Scenario(
            "wide",
            "A backlog in 60 shards, read to its end",
            StreamSpec(shards=60, records=60_000 if quick else 1_200_000),
            ("defaults",),
        ),
        Scenario(
            "generations",
            "Shards that were replaced, 500 records each, read to the end",
            StreamSpec(shards=10, generations=6 if quick else 21, records=5_000),
            few,
        ),
        Scenario(
            "steady",
            "200 puts a second over 10 shards",
            StreamSpec(shards=10),
            few,
            put_per_second=200,
            put_s=put_s,
        ),
        Scenario(
            "rotating",
            f"The same, while each shard is replaced every {rotate_s} seconds",
            StreamSpec(shards=10, rotate_every_s=rotate_s),
            other,
            put_per_second=200,
            put_s=put_s,
        ),
    )


def seconds(quick: bool) -> float:
    """About how long all of it takes."""
    return sum(scenario.seconds for scenario in plan(quick))
