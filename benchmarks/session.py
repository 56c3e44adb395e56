"""Runs one comparison: all jobs warm at the same time, each measured in turn."""

from __future__ import annotations

import contextlib
import functools
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import psutil

from benchmarks import java_side
from benchmarks.counts import Counts, Window, cold_start_s, first_ms, warm_rate
from benchmarks.job_process import JobFailedError, JobProcess
from benchmarks.plan import COMPETITORS, LOCAL, SETTLE_S, Comparison
from benchmarks.pyflink_job import KEY, JobSpec
from benchmarks.stub import AnsweringStub

TABLE = "bench"
STUB = "endpoint"
DRAIN_S = 20
FIRST_RECORD_S = 120


@dataclass
class Turn:
    """One stretch in which one job was measured."""

    window: Window
    cpu_s: dict[str, float]
    idle_cores: float


@dataclass
class Contender:
    """A job of the comparison and what was seen of it."""

    job: JobProcess
    received: Callable[[], Counts] | None
    wire_bytes: Callable[[], float] | None
    alone: Window | None = None
    turns: list[Turn] = field(default_factory=list)
    heap_bytes: int = 0

    @property
    def counted_at(self) -> str:
        """Where its records are counted.

        At the source where none arrive, or not all, since newer ones replaced them.
        """
        if self.received is None or self.job.spec.run.overwrite:
            return "source"
        return "endpoint"

    def counts(self) -> Counts:
        """Its records over time."""
        if self.received is None or self.counted_at == "source":
            return self.job.emitted()
        return self.received()


def compare(
    comparison: Comparison, stub: AnsweringStub, say: Callable[[str], None]
) -> dict[str, Any]:
    """Run a comparison; what it found, as JSON takes it.

    Args:
        comparison: What to run.
        stub: Its endpoints; of no use where DynamoDB Local is one.
        say: Told what happens.

    Raises:
        JobFailedError: A job did.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        contenders, server_pid = _start(comparison, stub, folder, stack)
        for contender in contenders:
            contender.job.wait_until_ready()
            contender.job.suspend()
        for contender in contenders:
            run = contender.job.spec.run
            say(f"  cold: {run.title}")
            seconds = comparison.warm_up_s * COMPETITORS[run.competitor].warm_up
            contender.alone = _alone(contender, seconds)
        for number in range(1, comparison.rounds + 1):
            for contender in contenders:
                turn = _turn(contender, contenders, server_pid, comparison.round_s)
                contender.turns.append(turn)
                rate = contender.counts().within(turn.window) / turn.window.seconds
                say(f"  round {number}: {contender.job.spec.run.title}: {rate:,.0f}/s")
        for contender in contenders:
            contender.job.resume()
            contender.heap_bytes = contender.job.heap_after_collection()
        return {"runs": [_found(contender) for contender in contenders]}


def _start(
    comparison: Comparison, stub: AnsweringStub, folder: Path, stack: contextlib.ExitStack
) -> tuple[list[Contender], int]:
    contenders = []
    local = stack.enter_context(_dynamodb_local()) if comparison.endpoint == LOCAL else None
    for run in comparison.runs:
        gate = folder / run.name
        gate.mkdir()
        received: Callable[[], Counts] | None = None
        wire_bytes: Callable[[], float] | None = None
        if local is not None:
            url = local.url
        else:
            endpoint = stub.open(comparison.delay_ms)
            url = endpoint.url
            if COMPETITORS[run.competitor].sink != "discard":
                received = functools.partial(stub.counts, endpoint)
                wire_bytes = functools.partial(stub.bytes_per_item, endpoint)
        job = JobProcess(JobSpec(run, str(gate), url, "local", TABLE, str(java_side.BENCH_JAR)))
        stack.callback(job.end)
        contenders.append(Contender(job, received, wire_bytes))
    return contenders, stub.pid if local is None else local.pid


@dataclass(frozen=True)
class _Local:
    url: str
    pid: int


@contextlib.contextmanager
def _dynamodb_local() -> Iterator[_Local]:
    from pyflink_dynamodb.testing import DynamoDbLocal, create_table

    before = {child.pid for child in psutil.Process().children()}
    with DynamoDbLocal() as local:
        pid = next(c.pid for c in psutil.Process().children() if c.pid not in before)
        create_table(local.client(), TABLE, KEY)
        yield _Local(local.endpoint, pid)


def _alone(contender: Contender, seconds: float) -> Window:
    """Let it run for so long from its first record on."""
    contender.job.resume()
    begin = time.time()
    contender.job.open_gate()
    while contender.counts().total == 0:
        contender.job.check()
        if time.time() - begin > FIRST_RECORD_S:
            raise JobFailedError(
                f"{contender.job.spec.run.title} wrote no record within {FIRST_RECORD_S} s"
            )
        time.sleep(0.5)
    time.sleep(seconds)
    end = time.time()
    contender.job.close_gate()
    _drain(contender)
    contender.job.suspend()
    return Window(begin * 1000, end * 1000)


def _turn(
    contender: Contender, contenders: list[Contender], server_pid: int, seconds: float
) -> Turn:
    others = [other for other in contenders if other is not contender]
    contender.job.resume()
    contender.job.open_gate()
    time.sleep(SETTLE_S)
    idle = _cores(others)
    begin, before = time.time(), _cpu(contender, server_pid)
    time.sleep(seconds)
    end, after = time.time(), _cpu(contender, server_pid)
    idle = (_cores(others) - idle) / (end - begin)
    contender.job.close_gate()
    _drain(contender)
    contender.job.suspend()
    spent = {role: after[role] - before.get(role, 0.0) for role in after}
    return Turn(Window(begin * 1000, end * 1000), spent, idle)


def _drain(contender: Contender) -> None:
    """Wait until nothing more comes of it, so that the next turn is the next one's alone."""
    deadline = time.monotonic() + DRAIN_S
    before = -1.0
    while time.monotonic() < deadline:
        time.sleep(0.5)
        contender.job.check()
        now = contender.counts().total
        if now == before:
            return
        before = now


def _cpu(contender: Contender, server_pid: int) -> dict[str, float]:
    times = psutil.Process(server_pid).cpu_times()
    return {**contender.job.cpu_seconds(), STUB: times.user + times.system}


def _cores(contenders: list[Contender]) -> float:
    return sum(sum(contender.job.cpu_seconds().values()) for contender in contenders)


def _found(contender: Contender) -> dict[str, Any]:
    """What the report needs of a run."""
    assert contender.alone is not None
    run = contender.job.spec.run
    counts, emitted = contender.counts(), contender.job.emitted()
    begin = first_ms(emitted, contender.alone) or contender.alone.from_ms
    from_first = Window(begin, contender.alone.to_ms)
    arrived = first_ms(counts, from_first)
    allocated, collecting = contender.job.jvm()
    windows = [turn.window for turn in contender.turns]
    rate = warm_rate(counts, windows)
    records = sum(counts.within(window) for window in windows)
    roles = sorted({role for turn in contender.turns for role in turn.cpu_s})
    each = max(records, 1.0)
    return {
        "name": run.name,
        "title": run.title,
        "competitor": run.competitor,
        "counted_at": contender.counted_at,
        "measured_s": sum(window.seconds for window in windows),
        "records": round(records),
        "rate": rate,
        "rates_of_rounds": [counts.within(w) / w.seconds for w in windows],
        "first_s": None if arrived is None else (arrived - begin) / 1000,
        "cold_start_s": cold_start_s(counts, from_first, rate),
        "cpu_us": {
            role: sum(turn.cpu_s.get(role, 0.0) for turn in contender.turns) * 1e6 / each
            for role in roles
        },
        "allocated_bytes": sum(allocated.within(w) for w in windows) / each,
        "collecting_share": sum(collecting.within(w) for w in windows)
        / max(sum(w.to_ms - w.from_ms for w in windows), 1.0),
        "wire_bytes": None if contender.wire_bytes is None else contender.wire_bytes(),
        "heap_after_collection": contender.heap_bytes,
        "idle_cores_of_others": max(turn.idle_cores for turn in contender.turns),
        "emitted": round(emitted.total),
        "curve": [round(rate) for rate in counts.per_second([from_first, *windows])],
        "alone_s": from_first.seconds,
    }
