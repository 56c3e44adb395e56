"""One stream record of a `ScriptedStream`: what the model knows of it, and what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from pyflink_dynamodb.attribute_value import base64_text, from_attribute_value
from pyflink_dynamodb.testing.request_record import Key

VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")

Item = Mapping[str, Mapping[str, Any]]
"""Attribute values by name, in the service's form; binary values are bytes."""


@dataclass(frozen=True)
class ScriptedRecord:
    """A change that was written, whatever became of its record.

    Attributes:
        stream_arn: The stream it is in.
        shard_id: The shard it was written to.
        sequence_number: As a number; on the wire it is text of `sequence_text`'s length.
        event_name: "INSERT", "MODIFY" or "REMOVE".
        key: The primary key's values in order: str, int or Decimal, bytes.
        new_image: The item afterwards as Python values; None after a delete. The model's own:
            the record sent may lack it, by the stream's view type.
        old_image: The item before; None for an insert.
        creation_time: Seconds since the epoch, a whole number.
        size_bytes: What the record says of its size.
        json: The record as GetRecords answers it.
    """

    stream_arn: str
    shard_id: str
    sequence_number: int
    event_name: str
    key: Key
    new_image: Mapping[str, Any] | None
    old_image: Mapping[str, Any] | None
    creation_time: int
    size_bytes: int
    json: bytes = field(repr=False)


@dataclass(frozen=True)
class RecordForm:
    """How the records of a stream are written.

    Attributes:
        stream_arn: The stream's.
        region: The region that they name.
        view_type: What of the item they hold.
        exponent_times: Creation times as 1.79526804E9, otherwise as 1795268040.
    """

    stream_arn: str
    region: str
    view_type: str
    exponent_times: bool = False

    def record(
        self,
        shard_id: str,
        sequence_number: int,
        keys: Item,
        images: tuple[Item | None, Item | None],
        creation_time: int,
        *,
        event_id: str,
        by_ttl: bool = False,
    ) -> ScriptedRecord:
        """Make the record of a change.

        Args:
            shard_id: Where it goes.
            sequence_number: Its number.
            keys: The key attributes, partition key first.
            images: The item before and after; None where there is none.
            creation_time: Whole seconds since the epoch.
            event_id: Any text.
            by_ttl: Whether Time to Live deleted the item.
        """
        old, new = images
        held: dict[str, Item] = {"Keys": keys}
        if new is not None and self.view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
            held["NewImage"] = new
        if old is not None and self.view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
            held["OldImage"] = old
        size = sum(map(item_size, held.values()))
        replaced = "MODIFY" if new is not None else "REMOVE"
        name = "INSERT" if old is None else replaced
        body: dict[str, Any] = {
            "eventID": event_id,
            "eventName": name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self.region,
            "dynamodb": {
                "ApproximateCreationDateTime": self._time(creation_time),
                **held,
                "SequenceNumber": sequence_text(sequence_number),
                "SizeBytes": size,
                "StreamViewType": self.view_type,
            },
        }
        if by_ttl:
            body["userIdentity"] = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
        return ScriptedRecord(
            self.stream_arn,
            shard_id,
            sequence_number,
            name,
            tuple(from_attribute_value(value) for value in keys.values()),
            _python(new),
            _python(old),
            creation_time,
            size,
            orjson.dumps(body, default=base64_text),
        )

    def _time(self, seconds: int) -> Any:
        if not self.exponent_times:
            return seconds
        digits = str(seconds)
        fraction = digits[1:].rstrip("0") or "0"
        return orjson.Fragment(f"{digits[0]}.{fraction}E{len(digits) - 1}")


def sequence_text(number: int) -> str:
    """A sequence number as the service writes it: 21 digits at least."""
    return f"{number:021d}"


def item_size(item: Item) -> int:
    """Bytes of names and values, by the rules of the Developer Guide ("Item sizes")."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((tag, content),) = value.items()
    if tag == "N":
        return _number_size(content)
    if tag in ("BOOL", "NULL"):
        return 1
    if tag == "L":
        return 3 + sum(1 + _value_size(member) for member in content)
    if tag == "M":
        return 3 + len(content) + item_size(content)
    if tag in ("S", "B"):
        return len(content.encode() if tag == "S" else content)
    return sum(_value_size({tag[0]: member}) for member in content)


def _number_size(text: str) -> int:
    number = Decimal(text).normalize()
    if not number:
        return 1
    return 1 + (len(number.as_tuple().digits) + 1) // 2 + (number < 0)


def _python(image: Item | None) -> Mapping[str, Any] | None:
    if image is None:
        return None
    return {name: from_attribute_value(value) for name, value in image.items()}
