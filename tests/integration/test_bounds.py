"""Every bound holds at every moment, judged by what the endpoint received."""

from __future__ import annotations

import time

from flink_job import eventually, numbers
from pyflink.java_gateway import get_gateway

from pyflink_dynamodb.testing import FaultyEndpoint, faults

# What two busy cores may add to a delay.
PATIENCE_S = 1.0


def test_batches_and_requests_in_flight_stay_within_their_bounds(
    environment, submit, new_table, new_sink, dynamodb_local, tmp_path
) -> None:
    """Two sinks at slow endpoints of their own: one bound by numbers, the other by bytes."""
    count = 1_000
    slow = [faults.delay(0.05)]
    by_number, by_size = new_table(), new_table()
    env = environment()
    stream = numbers(env, tmp_path, count + 1, per_checkpoint=count)
    with (
        FaultyEndpoint(dynamodb_local.endpoint, slow) as first,
        FaultyEndpoint(dynamodb_local.endpoint, slow) as second,
    ):
        few = new_sink(
            by_number,
            first.endpoint,
            max_batch_size=10,
            max_in_flight_requests=4,
            max_buffered_requests=60,
        )
        stream.map(lambda n: {"pk": n}).sink_to(few).name("few")
        small = new_sink(
            by_size,
            second.endpoint,
            max_batch_size_in_bytes=100_000,
            max_record_size_in_bytes=50_000,
        )
        stream.map(lambda n: {"pk": n, "text": "x" * (20_000 if int(n) % 2 else 10)}).sink_to(
            small
        ).name("small")
        job = submit(env)
        buffered, in_flight = [], []

        def all_sent() -> bool:
            metrics = job.metrics("few")
            buffered.append(metrics.get("dynamodb.bufferedRecords", 0))
            in_flight.append(metrics.get("dynamodb.inFlightRequests", 0))
            return all(
                sum(size * times for size, times in endpoint.record.batch_sizes.items()) == count
                for endpoint in (first, second)
            )

        eventually(all_sent, "all records at both endpoints", seconds=60)
        assert first.record.max_batch_size == 10
        assert first.record.max_concurrency == 4
        assert max(in_flight) == 4, "what the writer counts, ahead of its connections"
        assert 10 < max(buffered) <= 60
        assert second.record.max_bytes <= 100_000
        assert second.record.max_batch_size > 4, "small records fill a batch by number"
        assert 4 < second.record.max_concurrency <= 50


def test_a_lone_record_is_sent_in_time(
    environment, submit, new_table, new_sink, endpoint, tmp_path
) -> None:
    """The source stays open and silent after it; no checkpoint helps."""
    env = environment(options={"python.fn-execution.bundle.time": "100"})
    stream = numbers(env, tmp_path, count=2, per_checkpoint=1)
    records = stream.map(lambda n: {"pk": n, "emitted": time.monotonic()})
    records.sink_to(new_sink(new_table(), endpoint.endpoint, max_time_in_buffer_ms=1_000))
    submit(env)

    (request,) = eventually(lambda: endpoint.record.batch_writes, "the record")
    (write,) = request.writes
    waited = request.started - float(write.item["emitted"]["N"])
    assert waited < 1.1 + PATIENCE_S


def test_no_record_waits_longer_because_others_follow(
    environment, submit, new_table, new_sink, endpoint, tmp_path
) -> None:
    """One record every 200 ms: the time counts for the oldest, not for the newest."""
    count = 30
    env = environment(checkpoint_ms=200)
    stream = numbers(env, tmp_path, count, per_checkpoint=1)
    records = stream.map(lambda n: {"pk": n, "emitted": time.monotonic()})
    records.sink_to(new_sink(new_table(), endpoint.endpoint, max_time_in_buffer_ms=500))
    submit(env).wait()

    waits = [
        request.started - float(write.item["emitted"]["N"])
        for request in endpoint.record.batch_writes
        for write in request.writes
    ]
    assert len(waits) == count
    assert max(waits) < 0.5 + PATIENCE_S


def test_the_buffer_holds_no_more_bytes_than_it_may(
    environment, submit, new_sink, tmp_path
) -> None:
    """Large items come faster than a slow endpoint takes them; the excess waits outside the heap.

    Without the bound the buffer takes 10,000 of them, 3 GB.
    """
    bound, large = 8 * 1024 * 1024, 300_000
    slack = 64 * 1024 * 1024
    runtime = get_gateway().jvm.java.lang.Runtime.getRuntime()

    def used_heap() -> int:
        runtime.gc()
        return runtime.totalMemory() - runtime.freeMemory()

    env = environment(options={"python.fn-execution.bundle.size": "10"})
    stream = numbers(env, tmp_path, count=100_000, per_checkpoint=100_000)
    records = stream.map(lambda n: {"pk": n, "text": "x" * large})
    with FaultyEndpoint(
        tables={"large-items": {"pk": "S"}}, script=[faults.delay(0.5)], keep_requests=False
    ) as endpoint:
        sink = new_sink(
            "large-items", endpoint.endpoint, max_buffered_bytes=bound, max_in_flight_requests=1
        )
        records.sink_to(sink).name("sink")
        heap_before = used_heap()
        job = submit(env)
        held, heap = [], []

        def received(count: int) -> bool:
            held.append(job.metrics("sink").get("dynamodb.bufferedBytes", 0))
            sizes = endpoint.record.batch_sizes
            return sum(size * times for size, times in sizes.items()) >= count

        for count in (50, 100, 150, 200):
            eventually(lambda count=count: received(count), f"{count} items received", seconds=60)
            heap.append(used_heap() - heap_before)
    print(f"held {max(held):,.0f} of {bound:,} bytes; heap grew by {max(heap):,} bytes")
    assert bound / 2 < max(held) <= bound
    assert max(heap) < bound + slack


def test_a_buffer_smaller_than_a_batch_does_not_wait_for_it_to_fill(
    environment, submit, new_table, new_sink, items
) -> None:
    """Three items fill the buffer, 25 a batch, and the time in the buffer is ten minutes."""
    table = new_table()
    env = environment()
    stream = env.from_collection(list(range(12)))
    sink = new_sink(table, max_buffered_bytes=1024 * 1024, max_time_in_buffer_ms=600_000)
    stream.map(lambda n: {"pk": str(n), "text": "x" * 300_000}).sink_to(sink)
    submit(env).wait(60)
    assert {item["pk"] for item in items(table)} == {str(n) for n in range(12)}
