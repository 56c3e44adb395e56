"""A stream record: one change of one item, as DynamoDB Streams tells it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, cast

import orjson

from pyflink_dynamodb.attribute_value import from_attribute_value
from pyflink_dynamodb.errors import StreamRecordError, WireFormatError
from pyflink_dynamodb.item import from_item
from pyflink_dynamodb.write_request import WriteRequest

if TYPE_CHECKING:
    from pyflink.common import RowKind

T = TypeVar("T")

EventName = Literal["INSERT", "MODIFY", "REMOVE"]

# Source: API Reference, DynamoDB Streams, Record; row kinds by their names in Flink.
_ROW_KINDS = {"INSERT": "INSERT", "MODIFY": "UPDATE_AFTER", "REMOVE": "DELETE"}
# Source: developer guide, "DynamoDB Streams and Time to Live".
_TTL_DELETE = ("Service", "dynamodb.amazonaws.com")


class UserIdentity(NamedTuple):
    """Who made a change, where it was no user of the table.

    Attributes:
        type: Such as "Service".
        principal_id: Such as "dynamodb.amazonaws.com".
    """

    type: str
    principal_id: str


class StreamRecord:
    """One change of one item. Cannot be changed; pickled as its JSON.

    Images and keys are made into Python values when they are first asked for, and kept, so leave
    what they give as it is. A number without a point is an int, another a Decimal.

    Args:
        json: The record as GetRecords gives it.

    Raises:
        WireFormatError: This is no stream record.
    """

    __slots__ = ("_change", "_decoded", "_record")

    def __init__(self, json: bytes | str) -> None:
        # A lone surrogate passes here, and is refused as what is no UTF-8.
        text = json.encode("utf-8", "surrogatepass") if isinstance(json, str) else json
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError:
            # Without the cause, which quotes the text.
            raise WireFormatError("a stream record is JSON, and this is not") from None
        change = record.get("dynamodb") if isinstance(record, dict) else None
        if (
            not isinstance(change, dict)
            or record.get("eventName") not in _ROW_KINDS
            or not isinstance(change.get("Keys"), dict)
            or not isinstance(change.get("SequenceNumber"), str)
        ):
            raise WireFormatError(
                "a stream record is a JSON object with the members eventName and dynamodb, and in "
                "that Keys and SequenceNumber"
            )
        if b"{}" in text:
            for name in ("NewImage", "OldImage"):
                if isinstance(change.get(name), dict):
                    change[name] = _with_empty_maps(change[name])
        self._record: dict[str, Any] = record
        self._change: dict[str, Any] = change
        self._decoded: dict[str, dict[str, Any] | None] = {}

    @property
    def event_name(self) -> EventName:
        """What happened to the item: "INSERT", "MODIFY" or "REMOVE"."""
        return cast("EventName", self._record["eventName"])

    @property
    def event_id(self) -> str | None:
        """The service's id of the record."""
        return self._record.get("eventID")

    @property
    def keys(self) -> dict[str, Any]:
        """The item's primary key."""
        return cast("dict[str, Any]", self._image("Keys"))

    @property
    def new_image(self) -> dict[str, Any] | None:
        """The item after the change; None if it was removed, or the view type has no new images."""
        return self._image("NewImage")

    @property
    def old_image(self) -> dict[str, Any] | None:
        """The item before the change; None if it is new, or the view type has no old images."""
        return self._image("OldImage")

    @property
    def sequence_number(self) -> str:
        """The record's place in its shard, 21 to 40 digits."""
        return cast("str", self._change["SequenceNumber"])

    @property
    def creation_time(self) -> datetime.datetime:
        """When the change was made, in UTC. The service cuts it to the second.

        Raises:
            WireFormatError: The record has no such time.
        """
        seconds = self._change.get("ApproximateCreationDateTime")
        try:
            if isinstance(seconds, (int, float)) and not isinstance(seconds, bool):
                return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        except (OverflowError, OSError, ValueError):
            pass
        raise WireFormatError(
            f"the stream record {self.sequence_number} has no ApproximateCreationDateTime"
        )

    @property
    def size_bytes(self) -> int:
        """The size of the record by DynamoDB's rule; 0 where it does not say."""
        return int(self._change.get("SizeBytes") or 0)

    @property
    def view_type(self) -> str | None:
        """KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES."""
        return self._change.get("StreamViewType")

    @property
    def user_identity(self) -> UserIdentity | None:
        """Who made the change, for one that no user of the table made."""
        # The names in it begin with a capital in the API, and not in what Lambda gets.
        identity = self._record.get("userIdentity")
        if not isinstance(identity, dict):
            return None
        members = {name.lower(): value for name, value in identity.items()}
        return UserIdentity(str(members.get("type")), str(members.get("principalid")))

    @property
    def is_ttl_delete(self) -> bool:
        """Whether the item was removed because its time to live had passed."""
        return self.event_name == "REMOVE" and self.user_identity == _TTL_DELETE

    @property
    def row_kind(self) -> RowKind:
        """INSERT, UPDATE_AFTER or DELETE."""
        from pyflink.common import RowKind

        return RowKind[_ROW_KINDS[self.event_name]]

    def new(self, cls: type[T]) -> T | None:
        """The item after the change as an object, by `from_item`; None if it was removed.

        Args:
            cls: As in `from_item`.

        Raises:
            StreamRecordError: The view type has no new images.
            ConversionError: The item does not fit the class.
        """
        if self.event_name == "REMOVE":
            return None
        return from_item(cls, self._needed("NewImage", "new image", "NEW_IMAGE"))

    def old(self, cls: type[T]) -> T | None:
        """The item before the change as an object, by `from_item`; None if it is new.

        Args:
            cls: As in `from_item`.

        Raises:
            StreamRecordError: The view type has no old images.
            ConversionError: The item does not fit the class.
        """
        if self.event_name == "INSERT":
            return None
        return from_item(cls, self._needed("OldImage", "old image", "OLD_IMAGE"))

    def to_write_request(self) -> WriteRequest:
        """The write that repeats the change in another table: a put, or a delete by key.

        The item goes as it came, whatever is in it.

        Raises:
            StreamRecordError: The view type has no new images.
        """
        if self.event_name == "REMOVE":
            return WriteRequest._of_attribute_values("delete", self._change["Keys"])  # noqa: SLF001
        item = self._needed("NewImage", "new image", "NEW_IMAGE")
        return WriteRequest._of_attribute_values("put", item)  # noqa: SLF001

    def to_json(self) -> bytes:
        """The record as AWS's JSON."""
        return orjson.dumps(self._record)

    def _image(self, name: str) -> dict[str, Any] | None:
        if name not in self._decoded:
            members = self._change.get(name)
            self._decoded[name] = (
                None
                if members is None
                else cast("dict[str, Any]", from_attribute_value({"M": members}))
            )
        return self._decoded[name]

    def _needed(self, name: str, called: str, view_type: str) -> dict[str, Any]:
        image = self._change.get(name)
        if not isinstance(image, Mapping):
            raise StreamRecordError(
                f"the stream record {self.sequence_number} has no {called}, for the stream's view "
                f"type is {self.view_type}; enable a stream with {view_type} or NEW_AND_OLD_IMAGES"
            )
        return cast("dict[str, Any]", image)

    def _told(self) -> tuple[object, ...]:
        """What tells one record from another, whichever way its numbers are written."""
        images = ("Keys", "NewImage", "OldImage", "SizeBytes", "StreamViewType")
        time = self._change.get("ApproximateCreationDateTime")
        names = (self.event_id, self.event_name, self.sequence_number, time, self.user_identity)
        return (*names, *(self._change.get(name) for name in images))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StreamRecord):
            return NotImplemented
        return self._told() == other._told()

    def __hash__(self) -> int:
        return hash((self.event_id, self.event_name, self.sequence_number))

    def __reduce__(self) -> tuple[type[StreamRecord], tuple[bytes]]:
        return StreamRecord, (self.to_json(),)

    def __repr__(self) -> str:
        # Without values: a repr ends in logs.
        images = [name for name in ("NewImage", "OldImage") if self._change.get(name) is not None]
        return (
            f"StreamRecord({self.event_name}, keys [{', '.join(self._change['Keys'])}], "
            f"{' and '.join(images) or 'no image'}, sequence number {self.sequence_number})"
        )


def _with_empty_maps(members: dict[str, Any]) -> dict[str, Any]:
    """The members of an image or map, with the type tag of each empty map.

    DynamoDB Local leaves it out in stream records, and in nothing else. The service does not.
    """
    return {name: _with_empty_map(value) for name, value in members.items()}


def _with_empty_map(value: Any) -> Any:
    if value == {}:
        return {"M": {}}
    if isinstance(value, dict) and isinstance(value.get("L"), list):
        return {**value, "L": [_with_empty_map(member) for member in value["L"]]}
    if isinstance(value, dict) and isinstance(value.get("M"), dict):
        return {**value, "M": _with_empty_maps(value["M"])}
    return value
