"""A plain client of a stream, which shows how quick its endpoint is at most."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

# Behind the records, so that the end of a page is enough to find it in.
_NEXT = re.compile(rb'"NextShardIterator":"([^"]+)"\}$')
_RECORD = b'{"eventID":'


def next_iterator(page: bytes) -> str | None:
    """The iterator that an answer of GetRecords ends with; None at the end of a shard."""
    found = _NEXT.search(page[-1000:])
    return found.group(1).decode() if found else None


def read_backlog(url: str, arn: str) -> dict[str, float]:
    """Read all shards side by side, as quick as may be, up to the first page without records.

    Args:
        url: Of the endpoint.
        arn: Of the stream.

    Returns:
        `pages`, `records` and `seconds`, and `pages_per_s`.
    """
    with _connected(url) as connection:
        shards = _ask(connection, "DescribeStream", StreamArn=arn)
    names = [shard["ShardId"] for shard in json.loads(shards)["StreamDescription"]["Shards"]]
    begin = time.monotonic()
    with ThreadPoolExecutor(len(names)) as pool:
        found = list(pool.map(lambda name: _read_shard(url, arn, name), names))
    seconds = time.monotonic() - begin
    pages = sum(pages for pages, _ in found)
    return {
        "pages": pages,
        "records": sum(records for _, records in found),
        "seconds": seconds,
        "pages_per_s": pages / seconds,
    }


def _read_shard(url: str, arn: str, name: str) -> tuple[int, int]:
    pages = records = 0
    with _connected(url) as connection:
        answer = _ask(
            connection,
            "GetShardIterator",
            StreamArn=arn,
            ShardId=name,
            ShardIteratorType="TRIM_HORIZON",
        )
        iterator: str | None = json.loads(answer)["ShardIterator"]
        while iterator is not None:
            page = _ask(connection, "GetRecords", ShardIterator=iterator)
            found = page.count(_RECORD)
            if not found:
                break
            pages, records = pages + 1, records + found
            iterator = next_iterator(page)
    return pages, records


def _connected(url: str) -> contextlib.closing[http.client.HTTPConnection]:
    return contextlib.closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60))


def _ask(connection: http.client.HTTPConnection, operation: str, **members: Any) -> bytes:
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDBStreams_20120810.{operation}",
    }
    connection.request("POST", "/", json.dumps(members), headers)
    with connection.getresponse() as answer:
        body = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{operation} was answered with {answer.status}: {body[:500]!r}")
    return body
