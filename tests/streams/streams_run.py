"""Random stream runs as a Flink job: several side by side, each with a stream of its own.

They crash together. Flink could restart a run alone, but the checkpoints are the job's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from flink_job import Job
from pyflink.datastream import StreamExecutionEnvironment
from reading import changes_of, count_changes, end_keys, is_pinned
from streams_judge import Change, problems, read_notes, unseen
from streams_plan import Step, StreamPlan

from pyflink_dynamodb.testing import ScriptedStream

# Ages of what was written before the job. LATEST must not bring it, also where an endpoint that
# knows no time can be asked for whole minutes only.
OLD_S, YOUNG_S = 200, 100
BOUND = timedelta(minutes=30)
PAST_BOUND_S = 45 * 60


class Run:
    """One plan, carried out.

    Args:
        plan: What shall happen.
        directory: For the notes.
    """

    def __init__(self, plan: StreamPlan, directory: Path) -> None:
        self.plan = plan
        self.directory = directory / f"run-{plan.seed}"
        self.stream = ScriptedStream(f"stream-{plan.seed}", **plan.stream)
        self._start = time.time() - (OLD_S + YOUNG_S) / 2
        self._feeding = threading.Thread(target=self._feed, name=f"feed-{plan.seed}")
        self._failure: Exception | None = None
        self._fed = 0
        self.job_state = ""

    def add_to(self, environment: StreamExecutionEnvironment, bounded: datetime | None) -> None:
        """Write what is there before the job, and add the run to the job."""
        half = len(self.plan.before) // 2
        for age, steps in ((OLD_S, self.plan.before[:half]), (YOUNG_S, self.plan.before[half:])):
            self.stream.clock = lambda age=age: time.time() - age
            for step in steps:
                self._take(step, -100 - len(self.stream.records))
        self.stream.clock = time.time
        self._before = len(self.stream.records)
        config = {**self.plan.config, "flink.stream.initpos": self.plan.position}
        if self.plan.position == "AT_TIMESTAMP":
            moment = datetime.fromtimestamp(int(self._start), timezone.utc)
            config["flink.stream.initpos.timestamp"] = moment.isoformat()
        count_changes(
            environment,
            self.stream,
            self.directory,
            name=f"run-{self.plan.seed}",
            config=config,
            bounded=bounded,
            crashes=self.plan.crashes,
            parallelism=self.plan.parallelism,
        )

    def is_pinned(self) -> bool:
        """Whether what is written from now on must be read."""
        return self.plan.position != "LATEST" or is_pinned(self.stream)

    def begin(self) -> None:
        """Begin with the load, in a thread of its own."""
        self._feeding.start()

    def has_settled(self) -> bool:
        """Whether all of the load has been noted, and every crash has come."""
        if self._feeding.is_alive():
            return False
        if self._failure is not None:
            raise self._failure
        return self.crashes == len(self.plan.crashes) and not self.unseen()

    @property
    def crashes(self) -> int:
        """How many of the planned crashes have come."""
        return len(list(self.directory.glob("crash-*")))

    def end(self) -> None:
        """Write a last change of every key; no crash may come any more."""
        self.stream.rotate_every_s = None
        end_keys(self.stream)

    def pass_bound(self) -> None:
        """Let the service's time pass the end of a bounded job, and write what lies behind it."""
        self._bounded_at = len(self.stream.records)
        self.stream.clock = lambda: time.time() + PAST_BOUND_S
        for key in self.plan.keys:
            self.stream.put(key, {"n": -2})

    def unseen(self) -> int:
        """How many changes have not been noted."""
        return unseen(self.changes(), read_notes(self.directory))

    def changes(self) -> list[Change]:
        """What the job has to bring: all of it, and nothing else."""
        records = self.stream.records[: getattr(self, "_bounded_at", None)]
        if self.plan.position == "LATEST":
            records = records[self._before :]
        elif self.plan.position == "AT_TIMESTAMP":
            records = [record for record in records if record.creation_time >= int(self._start)]
        return changes_of(records)

    def problems(self) -> list[str]:
        """Everything that was wrong."""
        found = list(problems(self.changes(), read_notes(self.directory)))
        if self.crashes != len(self.plan.crashes):
            found.append(f"{self.crashes} crashes of {len(self.plan.crashes)} that were planned")
        return found

    def _feed(self) -> None:
        try:
            self.stream.rotate_every_s = self.plan.rotate_every_s
            for position, step in enumerate(self.plan.load):
                self._take(step, position)
                time.sleep(self.plan.pause_s)
        except Exception as failure:  # noqa: BLE001 - raised by `has_settled`
            self._failure = failure

    def _take(self, step: Step, number: int) -> None:
        stream = self.stream
        if step.kind == "put":
            stream.put(self.plan.keys[step.number], {"n": number, "text": "x" * step.amount})
        elif step.kind == "delete":
            stream.delete(self.plan.keys[step.number])
        elif step.kind == "expire":
            stream.expire_iterators()
        else:
            shards = stream.shards()
            shard = shards[step.number % len(shards)]
            act: dict[str, Any] = {
                "split": lambda: stream.split(shard, step.amount),
                "rotate": lambda: stream.rotate(shard),
                "hide": lambda: stream.hide(shard, step.amount),
                "empty": lambda: stream.empty_pages(shard, step.amount),
            }
            act[step.kind]()


def run_job(
    plans: Sequence[StreamPlan],
    environment: StreamExecutionEnvironment,
    directory: Path,
    *,
    bounded: bool,
    seconds: float = 120,
) -> list[Run]:
    """Run the plans in one job and return what happened.

    Args:
        plans: The runs.
        environment: Where the job runs, without operators so far.
        directory: For the notes.
        bounded: Whether the sources end by themselves.
        seconds: How long each of start, load and end may take.
    """
    bound = datetime.now(timezone.utc) + BOUND if bounded else None
    runs = [Run(plan, directory) for plan in plans]
    with ExitStack() as stack:
        for run in runs:
            stack.enter_context(run.stream)
            run.add_to(environment, bound)
        job = Job(environment)
        try:
            # Nothing crashes before every position is in a checkpoint that began after it.
            assert _wait(job, lambda: all(run.is_pinned() for run in runs), seconds), "no positions"
            wanted = job.completed_checkpoints() + 2
            assert _wait(job, lambda: job.completed_checkpoints() >= wanted, seconds), (
                "no checkpoint"
            )
            for run in runs:
                run.begin()
            settled = _wait(job, lambda: all(run.has_settled() for run in runs), seconds)
            for run in runs:
                run.end()
            if settled:
                settled = _wait(job, lambda: not any(run.unseen() for run in runs), seconds)
            if not settled:
                for run in runs:
                    run.job_state = _state(job)
            if settled and bounded:
                for run in runs:
                    run.pass_bound()
                job.wait(int(seconds))
        finally:
            job.end()
    return runs


def _state(job: Job) -> str:
    """Of a job that is not through in time: its tasks, checkpoints and last failure."""
    try:
        tasks = [
            {state: count for state, count in vertex["tasks"].items() if count}
            for vertex in job.rest()["vertices"]
        ]
        failure = str(job.rest("/exceptions").get("root-exception"))[:2_000]
        return f"tasks {tasks}, checkpoints {job.rest('/checkpoints')['counts']}, {failure}"
    except OSError as gone:
        return f"Flink does not answer: {gone}"


def _wait(job: Job, condition: Any, seconds: float) -> bool:
    """Wait for a condition; false when the time is over, for the judge to say what is missing."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if job.has_ended():
            job.wait()  # raises why
            return False
        with suppress(OSError):  # the cluster, which is asked, goes with the job
            if condition():
                return True
        time.sleep(0.1)
    return False
