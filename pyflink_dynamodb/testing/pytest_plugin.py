"""Fixtures for the tests of a job that writes to DynamoDB; pytest finds them by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pyflink_dynamodb.testing.containers import DynamoDbLocalContainer, LocalStackDynamoDb
from pyflink_dynamodb.testing.dynamodb_local import DynamoDbLocal


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[DynamoDbLocal]:
    """One DynamoDB Local for the whole test session."""
    with DynamoDbLocal() as local:
        yield local


@pytest.fixture(scope="session")
def dynamodb_client(dynamodb_local: DynamoDbLocal) -> Any:
    """A boto3 client of `dynamodb_local`."""
    return dynamodb_local.client()


@pytest.fixture(scope="session")
def dynamodb_local_container() -> Iterator[DynamoDbLocalContainer]:
    """DynamoDB Local in a container, one for the whole test session."""
    with DynamoDbLocalContainer() as container:
        yield container


@pytest.fixture(scope="session")
def localstack_dynamodb() -> Iterator[LocalStackDynamoDb]:
    """LocalStack with DynamoDB and its streams, one for the whole test session."""
    with LocalStackDynamoDb() as container:
        yield container
