"""What PyFlink users write today: boto3 in a FlatMapFunction."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config
from pyflink.datastream import FlatMapFunction, RuntimeContext

from benchmarks.plan import BATCH_SIZE, IN_FLIGHT
from benchmarks.workloads import to_dict


class BatchWriter(FlatMapFunction):  # type: ignore[misc] # PyFlink is untyped
    """`Table.batch_writer`, as every tutorial has it: one call after the other.

    Args:
        client: Arguments of `boto3.resource`, such as `endpoint_url`.
        table: The table's name.
        overwrite_by: Attributes by which it drops older writes within a batch; none by default.
    """

    def __init__(self, client: dict[str, str], table: str, overwrite_by: list[str]) -> None:
        self._client = client
        self._table = table
        self._overwrite_by = overwrite_by

    def open(self, runtime_context: RuntimeContext) -> None:  # noqa: ARG002
        """Called once per worker."""
        table = boto3.resource("dynamodb", **self._client).Table(self._table)
        self._writer = table.batch_writer(overwrite_by_pkeys=self._overwrite_by or None)
        self._writer.__enter__()

    def flat_map(self, value: Any) -> Iterator[None]:
        """Write one record."""
        self._writer.put_item(Item=to_dict(value))
        return iter(())

    def close(self) -> None:
        """Write what is left."""
        self._writer.__exit__(None, None, None)


class ThreadPoolWriter(FlatMapFunction):  # type: ignore[misc] # PyFlink is untyped
    """What a careful user writes: batches, a pool of threads, unprocessed items sent again.

    Args:
        client: Arguments of `boto3.client`, such as `endpoint_url`.
        table: The table's name.
    """

    def __init__(self, client: dict[str, str], table: str) -> None:
        self._arguments = client
        self._table = table

    def open(self, runtime_context: RuntimeContext) -> None:  # noqa: ARG002
        """Called once per worker."""
        self._client = boto3.client(
            "dynamodb", config=Config(max_pool_connections=IN_FLIGHT), **self._arguments
        )
        self._pool = ThreadPoolExecutor(IN_FLIGHT)
        self._room = BoundedSemaphore(IN_FLIGHT)
        self._serialize = TypeSerializer().serialize
        self._batch: list[dict[str, Any]] = []
        self._failure: BaseException | None = None

    def flat_map(self, value: Any) -> Iterator[None]:
        """Write one record."""
        item = {name: self._serialize(field) for name, field in to_dict(value).items()}
        self._batch.append({"PutRequest": {"Item": item}})
        if len(self._batch) == BATCH_SIZE:
            self._send()
        return iter(())

    def close(self) -> None:
        """Write what is left and wait."""
        if self._batch:
            self._send()
        self._pool.shutdown()

    def _send(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._room.acquire()
        self._pool.submit(self._write, self._batch).add_done_callback(self._done)
        self._batch = []

    def _write(self, batch: list[dict[str, Any]]) -> None:
        while batch:
            answer = self._client.batch_write_item(RequestItems={self._table: batch})
            batch = answer.get("UnprocessedItems", {}).get(self._table, [])

    def _done(self, future: Future[None]) -> None:
        self._room.release()
        self._failure = self._failure or future.exception()
