"""What the writer counts, as read in Flink's REST API."""

from __future__ import annotations

import orjson
from flink_job import eventually, numbers
from sink_metrics import metric_names_of_the_page, settled

from pyflink_dynamodb import RejectionPolicy
from pyflink_dynamodb.testing import FaultyEndpoint, faults

POISON = "k13"
LARGE = "x" * 2_500
# Outcomes after which DynamoDB has said what it used.
SUCCEEDED = ("ok", "unprocessed")
THROTTLED = ("throttle", "throughput_exceeded", "unprocessed")


def sizes(writes) -> list[int]:
    """Bytes of each write as it was sent."""
    return [len(orjson.dumps(write.to_request())) for write in writes]


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

    quiet = {
        "dynamodb.throttledRequests": 0,
        "dynamodb.retriedRecords": 0,
        "dynamodb.bufferedRecords": 0,
        "dynamodb.bufferedBytes": 0,
        "dynamodb.inFlightRequests": 0,
    }
    plain_metrics = settled(
        job,
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
        job,
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


def test_metrics_under_faults_are_what_the_endpoint_saw(
    environment, submit, new_table, new_sink, endpoint, dynamodb_local, tmp_path
) -> None:
    """Every metric of the page: computed from the record, and listed where the web page looks.

    One sink delivers every write: 200 versions of 40 keys of which the service refuses one, and
    a record without a key. Another overwrites.
    """
    count, keys = 200, 40
    script = [
        faults.delay((0.01, 0.05)),
        faults.poison(POISON),
        faults.throttle(nth=(2, 6)),
        faults.throughput_exceeded(nth=4),
        faults.internal_error(nth=8),
        faults.reset(nth=9),
        faults.expired_token(nth=10),
        faults.unprocessed(0.2),
    ]
    endpoint.script = script
    with FaultyEndpoint(dynamodb_local.endpoint, script[2:]) as second:
        env = environment()
        stream = numbers(env, tmp_path, 2 * count, per_checkpoint=count + 1).map(int)
        every = new_sink(
            new_table(),
            endpoint.endpoint,
            max_batch_size=10,
            max_in_flight_requests=1,  # so the last answer is that of the last request
            max_time_in_buffer_ms=100,
            rejection_policy=RejectionPolicy.skip(),
            report_consumed_capacity=True,
        )
        text = {True: LARGE, False: "small"}
        writes = stream.map(
            lambda n: {"pk": f"k{n % keys}", "version": n, "text": text[n % 10 == 0]} if n else {}
        )
        writes.sink_to(every).name("every")
        newest = new_sink(
            new_table(),
            second.endpoint,
            max_batch_size=10,
            overwrite_by_partition_keys=["pk"],
            max_time_in_buffer_ms=100,
        )
        versions = stream.map(lambda n: {"pk": f"k{n % keys}", "version": n})
        versions.sink_to(newest).name("newest")
        job = submit(env)
        for name in ("every", "newest"):
            eventually(
                lambda name=name: (
                    (found := job.metrics(name)).get("numRecordsIn") == count + 1
                    and found["dynamodb.bufferedRecords"] == 0
                ),
                f"nothing left at '{name}'",
            )

        requests = endpoint.record.batch_writes
        refused = [r for r in requests if r.outcome == "poison"]
        alone = sum(len(r.keys) == 1 for r in refused)
        batches = [len(r.keys) for r in requests]
        retried = sum(
            len(r.keys) - (len(r.applied) if r.outcome in SUCCEEDED else 0) for r in requests
        )
        assert {r.outcome for r in requests} == {
            *(*SUCCEEDED, *THROTTLED),
            *("poison", "internal_error", "reset", "expired_token"),
        }
        found = settled(
            job,
            "every",
            {
                "numRecordsSend": sum(batches),
                "numBytesSend": sum(sum(sizes(r.writes)) for r in requests),
                "numRecordsSendErrors": alone + 1,
                "dynamodb.requests": len(requests),
                "dynamodb.throttledRequests": sum(r.outcome in THROTTLED for r in requests),
                "dynamodb.retriedRecords": retried - alone,
                "dynamodb.supersededRecords": 0,
                "dynamodb.rejectedRecords": alone + 1,
                "dynamodb.bufferedRecords": 0,
                "dynamodb.bufferedBytes": 0,
                "dynamodb.inFlightRequests": 0,
                "dynamodb.recordsPerRequest_mean": sum(batches) / len(batches),
                "dynamodb.recordsPerRequest_max": max(batches),
                "dynamodb.recordsPerRequest_min": min(batches),
                "dynamodb.recordsPerRequest_median": sorted(batches)[(len(batches) - 1) // 2],
                "dynamodb.consumedWriteCapacityUnits": sum(
                    3 if write.item["text"]["S"] == LARGE else 1
                    for r in requests
                    if r.outcome in SUCCEEDED
                    for write in r.applied_writes
                ),
            },
        )
        # What the writer measured is what the endpoint did, and the way there and back.
        took = [int((r.ended - r.started) * 1_000) for r in requests]
        assert found["currentSendTime"] >= took[-1]
        assert found["dynamodb.requestLatencyMs_max"] >= max(took)
        assert found["dynamodb.requestLatencyMs_min"] >= min(took)
        assert found["dynamodb.requestLatencyMs_max"] >= found["currentSendTime"]

        sent = second.record.batch_writes
        settled(
            job,
            "newest",
            {
                "dynamodb.requests": len(sent),
                "dynamodb.rejectedRecords": 0,
                # Each write was sent to the end or gave way to a newer one.
                "dynamodb.supersededRecords": count
                + 1
                - sum(len(r.applied) for r in sent if r.outcome in SUCCEEDED),
            },
        )
        listed = job.metric_names("every")
        for name in metric_names_of_the_page():
            assert any(each.split("_")[0] == name for each in listed), name


def test_gauges_tell_what_is_held_and_what_is_under_way(
    environment, submit, new_table, new_sink, endpoint, tmp_path
) -> None:
    """While no answer comes."""
    endpoint.script = [faults.outage(600, hang=True)]
    env = environment()
    stream = numbers(env, tmp_path, count=100, per_checkpoint=35)
    sink = new_sink(
        new_table(),
        endpoint.endpoint,
        max_batch_size=10,
        max_in_flight_requests=2,
        max_time_in_buffer_ms=100,
    )
    stream.map(lambda text: {"pk": text}).sink_to(sink).name("held")
    job = submit(env)
    eventually(lambda: len(endpoint.record.batch_writes) == 2, "two requests under way")
    sent = [size for request in endpoint.record.batch_writes for size in sizes(request.writes)]
    held = [len(orjson.dumps({"PutRequest": {"Item": {"pk": {"S": str(n)}}}})) for n in range(35)]
    settled(
        job,
        "held",
        {
            "dynamodb.bufferedRecords": 35,
            "dynamodb.bufferedBytes": sum(held),
            "dynamodb.inFlightRequests": 2,
            "dynamodb.requests": 2,
            "dynamodb.requestLatencyMs_max": 0,
            "numRecordsSend": len(sent),
            "numBytesSend": sum(sent),
        },
    )
    assert len(endpoint.record.batch_writes) == endpoint.record.max_concurrency == 2
