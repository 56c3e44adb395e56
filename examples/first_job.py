"""The smallest job: ten dicts become ten items."""

from __future__ import annotations

import sys
from typing import Any

import boto3
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import DynamoDbSink
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items


def main(properties: dict[str, str], client: Any) -> None:
    """Run the job and print the table."""
    create_table(client, "orders", partition_key="order_id")
    sink = (
        DynamoDbSink.builder()
        .set_table_name("orders")
        .set_dynamodb_properties(properties)  # on AWS: {"aws.region": "eu-west-1"}
        .build()
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_python_executable(sys.executable)
    orders = env.from_collection([{"order_id": f"o{n}", "total": n * n} for n in range(10)])
    orders.sink_to(sink)
    env.execute("orders")

    items = scan_items(client, "orders")
    print(f"{len(items)} items in orders")
    for item in sorted(items, key=lambda item: item["total"]):
        print(f"  {item['order_id']}: {item['total']}")


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the URL of a DynamoDB that runs already; keys are the environment's
        main({"aws.endpoint": sys.argv[1]}, boto3.client("dynamodb", endpoint_url=sys.argv[1]))
    else:
        with DynamoDbLocal() as dynamodb:
            main(dynamodb.properties, dynamodb.client())
