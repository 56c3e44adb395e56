"""A converter of one's own, which puts some records, deletes others and leaves the rest out.

Any function of an element will do. It returns a `WriteRequest`, or a dict, which is put.
"""

from __future__ import annotations

import sys
from typing import Any

import boto3
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import DynamoDbSink, WriteRequest
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items


def to_write_request(event: str) -> WriteRequest:
    """One line of a log, such as "login ada", to what becomes of the table."""
    what, _, user = event.partition(" ")
    if what == "login":
        return WriteRequest.put({"user": user, "state": "here"})
    if what == "logout":
        return WriteRequest.delete({"user": user})  # the key and nothing else
    return WriteRequest.nothing()


def main(properties: dict[str, str], client: Any) -> None:
    """Run the job and print who is left in the table."""
    create_table(client, "present", partition_key="user")
    events = ["login ada", "login bob", "ping", "login eve", "logout bob", "logout ada"]
    sink = (
        DynamoDbSink.builder()
        .set_table_name("present")
        .set_dynamodb_properties(properties)
        .set_element_converter(to_write_request)
        .build()
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)  # the events of a user stay in their order
    env.set_python_executable(sys.executable)
    env.from_collection([*events, "login ada"]).sink_to(sink)
    env.execute("present")

    for item in sorted(scan_items(client, "present"), key=lambda item: item["user"]):
        print(f"{item['user']} is {item['state']}")


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the URL of a DynamoDB that runs already; keys are the environment's
        main({"aws.endpoint": sys.argv[1]}, boto3.client("dynamodb", endpoint_url=sys.argv[1]))
    else:
        with DynamoDbLocal() as dynamodb:
            main(dynamodb.properties, dynamodb.client())
