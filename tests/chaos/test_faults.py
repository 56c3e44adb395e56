"""Every fault by its name: what a job makes of it, judged by what the endpoint received."""

from __future__ import annotations

import statistics
import time
from collections import Counter

import pytest
from chaos_job import run_job
from chaos_judge import problems
from chaos_plan import Plan, PlannedWrite, updates
from explanation import Given
from flink_job import Job, eventually, numbers
from passing_faults import PASSING
from py4j.protocol import Py4JJavaError
from pyflink.java_gateway import get_gateway

from pyflink_dynamodb import DynamoDbSink, WriteRequest
from pyflink_dynamodb.testing import create_table, faults, scan_items
from pyflink_dynamodb.testing.faulty_endpoint import FaultyEndpoint

PRIVATE = "4111-1111-1111-1111"
# What a busy machine may add to a time.
PATIENCE_S = 10


@pytest.fixture(scope="module")
def passed(environment, dynamodb_local, tmp_path_factory):
    """Run one job in which every fault that passes has a sink and an endpoint of its own."""
    directory = tmp_path_factory.mktemp("passing")
    plans = [
        updates(number, script, max_time_in_buffer_ms=100, **options)
        for number, (script, options) in enumerate(PASSING.values())
    ]
    runs = run_job(plans, environment(directory), dynamodb_local, directory, seconds=300)
    return dict(zip(PASSING, runs))


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_nothing_but_time(name, passed) -> None:
    """All writes arrive, in order per key, never a key in two requests, no job fails."""
    run = passed[name]
    struck = Counter(fault for request in run.record.requests for fault in request.faults)
    assert struck[run.plan.script[0].name] > 0, "the fault never struck"
    assert list(problems(run)) == []
    if run.plan.answers_may_be_lost:
        return
    sent = sum(len(request.keys) for request in run.record.batch_writes)
    wanted = len(run.plan.writes)
    confirmed = {"ok", "unprocessed", "missing_entry"}
    failed = sum(
        len(request.keys) - len(request.applied) * (request.outcome in confirmed)
        for request in run.record.batch_writes
    )
    assert sent - wanted == failed, "what had not failed was sent again, or the reverse"


def test_every_write_is_sent_or_the_newest_in_fewer_requests(
    environment, dynamodb_local, tmp_path
) -> None:
    """What `overwrite_by_partition_keys` changes."""
    script = [faults.delay((0, 0.02)), faults.unprocessed(0.1)]
    plans = [
        updates(0, script, 2_000, keys=20),
        updates(1, script, 2_000, keys=20, overwrite_by_partition_keys=["pk"]),
    ]
    runs = run_job(plans, environment(tmp_path), dynamodb_local, tmp_path, seconds=120)
    for run in runs:
        assert list(problems(run)) == []
    sent = [
        {
            write.item["version"]["N"]
            for request in run.record.batch_writes
            for write in request.writes
        }
        for run in runs
    ]
    assert len(sent[0]) == 2_000
    assert 20 <= len(sent[1]) < 1_000
    assert 2 * len(runs[1].record.batch_writes) < len(runs[0].record.batch_writes)


def test_a_write_that_fails_again_and_again_is_tried_ever_more_rarely(
    environment, dynamodb_local, tmp_path
) -> None:
    """A hot key waits longer after every failure, and the other keys do not wait for it.

    Its random waits of at most 50, 100, 200, ... ms fill four seconds by the eighth on average.
    Without them the key would be tried a hundred times.
    """
    struck: list[float] = []

    def hot(key) -> bool:
        if key != ("k0",):
            return False
        struck.append(time.monotonic())
        return struck[-1] < struck[0] + 4

    plan = updates(0, [faults.unprocessed(key=hot)], count=50, keys=50, max_time_in_buffer_ms=50)
    (run,) = run_job([plan], environment(tmp_path), dynamodb_local, tmp_path, seconds=180)
    assert list(problems(run)) == []
    tries = [request for request in run.record.batch_writes if ("k0",) in request.keys]
    assert 3 < len(tries) < 25
    others = [r for r in run.record.batch_writes if set(r.keys) - {("k0",)}]
    assert max(r.applied_at for r in others) < tries[-1].started


def test_a_table_that_throttles_gets_fewer_calls_at_once(
    environment, dynamodb_local, tmp_path
) -> None:
    """And one that does not gets as many as it may: 30 here."""
    calls = {"max_in_flight_requests": 30, "max_batch_size": 5}
    plans = [
        updates(0, [faults.delay(0.05)], count=1_500, keys=1_500, **calls),
        updates(1, [faults.delay(0.05), faults.unprocessed(0.3)], count=1_500, keys=1_500, **calls),
    ]
    runs = run_job(plans, environment(tmp_path), dynamodb_local, tmp_path, seconds=180)
    at_once = []
    for run in runs:
        assert list(problems(run)) == []
        sent = [request.concurrency for request in run.record.batch_writes]
        at_once.append(statistics.median(sent[len(sent) // 4 : -len(sent) // 4]))
    free, throttled = at_once
    assert throttled < free / 2


def test_order_per_key_when_the_sink_has_more_parts_than_the_stream(
    environment, dynamodb_local, tmp_path
) -> None:
    """Without `shuffle_by_key` the three writers would get a key's versions in turn."""
    plans = [
        updates(
            number,
            [faults.delay((0, 0.05)), faults.unprocessed(0.1)],
            count=3_000,
            keys=50,
            sink_parallelism=3,
            shuffle_by_key=True,
            max_time_in_buffer_ms=50,
            **options,
        )
        for number, options in enumerate(
            [{"key_schema": ["pk"]}, {"overwrite_by_partition_keys": ["pk"]}]
        )
    ]
    for run in run_job(plans, environment(tmp_path), dynamodb_local, tmp_path, seconds=300):
        assert list(problems(run)) == []


@pytest.mark.parametrize("flush", [True, False])
def test_a_checkpoint_with_flush_has_everything_before_it_in_the_table(
    flush, environment, dynamodb_local, tmp_path
) -> None:
    """A savepoint too; without the flush it carries the writes, and the table has none.

    Nothing else sends anything: even the elements that come after it make no full batch, and a
    batch may wait for ten minutes.
    """
    count, table = 10, f"flush-{flush}".lower()
    client = dynamodb_local.client()
    create_table(client, table, "pk")
    env = environment(tmp_path)
    stream = numbers(env, tmp_path, 10 * count, per_checkpoint=count).map(lambda n: {"pk": n})
    script = [faults.delay(0.1), faults.unprocessed(0.2), faults.throttle(nth=1)]
    with FaultyEndpoint(dynamodb_local.endpoint, script) as endpoint:
        sink = DynamoDbSink(
            table,
            dynamodb_properties={**dynamodb_local.properties, "aws.endpoint": endpoint.endpoint},
            max_time_in_buffer_ms=600_000,
            flush_on_checkpoint=flush,
        )
        stream.sink_to(sink).name("sink")
        job = Job(env)
        try:
            eventually(
                lambda: job.metrics("sink").get("numRecordsIn") == count, "all at the writer"
            )
            assert endpoint.record.batch_writes == []
            job.savepoint(tmp_path / "savepoints")
            found = {item["pk"] for item in scan_items(client, table)}
        finally:
            job.end()
    assert found == ({str(n) for n in range(count)} if flush else set())


def test_throttling_sweep(environment, dynamodb_local, tmp_path, capsys) -> None:
    """With more and more items unprocessed everything arrives, and the heap stays as it is."""
    count, slack = 4_000, 48 * 1024 * 1024
    client = dynamodb_local.client()
    runtime = get_gateway().jvm.java.lang.Runtime.getRuntime()
    rows = []
    for percent in (0, 5, 10, 20, 30):
        table = f"sweep-{percent}"
        create_table(client, table, "pk")
        # One element is left over, so the job stays open and its metrics can be read.
        env = environment(tmp_path)
        stream = numbers(env, tmp_path, count + 1, per_checkpoint=count)
        with FaultyEndpoint(
            dynamodb_local.endpoint, [faults.unprocessed(percent / 100)], seed=percent
        ) as endpoint:
            properties = {**dynamodb_local.properties, "aws.endpoint": endpoint.endpoint}
            sink = DynamoDbSink(table, dynamodb_properties=properties, max_time_in_buffer_ms=100)
            stream.map(lambda n: {"pk": n, "text": "x" * 200}).sink_to(sink).name("sink")
            job = Job(env)
            record = endpoint.record
            arrived = eventually(
                lambda record=record: (
                    count == sum(len(r.applied) for r in record.batch_writes)
                    and record.batch_writes
                ),
                f"{count} items with {percent} percent unprocessed",
                seconds=120,
            )
            last = max(request.applied_at for request in arrived if request.applied)
            seconds = last - arrived[0].started
            retried = eventually(
                lambda job=job: _settled(job), "the metrics of a writer with nothing left"
            )["dynamodb.retriedRecords"]
            runtime.gc()
            heap = runtime.totalMemory() - runtime.freeMemory()
            job.end()
        sent = sum(len(request.keys) for request in arrived)
        assert retried == sent - count
        assert abs(retried / sent - percent / 100) < 0.03
        assert len(scan_items(client, table)) == count
        assert record.overlaps == []
        rows.append((percent, count / seconds, retried, heap))
    with capsys.disabled():
        print("\nunprocessed  items/s  retries  heap after GC")
        for percent, rate, retried, heap in rows:
            print(f"{percent:9} %  {rate:7.0f}  {retried:7.0f}  {heap / 2**20:10.0f} MB")
    heaps = [heap for *_, heap in rows]
    assert max(heaps) - heaps[0] < slack


def _settled(job):
    metrics = job.metrics("sink")
    return metrics if metrics.get("dynamodb.bufferedRecords") == 0 else None


@pytest.mark.parametrize("seconds", [5, pytest.param(60, marks=pytest.mark.slow)])
def test_checkpoints_complete_while_the_endpoint_is_down(
    seconds, environment, dynamodb_local, tmp_path, capsys
) -> None:
    """The job neither fails nor stops its checkpoints, and catches up afterwards.

    The source brings 10 elements for each checkpoint, so there is room for all. Once the buffer
    is full the sink holds the stream back, and then checkpoints wait for the service as well:
    the barrier cannot overtake the element that is being written.
    """
    per_checkpoint, interval_ms = 10, 200
    count = int((seconds + 8) * 1_000 / interval_ms * per_checkpoint)
    client = dynamodb_local.client()
    env = environment(
        tmp_path,
        checkpoint_ms=interval_ms,
        options={"web.refresh-interval": "100", "web.checkpoints.history": "1000"},
    )
    # As far apart also when one took long: the source then stays as slow as it shall be.
    env.get_checkpoint_config().set_min_pause_between_checkpoints(interval_ms)
    stream = numbers(env, tmp_path, count, per_checkpoint).map(
        lambda n: {"pk": f"k{int(n) % 100}", "version": int(n)}
    )
    with (
        FaultyEndpoint(dynamodb_local.endpoint) as refusing,
        FaultyEndpoint(dynamodb_local.endpoint) as hanging,
    ):
        endpoints = {"refusing": refusing, "hanging": hanging}
        for name, endpoint in endpoints.items():
            create_table(client, f"{name}-{seconds}", "pk")
            properties = {**dynamodb_local.properties, "aws.endpoint": endpoint.endpoint}
            sink = DynamoDbSink(
                f"{name}-{seconds}",
                dynamodb_properties=properties,
                max_time_in_buffer_ms=50,
                request_timeout_ms=3_000,
            )
            stream.sink_to(sink).name(name)
        job = Job(env)
        try:
            for name, endpoint in endpoints.items():
                eventually(lambda e=endpoint: len(e.record.batch_writes) >= 3, name, 60)
                endpoint.script = [faults.outage(seconds, hang=endpoint is hanging)]
            for name, endpoint in endpoints.items():
                eventually(lambda e=endpoint: e.record.outcomes["outage"] or e is hanging, name)
            # The script begins with the next request; the second one needs as long at most.
            time.sleep(1)
            since_ms, held = time.time() * 1_000, []
            while time.time() * 1_000 < since_ms + (seconds - 2) * 1_000:
                time.sleep(0.5)
                held.append(job.metrics("refusing").get("dynamodb.bufferedRecords", 0))
            until_ms = time.time() * 1_000
            time.sleep(1)
            completed = [
                checkpoint["end_to_end_duration"]
                for checkpoint in job.rest("/checkpoints")["history"]
                if checkpoint["status"] == "COMPLETED"
                and since_ms < checkpoint["trigger_timestamp"]
                and checkpoint["latest_ack_timestamp"] < until_ms
            ]
            job.wait(60 + seconds)
        finally:
            job.end()
    with capsys.disabled():
        print(f"\n{len(completed)} checkpoints in {seconds - 2} s of an outage, ms: {completed}")
        print(f"writes held meanwhile: {held}")
    assert len(completed) >= seconds - 2
    assert held == sorted(held), "something was written"
    assert held[-1] > held[0]
    last = {f"k{n % 100}": n for n in range(count)}
    for name, endpoint in endpoints.items():
        found = {item["pk"]: item["version"] for item in scan_items(client, f"{name}-{seconds}")}
        assert found == last
        assert endpoint.record.overlaps == []
        assert endpoint.record.outcomes["outage"] > 0


FATAL = {
    "access denied": ([faults.access_denied()], {}, ["AccessDenied", "dynamodb:BatchWriteItem"]),
    "access denied to the key": (
        [faults.access_denied(operation="DescribeTable")],
        {},
        ["DescribeTable", "set_key_schema"],
    ),
    "a table that has gone": (
        [faults.table_not_found()],
        {},
        ["ResourceNotFoundException", "no such table"],
    ),
    "a bad signature": (
        [faults.invalid_signature()],
        {},
        ["InvalidSignatureException", "secret key"],
    ),
    "a wrong clock": (
        [faults.invalid_signature(clock_offset=3600.0)],
        {},
        ["clock"],
    ),
    "expired credentials without new ones": (
        [faults.expired_token(count=1_000)],
        {},
        ["expired", "Renew"],
    ),
    "an unknown error code": ([faults.error("NoSuchThing", "never seen")], {}, ["NoSuchThing"]),
    "unprocessed items with fail_on_error": (
        [faults.unprocessed(0.1)],
        {"fail_on_error": True},
        ["UnprocessedItems", "fail_on_error"],
    ),
    "throttling with fail_on_error": (
        [faults.throttle(nth=1)],
        {"fail_on_error": True},
        ["ThrottlingException", "fail_on_error"],
    ),
    "500 with fail_on_error": (
        [faults.internal_error(nth=1)],
        {"fail_on_error": True},
        ["InternalServerError", "fail_on_error"],
    ),
    "a reset with fail_on_error": (
        [faults.reset(nth=1)],
        {"fail_on_error": True},
        ["ConnectionFault", "fail_on_error"],
    ),
}


@pytest.mark.parametrize("name", FATAL)
def test_what_cannot_pass_fails_the_job_at_once(
    name, environment, dynamodb_local, tmp_path
) -> None:
    """Within seconds, and with a sentence that names table, region, endpoint and the remedy."""
    script, options, words = FATAL[name]
    plan = updates(0, script, count=100, max_time_in_buffer_ms=100, **options)
    record, message, failed_after = _failing(plan, environment, dynamodb_local, tmp_path)
    assert failed_after < PATIENCE_S
    for word in [*words, "chaos-0-", dynamodb_local.properties["aws.region"], "http://127.0.0.1:"]:
        assert word in message
    sent = Counter(key for request in record.batch_writes for key in request.keys)
    assert max(sent.values(), default=1) <= (2 if "expired" in name else 1), "it was tried again"


def _failing(plan, environment, dynamodb_local, directory):
    """Run a plan whose job must fail: what the endpoint saw, the text, and how long it took."""
    # The source keeps one element back and stays open. One that ends as the sink fails is told so
    # by an event that no longer arrives, and Flink may give that as the job's failure instead.
    plan.per_checkpoint = len(plan.elements) - 1
    runs = []
    with pytest.raises(Py4JJavaError, match="JobExecutionException") as raised:
        run_job(
            [plan], environment(directory), dynamodb_local, directory, seconds=120, started=runs
        )
    (run,) = runs
    text = str(raised.value)
    message = next((line for line in text.splitlines() if "DynamoDbSinkException" in line), "")
    assert message, f"the job failed, but not by the sink: {text}"
    struck = next(request for request in run.record.requests if request.faults)
    return run.record, message, time.monotonic() - struck.started


def poisoned(seed, policy):
    """Make a plan with one poison record among 10,000."""
    count, bad = 10_000, 7_777
    elements = [
        WriteRequest.put({"pk": f"k{n}", "version": n, "card": PRIVATE}) for n in range(count)
    ]
    writes = [PlannedWrite((f"k{n}",), Given(n, n), e) for n, e in enumerate(elements)]
    poison = {(f"k{bad}",)}
    return Plan(
        seed,
        {"pk": "S"},
        elements,
        writes,
        {"rejection_policy": policy, "max_in_flight_requests": 20},
        [faults.poison(f"k{bad}")],
        poison,
        crashes=[],
        per_checkpoint=2 * count,  # noticing the end takes some, and no checkpoint brings more
    )


def test_one_poison_record_among_10000_is_skipped_or_kept(
    environment, dynamodb_local, tmp_path
) -> None:
    plans = [poisoned(0, "skip"), poisoned(1, "dead_letter")]
    runs = run_job(plans, environment(tmp_path), dynamodb_local, tmp_path, seconds=300)
    for run in runs:
        assert list(problems(run)) == []
        assert len(run.items) == 9_999
        # 25 writes, 12 or 13, 6 or 7, 3 or 4, 1 or 2, 1.
        assert 5 <= run.record.outcomes["poison"] <= 6
    skipped, kept = runs
    assert skipped.dead_letters == []
    (line,) = kept.dead_letters
    assert line["request"]["PutRequest"]["Item"]["version"] == {"N": "7777"}
    assert line["error_code"] == "ValidationException"
    assert line["table"] == kept.table
    assert PRIVATE not in line["error_message"]


def test_one_poison_record_among_10000_fails_the_job(environment, dynamodb_local, tmp_path) -> None:
    """The message names the key attributes and the reason, and no values."""
    _, message, _ = _failing(poisoned(0, "fail"), environment, dynamodb_local, tmp_path)
    assert "ValidationException" in message
    assert "the item was refused" in message
    assert "[pk]" in message
    assert "dead_letter" in message
    assert PRIVATE not in message
    assert "7777" not in message
