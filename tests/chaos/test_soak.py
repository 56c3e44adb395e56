"""A long run with every fault that passes: nothing grows.

`--slow` runs it, `--soak-minutes N` sets its length.
"""

from __future__ import annotations

import faulthandler
import time
from contextlib import suppress
from dataclasses import replace
from statistics import median
from typing import NamedTuple

import pytest
from connections import open_connections
from flink_job import Job, numbers
from passing_faults import PASSING
from pyflink.java_gateway import get_gateway

from pyflink_dynamodb import DynamoDbSink, WriteRequest
from pyflink_dynamodb.testing import create_table, scan_items
from pyflink_dynamodb.testing.faulty_endpoint import FaultyEndpoint

SAMPLE_S = 10
KEYS, PER_SECOND, IN_FLIGHT = 300, 200, 8
# Each fault strikes every so many requests, which is about once in half a minute.
CYCLE = 1_000
MiB = 1024 * 1024
# In 20 minutes far less than would be held if a tenth of the writes were, 240,000 of some 700
# bytes each.
HEAP_SLACK = 16 * MiB
SLACK = 3


class Sample(NamedTuple):
    """What is in use at a moment."""

    heap: int
    threads: int
    connections: int
    buffered: float


def all_passing_faults():
    """Let the faults take turns."""
    script = []
    for position, (passing, _) in enumerate(PASSING.values()):
        (fault,) = passing
        if fault.limits.get("operation") is None:
            turns = range((position + 1) * CYCLE // (len(PASSING) + 1), 10_000_000, CYCLE)
            limits = {name: limit for name, limit in fault.limits.items() if name != "count"}
            if fault.name in ("outage", "expired_token"):
                limits["count"] = len(turns)
            fault = replace(fault, limits={**limits, "nth": turns})
        script.append(fault)
    return script


def put_or_delete():
    """Make the function that turns a number into a put and, every seventh time, into a delete."""

    # Within a function, so that it travels by value: a task cannot import this module.
    def write(text):
        number = int(text)
        key = {"pk": f"k{number % KEYS}"}
        if number % 7 == 0:
            return WriteRequest.delete(key)
        return WriteRequest.put({**key, "version": number, "text": "x" * 500})

    return write


def take_sample(job, port):
    runtime = get_gateway().jvm.java.lang.Runtime.getRuntime()
    management = get_gateway().jvm.java.lang.management.ManagementFactory
    buffered = job.metrics("soak").get("dynamodb.bufferedRecords", 0)
    runtime.gc()
    return Sample(
        runtime.totalMemory() - runtime.freeMemory(),
        management.getThreadMXBean().getThreadCount(),
        open_connections(port),
        buffered,
    )


@pytest.mark.slow
def test_nothing_grows_in_a_long_run(
    request, environment, dynamodb_local, tmp_path, capsys
) -> None:
    """Heap, threads and connections at the end are those after the start, and all is written."""
    faulthandler.cancel_dump_traceback_later()  # longer than pytest lets a test be silent
    minutes = request.config.getoption("--soak-minutes")
    count = int(minutes * 60 * PER_SECOND)
    client = dynamodb_local.client()
    create_table(client, "soak", "pk")
    samples = []
    with FaultyEndpoint(
        dynamodb_local.endpoint, all_passing_faults(), keep_requests=False
    ) as endpoint:
        port = int(endpoint.endpoint.rpartition(":")[2])
        env = environment(tmp_path, checkpoint_ms=1_000)
        sink = DynamoDbSink(
            "soak",
            dynamodb_properties={**dynamodb_local.properties, "aws.endpoint": endpoint.endpoint},
            max_batch_size=5,
            max_in_flight_requests=IN_FLIGHT,
            max_time_in_buffer_ms=100,
            request_timeout_ms=2_000,
            key_schema=["pk"],
        )
        stream = numbers(env, tmp_path, count, per_second=PER_SECOND).map(put_or_delete())
        stream.sink_to(sink).name("soak").uid("soak")
        job = Job(env)
        try:
            while not job.has_ended():
                time.sleep(SAMPLE_S)
                with suppress(OSError):  # Flink's REST API goes with the job
                    samples.append(take_sample(job, port))
            job.wait(1)
        finally:
            job.end()
        endpoint.wait_until_idle()
        record = endpoint.record
    found = {item["pk"]: item["version"] for item in scan_items(client, "soak")}

    # The first ones see classes being loaded and pools filling up.
    steady = samples[max(3, len(samples) // 4) :]
    quarter = max(1, len(steady) // 4)
    first = Sample(*map(median, zip(*steady[:quarter])))
    last = Sample(*map(median, zip(*steady[-quarter:])))
    with capsys.disabled():
        print(f"\n{count:,} writes, {sum(record.outcomes.values()):,} requests: {record.outcomes}")
        print("            heap after GC  threads  connections  buffered")
        for name, sample in (("start", samples[0]), ("first", first), ("last", last)):
            print(
                f"{name:10}  {sample.heap / MiB:10.1f} MB  {sample.threads:7.0f}  "
                f"{sample.connections:11.0f}  {sample.buffered:8.0f}"
            )
    assert last.heap <= first.heap + HEAP_SLACK
    assert last.threads <= first.threads + SLACK
    # There may be as many as calls in flight, and there are after each outage.
    assert last.connections <= max(first.connections, IN_FLIGHT) + SLACK
    assert max(sample.connections for sample in samples) <= 2 * IN_FLIGHT
    assert max(sample.buffered for sample in samples) < 10_000
    assert record.max_concurrency <= IN_FLIGHT
    assert record.overlaps == []
    struck = {fault.name for fault in endpoint.script} - {"delay", "late_answer"}
    assert struck - {"access_denied"} <= record.outcomes.keys(), "not every fault had its turn"
    model = {}
    for number in range(count):
        model[f"k{number % KEYS}"] = number if number % 7 else None
    assert found == {key: version for key, version in model.items() if version is not None}
