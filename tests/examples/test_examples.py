"""Each small example prints what arrived in its table.

All of them share one DynamoDB Local, whose endpoint they are given; `first_job` starts its own, and
the lines by which it does so are the same in all.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from example_run import EXAMPLES, run_example

# A job of a second does better without the second compiler.
os.environ.setdefault("JVM_ARGS", "-XX:TieredStopAtLevel=1")

PRINTS = {
    "first_job": ["10 items in orders", *(f"  o{n}: {n * n}" for n in range(10))],
    "composite_key": [
        "key: station (HASH), hour (RANGE)",
        "cellar 12:00: 12.5, None",
        "roof 12:00: 30.9, corrected",
    ],
    "bean": [
        "at: 1577836800000",
        "expires: 1578441600",
        "pages: ['/', '/help']",
        "user_id: u1",
        "as an object: u1, 2020-01-01 00:00:00+00:00, ['/', '/help']",
    ],
    "java_rows": [
        "DynamoDB encoder: JVM RowEncoder([name, people])",
        f"1000 items, {sum(range(1001)) * 1000:,} people",
    ],
    "converter": ["ada is here", "eve is here"],
    "dead_letters": [
        "6 items, 3 dead letters",
        "MissingKey $: the partition key attribute order_id is missing; every write needs it",
        "3 sent again",
        "9 items",
    ],
    "sql": [
        "read back [('ada', 7), ('bob', 5), ('eve', 1)]",
        "one key [(5,)]",
        "looked up [('ada', 3, 7), ('ada', 4, 7), ('bob', 5, 5), ('eve', 1, 1)]",
    ],
    "two_sinks": ["20 events", "d0: off since 18", "d1: on since 19", "d2: on since 17"],
    # 250 keys of one record each, and one of the other 250.
    "deduplication": ["500 records in 4 lists, 251 items", "last: 499"],
}
# Tested in tests/integration, and in tests/containers.
ELSEWHERE = {"flights", "init_modes", "replicate_table", "localstack"}


@pytest.mark.parametrize("name", PRINTS)
def test_the_example_prints_what_arrived(name: str, dynamodb_local: Any) -> None:
    """Every line of it, in that order."""
    endpoint = [] if name == "first_job" else [dynamodb_local.endpoint]
    properties = dynamodb_local.properties
    run = run_example(
        name,
        *endpoint,
        variables={
            "AWS_DEFAULT_REGION": properties["aws.region"],
            "AWS_ACCESS_KEY_ID": properties["aws.credentials.provider.basic.accesskeyid"],
            "AWS_SECRET_ACCESS_KEY": properties["aws.credentials.provider.basic.secretkey"],
            "NO_PROXY": "127.0.0.1",
        },
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines() == PRINTS[name]


def test_every_example_is_tested_and_none_is_long() -> None:
    """Below 80 lines, and started by the same lines as the first one."""
    names = {file.stem for file in EXAMPLES.glob("*.py")}
    assert names == {*PRINTS, *ELSEWHERE}

    texts = {name: (EXAMPLES / f"{name}.py").read_text(encoding="utf-8") for name in PRINTS}
    start = texts["first_job"].partition('\nif __name__ == "__main__":')
    for name, text in texts.items():
        assert len(text.splitlines()) < 80, name
        assert text.endswith(start[1] + start[2]), name
