"""What a seed stands for: stream, load, shard changes, faults and crashes of one stream run."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, NamedTuple

from pyflink_dynamodb.testing import faults
from pyflink_dynamodb.testing.faults import Fault

# So long the load lasts, however much it is.
LOAD_S = 4.0
POSITIONS = ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")
# The listing may be inconsistent for fewer answers than the source asks for it again.
MOST_HIDDEN = 3


class Step(NamedTuple):
    """One step of the load.

    Attributes:
        kind: "put" or "delete" of a key; "split", "rotate", "hide" or "empty" of an open shard;
            "expire" of all iterators.
        number: Of the key, or of the shard among those that are open.
        amount: Bytes of text in the item; children; answers or pages.
    """

    kind: str
    number: int = 0
    amount: int = 0


@dataclass(frozen=True)
class StreamPlan:
    """All of a run but its timing, which is the machine's.

    Attributes:
        seed: Where all of it comes from.
        keys: The primary keys that are written to.
        stream: Arguments of the scripted stream.
        position: Where the source begins.
        config: Configuration of the source beside that.
        before: Load before the job starts, without changes of shards.
        load: Load while it runs.
        rotate_every_s: Age at which shards are replaced during the load.
        crashes: Steps of the load at whose records the job fails: puts.
        parallelism: Of source and count.
    """

    seed: int
    keys: list[Any]
    stream: dict[str, Any]
    position: str
    config: dict[str, str]
    before: list[Step]
    load: list[Step]
    rotate_every_s: float | None
    crashes: list[int]
    parallelism: int

    @property
    def script(self) -> list[Fault]:
        """The faults."""
        script: list[Fault] = self.stream["script"]
        return script

    @property
    def pause_s(self) -> float:
        """Time between two steps."""
        return LOAD_S / len(self.load)


def make_plan(seed: int) -> StreamPlan:
    """The run of this seed, the same at every call."""
    draw = random.Random(seed)
    key_types, keys = _keys(draw)
    skew = draw.choice([0, 0, 1, 2])
    weights = [1 / (rank + 1) ** skew for rank in range(len(keys))]
    deletes = draw.choice([0.0, 0.1, 0.4])
    largest = draw.choice([0, 50, 3_000])

    def changes(count: int) -> list[Step]:
        return [
            Step(
                "delete" if draw.random() < deletes else "put",
                draw.choices(range(len(keys)), weights)[0],
                draw.randint(0, largest),
            )
            for _ in range(count)
        ]

    before = changes(draw.choice([0, 1, 40, 200]))
    load = changes(draw.choice([20, 100, 300, 600]))
    for _ in range(draw.choice([0, 1, 3, 6, 10])):
        load.insert(draw.randrange(len(load)), _turn(draw))
    puts = [position for position, step in enumerate(load) if step.kind == "put"]
    crashes = draw.sample(puts, min(len(puts), draw.choice([0, 0, 1, 1, 2])))
    stream = _stream(draw, seed, key_types)
    return StreamPlan(
        seed=seed,
        keys=keys,
        stream=stream,
        position=draw.choice(POSITIONS),
        config=_config(draw),
        before=before,
        load=load,
        rotate_every_s=draw.choice([None, None, 1.5]),
        crashes=sorted(crashes),
        parallelism=draw.choice([1, 1, 2]),
    )


def _keys(draw: random.Random) -> tuple[dict[str, str], list[Any]]:
    numbers = range(draw.choice([1, 3, 20, 100]))
    key_type = draw.choice(["S", "S", "N", "B", "SN"])
    if key_type == "S":
        return {"pk": "S"}, [f"key {number}" for number in numbers]
    if key_type == "N":
        return {"pk": "N"}, list(numbers)
    if key_type == "B":
        return {"pk": "B"}, [bytes([255, number]) for number in numbers]
    return {"pk": "S", "sk": "N"}, [(f"key {number % 3}", number) for number in numbers]


def _turn(draw: random.Random) -> Step:
    """Something that happens to a shard, or to all iterators."""
    kind = draw.choice(["split", "rotate", "rotate", "hide", "empty", "expire"])
    amount = {
        "split": draw.choice([2, 2, 3]),
        "hide": draw.randint(1, MOST_HIDDEN),
        "empty": draw.choice([1, 5]),
    }
    return Step(kind, draw.randrange(1_000), amount.get(kind, 0))


def _stream(draw: random.Random, seed: int, key_types: dict[str, str]) -> dict[str, Any]:
    return {
        "key_types": key_types,
        "seed": seed,
        "shards": draw.choice([1, 1, 2, 5]),
        "view_type": draw.choice(["NEW_AND_OLD_IMAGES", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"]),
        "rotate_every_records": draw.choice([None, None, None, 40]),
        "at_timestamp": draw.random() < 0.7,
        "iterator_life_s": draw.choice([900.0, 900.0, 2.0]),
        "shards_per_page": draw.choice([100, 3, 1]),
        "listing": draw.choice(["parents first", "parents first", "children first", "shuffled"]),
        "max_records": draw.choice([1_000, 1_000, 7]),
        "empty_end": draw.random() < 0.5,
        "exponent_times": draw.random() < 0.5,
        "first_sequence_number": draw.choice([10**20, 10**21 - 50_000]),
        "script": _script(draw),
    }


def _config(draw: random.Random) -> dict[str, str]:
    if draw.random() < 0.7:
        return {}
    # So rare that only the end of a shard can bring its children soon.
    return {"flink.shard.discovery.intervalmillis": "60 s"}


def _script(draw: random.Random) -> list[Fault]:
    """The faults of a run, all of which pass."""
    share = draw.choice([0.02, 0.1, 0.3])
    early = draw.randint(1, 15)
    some = [
        faults.limit_exceeded(share=share),
        faults.throughput_exceeded(share=share),
        faults.throttle(share=share, operation=None),
        faults.internal_error(share=share, operation=None),
        faults.internal_error(share=share, status=503),
        faults.error(None, status=500, share=share),
        faults.reset(share=share),
        faults.reset(share=min(share, 0.1), operation=None),
        faults.malformed_json(share=share),
        faults.delay((0.0, 0.2), share=0.5),
        faults.late_answer((0.0, 0.2), share=0.5),
        faults.outage(draw.uniform(0.2, 1.0), nth=early),
        faults.outage(1.0, hang=True, nth=early),
    ]
    return draw.sample(some, draw.choice([0, 1, 1, 2, 3]))
