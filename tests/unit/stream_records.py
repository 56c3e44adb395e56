"""Stream records as the service writes them, for the tests of what reads them."""

from __future__ import annotations

import json
from typing import Any

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-31T12:00:00.000"
NUMBER = "000000000000000000007"


def stream_record(
    event_name: str = "MODIFY",
    *,
    keys: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    old: dict[str, Any] | None = None,
    time: str = "1795268040",
    view_type: str = "NEW_AND_OLD_IMAGES",
    **members: Any,
) -> bytes:
    """The JSON of a record; keys and images on the wire, the time as it is to be written."""
    change = {
        "ApproximateCreationDateTime": "TIME",
        "Keys": {"pk": {"S": "k"}} if keys is None else keys,
        **({} if new is None else {"NewImage": new}),
        **({} if old is None else {"OldImage": old}),
        "SequenceNumber": NUMBER,
        "SizeBytes": 7,
        "StreamViewType": view_type,
    }
    record = {
        "eventID": "e1",
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": change,
        **members,
    }
    return json.dumps(record).replace('"TIME"', time).encode()
