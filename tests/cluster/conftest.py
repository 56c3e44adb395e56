"""A Flink session cluster for the tests of this folder, and DynamoDB Local."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
# The judge of the chaos runs and the job plumbing of the integration tests serve here too.
sys.path += [str(TESTS / "integration"), str(TESTS / "chaos")]

from session_cluster import SessionCluster  # noqa: E402 - the path comes first
from versions import Versions  # noqa: E402

from pyflink_dynamodb.testing import DynamoDbLocal  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("cluster").addoption(
        "--job-graph", type=Path, help="where to put the picture of the job graph (nowhere)"
    )


@pytest.fixture(scope="session")
def variables(dynamodb_local: DynamoDbLocal) -> dict[str, str]:
    """The environment of a cluster's processes: the region and the keys of DynamoDB Local."""
    keys, region = "aws.credentials.provider.basic.", dynamodb_local.properties["aws.region"]
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,  # what boto3 reads
        "AWS_ACCESS_KEY_ID": dynamodb_local.properties[f"{keys}accesskeyid"],
        "AWS_SECRET_ACCESS_KEY": dynamodb_local.properties[f"{keys}secretkey"],
    }


@pytest.fixture(scope="session")
def cluster(
    variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SessionCluster]:
    """Two task managers."""
    started = SessionCluster(tmp_path_factory.mktemp("flink"), variables)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Show the ends of Flink's logs with a test that failed."""
    outcome = yield
    report = outcome.get_result()
    cluster = getattr(item, "funcargs", {}).get("cluster")
    if report.failed and cluster is not None:
        report.sections.append(("Flink's logs", cluster.log_tails()))


@pytest.fixture
def flights_example(dynamodb_client: Any) -> Iterator[Path]:
    """The program of the demo; the tables that it makes are deleted when the test is over."""
    yield TESTS.parent / "examples" / "flights.py"
    for table in ("flights", "aircraft"):
        with contextlib.suppress(dynamodb_client.exceptions.ResourceNotFoundException):
            dynamodb_client.delete_table(TableName=table)


@pytest.fixture
def new_versions(
    cluster: SessionCluster, dynamodb_local: DynamoDbLocal, tmp_path: Path
) -> Callable[..., Versions]:
    """Make a job that writes versions of keys into a table of its own."""
    return lambda *arguments, **options: Versions(
        cluster, dynamodb_local, tmp_path, *arguments, **options
    )
