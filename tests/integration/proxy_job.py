"""Started by test_proxy.py: one job with two sinks, whose JVM has that test's environment."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from flink_job import local_environment

from pyflink_dynamodb import DynamoDbSink


def main(sinks: dict[str, dict[str, str]]) -> None:
    """Write ten items to each table with its properties."""
    with tempfile.TemporaryDirectory() as folder:
        env = local_environment(Path(folder), "thread", 0, 0, None)
        records = env.from_collection([{"pk": str(number)} for number in range(10)])
        for table, properties in sinks.items():
            records.sink_to(DynamoDbSink(table_name=table, dynamodb_properties=properties))
        env.execute("behind a proxy")


if __name__ == "__main__":
    main(json.load(sys.stdin))
