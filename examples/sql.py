"""SQL: INSERT INTO a DynamoDB table, SELECT from it, and look its items up from another table."""

from __future__ import annotations

import sys
from typing import Any

import boto3
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb.table import dynamodb_table, table_environment
from pyflink_dynamodb.testing import DynamoDbLocal, create_table

ORDERS = """
    CREATE TEMPORARY VIEW orders AS
    SELECT *, PROCTIME() AS placed
    FROM (VALUES ('ada', 3), ('bob', 5), ('ada', 4), ('eve', 1)) AS t (customer, pieces)
"""
LOOKUP = """
    SELECT o.customer, o.pieces, t.total
    FROM orders AS o
    LEFT JOIN totals FOR SYSTEM_TIME AS OF o.placed AS t ON o.customer = t.customer
"""


def main(properties: dict[str, str], client: Any) -> None:
    """Each statement in turn, with what it gives."""
    create_table(client, "order-totals", partition_key="customer")
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    t_env = table_environment(env)  # 'connector' = 'dynamodb' works in it
    totals = dynamodb_table("order-totals").schema(
        {"customer": "STRING", "total": "BIGINT"}, primary_key=["customer"]
    )
    for name, value in properties.items():
        totals = totals.option(name, value)
    t_env.execute_sql(totals.ddl("totals", temporary=True))  # CREATE TEMPORARY TABLE ...
    t_env.execute_sql(ORDERS)

    t_env.execute_sql(
        "INSERT INTO totals SELECT customer, SUM(pieces) FROM orders GROUP BY customer"
    ).wait()
    show("read back", t_env, "SELECT customer, total FROM totals")
    show("one key", t_env, "SELECT total FROM totals WHERE customer = 'bob'")
    show("looked up", t_env, LOOKUP)


def show(what: str, t_env: Any, query: str) -> None:
    """Print the rows of a query."""
    with t_env.execute_sql(query).collect() as rows:
        print(what, sorted(tuple(row) for row in rows))


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the URL of a DynamoDB that runs already; keys are the environment's
        main({"aws.endpoint": sys.argv[1]}, boto3.client("dynamodb", endpoint_url=sys.argv[1]))
    else:
        with DynamoDbLocal() as dynamodb:
            main(dynamodb.properties, dynamodb.client())
