"""What tests and examples do with tables, through a boto3 client of DynamoDB."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from typing import Any, cast

from pyflink_dynamodb.attribute_value import from_attribute_value
from pyflink_dynamodb.errors import InvalidConfigurationError

_TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}\Z")
_VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
_MAX_BATCH_SIZE = 25  # write requests in one BatchWriteItem, API Reference
_MAX_BACKOFF_S = 5.0
# For a page without a limit DynamoDB Local reads all the rest of the table, though it returns 1 MB:
# a scan of 300,000 items then takes most of an hour.
_PAGE = {"PageSize": 1_000}


def create_table(
    client: Any,
    name: str,
    partition_key: str,
    sort_key: str | None = None,
    key_types: Mapping[str, str] | None = None,
    stream_view_type: str | None = None,
) -> None:
    """Create an on-demand table and wait until it is ACTIVE.

    Args:
        client: A boto3 client of DynamoDB.
        name: The table's name.
        partition_key: Name of the partition key attribute.
        sort_key: Name of the sort key attribute, for a composite primary key.
        key_types: "S", "N" or "B" by key attribute; "S" where it says nothing.
        stream_view_type: "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE" or "NEW_AND_OLD_IMAGES", for a table
            with a stream of its changes.

    Raises:
        InvalidConfigurationError: A name or a type that DynamoDB does not take.
        botocore.exceptions.ClientError: DynamoDB refuses, for example since the table exists.
    """
    keys = {partition_key: "HASH"}
    if sort_key is not None:
        keys[sort_key] = "RANGE"
    types = dict(key_types or {})
    problems = []
    if not _TABLE_NAME.match(name):
        problems.append(
            f"table name {name[:255]!r}: DynamoDB takes 3 to 255 characters, of a-z, A-Z, 0-9,"
            " '_', '-' and '.'"
        )
    if sort_key == partition_key:
        problems.append(f"{sort_key!r} cannot be both the partition key and the sort key")
    for key, key_type in types.items():
        if key not in keys:
            problems.append(f"key_types names {key!r}, which is no key attribute: {list(keys)}")
        if key_type not in ("S", "N", "B"):
            problems.append(f"key_types[{key!r}] is {key_type!r}; give 'S', 'N' or 'B'")
    if stream_view_type not in (None, *_VIEW_TYPES):
        problems.append(
            f"stream_view_type is {stream_view_type!r}; give one of {', '.join(_VIEW_TYPES)}"
        )
    if problems:
        raise InvalidConfigurationError(problems)

    stream = {"StreamEnabled": True, "StreamViewType": stream_view_type}
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": role} for key, role in keys.items()],
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": types.get(key, "S")} for key in keys
        ],
        BillingMode="PAY_PER_REQUEST",
        **({} if stream_view_type is None else {"StreamSpecification": stream}),
    )
    client.get_waiter("table_exists").wait(
        TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )


def scan_items(client: Any, name: str) -> list[dict[str, Any]]:
    """All items of a table as plain Python values, however many pages they take.

    Args:
        client: A boto3 client of DynamoDB.
        name: The table's name.

    Returns:
        One dict per item, in no particular order. Whole numbers are int, others Decimal,
        binary values bytes.
    """
    pages = client.get_paginator("scan").paginate(
        TableName=name, ConsistentRead=True, PaginationConfig=_PAGE
    )
    return [
        cast("dict[str, Any]", from_attribute_value({"M": item}))
        for page in pages
        for item in page["Items"]
    ]


def truncate_table(client: Any, name: str) -> int:
    """Delete all items of a table; the table, its indexes and its streams stay.

    Args:
        client: A boto3 client of DynamoDB.
        name: The table's name.

    Returns:
        The number of items deleted.
    """
    keys = [
        key["AttributeName"] for key in client.describe_table(TableName=name)["Table"]["KeySchema"]
    ]
    # Placeholders, since a key may be called by one of DynamoDB's reserved words.
    placeholders = {f"#k{index}": key for index, key in enumerate(keys)}
    pages = client.get_paginator("scan").paginate(
        TableName=name,
        ProjectionExpression=", ".join(placeholders),
        ExpressionAttributeNames=placeholders,
        ConsistentRead=True,
        PaginationConfig=_PAGE,
    )
    deleted = 0
    for page in pages:
        requests = [{"DeleteRequest": {"Key": key}} for key in page["Items"]]
        for start in range(0, len(requests), _MAX_BATCH_SIZE):
            _write_batch(client, name, requests[start : start + _MAX_BATCH_SIZE])
        deleted += len(requests)
    return deleted


def _write_batch(client: Any, name: str, requests: list[Any]) -> None:
    backoff_s = 0.05
    while True:
        answer = client.batch_write_item(RequestItems={name: requests})
        # Asked for by name or by ARN, given back the same way; one table, so one entry at most.
        unprocessed = list(answer.get("UnprocessedItems", {}).values())
        if not unprocessed:
            return
        requests = unprocessed[0]
        time.sleep(random.uniform(0, backoff_s))
        backoff_s = min(2 * backoff_s, _MAX_BACKOFF_S)
