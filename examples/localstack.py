"""The smallest job against LocalStack in Docker; needs the extra `containers`.

`DynamoDbLocalContainer` in its place is DynamoDB Local in Docker, with nothing else changed.
"""

from __future__ import annotations

import sys

from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import DynamoDbSink
from pyflink_dynamodb.testing import LocalStackDynamoDb, create_table, scan_items


def main() -> None:
    """Start the container, run the job, print the table; the container is removed then."""
    with LocalStackDynamoDb() as dynamodb:
        create_table(dynamodb.client(), "orders", partition_key="order_id")
        sink = DynamoDbSink(table_name="orders", dynamodb_properties=dynamodb.properties)
        env = StreamExecutionEnvironment.get_execution_environment()
        env.set_parallelism(1)
        env.set_python_executable(sys.executable)
        env.from_collection([{"order_id": f"o{n}", "total": n} for n in range(10)]).sink_to(sink)
        env.execute("orders")
        print(f"{len(scan_items(dynamodb.client(), 'orders'))} items in LocalStack")


if __name__ == "__main__":
    main()
