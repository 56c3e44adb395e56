"""Random options, data, faults and crashes: nothing lost, invented, out of order or out of bounds.

`--runs N` sets the number of runs, `--seed S` the first seed. A failing run says how to replay it:
the same plan, with whatever timing the machine has then.
"""

from __future__ import annotations

from collections import Counter

import pytest
from chaos_job import RESTARTS_BY_OUTAGE, run_job
from chaos_judge import problems, uncertain_keys
from chaos_plan import make_plan
from py4j.protocol import Py4JJavaError

# So many runs share a job, which takes longer to start than a run takes.
GROUP = 10


@pytest.fixture(scope="module")
def runs(request, environment, dynamodb_local, tmp_path_factory):
    """Return the run of a seed; its job runs when the first of its runs is asked for."""
    done = {}
    first = request.config.getoption("--seed")
    last = first + request.config.getoption("--runs") - 1
    totals = Counter()

    def run(seed):
        if seed not in done:
            done.clear()
            start = seed - seed % GROUP
            seeds = range(max(start, first), min(start + GROUP - 1, last) + 1)
            plans = [make_plan(each) for each in seeds]
            directory = tmp_path_factory.mktemp(f"chaos-{start}-")
            outages = sum(fault.name == "outage" for plan in plans for fault in plan.script)
            crashes = sum(len(plan.crashes) for plan in plans)
            env = environment(
                directory,
                checkpoint_ms=(50, 100, 200)[start // GROUP % 3],
                restarts=crashes + RESTARTS_BY_OUTAGE * outages,
            )
            try:
                found = run_job(plans, env, dynamodb_local, directory, seconds=600)
            except Py4JJavaError as failure:
                done.update(dict.fromkeys(seeds, failure))
                raise
            done.update(zip(seeds, found))
            for each in found:
                totals["writes"] += len(each.plan.writes)
                totals["requests"] += len(each.record.batch_writes)
                totals["faults"] += sum(len(r.faults) for r in each.record.batch_writes)
                totals["restores"] += len(each.opened) - 1
                totals["keys out of what can be promised"] += len(uncertain_keys(each))
        if isinstance(done[seed], Py4JJavaError):
            raise done[seed]
        return done[seed]

    yield run
    report = request.config.pluginmanager.get_plugin("terminalreporter")
    report.write_line("\n" + ", ".join(f"{count:,} {what}" for what, count in totals.items()))


def test_chaos(chaos_seed, runs) -> None:
    run = runs(chaos_seed)
    wrong = list(problems(run))
    job = chaos_seed - chaos_seed % GROUP
    assert not wrong, (
        "\n".join(wrong[:10])
        + f"\n{len(wrong)} problem(s) with table {run.table}\n{run.plan.options}"
        + f"\nfaults {[fault.name for fault in run.plan.script]}, crashes {run.plan.crashes}"
        + f"\nReplay with --seed {chaos_seed} --runs 1,"
        + f" or with the others of its job: --seed {job} --runs {GROUP}"
    )
