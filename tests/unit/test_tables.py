"""Tables of tests and examples: what is asked of DynamoDB, without one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing import create_table, scan_items, truncate_table


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "dynamodb", region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key="x"
    )


@pytest.fixture
def dynamodb(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_create_table_returns_once_the_table_is_active(client: Any, dynamodb: Stubber) -> None:
    """A table that is still CREATING is waited for; key types go by name, S by default."""
    dynamodb.add_response(
        "create_table",
        {},
        {
            "TableName": "orders",
            "KeySchema": [
                {"AttributeName": "user", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            "AttributeDefinitions": [
                {"AttributeName": "user", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "N"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    dynamodb.add_response("describe_table", {"Table": {"TableStatus": "CREATING"}})
    dynamodb.add_response("describe_table", {"Table": {"TableStatus": "ACTIVE"}})

    create_table(client, "orders", "user", "at", {"at": "N"})


def test_a_table_may_have_a_stream(client: Any, dynamodb: Stubber) -> None:
    """Of the view type given."""
    dynamodb.add_response(
        "create_table",
        {},
        {
            "TableName": "orders",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        },
    )
    dynamodb.add_response("describe_table", {"Table": {"TableStatus": "ACTIVE"}})

    create_table(client, "orders", "id", stream_view_type="NEW_IMAGE")
    with pytest.raises(InvalidConfigurationError, match="stream_view_type is 'NEW'"):
        create_table(client, "orders", "id", stream_view_type="NEW")


@pytest.mark.parametrize("name", ["", "ab", "a" * 256, "two words", "a/b", "käse", "table\n"])
def test_a_table_name_that_dynamodb_does_not_take_is_refused(client: Any, name: str) -> None:
    """The sentence gives the rule; nothing is sent."""
    with pytest.raises(InvalidConfigurationError, match="3 to 255 characters"):
        create_table(client, name, "id")


def test_create_table_reports_all_problems_at_once(client: Any) -> None:
    """A sort key that is the partition key, a type that is none, a type for no key."""
    with pytest.raises(InvalidConfigurationError) as caught:
        create_table(client, "orders", "id", "id", {"id": "string", "price": "N"})

    assert len(caught.value.problems) == 3


def test_scan_items_reads_all_pages_as_python_values(client: Any, dynamodb: Stubber) -> None:
    """A page that ends early is followed by the next one."""
    last = {"id": {"S": "a"}}
    dynamodb.add_response(
        "scan",
        {"Items": [{"id": {"S": "a"}, "n": {"N": "7"}}], "LastEvaluatedKey": last},
        {"TableName": "orders", "ConsistentRead": True, "Limit": 1_000},
    )
    dynamodb.add_response(
        "scan",
        {"Items": [{"id": {"S": "b"}, "raw": {"B": b"\xff"}}]},
        {"TableName": "orders", "ConsistentRead": True, "Limit": 1_000, "ExclusiveStartKey": last},
    )

    assert scan_items(client, "orders") == [{"id": "a", "n": 7}, {"id": "b", "raw": b"\xff"}]


def test_truncate_table_deletes_in_batches_by_key(client: Any, dynamodb: Stubber) -> None:
    """Only keys are read; 26 keys take two calls; what comes back unprocessed is sent again."""
    keys = [{"name": {"S": str(number)}} for number in range(26)]
    deletes = [{"DeleteRequest": {"Key": key}} for key in keys]
    dynamodb.add_response(
        "describe_table",
        {"Table": {"KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}]}},
    )
    dynamodb.add_response(
        "scan",
        {"Items": keys},
        {
            "TableName": "orders",
            "ProjectionExpression": "#k0",
            "ExpressionAttributeNames": {"#k0": "name"},
            "ConsistentRead": True,
            "Limit": 1_000,
        },
    )
    for asked, unprocessed in [
        (deletes[:25], deletes[3:5]),
        (deletes[3:5], deletes[4:5]),
        (deletes[4:5], []),
        (deletes[25:], []),
    ]:
        dynamodb.add_response(
            "batch_write_item",
            {"UnprocessedItems": {"orders": unprocessed} if unprocessed else {}},
            {"RequestItems": {"orders": asked}},
        )

    assert truncate_table(client, "orders") == 26
