"""A table that a job on the cluster fills with versions of its keys, and how to judge it."""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from types import TracebackType

from chaos_job import Control, settle
from chaos_judge import Run, problems
from flink_job import WatchedJob, eventually
from session_cluster import SessionCluster
from versions_job import NAME, versions

from pyflink_dynamodb.testing import DynamoDbLocal, FaultyEndpoint, create_table, scan_items
from pyflink_dynamodb.testing.faults import Fault

TESTS = Path(__file__).parents[1]


class AttemptsByHand(Control):
    """Is told by the test when an attempt begins.

    Not by the job: a Python worker opens its functions at the first element only, and by then the
    writer may have sent what it was restored with.
    """

    def answer(self, index: int, question: str, element: int = -1) -> int:
        if question == "resumed":
            # A worker may make the function anew, which then takes its next element for its first.
            run, _ = self._runs[index]
            run.resumed.setdefault(len(run.opened), element)
        return -1

    def begin(self) -> None:
        """Wait until nothing of the attempt before is under way, and begin the next."""
        super().answer(0, "open")


class Versions:
    """The job of `versions_job.py` with a table and an endpoint, across all its attempts.

    Args:
        cluster: Where it runs.
        dynamodb_local: Where the table is.
        directory: For the job's input, which has to stay for a restore.
        count: Writes in all.
        script: What the endpoint does to requests.
        sink_parallelism: Writers.
        pace: `per_second` or `per_checkpoint`, see `numbers`.

    Attributes:
        endpoint: What the job writes through.
        run: What happened, for the judge.
    """

    def __init__(
        self,
        cluster: SessionCluster,
        dynamodb_local: DynamoDbLocal,
        directory: Path,
        count: int,
        script: list[Fault],
        sink_parallelism: int = 1,
        **pace: float,
    ) -> None:
        self._cluster = cluster
        self._client = dynamodb_local.client()
        self.endpoint = FaultyEndpoint(dynamodb_local.endpoint, script)
        table = f"{NAME}-{uuid.uuid4().hex[:8]}"
        create_table(self._client, table, "pk")
        self.run = Run(versions(count, sink_parallelism), table, self.endpoint.record)
        self._control = AttemptsByHand()
        self._settings = {
            "table": table,
            "properties": dynamodb_local.properties,
            "directory": str(directory),
            "count": count,
            "sink_parallelism": sink_parallelism,
            "pace": pace,
        }

    def __enter__(self) -> Versions:
        self.endpoint.start()
        self._settings["properties"] = {
            **self._settings["properties"],
            "aws.endpoint": self.endpoint.endpoint,
        }
        self._settings["control"] = self._control.add(self.run, self.endpoint)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._cluster.cancel_all()
        self._control.stop()
        self.endpoint.stop()
        self._client.delete_table(TableName=self.run.table)

    def begin_attempt(self) -> None:
        """Tell the judge that what the endpoint sees from now on is sent by another attempt."""
        self._control.begin()

    def submit(self, *options: str) -> WatchedJob:
        """Submit the job with `flink run` and wait until its tasks run."""
        self.begin_attempt()
        output = self._cluster.flink(
            *("run", "--detached", *options),
            *("--pyExecutable", sys.executable, "--pyClientExecutable", sys.executable),
            # What the program imports, and what its tasks do.
            *("--pyFiles", f"{TESTS / 'chaos'},{TESTS / 'integration'}"),
            *("--python", TESTS / "cluster" / "versions_job.py"),
            json.dumps(self._settings),
        )
        (job_id,) = re.findall(r"JobID ([0-9a-f]{32})", output)
        job = WatchedJob(self._cluster.url, job_id)
        eventually(job.all_tasks_run, "all tasks running", seconds=60)
        return job

    def wait_for(self, writes: int) -> None:
        """Wait until the endpoint has seen so many writes of this attempt."""
        requests = self.run.opened[-1]
        record = self.endpoint.record

        def seen() -> bool:
            attempt = record.batch_writes[requests:]
            return sum(len(request.keys) for request in attempt) >= writes

        eventually(seen, f"{writes} writes", seconds=60)

    def restored_writes(self, attempt: int) -> int:
        """How many writes an attempt sent of before its source resumed: from the sink's state."""
        return sum(
            int(str(write.item["version"]["N"])) < self.run.resumed[attempt]
            for request in self.endpoint.record.batch_writes
            if self.run.attempt_of(request) == attempt
            for write in request.writes
        )

    def judge(self) -> list[str]:
        """Everything that is wrong: writes lost, stale, or out of their key's order."""
        settle(self.endpoint)
        self.run.items = scan_items(self._client, self.run.table)
        return list(problems(self.run))
