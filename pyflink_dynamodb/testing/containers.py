"""DynamoDB Local and LocalStack as containers, by testcontainers (extra `containers`)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pyflink_dynamodb.testing.emulator import DynamoDbLocalError, Emulator, optional

DYNAMODB_LOCAL_IMAGE = "amazon/dynamodb-local:3.3.1"
# The last one that starts without an auth token; whoever has a token may name a newer one.
LOCALSTACK_IMAGE = "localstack/localstack:4.14.0"
_START_TIMEOUT_S = 120


class _Container(Emulator):
    """One container, and the port at which DynamoDB answers in it."""

    def __init__(
        self, image: str, port: int, command: str | None, environment: Mapping[str, str]
    ) -> None:
        self._image = image
        self._port = port
        self._command = command
        self._environment = environment
        self._container: Any = None

    def start(self) -> None:
        """Start the container and wait until DynamoDB answers in it.

        Raises:
            DynamoDbLocalError: testcontainers is not installed, Docker is not reached, the image
                cannot be pulled, or DynamoDB does not answer within two minutes.
        """
        if self._container is not None:
            return
        core = optional("testcontainers.core.container", "containers")
        try:
            container = core.DockerContainer(self._image).with_exposed_ports(self._port)
            if self._command is not None:
                container = container.with_command(self._command)
            for name, value in self._environment.items():
                container = container.with_env(name, value)
            self._container = container
            container.start()
            self._wait()
        except Exception as error:
            logs = self._logs()
            self.stop()
            raise DynamoDbLocalError(
                f"{self._image} did not start: {error}. Is Docker running, and can the image be "
                f"pulled?{logs}"
            ) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Remove the container and all that is in it; does nothing when it does not run."""
        container, self._container = self._container, None
        if container is not None:
            container.stop()

    @property
    def endpoint(self) -> str:
        """The URL, such as `http://localhost:32768`."""
        if self._container is None:
            name = type(self).__name__
            raise DynamoDbLocalError(
                f"{self._image} is not running: use {name} in a `with`, or call start()"
            )
        host = self._container.get_container_host_ip()
        return f"http://{host}:{self._container.get_exposed_port(self._port)}"

    def _wait(self) -> None:
        client = self.client()
        exceptions = optional("botocore.exceptions", "testing")
        failures = (exceptions.BotoCoreError, exceptions.ClientError)
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                client.list_tables(Limit=1)
            except failures:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _logs(self) -> str:
        try:
            _, errors = self._container.get_logs()
        except Exception:  # noqa: BLE001 - the failure that is reported comes first
            return ""
        text: str = errors.decode("utf-8", "replace")[-1_000:].strip()
        return f"\n{text}" if text else ""


class DynamoDbLocalContainer(_Container):
    """DynamoDB Local in a container, empty and kept in memory.

    Args:
        image: The image, by name and tag.
    """

    def __init__(self, image: str = DYNAMODB_LOCAL_IMAGE) -> None:
        # Without -sharedDb another access key or region sees no tables.
        command = "-Djava.library.path=./DynamoDBLocal_lib -jar DynamoDBLocal.jar"
        super().__init__(image, 8000, f"{command} -inMemory -sharedDb", {})


class LocalStackDynamoDb(_Container):
    """LocalStack in a container, with DynamoDB and its streams only.

    Args:
        image: The image, by name and tag. LocalStack after 4.14.0 asks for an auth token.
        environment: Further variables for LocalStack, such as that token.
    """

    def __init__(
        self, image: str = LOCALSTACK_IMAGE, environment: Mapping[str, str] | None = None
    ) -> None:
        wanted = {
            "SERVICES": "dynamodb,dynamodbstreams",
            # Else it says that it is ready long before the first call works.
            "EAGER_SERVICE_LOADING": "1",
            # DynamoDB Local's own streams, instead of a stand-in for Kinesis.
            "PROVIDER_OVERRIDE_DYNAMODB": "v2",
        }
        super().__init__(image, 4566, None, {**wanted, **(environment or {})})
