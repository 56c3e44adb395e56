"""Records that can never be written go to a file; mended, they are sent again.

Every third order has no key. The others are written all the same, and the job does not fail.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import boto3
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import DynamoDbSink, RejectionPolicy
from pyflink_dynamodb.redrive import redrive
from pyflink_dynamodb.testing import DynamoDbLocal, create_table, scan_items


def write(folder: Path, properties: dict[str, str]) -> list[str]:
    """Run the job; the lines of its dead letters."""
    sink = DynamoDbSink(
        table_name="paid-orders",
        dynamodb_properties=properties,
        rejection_policy=RejectionPolicy.dead_letter(folder.as_uri()),  # or s3://...
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_python_executable(sys.executable)
    orders = [{"total": n} if n % 3 == 0 else {"order_id": f"o{n}", "total": n} for n in range(9)]
    env.from_collection(orders).sink_to(sink)
    env.execute("paid orders")
    files = sorted(folder.glob("*.jsonl"))
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def mended(line: str) -> str:
    """The same letter with the key that was missing."""
    letter = json.loads(line)
    item = letter["request"]["PutRequest"]["Item"]
    item["order_id"] = {"S": "o" + item["total"]["N"]}
    return json.dumps(letter)


def main(properties: dict[str, str], client: Any) -> None:
    """Write, look at what was rejected, mend it and send it again."""
    create_table(client, "paid-orders", partition_key="order_id")
    with tempfile.TemporaryDirectory() as folder:
        letters = write(Path(folder), properties)
    print(f"{len(scan_items(client, 'paid-orders'))} items, {len(letters)} dead letters")
    print(json.loads(letters[0])["error_code"], json.loads(letters[0])["error_message"])
    # At the command line: pyflink-dynamodb redrive mended.jsonl
    outcomes = list(redrive(client, map(mended, letters)))
    print(f"{sum(outcome.problem is None for outcome in outcomes)} sent again")
    print(f"{len(scan_items(client, 'paid-orders'))} items")


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the URL of a DynamoDB that runs already; keys are the environment's
        main({"aws.endpoint": sys.argv[1]}, boto3.client("dynamodb", endpoint_url=sys.argv[1]))
    else:
        with DynamoDbLocal() as dynamodb:
            main(dynamodb.properties, dynamodb.client())
