"""The endpoint of the benchmarks: it counts what it is sent, and answers when it should."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from benchmarks import java_side
from benchmarks.stub import AnsweringStub, Endpoint

pytestmark = pytest.mark.bridge

SOURCES = java_side.FOLDER / "src" / "main" / "java" / "io/github/pyflinkdynamodb/bench"
CLASSES = ("AnsweringStub", "StubConnection", "StubEndpoint", "TokenCount", "ExitWithInput")


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnsweringStub]:
    """It needs nothing but a JDK."""
    classes = tmp_path_factory.mktemp("classes")
    java = Path(shutil.which(java_side.java()) or "").resolve()
    sources = [str(SOURCES / f"{name}.java") for name in CLASSES]
    subprocess.run([java.with_name("javac"), "-d", str(classes), *sources], check=True)
    started = AnsweringStub(str(classes))
    yield started
    started.stop()


def client(endpoint: Endpoint) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint.url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}),
    )


def batch(count: int) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": {"id": {"S": f"o-{each}"}}}} for each in range(count)]


def test_every_put_of_a_batch_is_counted(stub):
    """Calls of the real client, of one request to 25."""
    endpoint = stub.open(0)

    for count in range(1, 26):
        answer = client(endpoint).batch_write_item(RequestItems={"bench": batch(count)})
        assert answer["UnprocessedItems"] == {}

    figures = stub.figures(endpoint)
    assert (figures["requests"], figures["items"]) == (25, 325)
    assert sum(figures["buckets"]) == 325
    assert stub.counts(endpoint).total == 325


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 11, 64])
def test_puts_are_counted_however_the_bytes_come_in(stub, size):
    """A word that is cut between two reads is neither lost nor counted twice."""
    endpoint = stub.open(0)
    body = json.dumps({"RequestItems": {"bench": batch(25)}}).encode()
    head = (
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.BatchWriteItem\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    call = head.encode() + body

    with socket.create_connection(("127.0.0.1", endpoint.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(call), size):
            connection.send(call[at : at + size])
        connection.recv(4096)

    assert stub.figures(endpoint)["items"] == 25


def test_an_answer_is_as_late_as_set_and_calls_wait_side_by_side(stub):
    """The delay is of each call, not of one after the other."""
    endpoint = stub.open(200)
    call = b"POST / HTTP/1.1\r\nX-Amz-Target: D.BatchWriteItem\r\nContent-Length: 0\r\n\r\n"
    began = time.monotonic()

    connections = [socket.create_connection(("127.0.0.1", endpoint.port)) for _ in range(20)]
    for connection in connections:
        connection.send(call)
    for connection in connections:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        connection.close()

    took = time.monotonic() - began
    assert 0.2 <= took < 2
    assert stub.figures(endpoint)["most_in_flight"] == 20


def test_it_describes_the_table_and_counts_single_puts(stub):
    """What clients ask before they write, and the other way to write."""
    endpoint = stub.open(0)

    table = client(endpoint).describe_table(TableName="bench")["Table"]
    client(endpoint).put_item(TableName="bench", Item={"id": {"S": "1"}})

    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert stub.figures(endpoint)["items"] == 1
