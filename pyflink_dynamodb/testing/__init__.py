"""DynamoDB Local, endpoints that fail on demand, and what tests and examples do with tables.

With pytest, the fixtures `dynamodb_local` and `dynamodb_client` are there by themselves.
"""

from __future__ import annotations

from pyflink_dynamodb.testing.dynamodb_local import DynamoDbLocal, DynamoDbLocalError
from pyflink_dynamodb.testing.faulty_endpoint import FaultyEndpoint
from pyflink_dynamodb.testing.scripted_stream import ScriptedStream
from pyflink_dynamodb.testing.tables import create_table, scan_items, truncate_table

__all__ = [
    "DynamoDbLocal",
    "DynamoDbLocalError",
    "FaultyEndpoint",
    "ScriptedStream",
    "create_table",
    "scan_items",
    "truncate_table",
]
