"""500 records, half of them of one key: 251 items, and the newest of that key.

The records come in lists, each of which is one element of the stream: the fast way to hand over
what a window or a batch produced. The first 250 have a key each, k0 to k249. The other 250 share
one, `last`, which is none of those: 250 + 1 = 251 items. Were it one of those, there were 250.
With `overwrite_by_partition_keys` a newer write takes the place of one of its key that still waits.
"""

from __future__ import annotations

import sys
from typing import Any

import boto3
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import DynamoDbSink
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items


def main(properties: dict[str, str], client: Any) -> None:
    """Run the job and print what is in the table."""
    create_table(client, "records", partition_key="pk")
    records = [{"pk": f"k{n}" if n < 250 else "last", "number": n} for n in range(500)]
    lists = [records[:100], records[100:300], records[300:400], records[400:]]
    sink = (
        DynamoDbSink.builder()
        .set_table_name("records")
        .set_dynamodb_properties(properties)
        .set_overwrite_by_partition_keys(["pk"])
        .build()
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_python_executable(sys.executable)
    env.from_collection(lists).sink_to(sink)
    env.execute("records")

    items = {item["pk"]: item["number"] for item in scan_items(client, "records")}
    print(f"{sum(map(len, lists))} records in {len(lists)} lists, {len(items)} items")
    print(f"last: {items['last']}")


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the URL of a DynamoDB that runs already; keys are the environment's
        main({"aws.endpoint": sys.argv[1]}, boto3.client("dynamodb", endpoint_url=sys.argv[1]))
    else:
        with DynamoDbLocal() as dynamodb:
            main(dynamodb.properties, dynamodb.client())
