"""What the source says of itself while it reads."""

from __future__ import annotations

import time

from flink_job import eventually
from writing import Writer, ago

from pyflink_dynamodb.testing import ScriptedStream, faults


def test_metrics_count_calls_and_records(read) -> None:
    """Of two shards, at an endpoint that throttles and fails now and then."""
    script = [faults.limit_exceeded(share=0.2), faults.internal_error(share=0.2)]
    with ScriptedStream(shards=2, script=script) as stream:
        write = Writer(stream)
        reading = read(stream)
        write(100, seconds=3)
        reading.wait_for()
        eventually(lambda: reading.metric("dynamodb.openShards") == 2, "both shards")
        eventually(lambda: reading.metric("dynamodb.pages") > 10, "the pages")
        eventually(lambda: reading.metric("dynamodb.throttledRequests") > 0, "a throttled call")
        eventually(lambda: reading.metric("dynamodb.retriedRequests") > 0, "a failed call")
        assert reading.metric("dynamodb.dataLosses") == 0
        stream.rotate(stream.shards()[0])
        reading.finish()


def test_the_lag_is_the_age_of_what_was_read_last_until_the_tip_is_reached(read) -> None:
    """Nobody asks again for a while, and then finds nothing."""
    patient = {"flink.dynamodbstreams.getrecords.nonempty.mindelay": "5 s"}
    with ScriptedStream(clock=ago(3_600)) as stream:
        Writer(stream)(20)
        stream.clock = time.time
        reading = read(stream, config=patient)
        reading.wait_for()
        hour = 3_600_000
        eventually(
            lambda: hour - 60_000 < reading.metric("millisBehindLatest") < hour + 60_000,
            "an hour behind",
        )
        eventually(lambda: reading.metric("millisBehindLatest") == 0, "the tip")
        reading.finish()
