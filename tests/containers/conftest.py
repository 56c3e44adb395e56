"""The integration tests' fixtures, with a container in place of the DynamoDB Local of a process.

Where Docker is not reached the tests skip and say so; REQUIRE_CONTAINERS=1 makes that a failure.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

INTEGRATION = Path(__file__).parents[1] / "integration"
sys.path.append(str(INTEGRATION))
# Where no registry is reached its image is missing, and the containers below are stopped anyway.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

from job_fixtures import (  # noqa: E402, F401 - pytest finds fixtures by their names here
    _programs_may_use_java,
    endpoint,
    environment,
    items,
    new_sink,
    new_table,
    sql,
    submit,
)

from pyflink_dynamodb.testing import (  # noqa: E402 - the environment comes first
    DynamoDbLocalContainer,
    DynamoDbLocalError,
    LocalStackDynamoDb,
)


@pytest.fixture(scope="session", params=[DynamoDbLocalContainer, LocalStackDynamoDb])
def dynamodb_local(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each of the two containers in turn, by the name under which the tests know DynamoDB."""
    container = request.param()
    try:
        container.start()
    except DynamoDbLocalError as error:
        if os.environ.get("REQUIRE_CONTAINERS"):
            raise
        pytest.skip(f"{error} (REQUIRE_CONTAINERS=1 makes this a failure)")
    yield container
    container.stop()
