"""A savepoint restored with another parallelism: what of the promises holds across it.

Three jobs, one after the other, each from the savepoint of the one before. Flink deals what the
writers had not confirmed out to the new ones in turn, a writer's share in one piece, while the
newer writes of a key go where the key belongs now.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from contextlib import ExitStack
from typing import NamedTuple

import pytest
from chaos_job import settle
from chaos_judge import Run, problems, seen_writes
from chaos_plan import updates
from explanation import Rules, complaint
from flink_job import Job, eventually, numbers

from pyflink_dynamodb import DynamoDbSink
from pyflink_dynamodb.testing import create_table, faults, scan_items
from pyflink_dynamodb.testing.faulty_endpoint import FaultyEndpoint

JOBS = (0, 1, 2)
PER_JOB, KEYS = 600, 40
MILD = [faults.delay((0, 0.05)), faults.unprocessed(0.2), faults.throttle(share=0.1)]
# From the 12th request on nothing is confirmed, though some of it is applied.
BLOCKED = range(12, 1_000_000)
BLOCKING = [
    faults.delay((0, 0.05)),
    faults.internal_error(nth=BLOCKED, share=0.3, applied=True),
    faults.throttle(nth=BLOCKED),
]


class Variant(NamedTuple):
    """A sink, and what it is in each of the jobs."""

    keyed: bool  # a keyed stream of the sink's parallelism, or shuffle_by_key
    parallelism: tuple[int, int, int]
    flushes: tuple[bool, bool, bool]


VARIANTS = {
    "shuffled-flushed": Variant(False, (1, 3, 2), (True, True, True)),
    "keyed-flushed": Variant(True, (1, 3, 2), (True, True, True)),
    "shuffled": Variant(False, (1, 3, 2), (False, False, False)),
    "keyed": Variant(True, (1, 3, 2), (False, False, False)),
    "flushed-before": Variant(False, (3, 3, 2), (False, True, True)),
}


@pytest.fixture(scope="module")
def rescaled(environment, dynamodb_local, tmp_path_factory):
    """Run the three jobs with a sink of every variant, and return what each came to."""
    directory = tmp_path_factory.mktemp("rescaled")
    client = dynamodb_local.client()
    runs, endpoints = {}, {}
    with ExitStack() as stack:
        for number, (name, variant) in enumerate(VARIANTS.items()):
            plan = updates(
                number,
                MILD,
                len(JOBS) * PER_JOB,
                KEYS,
                sink_parallelism=max(variant.parallelism),
                flush_on_checkpoint=all(variant.flushes),
                max_batch_size=10,
                max_time_in_buffer_ms=50,
                key_schema=["pk"],
                shuffle_by_key=not variant.keyed,
            )
            table = f"rescale-{number}-{uuid.uuid4().hex[:8]}"
            create_table(client, table, "pk")
            endpoints[name] = stack.enter_context(
                FaultyEndpoint(dynamodb_local.endpoint, seed=number)
            )
            runs[name] = Run(plan, table, endpoints[name].record)
        savepoint = None
        for number in JOBS:
            for name, endpoint in endpoints.items():
                blocked = number < JOBS[-1] and not VARIANTS[name].flushes[number]
                endpoint.script = BLOCKING if blocked else MILD
                runs[name].resumed[number + 1] = number * PER_JOB
                runs[name].opened.append(len(endpoint.record.requests))
                runs[name].opened_at.append(time.monotonic())
            options = {"execution.savepoint.path": savepoint} if savepoint else {}
            env = environment(directory, options=options)
            savepoint = _run(number, env, dynamodb_local, directory, runs, endpoints)
            for endpoint in endpoints.values():
                settle(endpoint)
    for run in runs.values():
        run.items = scan_items(client, run.table)
        client.delete_table(TableName=run.table)
    return runs


def _run(number, env, dynamodb_local, directory, runs, endpoints):
    """Run one job until all its elements are with the writers; the last one until it ends."""
    last = number == JOBS[-1]
    source = numbers(env, directory, len(JOBS) * PER_JOB, 2 * PER_JOB if last else PER_JOB)
    source.set_parallelism(1).uid("numbers")
    for name, variant in VARIANTS.items():
        run, parallelism = runs[name], variant.parallelism[number]
        element = run.plan.elements.__getitem__
        stream = source.key_by(lambda text: int(text) % KEYS) if variant.keyed else source
        stream = stream.map(lambda text, element=element: element(int(text)))
        stream.set_parallelism(parallelism if variant.keyed else 1)
        properties = {
            **dynamodb_local.properties,
            "aws.endpoint": endpoints[name].endpoint,
        }
        options = {**run.plan.options, "flush_on_checkpoint": variant.flushes[number]}
        sink = DynamoDbSink(run.table, dynamodb_properties=properties, **options)
        stream.sink_to(sink).name(name).uid(name).set_parallelism(parallelism)
    job = Job(env)
    try:
        if last:
            job.wait(120)
            return None
        for name in VARIANTS:
            eventually(
                lambda name=name: job.metrics(name).get("numRecordsIn") == PER_JOB,
                f"all records of job {number} at the writers of '{name}'",
                seconds=60,
            )
            if not VARIANTS[name].flushes[number]:
                record = endpoints[name].record
                eventually(
                    lambda record=record: record.outcomes["throttle"], "nothing confirmed any more"
                )
        return job.stop_with_savepoint(directory / "savepoints", seconds=60)
    finally:
        job.end()


ORDERED = [name for name, variant in VARIANTS.items() if any(variant.flushes)]


@pytest.mark.parametrize("name", ORDERED)
def test_order_holds_across_a_rescale_of_what_was_flushed(name, rescaled) -> None:
    """With `flush_on_checkpoint` in the job that takes the savepoint before the change.

    The last variant flushes only then: what its first job had not confirmed was restored with
    the parallelism that it had, and so to the writers of its keys.
    """
    assert list(problems(rescaled[name])) == []


@pytest.mark.parametrize("name", sorted(VARIANTS.keys() - set(ORDERED)))
def test_nothing_is_lost_across_a_rescale(name, rescaled, capsys) -> None:
    """Without a flush: every write arrives, and those of a key that one job took, in order.

    Those of different jobs may overtake each other, for they can be with different writers.
    """
    run = rescaled[name]
    given = defaultdict(list)
    for write in run.plan.writes:
        given[write.key].append(write.given)
    sent, applied = seen_writes(run)
    rules = Rules(attempts=len(JOBS), resumed=run.resumed)
    complaints = []
    for key, writes in given.items():
        for number in JOBS:
            taken = [write for write in writes if write.element // PER_JOB == number]
            labels = {write.label for write in taken}
            for what, writes_seen in (("sent", sent[key]), ("applied", applied[key])):
                seen = [write for write in writes_seen if write.label in labels]
                wrong = complaint(taken, seen, rules)
                if wrong:
                    complaints.append(f"{what}, key {key}, job {number}: {wrong}")
    assert complaints == []
    restored = {
        write.key
        for request in run.record.batch_writes
        for write in request.writes
        if int(write.item["version"]["N"]) // PER_JOB < run.attempt_of(request) - 1
    }
    assert len(restored) == KEYS, "the savepoints held less than the test needs"
    last = {f"k{n % KEYS}": n for n in range(len(run.plan.writes))}
    found = {item["pk"]: item["version"] for item in run.items}
    assert found.keys() == last.keys()
    stale = sum(found[key] != last[key] for key in last)
    with capsys.disabled():
        print(f"\n{name}: {stale} of {KEYS} keys stale after two changes of parallelism")
