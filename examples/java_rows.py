"""Typed rows that come from Java: no Python process sees a record.

Here Flink's own generator makes them, by way of a table; a Java connector's source does as well.
The jar's encoder makes the items, as the plan shows.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from pyflink_dynamodb import DynamoDbSink
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items

NUMBERS = """
    CREATE TEMPORARY TABLE numbers (n BIGINT) WITH (
      'connector' = 'datagen', 'fields.n.kind' = 'sequence',
      'fields.n.start' = '1', 'fields.n.end' = '1000'
    )
"""
CITIES = "SELECT CONCAT('city ', CAST(n AS STRING)) AS name, n * 1000 AS people FROM numbers"


def main(properties: dict[str, str], client: Any) -> None:
    """Write a thousand rows and count what arrived."""
    create_table(client, "cities", partition_key="name")
    sink = DynamoDbSink(table_name="cities", dynamodb_properties=properties)
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    t_env = StreamTableEnvironment.create(env)
    t_env.execute_sql(NUMBERS)
    rows = t_env.to_data_stream(t_env.sql_query(CITIES))
    rows.sink_to(sink)
    operators = [node["type"] for node in json.loads(env.get_execution_plan())["nodes"]]
    print(*(name for name in operators if name.startswith("DynamoDB encoder")))
    env.execute("cities")

    items = scan_items(client, "cities")
    print(f"{len(items)} items, {sum(item['people'] for item in items):,} people")


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the URL of a DynamoDB that runs already; keys are the environment's
        main({"aws.endpoint": sys.argv[1]}, boto3.client("dynamodb", endpoint_url=sys.argv[1]))
    else:
        with DynamoDbLocal() as dynamodb:
            main(dynamodb.properties, dynamodb.client())
