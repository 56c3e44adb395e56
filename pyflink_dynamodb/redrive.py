"""Dead letters, mended or as they are, sent again."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyflink_dynamodb.errors import WireFormatError


@dataclass(frozen=True)
class Redriven:
    """What became of one line.

    Attributes:
        line: The line as it was read.
        number: Its number in its file, from 1.
        problem: Why it was not written; None if it was.
    """

    line: str
    number: int
    problem: str | None


def redrive(client: Any, lines: Iterable[str], table: str | None = None) -> Iterator[Redriven]:
    """Send dead letters again, one by one and in their order.

    One call a line, so that each has an answer of its own. What a line holds is written over
    whatever the table holds by now.

    Args:
        client: A boto3 client of DynamoDB; its retries apply.
        lines: Lines of a dead-letter file. Only `request` and `table` are read, so that a line
            can be mended by hand.
        table: Table to write to instead of the one that a line names.

    Yields:
        One outcome a line, empty lines left out.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        problem = None
        try:
            _send(client, line, table)
        except WireFormatError as error:
            problem = str(error)
        except ClientError as error:
            # The code only: the message of a ValidationException may quote the record.
            problem = str(error.response.get("Error", {}).get("Code", "unknown error"))
        except ParamValidationError:
            problem = "the request is not in the form of the BatchWriteItem API"
        except BotoCoreError as error:
            # No connection, no credentials: the lines behind it are tried too, and kept.
            problem = type(error).__name__
        yield Redriven(line, number, problem)


def _send(client: Any, line: str, table: str | None) -> None:
    try:
        letter = json.loads(line)
        request = letter["request"]
        table = table or letter["table"]
        if "PutRequest" in request:
            client.put_item(TableName=table, Item=_members(request["PutRequest"]["Item"]))
        elif "DeleteRequest" in request:
            client.delete_item(TableName=table, Key=_members(request["DeleteRequest"]["Key"]))
        else:
            raise WireFormatError(
                "no write request: the record could not be read or converted; mend it at its source"
            )
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise WireFormatError(
            "not a dead letter: one JSON object with `request` and `table` is needed"
        ) from None


def _members(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _for_boto3(value) for name, value in item.items()}


def _for_boto3(value: dict[str, Any]) -> dict[str, Any]:
    """The same attribute value with bytes where JSON has base64."""
    ((tag, content),) = value.items()
    if tag == "B":
        content = base64.b64decode(content, validate=True)
    elif tag == "BS":
        content = [base64.b64decode(member, validate=True) for member in content]
    elif tag == "L":
        content = [_for_boto3(member) for member in content]
    elif tag == "M":
        content = _members(content)
    return {tag: content}
