"""DynamoDB Local, endpoints that fail on demand, and what tests and examples do with tables.

With pytest, the fixtures `dynamodb_local` and `dynamodb_client` are there by themselves, and with
Docker and the extra `containers` also `dynamodb_local_container` and `localstack_dynamodb`.
"""

from __future__ import annotations

from pyflink_dynamodb.testing.containers import DynamoDbLocalContainer, LocalStackDynamoDb
from pyflink_dynamodb.testing.dynamodb_local import DynamoDbLocal
from pyflink_dynamodb.testing.emulator import DynamoDbLocalError
from pyflink_dynamodb.testing.faulty_endpoint import FaultyEndpoint
from pyflink_dynamodb.testing.scripted_stream import ScriptedStream
from pyflink_dynamodb.testing.tables import create_table, scan_items, truncate_table

__all__ = [
    "DynamoDbLocal",
    "DynamoDbLocalContainer",
    "DynamoDbLocalError",
    "FaultyEndpoint",
    "LocalStackDynamoDb",
    "ScriptedStream",
    "create_table",
    "scan_items",
    "truncate_table",
]
