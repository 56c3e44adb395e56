"""What a DynamoDB on this machine offers, however it is run."""

from __future__ import annotations

import importlib
from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from pyflink_dynamodb.errors import PyFlinkDynamoDbError

if TYPE_CHECKING:
    from typing_extensions import Self

REGION = "us-east-1"
# Any key will do that has letters and digits only; DynamoDB Local refuses others.
ACCESS_KEY = "local"


class DynamoDbLocalError(PyFlinkDynamoDbError):
    """A DynamoDB on this machine cannot be fetched, started or reached."""


class Emulator:
    """A DynamoDB on this machine, which runs as long as the `with` block lasts."""

    def start(self) -> None:
        """Start it and wait until it answers; does nothing when it runs already."""
        raise NotImplementedError

    def stop(self) -> None:
        """End it; does nothing when it does not run."""
        raise NotImplementedError

    @property
    def endpoint(self) -> str:
        """The URL, such as `http://127.0.0.1:40123`."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def properties(self) -> dict[str, str]:
        """What `set_dynamodb_properties` needs to write here, and `set_source_config` to read."""
        return {
            "aws.region": REGION,
            "aws.endpoint": self.endpoint,
            "aws.credentials.provider": "BASIC",
            "aws.credentials.provider.basic.accesskeyid": ACCESS_KEY,
            "aws.credentials.provider.basic.secretkey": ACCESS_KEY,
        }

    def client(self) -> Any:
        """A new boto3 client of this DynamoDB.

        Raises:
            DynamoDbLocalError: boto3 is not installed.
        """
        boto3 = optional("boto3", "testing")
        config = importlib.import_module("botocore.config").Config(
            # A proxy from the environment cannot reach this machine's loopback interface.
            proxies={},
            retries={"mode": "standard"},
        )
        return boto3.client(
            "dynamodb",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=ACCESS_KEY,
            config=config,
        )


def optional(package: str, extra: str) -> Any:
    """Import a package that only one of the extras brings.

    Raises:
        DynamoDbLocalError: It is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.split(".", maxsplit=1)[0]:
            raise
        raise DynamoDbLocalError(
            f"{error.name} is not installed: pip install 'pyflink-dynamodb[{extra}]'"
        ) from error
