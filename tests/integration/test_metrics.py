"""What the writer counts, as read in Flink's REST API."""

from __future__ import annotations

from contextlib import suppress

from flink_job import eventually, numbers

from pyflink_dynamodb import RejectionPolicy


def test_the_metrics_of_a_writer(environment, submit, new_table, new_sink, tmp_path) -> None:
    """60 good records and one bad one in one sink, 20 versions of one key in another.

    The source stays open, for the metrics of a job go with it.
    """
    env = environment()
    stream = numbers(env, tmp_path, count=100, per_checkpoint=61).map(int)
    plain = new_sink(
        new_table(key_types={"pk": "N"}),
        max_time_in_buffer_ms=1_500,
        rejection_policy=RejectionPolicy.skip(),
        report_consumed_capacity=True,
    )
    stream.map(lambda n: {"pk": n} if n else {}).sink_to(plain).name("plain")
    overwriting = new_sink(
        new_table(), max_time_in_buffer_ms=1_500, overwrite_by_partition_keys=["pk"]
    )
    versions = stream.filter(lambda n: n < 20).map(lambda n: {"pk": "same", "version": n})
    versions.sink_to(overwriting).name("newest")
    job = submit(env)

    def settled(sink: str, expected: dict[str, float]) -> dict[str, float]:
        found: dict[str, float] = {}

        def as_expected() -> bool:
            found.update(job.metrics(sink))
            return expected.items() <= found.items()

        with suppress(AssertionError):  # the comparison says more than the deadline does
            eventually(as_expected, "the metrics")
        assert {name: found.get(name) for name in expected} == expected
        return found

    quiet = {
        "dynamodb.throttledRequests": 0,
        "dynamodb.retriedRecords": 0,
        "dynamodb.bufferedRecords": 0,
        "dynamodb.bufferedBytes": 0,
        "dynamodb.inFlightRequests": 0,
    }
    plain_metrics = settled(
        "plain",
        {
            **quiet,
            "numRecordsSend": 60,
            "numRecordsSendErrors": 1,
            "dynamodb.requests": 3,
            "dynamodb.recordsPerRequest_max": 25,
            "dynamodb.recordsPerRequest_min": 10,
            "dynamodb.consumedWriteCapacityUnits": 60,
            "dynamodb.rejectedRecords": 1,
            "dynamodb.supersededRecords": 0,
        },
    )
    assert plain_metrics["numBytesSend"] >= 60 * len('{"PutRequest":{"Item":{"pk":{"N":"1"}}}}')
    assert plain_metrics["currentSendTime"] >= 0
    assert plain_metrics["dynamodb.requestLatencyMs_max"] > 0
    settled(
        "newest",
        {
            **quiet,
            "numRecordsSend": 1,
            "numRecordsSendErrors": 0,
            "dynamodb.requests": 1,
            "dynamodb.rejectedRecords": 0,
            "dynamodb.supersededRecords": 19,
        },
    )
