"""The statements of the Java connector's SQL documentation, unchanged."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# flink-connector-aws, docs/content/docs/connectors/table/dynamodb.md. Its last statement reads the
# table, which the Java connector cannot.
DOCUMENTED = {
    "minimum required options": """
CREATE TABLE DynamoDbTable (
  `user_id` BIGINT,
  `item_id` BIGINT,
  `category_id` BIGINT,
  `behavior` STRING
)
WITH (
  'connector' = 'dynamodb',
  'table-name' = 'user_behavior',
  'aws.region' = 'us-east-2'
);
""",
    "sink partitioning": """
CREATE TABLE DynamoDbTable (
  `user_id` BIGINT,
  `item_id` BIGINT,
  `category_id` BIGINT,
  `behavior` STRING
) PARTITIONED BY ( user_id )
WITH (
  'connector' = 'dynamodb',
  'table-name' = 'user_behavior',
  'aws.region' = 'us-east-2'
);
""",
}

PROGRAM = """
import sys
from pyflink.datastream import StreamExecutionEnvironment
from pyflink_dynamodb.table import table_environment

env = StreamExecutionEnvironment.get_execution_environment()
env.set_parallelism(1)
t_env = table_environment(env)
t_env.execute_sql(sys.argv[1])
t_env.execute_sql(
    "INSERT INTO DynamoDbTable VALUES (1, 11, 21, 'buy'), (2, 12, 22, 'cart'), (1, 13, 23, 'pv')"
).wait()
"""


@pytest.mark.parametrize("statement", DOCUMENTED.values(), ids=DOCUMENTED)
def test_a_documented_statement_runs_unchanged(statement, dynamodb_local, dynamodb_client, items):
    """Endpoint and credentials come from the environment, as they would on AWS."""
    dynamodb_client.create_table(
        TableName="user_behavior",
        AttributeDefinitions=[{"AttributeName": "user_id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "user_id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_local.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    try:
        subprocess.run(
            [sys.executable, "-c", PROGRAM, statement], env=environment, check=True, timeout=120
        )

        assert sorted(
            (int(item["user_id"]), item["behavior"]) for item in items("user_behavior")
        ) == [
            (1, "pv"),
            (2, "cart"),
        ]
    finally:
        dynamodb_client.delete_table(TableName="user_behavior")
