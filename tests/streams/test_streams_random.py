"""Random streams, loads, faults and crashes: no change lost, repeated or out of order in state.

`--stream-runs N` sets the number of runs, `--stream-seed S` the first seed. A failing run says how
to replay it: the same plan, with whatever timing the machine has then.
"""

from __future__ import annotations

from collections import Counter

import pytest
from py4j.protocol import Py4JJavaError
from streams_plan import make_plan
from streams_run import run_job

# So many runs share a job, which takes longer to start than a run takes.
GROUP = 10


@pytest.fixture(scope="module")
def runs(request, environment, tmp_path_factory):
    """Return the run of a seed; its job runs when the first of its runs is asked for."""
    done = {}
    first = request.config.getoption("--stream-seed")
    last = first + request.config.getoption("--stream-runs") - 1
    totals = Counter()

    def run(seed):
        if seed not in done:
            done.clear()
            start = seed - seed % GROUP
            seeds = range(max(start, first), min(start + GROUP - 1, last) + 1)
            plans = [make_plan(each) for each in seeds]
            directory = tmp_path_factory.mktemp(f"streams-{start}-")
            group = start // GROUP
            env = environment(
                directory,
                checkpoint_ms=(50, 100, 200)[group % 3],
                restarts=sum(len(plan.crashes) for plan in plans),
            )
            try:
                found = run_job(plans, env, directory, bounded=group % 4 == 3)
            except (Py4JJavaError, AssertionError) as failure:
                done.update(dict.fromkeys(seeds, failure))
            else:
                done.update(zip(seeds, found))
                for each in found:
                    calls = each.stream.calls.of()
                    totals["changes"] += len(each.stream.records)
                    totals["shards"] += len(each.stream.shards(closed=True))
                    totals["calls"] += len(calls)
                    totals["faults"] += sum(len(call.faults) for call in calls)
                    totals["crashes"] += each.crashes
        return done[seed]

    yield run
    report = request.config.pluginmanager.get_plugin("terminalreporter")
    report.write_line("\n" + ", ".join(f"{count:,} {what}" for what, count in totals.items()))


def test_streams(stream_seed, runs) -> None:
    run = runs(stream_seed)
    job = stream_seed - stream_seed % GROUP
    replay = (
        f"\nReplay with --stream-seed {stream_seed} --stream-runs 1,"
        f" or with the others of its job: --stream-seed {job} --stream-runs {GROUP}"
    )
    if isinstance(run, Exception):
        pytest.fail(f"the job of the runs from {job} on failed: {run}{replay}")
    wrong = run.problems()
    plan = run.plan
    assert not wrong, (
        "\n".join(wrong[:10])
        + f"\n{len(wrong)} problem(s), from {plan.position}, crashes {plan.crashes}, {plan.config}"
        + f"\nfaults {[fault.name for fault in plan.script]}, stream {plan.stream}"
        + f"\n{run.stream.calls.outcomes(None)}\n{run.job_state}"
        + replay
    )
