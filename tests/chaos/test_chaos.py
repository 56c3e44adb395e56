"""Random options, data, faults and crashes: nothing lost, invented, out of order or out of bounds.

`--runs N` sets the number of runs, `--seed S` the first seed. A failing run prints what replays it:
the same plan, with whatever timing the machine has then.
"""

from __future__ import annotations

import os
import time

import pytest
from chaos_job import RESTARTS_BY_OUTAGE, run_job
from chaos_judge import problems, uncertain_keys
from chaos_plan import make_plan

# So many runs share a job: one job for each run would take most of its time to start.
GROUP = int(os.environ.get("GROUP", "10"))


@pytest.fixture(scope="module")
def runs(request, environment, dynamodb_local, tmp_path_factory):
    """Return the run of a seed; its job runs when the first of its runs is asked for."""
    done = {}
    first = request.config.getoption("--seed")
    count = request.config.getoption("--runs")

    def run(seed):
        if seed not in done:
            start = seed - (seed - first) % GROUP
            plans = [make_plan(n) for n in range(start, min(start + GROUP, first + count))]
            directory = tmp_path_factory.mktemp(f"chaos-{start}-")
            outages = [f for plan in plans for f in plan.script if f.name == "outage"]
            env = environment(
                directory,
                checkpoint_ms=(50, 100, 200)[start // GROUP % 3],
                restarts=sum(len(plan.crashes) for plan in plans)
                + RESTARTS_BY_OUTAGE * len(outages),
            )
            started = time.monotonic()
            try:
                found = run_job(plans, env, dynamodb_local, directory, seconds=200)
            except Exception as error:  # the same for all runs of the job
                found = [error] * len(plans)
            print(f"runs {start} to {plans[-1].seed}: {time.monotonic() - started:.1f} s")
            done.clear()
            done.update((plan.seed, outcome) for plan, outcome in zip(plans, found))
        if isinstance(done[seed], Exception):
            raise done[seed]
        return done[seed]

    return run


def test_chaos(chaos_seed, runs) -> None:
    run = runs(chaos_seed)
    wrong = list(problems(run))
    print(f"seed {chaos_seed}: {len(run.plan.writes)} writes, {len(run.opened)} attempts,"
          f" {dict(run.record.outcomes)}, resumed {run.resumed}, uncertain {len(uncertain_keys(run))}")
    assert not wrong, (
        "\n".join(wrong[:10])
        + f"\n{len(wrong)} problem(s); replay with --seed {chaos_seed} --runs 1\n{run.plan.options}"
        + f"\nfaults {[fault.name for fault in run.plan.script]}, crashes {run.plan.crashes}"
    )
