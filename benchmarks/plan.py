"""What is compared with what: competitors, workloads, and how long each is looked at."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

BATCH_SIZE, IN_FLIGHT, BUFFERED = 25, 50, 10_000
KEYS = 1_000_000
STUB_5_MS, STUB_0_MS, LOCAL = "stub, 5 ms", "stub, 0 ms", "DynamoDB Local"


@dataclass(frozen=True)
class Competitor:
    """One way to write to DynamoDB.

    Args:
        title: What the report calls it.
        sink: What `pyflink_job.py` or `JavaJob` attaches.
        mode: Where Python runs, "process" or "thread"; None for a job without Python.
        warm_up: The share of the warm-up it needs: boto3 is as slow as ever after a few seconds.
    """

    title: str
    sink: str
    mode: str | None
    warm_up: float = 1.0


COMPETITORS = {
    "ours-process": Competitor("pyflink_dynamodb, process mode", "ours", "process"),
    "ours-thread": Competitor("pyflink_dynamodb, thread mode", "ours", "thread"),
    "ceiling-process": Competitor("discarding sink, process mode", "discard", "process"),
    "ceiling-thread": Competitor("discarding sink, thread mode", "discard", "thread"),
    "batch-writer-process": Competitor(
        "boto3 batch_writer, process mode", "batch-writer", "process", 0.35
    ),
    "batch-writer-thread": Competitor(
        "boto3 batch_writer, thread mode", "batch-writer", "thread", 0.35
    ),
    "pool-process": Competitor("boto3 thread pool, process mode", "pool", "process", 0.35),
    "pool-thread": Competitor("boto3 thread pool, thread mode", "pool", "thread", 0.35),
    "ours-java": Competitor("pyflink_dynamodb from Java", "ours", None),
    "connector": Competitor("Java connector, converter by hand", "connector", None),
    "connector-default": Competitor("Java connector, default converter", "connector-default", None),
    "ceiling-java": Competitor("discarding sink from Java", "discard", None),
}


@dataclass(frozen=True)
class Run:
    """One competitor under one workload.

    Args:
        competitor: A key of `COMPETITORS`.
        workload: "flat", "order", "large", "zipf" or "flights".
        records_per_element: More than 1: the stream's elements are lists of so many.
        keys: Distinct keys; "zipf" and "flights" have their own.
        overwrite: Whether newer writes replace older ones that wait, where that can be had.
    """

    competitor: str
    workload: str = "flat"
    records_per_element: int = 1
    parallelism: int = 1
    keys: int = KEYS
    overwrite: bool = False

    @property
    def name(self) -> str:
        """Unique within a comparison, and fit for a folder."""
        parts = [self.competitor]
        if self.records_per_element > 1:
            parts.append(f"lists-{self.records_per_element}")
        if self.parallelism > 1:
            parts.append(f"parallelism-{self.parallelism}")
        if self.keys != KEYS:
            parts.append(f"keys-{self.keys}")
        if self.overwrite:
            parts.append("overwrite")
        return "_".join(parts)

    @property
    def title(self) -> str:
        """What the report calls it."""
        text = COMPETITORS[self.competitor].title
        if self.records_per_element > 1:
            text += f", lists of {self.records_per_element}"
        if self.parallelism > 1:
            text += f", parallelism {self.parallelism}"
        if self.keys != KEYS:
            text += f", {self.keys:,} keys"
        if self.overwrite:
            text += ", overwriting"
        return text


@dataclass(frozen=True)
class Comparison:
    """Runs that are warm at the same time and measured in turn.

    Args:
        endpoint: "stub, N ms" or "DynamoDB Local".
        warm_up_s: How long each run is alone before the rounds; its cold start is seen here.
        rounds: How often each run has its turn.
        round_s: How long a turn is measured.
    """

    name: str
    title: str
    endpoint: str
    runs: tuple[Run, ...]
    warm_up_s: float = 25
    rounds: int = 2
    round_s: float = 15

    @property
    def delay_ms(self) -> int:
        """How late the stub answers."""
        return int(self.endpoint.split()[1])

    @property
    def seconds(self) -> float:
        """About how long it takes: start, warm-up, and turns with what is between them."""
        alone = sum(
            4 + self.warm_up_s * COMPETITORS[run.competitor].warm_up + 2 for run in self.runs
        )
        return (
            3.5 * len(self.runs)
            + alone
            + self.rounds * len(self.runs) * (self.round_s + SETTLE_S + 1.5)
        )

    def only(self, competitors: set[str]) -> Comparison:
        """The same with some of its runs."""
        kept = tuple(run for run in self.runs if run.competitor in competitors)
        return dataclasses.replace(self, runs=kept)

    def quick(self) -> Comparison:
        """The same, too short for figures that mean something."""
        return dataclasses.replace(self, warm_up_s=6, rounds=2, round_s=3)


# From the opening of the gate until a turn is measured.
SETTLE_S = 2.0

_PYTHON = ("ours-process", "ours-thread", "batch-writer-process", "batch-writer-thread")
_CEILING = ("ceiling-process", "ceiling-thread")


def _runs(*competitors: str, workload: str = "flat", overwrite: bool = False) -> tuple[Run, ...]:
    return tuple(Run(name, workload, overwrite=overwrite) for name in competitors)


COMPARISONS = (
    Comparison(
        "flat-5ms",
        "Flat dataclass of five fields, from Python",
        STUB_5_MS,
        (
            *_runs(*_PYTHON, "pool-process", *_CEILING),
            Run("ours-process", records_per_element=25),
            Run("ours-process", records_per_element=100),
        ),
        warm_up_s=30,
        rounds=3,
        round_s=20,
    ),
    Comparison(
        "flat-0ms",
        "Flat dataclass of five fields, from Python, no answer time",
        STUB_0_MS,
        _runs(*_PYTHON),
        warm_up_s=20,
        rounds=3,
        round_s=20,
    ),
    Comparison(
        "rows-5ms",
        "Typed rows of five fields from a Java source, no Python",
        STUB_5_MS,
        _runs("ours-java", "connector", "connector-default", "ceiling-java"),
        warm_up_s=30,
        rounds=3,
        round_s=20,
    ),
    Comparison(
        "rows-0ms",
        "Typed rows of five fields from a Java source, no answer time",
        STUB_0_MS,
        _runs("ours-java", "connector"),
        warm_up_s=30,
        rounds=3,
        round_s=20,
    ),
    Comparison(
        "order-5ms",
        "Order with ten lines, about 2 KB",
        STUB_5_MS,
        _runs("ours-process", "batch-writer-process", "ours-java", "connector", workload="order"),
        warm_up_s=20,
    ),
    Comparison(
        "large-5ms",
        "Items of 100 KB",
        STUB_5_MS,
        _runs("ours-process", "batch-writer-process", "ours-java", "connector", workload="large"),
        warm_up_s=15,
    ),
    Comparison(
        "zipf-5ms",
        "Keys by Zipf's law, with and without overwriting",
        STUB_5_MS,
        (
            Run("ours-process", "zipf"),
            Run("ours-process", "zipf", overwrite=True),
            Run("ours-java", "zipf", overwrite=True),
            Run("connector", "zipf", overwrite=True),
            Run("batch-writer-process", "zipf", overwrite=True),
        ),
        warm_up_s=15,
    ),
    Comparison(
        "flights-5ms",
        "The flights of the demo, thirteen fields",
        STUB_5_MS,
        _runs("ours-process", "ours-thread", "batch-writer-process", workload="flights"),
        warm_up_s=20,
    ),
    Comparison(
        "scale-5ms",
        "Parallelism, and the number of keys",
        STUB_5_MS,
        (
            *(Run("ours-java", parallelism=parallelism) for parallelism in (1, 2, 4, 8)),
            Run("ours-java", keys=10_000),
            *(Run("ours-process", parallelism=parallelism) for parallelism in (1, 4)),
        ),
        warm_up_s=15,
        round_s=10,
    ),
    Comparison(
        "local",
        "Flat dataclass into DynamoDB Local, which is the limit",
        LOCAL,
        tuple(
            Run(name, keys=10_000)
            for name in ("ours-process", "batch-writer-process", "pool-process", "connector")
        ),
        warm_up_s=15,
        round_s=10,
    ),
)
