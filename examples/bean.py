"""A plain class whose annotations say how its fields are stored.

A time as milliseconds, a list as a set, another name, an attribute by which DynamoDB deletes the
item a week later, and a field that is not stored at all.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Optional

import boto3
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import (
    AsEpoch,
    AsSet,
    Attribute,
    BeanElementConverter,
    DynamoDbSink,
    Ignore,
    PartitionKey,
    TimeToLive,
    from_item,
)
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items


class Session:
    """A visit of a user."""

    user_id: Annotated[str, PartitionKey()]
    started: Annotated[datetime, AsEpoch("ms"), Attribute(name="at")]
    pages: Annotated[list[str], AsSet()]
    expires: Annotated[Optional[int], TimeToLive(after=timedelta(days=7), of="started")]
    cached: Annotated[object, Ignore()]

    def __init__(self, user_id: str, started: datetime, pages: list[str]) -> None:
        self.user_id, self.started, self.pages = user_id, started, pages
        self.expires, self.cached = None, "not stored"


def main(properties: dict[str, str], client: Any) -> None:
    """Run the job, print the item and the object made of it."""
    create_table(client, "sessions", partition_key="user_id")
    sink = DynamoDbSink(  # the same as the builder, by keywords
        table_name="sessions",
        dynamodb_properties=properties,
        element_converter=BeanElementConverter(Session),
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_python_executable(sys.executable)
    midnight = datetime(2020, 1, 1, tzinfo=timezone.utc)
    env.from_collection([Session("u1", midnight, ["/", "/help"])]).sink_to(sink)
    env.execute("sessions")

    (item,) = scan_items(client, "sessions")
    for name in sorted(item):
        print(f"{name}: {sorted(item[name]) if isinstance(item[name], set) else item[name]}")
    session = from_item(Session, item)
    print(f"as an object: {session.user_id}, {session.started}, {sorted(session.pages)}")


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the URL of a DynamoDB that runs already; keys are the environment's
        main({"aws.endpoint": sys.argv[1]}, boto3.client("dynamodb", endpoint_url=sys.argv[1]))
    else:
        with DynamoDbLocal() as dynamodb:
            main(dynamodb.properties, dynamodb.client())
