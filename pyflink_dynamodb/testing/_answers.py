"""Answers in DynamoDB's form, and a service that has no others."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus

import orjson

from pyflink_dynamodb.errors import WireFormatError
from pyflink_dynamodb.testing._http import Message
from pyflink_dynamodb.testing.request_record import BATCH_WRITE, parse_request_items

ALL_PROCESSED = b'{"UnprocessedItems":{}}'


def operation_of(request: Message) -> str:
    """The operation a request is for, such as "BatchWriteItem"; empty if it does not say."""
    return request.headers.get("x-amz-target", "").rpartition(".")[2]


def new_answer(status: int, body: bytes, clock_offset: float = 0.0) -> Message:
    """An answer with the headers that clients look at.

    Args:
        status: The HTTP status.
        body: The JSON.
        clock_offset: Seconds by which its Date is off.
    """
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "date": formatdate(time.time() + clock_offset, usegmt=True),
        "x-amz-crc32": str(zlib.crc32(body)),
    }
    return Message(f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", headers, body)


def error_body(code: str | None, message: str, **more: object) -> bytes:
    """The JSON of a refusal.

    Args:
        code: The error code, None to leave it out.
        message: The message.
        more: Further members.
    """
    body: dict[str, object] = {"message": message, **more}
    if code is not None:
        body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **body}
    return orjson.dumps(body)


def error(status: int, code: str, message: str) -> Message:
    """A refusal."""
    return new_answer(status, error_body(code, message))


def error_code(answer: Message) -> str:
    """The code of a refusal, without its namespace."""
    try:
        return str(orjson.loads(answer.body)["__type"]).rpartition("#")[2]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"HTTP {answer.status}"


class CannedService:
    """Takes every write, keeps nothing, and describes the tables it was given.

    Args:
        tables: Key attributes and their types by table, partition key first.
    """

    def __init__(self, tables: Mapping[str, Mapping[str, str]]) -> None:
        self._tables = dict(tables)

    async def exchange(self, request: Message) -> Message:
        """Answer one request."""
        operation = operation_of(request)
        try:
            if operation == BATCH_WRITE:
                named = set(parse_request_items(request.body))
            elif operation == "DescribeTable":
                named = {str(orjson.loads(request.body)["TableName"])}
            else:
                return error(400, "UnknownOperationException", "There is no service behind this.")
        except (WireFormatError, orjson.JSONDecodeError, KeyError, TypeError):
            return error(400, "SerializationException", "The body is not of this operation.")
        if not named <= self._tables.keys():
            return error(400, "ResourceNotFoundException", "Requested resource not found")
        if operation == BATCH_WRITE:
            return new_answer(HTTPStatus.OK, ALL_PROCESSED)
        (table,) = named
        return new_answer(HTTPStatus.OK, _description(table, self._tables[table]))

    def close(self) -> None:
        """Nothing to close."""


def _description(table: str, schema: Mapping[str, str]) -> bytes:
    roles = zip(schema, ("HASH", "RANGE"))
    types = schema.items()
    description = {
        "TableName": table,
        "TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": name, "KeyType": role} for name, role in roles],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": key_type} for name, key_type in types
        ],
    }
    return orjson.dumps({"Table": description})
