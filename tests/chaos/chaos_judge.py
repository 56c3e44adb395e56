"""What a chaos run must have come to: everything that is wrong, as a list of sentences."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from chaos_plan import KEY_NAMES, Plan, PlannedWrite
from explanation import Rules, Seen, complaint

from pyflink_dynamodb.attribute_value import from_attribute_value
from pyflink_dynamodb.testing.request_record import (
    Key,
    RecordedRequest,
    RequestRecord,
    Write,
    decode_writes,
)

# Outcomes at which the writer knows which of the writes were applied.
_CONFIRMING = {"ok", "unprocessed", "missing_entry"}


@dataclass
class Run:
    """What happened in a run.

    Attributes:
        plan: What should.
        table: Its table's name.
        record: What the endpoint saw.
        items: What the table holds in the end.
        dead_letters: Lines of the dead-letter files.
        crashes: How many of the planned crashes came.
        opened: For each attempt, how many requests the endpoint had had before it could send.
        opened_at: And when that was, of `time.monotonic()`.
        resumed: The first element of each attempt, as far as it had any.
    """

    plan: Plan
    table: str
    record: RequestRecord
    items: list[dict[str, Any]] = field(default_factory=list)
    dead_letters: list[dict[str, Any]] = field(default_factory=list)
    crashes: int = 0
    opened: list[int] = field(default_factory=list)
    opened_at: list[float] = field(default_factory=list)
    resumed: dict[int, int] = field(default_factory=dict)

    def attempt_of(self, request: RecordedRequest) -> int:
        return bisect.bisect_left(self.opened, request.number)


def uncertain_keys(run: Run) -> set[Key]:
    """Keys out of what unconditional writes can promise.

    Their write was applied after its client had given up, and another one had been sent
    meanwhile: the later one in the table may be the older one.
    """
    uncertain: set[Key] = set()
    requests = run.record.batch_writes
    for late in requests:
        if late.abandoned and late.applied_at is not None and late.applied_at > (late.ended or 0):
            for other in requests:
                if late.ended <= other.started < late.applied_at:
                    uncertain.update(set(late.keys) & set(other.keys))
    return uncertain


def problems(run: Run) -> Iterator[str]:
    """Everything that a run broke."""
    plan = run.plan
    if run.crashes != len(plan.crashes):
        yield f"{run.crashes} crashes of {len(plan.crashes)} that were planned"
    for request in run.record.batch_writes:
        attempt = run.attempt_of(request)
        applied_at = request.applied_at
        if applied_at and attempt < len(run.opened) and applied_at > run.opened_at[attempt]:
            yield f"request {request.number} of attempt {attempt} was applied in the next one"
    given: dict[Key, list[PlannedWrite]] = defaultdict(list)
    for write in plan.writes:
        given[write.key].append(write)
    yield from _requests(run, given)
    yield from _bounds(run)
    uncertain = uncertain_keys(run)
    if uncertain and "request_timeout_ms" not in plan.options:
        yield f"writes of {len(uncertain)} keys were given up without a timeout"
    yield from _orders(run, given, uncertain)
    yield from _table(run, given, uncertain)
    if plan.options.get("rejection_policy") == "dead_letter":
        yield from _dead_letters(run, given)


def _requests(run: Run, given: dict[Key, list[PlannedWrite]]) -> Iterator[str]:
    """No key in two open requests or twice in one, and nothing that was not given."""
    for overlap in run.record.overlaps[:5]:
        yield f"a key in two open requests: {overlap}"
    contents = {
        key: [orjson.loads(write.request.to_json()) for write in writes]
        for key, writes in given.items()
    }
    for request in run.record.batch_writes:
        if len(set(request.keys)) < len(request.keys):
            yield f"request {request.number} holds a key twice"
        for write in request.writes:
            known = any(_same(write, content) for content in contents.get(write.key, ()))
            if write.table != run.table or not known:
                yield f"request {request.number} holds a write that nobody gave: {write}"


def _same(sent: Write, given: dict[str, Any]) -> bool:
    if sent.kind == "delete":
        return "DeleteRequest" in given
    return sent.to_request() == given


def _bounds(run: Run) -> Iterator[str]:
    options = run.plan.options
    in_flight = options.get("max_in_flight_requests", 50) * run.plan.sink_parallelism
    if run.record.max_concurrency > in_flight:
        yield f"{run.record.max_concurrency} requests in flight"
    if run.record.max_batch_size > options.get("max_batch_size", 25):
        yield f"{run.record.max_batch_size} writes in a request"
    envelope = len(b'{"RequestItems":{"":[]}}') + len(run.table)
    bound = options.get("max_batch_size_in_bytes", 16 * 1024 * 1024)
    for request in run.record.batch_writes:
        if len(request.keys) > 1 and request.size - envelope > bound:
            yield f"request {request.number} has {request.size} bytes with {bound} allowed"
    yield from _state_bounds(run)


def _state_bounds(run: Run) -> Iterator[str]:
    """What an attempt sends of before its source resumed comes from the state: from the buffer."""
    options = run.plan.options
    elements = {write.given.label: write.given.element for write in run.plan.writes}
    restored: dict[int, dict[object, int]] = defaultdict(dict)
    for request in run.record.batch_writes:
        attempt = run.attempt_of(request)
        for write in request.writes if attempt > 1 else ():
            label = _label(write)
            if label is not None and elements.get(label, 0) < run.resumed.get(attempt, 0):
                restored[attempt][label] = len(orjson.dumps(write.to_request()))
    for attempt, sizes in restored.items():
        if len(sizes) > options.get("max_buffered_requests", 10_000):
            yield f"attempt {attempt} had {len(sizes)} writes in its state"
        bytes_held = options.get("max_buffered_bytes", 64 * 1024 * 1024)
        if len(sizes) > 1 and sum(sizes.values()) > bytes_held:
            yield f"attempt {attempt} had {sum(sizes.values())} bytes in its state"


def _orders(run: Run, given: dict[Key, list[PlannedWrite]], uncertain: set[Key]) -> Iterator[str]:
    """Each key's writes as sent and as applied, in the order in which they were given."""
    plan = run.plan
    rules = Rules(
        overwrite=plan.overwrite,
        flushed=bool(plan.options.get("flush_on_checkpoint")),
        attempts=len(run.opened),
        resumed=run.resumed,
    )
    sent, applied = seen_writes(run)
    for key, writes in given.items():
        wanted = [write.given for write in writes]
        wrong = complaint(wanted, sent[key], rules)
        if wrong:
            yield f"sent, key {key}: {wrong}"
        if key in plan.poison:
            if applied[key]:
                yield f"key {key} was applied, though the service refuses it"
        elif key not in uncertain:
            wrong = complaint(wanted, applied[key], rules)
            if wrong:
                yield f"applied, key {key}: {wrong}"


def seen_writes(run: Run) -> tuple[dict[Key, list[Seen]], dict[Key, list[Seen]]]:
    """The writes sent, and those applied, by key, in the order in which they were."""
    sent: dict[Key, list[Seen]] = defaultdict(list)
    applied: dict[Key, list[Seen]] = defaultdict(list)
    requests = run.record.batch_writes
    for request in requests:
        for write in request.writes:
            sent[write.key].append(Seen(_label(write), run.attempt_of(request)))
    reached = [request for request in requests if request.applied_at is not None]
    for request in sorted(reached, key=lambda request: request.applied_at or 0.0):
        confirmed = (
            request.answered and request.outcome in _CONFIRMING and not run.plan.answers_may_be_lost
        )
        for write in request.applied_writes:
            applied[write.key].append(Seen(_label(write), run.attempt_of(request), confirmed))
    return sent, applied


def _label(write: Write) -> object:
    return int(str(write.item["version"]["N"])) if write.kind == "put" else None


def _table(run: Run, given: dict[Key, list[PlannedWrite]], uncertain: set[Key]) -> Iterator[str]:
    """The table holds the last write of each key, if that is a put, and nothing else."""
    names = [name for name in KEY_NAMES if name in run.plan.key_types]
    model: dict[Key, Any] = {}
    for key, writes in given.items():
        content = orjson.loads(writes[-1].request.to_json())
        if "PutRequest" in content and key not in run.plan.poison:
            model[key] = from_attribute_value({"M": content["PutRequest"]["Item"]})
    found = {tuple(item[name] for name in names): item for item in run.items}
    for key in sorted(model.keys() | found.keys(), key=repr):
        if key not in uncertain and model.get(key) != found.get(key):
            yield f"table, key {key}: {_brief(found.get(key))} in place of {_brief(model.get(key))}"


def _brief(item: dict[str, Any] | None) -> str:
    return "nothing" if item is None else f"version {item['version']}"


def _dead_letters(run: Run, given: dict[Key, list[PlannedWrite]]) -> Iterator[str]:
    """Every write of a poisoned key, and nothing else; when overwriting, the last at least."""
    names = {run.table: [name for name in KEY_NAMES if name in run.plan.key_types]}
    lines: dict[Key, set[object]] = defaultdict(set)
    for line in run.dead_letters:
        (write,) = decode_writes({run.table: [line["request"]]}, names)
        lines[write.key].add(_label(write))
    if lines.keys() - run.plan.poison:
        yield f"dead letters of keys {lines.keys() - run.plan.poison}, which the service takes"
    for key in run.plan.poison & given.keys():
        labels = [write.given.label for write in given[key]]
        wanted = set(labels[-1:]) if run.plan.overwrite else set(labels)
        if not wanted <= lines[key] <= set(labels):
            yield f"dead letters of key {key}: {lines[key]} in place of {wanted}"
