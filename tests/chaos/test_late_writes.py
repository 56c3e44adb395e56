"""A request that the client gave up on, and that the service applies later.

The older write may then be the one that stays: only a condition on a version attribute excludes
that, and BatchWriteItem has none. Here is what can be promised all the same, and no more.
"""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from chaos_job import run_job
from chaos_judge import problems, uncertain_keys
from chaos_plan import updates

from pyflink_dynamodb._config import SinkConfig
from pyflink_dynamodb.testing import faults

# Offsets to --seed.
RUNS = range(12)


def late_plan(seed):
    """Draw a plan in which some of the first requests are applied after the time-out."""
    draw = random.Random(seed)
    timeout_ms = draw.choice([500, 1_000, 1_500])
    # A quick sink that overwrites may need no second request.
    strikes = [1, *draw.sample(range(2, 16), 3)]
    script = [
        faults.delay((0, 0.02)),
        faults.delay((1.3 * timeout_ms / 1_000, 4 * timeout_ms / 1_000), nth=strikes),
    ]
    # Among those given up there are some that are never applied.
    script.append(faults.outage(2 * timeout_ms / 1_000, hang=True, nth=draw.randint(4, 12)))
    if draw.random() < 0.5:
        script.append(faults.unprocessed(0.1))
    options = {"overwrite_by_partition_keys": ["pk"]} if draw.random() < 0.3 else {}
    return updates(
        seed,
        script,
        count=400,
        keys=draw.choice([5, 20, 60]),
        request_timeout_ms=timeout_ms,
        max_batch_size=draw.choice([1, 5, 25]),
        max_in_flight_requests=draw.choice([1, 4, 50]),
        max_time_in_buffer_ms=50,
        **options,
    )


@pytest.fixture(scope="module")
def runs(request, environment, dynamodb_local, tmp_path_factory):
    """Run all plans in one job, by their offsets."""
    directory = tmp_path_factory.mktemp("late")
    first = request.config.getoption("--seed")
    plans = [late_plan(first + offset) for offset in RUNS]
    return run_job(plans, environment(directory), dynamodb_local, directory, seconds=300)


@pytest.mark.parametrize("offset", RUNS)
def test_nothing_is_lost_though_a_request_is_applied_late(offset, runs, capsys) -> None:
    """Every write is sent, in order, one call at a time, and applied at least once.

    The judge leaves out the keys whose older write was applied after a newer one was sent, and
    those only: their versions are counted here, whatever their order.
    """
    run = runs[offset]
    late = [
        request
        for request in run.record.batch_writes
        if request.abandoned and request.applied_at is not None
    ]
    assert any(request.applied_at > request.ended for request in late), "nothing was late"
    assert list(problems(run)) == [], f"replay with --seed {run.plan.seed}"
    given = defaultdict(list)
    for write in run.plan.writes:
        given[write.key].append(write.given.label)
    applied = run.record.applied_by_key(run.table)
    for key, labels in given.items():
        versions = {int(write.item["version"]["N"]) for write in applied[key]}
        assert versions >= set(labels[-1:] if run.plan.overwrite else labels)
    with capsys.disabled():
        stale = sum(item["version"] != given[(item["pk"],)][-1] for item in run.items)
        print(
            f"\nseed {run.plan.seed}: {len(late)} requests given up and applied, "
            f"{len(uncertain_keys(run))} keys uncertain, {stale} of {len(given)} stale"
        )


def test_an_answer_that_is_applied_after_the_client_gave_up(
    environment, dynamodb_local, tmp_path
) -> None:
    """What can be promised when the service applies a write that the client has given up on.

    The older write may be the one that stays, which only a version-guarded write excludes. Yet
    nothing is lost, no second call for the key is made while the first one is open, and every
    version is sent in order.
    """
    plan = updates(
        0,
        [faults.delay(4.0, nth=1)],
        count=30,
        keys=3,
        request_timeout_ms=1_000,
        max_time_in_buffer_ms=50,
    )
    (run,) = run_job([plan], environment(tmp_path), dynamodb_local, tmp_path, seconds=120)
    first = run.record.batch_writes[0]
    assert first.abandoned
    assert first.applied_at > first.ended, "applied after the client had left"
    assert run.record.overlaps == []
    sent = run.record.sent_by_key(run.table)
    applied = run.record.applied_by_key(run.table)
    for key in {write.key for write in plan.writes}:
        versions = [int(write.item["version"]["N"]) for write in sent[key]]
        assert versions == sorted(versions)
        given = {write.given.label for write in plan.writes if write.key == key}
        assert {int(write.item["version"]["N"]) for write in applied[key]} == given
    assert {item["pk"] for item in run.items} == {"k0", "k1", "k2"}


def test_the_default_timeout_is_long(environment, dynamodb_local, tmp_path) -> None:
    """A minute at least, so that an answer which takes seconds is waited for."""
    assert SinkConfig().request_timeout_ms >= 60_000
    plan = updates(0, [faults.delay(6.0, nth=1)], count=30, keys=3, max_time_in_buffer_ms=50)
    (run,) = run_job([plan], environment(tmp_path), dynamodb_local, tmp_path, seconds=120)
    assert list(problems(run)) == []
    assert not any(request.abandoned for request in run.record.batch_writes)
    sent = sum(len(request.keys) for request in run.record.batch_writes)
    assert sent == len(plan.writes), "a write was sent twice"
