"""What the integration tests show on DynamoDB Local as a process, on what users run in containers.

Each test is one of theirs, run once for each container: the sink, SQL both ways, and the source.
"""

from __future__ import annotations

from typing import Any

from example_run import run_example
from test_delivery import test_all_items_arrive_whatever_their_number  # noqa: F401
from test_sql_read import (  # noqa: F401
    create,
    t_env,
    test_a_table_written_is_read_in_the_same_session,
)
from test_streams_source import (  # noqa: F401
    new_source,
    streamed_table,
    test_changes_are_python_objects,
    test_each_change_is_counted_once_and_in_order_through_a_crash_and_a_savepoint,
)

from pyflink_dynamodb.testing import LocalStackDynamoDb


def test_the_examples_print_what_arrived(dynamodb_local: Any) -> None:
    """That of LocalStack starts its own; the smallest one is given the other container's URL."""
    if isinstance(dynamodb_local, LocalStackDynamoDb):
        run = run_example("localstack")
        says = "10 items in LocalStack"
    else:
        keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        variables = {**keys, "AWS_DEFAULT_REGION": "us-east-1"}
        run = run_example("first_job", dynamodb_local.endpoint, variables=variables)
        says = "10 items in orders"

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[0] == says
