"""Dataclasses as records, and a primary key of two attributes.

The class declares the key, so the sink can make the table and knows which writes belong together.
A reading of the same station and hour replaces the one before it: three readings, two items.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Annotated, Any, Optional

import boto3
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import (
    DataclassElementConverter,
    PartitionKey,
    SortKey,
    from_item,
    write_dynamodb,
)
from pyflink_dynamodb.testing import DynamoDbLocal, scan_items


@dataclass
class Reading:
    """One measurement; it becomes one item."""

    station: Annotated[str, PartitionKey()]
    hour: Annotated[datetime, SortKey()]
    celsius: Decimal
    remark: Optional[str] = None


def main(properties: dict[str, str], client: Any) -> None:
    """Run the job, read the items back as objects and print them."""
    noon = datetime(2024, 7, 1, 12, tzinfo=timezone.utc)
    readings = [
        Reading("roof", noon, Decimal("31.4")),
        Reading("cellar", noon, Decimal("12.50")),
        Reading("roof", noon, Decimal("30.9"), "corrected"),
    ]
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_python_executable(sys.executable)
    write_dynamodb(
        env.from_collection(readings),
        "readings",
        init_mode="create_if_not_exists",
        element_converter=DataclassElementConverter(Reading, ignore_nulls=True),
        dynamodb_properties=properties,
    )
    env.execute("readings")

    table = client.describe_table(TableName="readings")["Table"]
    print("key:", ", ".join(f"{k['AttributeName']} ({k['KeyType']})" for k in table["KeySchema"]))
    stored = [from_item(Reading, item) for item in scan_items(client, "readings")]
    for reading in sorted(stored, key=lambda reading: reading.station):
        print(f"{reading.station} {reading.hour:%H:%M}: {reading.celsius}, {reading.remark}")


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the URL of a DynamoDB that runs already; keys are the environment's
        main({"aws.endpoint": sys.argv[1]}, boto3.client("dynamodb", endpoint_url=sys.argv[1]))
    else:
        with DynamoDbLocal() as dynamodb:
            main(dynamodb.properties, dynamodb.client())
