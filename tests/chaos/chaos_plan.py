"""What a seed stands for: data, options, faults and crashes of one chaos run."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from explanation import Given

from pyflink_dynamodb import WriteRequest
from pyflink_dynamodb.testing import faults
from pyflink_dynamodb.testing.faults import Fault
from pyflink_dynamodb.testing.request_record import Key

# With it a run takes about three seconds: so much waiting for answers may be in it.
BUDGET_S = 2.5
SHORT_TIMEOUT_MS = 1_500
KEY_NAMES = ("pk", "sk")


class PlannedWrite(NamedTuple):
    """A write and the key that the endpoint will see."""

    key: Key
    given: Given
    request: WriteRequest


@dataclass
class Plan:
    """All of a run but its timing, which is the machine's.

    Attributes:
        seed: Where all of it comes from.
        key_types: Types of the key attributes by name, partition key first.
        elements: What the sink gets: a write, or several in a list.
        writes: The same, one by one.
        options: Options of the sink.
        script: What goes wrong at the endpoint.
        poison: Keys that the service refuses.
        crashes: Elements at which the job fails, one after the other.
        per_checkpoint: Elements that come between two checkpoints at most.
        sink_parallelism: Writers; the stream in front of them always has one part.
    """

    seed: int
    key_types: dict[str, str]
    elements: list[Any]
    writes: list[PlannedWrite]
    options: dict[str, Any]
    script: list[Fault]
    poison: set[Key]
    crashes: list[int]
    per_checkpoint: int
    sink_parallelism: int = 1

    @property
    def overwrite(self) -> bool:
        return bool(self.options.get("overwrite_by_partition_keys"))

    @property
    def answers_may_be_lost(self) -> bool:
        """Whether the endpoint may take for answered what the writer never had an answer to."""
        return "request_timeout_ms" in self.options or any(
            fault.name == "outage" for fault in self.script
        )


def make_plan(seed: int) -> Plan:
    """The run of this seed, the same at every call."""
    draw = random.Random(seed)
    key_types = draw.choice(
        [{"pk": "S"}, {"pk": "S"}, {"pk": "N"}, {"pk": "B"}, {"pk": "S", "sk": "N"}]
    )
    pool = _keys(key_types, draw.choice([1, 3, 20, 100, 300]))
    poison: set[Key] = set()
    if draw.random() < 0.25:
        poison = {_seen_key(key) for key in draw.sample(pool, min(len(pool) // 2, 3))}
    script, cost = _script(draw, poison)
    options = _options(draw, key_types, script, poison)
    skew = draw.choice([0, 0, 1, 2])
    weights = [1 / (rank + 1) ** skew for rank in range(len(pool))]
    most = draw.choice([1, 1, 1, 4, 30])
    deletes = draw.choice([0.0, 0.1, 0.5])
    largest = draw.choice([0, 50, 3_000])
    count = draw.choice([50, 300, 1_000])
    # One key's writes go one after the other, and so do the requests beyond those in flight.
    lanes = min(
        options["max_batch_size"] * options["max_in_flight_requests"],
        sum(weights) / weights[0],
        options.get("max_buffered_bytes", 1_000_000) / (200 + largest / 2) + 1,
    )
    count = max(30, min(count, int(BUDGET_S / cost * lanes)))
    elements: list[Any] = []
    writes: list[PlannedWrite] = []
    while len(writes) < count:
        members = []
        for _ in range(draw.randint(1, most)):
            key = draw.choices(pool, weights)[0]
            label = None if draw.random() < deletes else len(writes)
            attributes = dict(zip(key_types, _spelling(draw, key)))
            if label is None:
                request = WriteRequest.delete(attributes)
            else:
                text = "x" * draw.randint(0, largest)
                request = WriteRequest.put({**attributes, "version": label, "text": text})
            members.append(request)
            writes.append(PlannedWrite(_seen_key(key), Given(label, len(elements)), request))
        elements.append(members if most > 1 else members[0])
    crashes = sorted(draw.randrange(len(elements)) for _ in range(draw.choice([0, 1, 1, 2])))
    per_checkpoint = max(1, len(elements) // draw.choice([1, 3, 8, 15]))
    return Plan(
        seed,
        key_types,
        elements,
        writes,
        options,
        script,
        poison,
        crashes,
        per_checkpoint,
    )


def updates(
    seed: int,
    script: list[Fault],
    count: int = 500,
    keys: int = 100,
    sink_parallelism: int = 1,
    **options: Any,
) -> Plan:
    """A plan by hand: versions of some keys in turn, and what goes wrong."""
    elements = [WriteRequest.put({"pk": f"k{n % keys}", "version": n}) for n in range(count)]
    writes = [
        PlannedWrite((f"k{n % keys}",), Given(n, n), request) for n, request in enumerate(elements)
    ]
    return Plan(
        seed,
        {"pk": "S"},
        elements,
        writes,
        options,
        script,
        poison=set(),
        crashes=[],
        per_checkpoint=2 * count,  # noticing the end takes some, and no checkpoint brings more
        sink_parallelism=sink_parallelism,
    )


def _keys(key_types: dict[str, str], count: int) -> list[tuple[object, ...]]:
    make = {
        "S": lambda n: f"key${n}",
        "N": lambda n: n * (-1) ** n,
        "B": lambda n: bytes([0xFF, n >> 8, n & 0xFF]),
    }
    return [
        tuple(make[kind](n if name == "pk" else n % 7) for name, kind in key_types.items())
        for n in range(count)
    ]


def _spelling(draw: random.Random, key: tuple[object, ...]) -> tuple[object, ...]:
    """The same key; a number may be written in another way."""
    return tuple(
        draw.choice([part, Decimal(f"{part}.0")]) if isinstance(part, int) else part for part in key
    )


def _seen_key(key: tuple[object, ...]) -> Key:
    return tuple(Decimal(part) if isinstance(part, int) else part for part in key)


def _options(
    draw: random.Random, key_types: dict[str, str], script: list[Fault], poison: set[Key]
) -> dict[str, Any]:
    batch = draw.choice([25, 25, 1, 2, draw.randint(3, 24)])
    options: dict[str, Any] = {
        "max_batch_size": batch,
        "max_in_flight_requests": draw.choice([50, 50, 1, 2, draw.randint(3, 20)]),
        "max_buffered_requests": draw.choice([10_000, batch + 1, batch + 20, 200]),
        "max_time_in_buffer_ms": draw.choice([1, 20, 100, 500]),
    }
    if draw.random() < 0.5:
        options["overwrite_by_partition_keys"] = list(key_types)
    if draw.random() < 0.2:
        options["flush_on_checkpoint"] = True
    if draw.random() < 0.3:
        options["max_record_size_in_bytes"] = 4_000
        options["max_batch_size_in_bytes"] = draw.choice([4_000, 9_000, 50_000])
    if draw.random() < 0.3:
        options["max_buffered_bytes"] = draw.choice([1, 5_000, 40_000])
    if poison:
        options["rejection_policy"] = draw.choice(["skip", "dead_letter"])
    if any(fault.name == "late_answer" or _hangs(fault) for fault in script):
        options["request_timeout_ms"] = SHORT_TIMEOUT_MS
    return options


def _hangs(fault: Fault) -> bool:
    return bool(getattr(fault.effect, "hang", False))


def _script(draw: random.Random, poison: set[Key]) -> tuple[list[Fault], float]:
    """The faults of a run, and the seconds that a write takes with them."""
    slowest = draw.choice([0.0, 0.0, 0.01, 0.04])
    script = [faults.delay((0.0, slowest))] if slowest else []
    failing = draw.choice([0.02, 0.1, 0.3])
    early = draw.randint(1, 20)
    some = [
        faults.unprocessed(failing),
        faults.unprocessed(failing, under_table="arn:aws:dynamodb:eu-west-1:123456789012:table/t"),
        faults.throttle(share=failing),
        faults.throughput_exceeded(share=failing),
        faults.internal_error(share=failing),
        faults.internal_error(share=failing, applied=True),
        faults.internal_error(share=failing, status=503),
        faults.reset(share=failing),
        faults.reset(share=failing, applied=True),
        faults.malformed_json(share=failing),
        faults.malformed_json(share=failing, applied=False),
        faults.missing_entry(share=failing),
        faults.missing_entry(share=failing, absent=True),
        faults.error(None, status=500, share=failing),
        faults.expired_token(nth=early),
        faults.late_answer(2.0, nth=(early, early + 7)),
        faults.outage(draw.uniform(0.2, 1.0), nth=early),
        faults.outage(2.0, hang=True, nth=early),
    ]
    chosen = draw.sample(some, draw.randint(1, 3))
    retries = sum("share" in fault.limits or fault.name == "unprocessed" for fault in chosen)
    if poison:
        script.append(faults.poison(poison.__contains__))
    return script + chosen, 0.015 + slowest / 2 + 0.08 * failing * retries
