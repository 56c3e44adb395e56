"""A job of the tests, for `flink run -py`: versions of some keys, one after the other.

Its only argument is JSON, as `Versions.submit` in conftest.py writes it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from chaos_plan import Plan, updates
from crashing import Crashing
from flink_job import numbers
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import DynamoDbSink

NAME = "versions"
OPTIONS = {
    "max_batch_size": 10,
    "max_time_in_buffer_ms": 100,
    "key_schema": ["pk"],
}


def versions(count: int, sink_parallelism: int = 1) -> Plan:
    """What the job writes: `count` versions of 50 keys in turn, by writers that keep the order."""
    return updates(
        0, [], count, 50, sink_parallelism, shuffle_by_key=sink_parallelism > 1, **OPTIONS
    )


def main(settings: dict[str, Any]) -> None:
    """Build the job and submit it."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    plan = versions(settings["count"], settings["sink_parallelism"])
    source = numbers(env, Path(settings["directory"]), settings["count"], **settings["pace"])
    # It tells the test of every attempt, and would crash if the plan said so.
    stream = source.uid("numbers").map(Crashing(settings["control"], plan.elements)).uid("tell")
    sink = DynamoDbSink(
        settings["table"], dynamodb_properties=settings["properties"], **plan.options
    )
    stream.sink_to(sink).name(NAME).uid(NAME).set_parallelism(plan.sink_parallelism)
    env.execute(NAME)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
