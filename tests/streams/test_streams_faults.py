"""What calls may come to while a job reads: it costs time only, or fails the job with a reason."""

from __future__ import annotations

import pytest
from writing import Writer

from pyflink_dynamodb.testing import ScriptedStream, faults


def test_expired_iterators_are_renewed_where_they_were(read) -> None:
    """By age, since they wait longer than they live, and all at once, over and over."""
    slow = {"flink.dynamodbstreams.getrecords.empty.mindelay": "1 s"}
    with ScriptedStream(shards=2, iterator_life_s=0.6) as stream:
        write = Writer(stream)
        reading = read(stream, config=slow)
        # Iterators that nobody has asked for yet cannot expire.
        write(20)
        reading.wait_for()
        for _ in range(10):
            write(20, seconds=0.4)
            stream.expire_iterators()
        reading.wait_for()
        assert stream.calls.outcomes()["ExpiredIteratorException"] > 0
        reading.finish()


@pytest.mark.parametrize(
    "fault",
    [faults.limit_exceeded, faults.throughput_exceeded, faults.throttle],
    ids=lambda fault: fault.__name__,
)
def test_throttling_costs_nothing_but_time(read, fault) -> None:
    """Of every operation, half of the calls, more often in a row than there are retries."""
    script = [fault(share=0.5, operation=None), fault(nth=range(5, 15))]
    few = {"flink.dynamodbstreams.numretries": "3"}
    with ScriptedStream(shards=2, script=script) as stream:
        write = Writer(stream)
        reading = read(stream, config=few)
        write(200, seconds=2)
        stream.split(stream.shards()[0])
        write(100)
        reading.wait_for()
        reading.finish()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([faults.internal_error(share=0.4, operation=None)], id="500"),
        pytest.param([faults.internal_error(share=0.4, status=503)], id="503"),
        pytest.param([faults.reset(share=0.4, operation=None)], id="reset"),
        pytest.param([faults.outage(1.5, nth=5)], id="refused"),
        pytest.param([faults.malformed_json(share=0.4)], id="malformed"),
        pytest.param([faults.delay((0.0, 0.5), share=0.5, operation=None)], id="slow"),
    ],
)
def test_faults_that_pass_cost_nothing_but_time(read, script) -> None:
    """The job does not even restart."""
    with ScriptedStream(shards=2, script=script) as stream:
        write = Writer(stream)
        reading = read(stream)
        write(200, seconds=2)
        stream.split(stream.shards()[0])
        write(100)
        reading.wait_for()
        reading.finish()


@pytest.mark.parametrize("operation", ["GetRecords", "GetShardIterator", "DescribeStream"])
def test_a_fault_that_does_not_pass_fails_the_job_after_the_retries(read, operation) -> None:
    """The number of retries holds for whoever makes the call, and is not tried anew."""
    few = {"flink.dynamodbstreams.numretries": "3"}
    with ScriptedStream(script=[faults.internal_error(operation=operation)]) as stream:
        Writer(stream)(5)
        reading = read(stream, config=few)
        assert "InternalServerError" in reading.failure()
        assert 3 <= len(stream.calls.of(operation)) <= 4


@pytest.mark.parametrize("operation", ["GetRecords", "DescribeStream"])
def test_a_refusal_fails_the_job_at_once(read, operation) -> None:
    """Nobody is going to allow it while the job tries again."""
    with ScriptedStream(script=[faults.access_denied(operation=operation)]) as stream:
        Writer(stream)(5)
        reading = read(stream)
        assert operation in reading.failure()
        assert len(stream.calls.of(operation)) == 1


@pytest.mark.parametrize("backlog", [0, 8_000], ids=["the tip", "a backlog"])
def test_a_shard_is_asked_five_times_a_second_at_most(read, backlog) -> None:
    """Also behind full pages, and with no delay between pages at all."""
    eager = {
        "flink.dynamodbstreams.getrecords.empty.mindelay": "1 ms",
        "flink.dynamodbstreams.getrecords.nonempty.mindelay": "1 ms",
    }
    with ScriptedStream(shards=1 if backlog else 4) as stream:
        write = Writer(stream)
        write(backlog)
        reading = read(stream, config=eager)
        write(400, seconds=4)
        reading.wait_for()
        busiest = stream.calls.busiest(0.95)
        assert busiest.keys() == set(stream.shards())
        assert all(3 <= count <= 5 for count in busiest.values()), busiest
        reading.finish()
