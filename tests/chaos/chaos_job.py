"""Chaos runs as a Flink job: several side by side, each with a table and an endpoint of its own.

They crash together. Flink could restart a run alone, but while one has failed and another has
finished, it may take a checkpoint in which both have finished (FLINK-40482), and the failed one
loses the rest of its elements.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chaos_judge import Run
from chaos_plan import Plan
from crashing import Crashing
from flink_job import Job, numbers
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import DynamoDbSink, RejectionPolicy
from pyflink_dynamodb.testing import create_table, scan_items
from pyflink_dynamodb.testing.dynamodb_local import DynamoDbLocal
from pyflink_dynamodb.testing.faulty_endpoint import FaultyEndpoint

# DescribeTable meets an outage too, and each time it does costs the job a restart.
RESTARTS_BY_OUTAGE = 5


class Control:
    """Tells `Crashing` over HTTP when to crash, and holds an attempt up until it may begin.

    What a crashed attempt had under way may still be applied, and no client can do anything
    about that. In these runs the next attempt begins when nothing is left of the one before.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[Run, FaultyEndpoint]] = []
        control = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _, index, question, *rest = self.path.split("/")
                answer = control.answer(int(index), question, *map(int, rest))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(str(answer).encode())

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def add(self, run: Run, endpoint: FaultyEndpoint) -> str:
        """Take in a run and return where it asks."""
        self._runs.append((run, endpoint))
        return f"http://127.0.0.1:{self._server.server_port}/{len(self._runs) - 1}"

    def answer(self, index: int, question: str, element: int = -1) -> int:
        run, endpoint = self._runs[index]
        if question == "resumed":
            run.resumed[len(run.opened)] = element
        elif question == "crashed":
            run.crashes += 1
        else:
            if run.opened:
                settle(endpoint)
            run.opened.append(len(endpoint.record.requests))
            run.opened_at.append(time.monotonic())
        return next(iter(run.plan.crashes[run.crashes :]), -1)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def settle(endpoint: FaultyEndpoint) -> None:
    """Wait until nothing of the clients that have gone is under way.

    A request can be in the kernel and not yet seen. One that is sent after it is seen after it.
    """
    endpoint.wait_until_idle()
    while True:
        connection = http.client.HTTPConnection(urlsplit(endpoint.endpoint).netloc, timeout=30)
        try:
            connection.request("POST", "/", b"{}")
            connection.getresponse().read()
            break
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)  # an outage
        finally:
            connection.close()
    endpoint.wait_until_idle()


def run_job(
    plans: Sequence[Plan],
    environment: StreamExecutionEnvironment,
    dynamodb_local: DynamoDbLocal,
    directory: Path,
    seconds: int,
    started: list[Run] | None = None,
) -> list[Run]:
    """Run the plans in one job and return what happened.

    Args:
        plans: The runs.
        environment: Where the job runs, without operators so far.
        dynamodb_local: Where the tables are.
        directory: For files of the runs.
        seconds: How long the job may take.
        started: Takes the runs in before the job starts, for one that fails.
    """
    client = dynamodb_local.client()
    control = Control()
    runs = [] if started is None else started
    endpoints = []
    with ExitStack() as stack:
        stack.callback(control.stop)
        for plan in plans:
            run = Run(plan, table=f"chaos-{plan.seed}-{uuid.uuid4().hex[:8]}", record=None)
            create_table(client, run.table, *plan.key_types, key_types=plan.key_types)
            endpoint = stack.enter_context(
                FaultyEndpoint(
                    dynamodb_local.endpoint,
                    plan.script,
                    seed=plan.seed,
                    tables={run.table: plan.key_types},
                )
            )
            run.record = endpoint.record
            crashing = Crashing(control.add(run, endpoint), plan.elements)
            name = f"run-{plan.seed}"
            source = numbers(environment, directory, len(plan.elements), plan.per_checkpoint)
            stream = source.uid(f"{name}-source").map(crashing).uid(f"{name}-crashing")
            properties = {**dynamodb_local.properties, "aws.endpoint": endpoint.endpoint}
            options = {**plan.options, "rejection_policy": _policy(plan, directory)}
            sink = DynamoDbSink(run.table, dynamodb_properties=properties, **options)
            stream.sink_to(sink).name(name).uid(name).set_parallelism(plan.sink_parallelism)
            runs.append(run)
            endpoints.append(endpoint)
        job = Job(environment)
        try:
            job.wait(seconds)
        finally:
            job.end()
        for run, endpoint in zip(runs, endpoints):
            endpoint.wait_until_idle()
            run.items = scan_items(client, run.table)
            run.dead_letters = [
                json.loads(line)
                for file in (directory / f"letters-{run.plan.seed}").glob("*.jsonl")
                for line in file.read_text(encoding="utf-8").splitlines()
            ]
            client.delete_table(TableName=run.table)
    return runs


def _policy(plan: Plan, directory: Path) -> RejectionPolicy:
    kind: Any = plan.options.get("rejection_policy", "fail")
    if kind == "dead_letter":
        return RejectionPolicy.dead_letter(directory / f"letters-{plan.seed}")
    return RejectionPolicy(kind)
