"""One stream, two tables: every event in the one, the latest of each device in the other."""

from __future__ import annotations

import sys
from typing import Any

import boto3
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import DynamoDbSink
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items


def main(properties: dict[str, str], client: Any) -> None:
    """Run the job and print both tables."""
    create_table(client, "events", "device", "number", {"number": "N"})
    create_table(client, "latest", "device")
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_python_executable(sys.executable)
    stream = env.from_collection(
        [{"device": f"d{n % 3}", "number": n, "state": "on" if n % 2 else "off"} for n in range(20)]
    )
    events = DynamoDbSink(table_name="events", dynamodb_properties=properties)
    latest = DynamoDbSink(
        table_name="latest",
        dynamodb_properties=properties,
        # Of the writes of a device that wait, only the newest is sent.
        overwrite_by_partition_keys=["device"],
    )
    stream.sink_to(events).name("events").uid("events")
    stream.sink_to(latest).name("latest").uid("latest")
    env.execute("devices")

    print(f"{len(scan_items(client, 'events'))} events")
    for item in sorted(scan_items(client, "latest"), key=lambda item: item["device"]):
        print(f"{item['device']}: {item['state']} since {item['number']}")


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the URL of a DynamoDB that runs already; keys are the environment's
        main({"aws.endpoint": sys.argv[1]}, boto3.client("dynamodb", endpoint_url=sys.argv[1]))
    else:
        with DynamoDbLocal() as dynamodb:
            main(dynamodb.properties, dynamodb.client())
