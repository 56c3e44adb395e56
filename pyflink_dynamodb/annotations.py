"""What a field's annotation can say about its attribute: `Annotated[str, PartitionKey()]`.

The meanings are those of the annotations of AWS's enhanced client for Java, where it has them. A
marker stands on a field of a dataclass, attrs class, pydantic model, named tuple or bean, and on
the field itself: `Annotated[Optional[datetime], AsEpoch()]`. Markers that contradict each other
are an `InvalidConfigurationError` when the class is first met.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Protocol

from pyflink_dynamodb.errors import InvalidConfigurationError

# Developer Guide, Constraints: attribute names.
_MAX_NAME_BYTES = 65_535

NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
"""How long each unit of `AsEpoch` is."""


class Codec(Protocol):
    """How one field's values are stored: two functions that undo each other."""

    def encode(self, value: Any, /) -> object:
        """A value of a supported type that stands for `value`, which is never None."""
        ...

    def decode(self, stored: Any, /) -> Any:
        """The value that a stored one stands for, as `from_attribute_value` gives it."""
        ...


@dataclass(frozen=True)
class PartitionKey:
    """The attribute is the table's partition key: S, N or B, never None."""


@dataclass(frozen=True)
class SortKey:
    """The attribute is the table's sort key: S, N or B, never None."""


@dataclass(frozen=True)
class Attribute:
    """The attribute's name in the item, and how its values are stored.

    Args:
        name: By default the field's own name. 1 to 65,535 bytes.
        codec: An object with the methods `encode` and `decode`. What `encode` returns is stored by
            the rules of its type; `decode` takes it as it was read. None is left to neither.

    Raises:
        InvalidConfigurationError: The name is none, or the codec lacks a method.
    """

    name: str | None = None
    codec: Codec | None = None

    def __post_init__(self) -> None:
        problems = []
        name: Any = self.name
        if name is not None and not (
            isinstance(name, str) and 0 < len(name.encode(errors="replace")) <= _MAX_NAME_BYTES
        ):
            problems.append("Attribute: name is a str of 1 to 65,535 bytes")
        methods = ("encode", "decode")
        if self.codec is not None and not all(
            callable(getattr(self.codec, m, None)) for m in methods
        ):
            problems.append("Attribute: codec is an object with the methods encode and decode")
        if problems:
            raise InvalidConfigurationError(problems)


@dataclass(frozen=True)
class Ignore:
    """The field is not written; read back it has its default, or None where it may be None."""


@dataclass(frozen=True)
class IgnoreNulls:
    """Attributes of this nested object that are None are left out, instead of written as NULL.

    Of the object itself, not of what it contains.
    """


@dataclass(frozen=True)
class Flatten:
    """The nested object's attributes go into the enclosing item.

    An attribute that both have is refused when the class is first met. None writes nothing, and
    an item with none of the attributes reads as None where the field may be None.
    """


@dataclass(frozen=True)
class VersionAttribute:
    """An int that counts the item's versions: None is written as 1, n as n + 1.

    That is all. The enhanced client also makes the write conditional on the stored version;
    BatchWriteItem, which the sink uses, knows no conditions, so that this guards against nothing.
    An item reads with the version that is stored.
    """


@dataclass(frozen=True)
class TimeToLive:
    """When DynamoDB may delete the item, in whole seconds since 1970 (UTC).

    The table has to have time to live switched on for the attribute (UpdateTimeToLive); a table
    that the sink creates has not.

    The field holds such an int, or an aware datetime, whose fraction of a second is dropped. With
    `after` and `of`, a field that is None is written as that other field's time plus `after`; it
    stays None if both are None.

    Args:
        after: Time to live.
        of: Name of another field of the class, whose value is an int or aware datetime as above.

    Raises:
        InvalidConfigurationError: Only one of the two is given, or it is of another type.
    """

    after: datetime.timedelta | None = None
    of: str | None = None

    def __post_init__(self) -> None:
        after: object = self.after
        of: object = self.of
        if (after, of) != (None, None) and not (
            isinstance(after, datetime.timedelta) and isinstance(of, str)
        ):
            raise InvalidConfigurationError(
                ["TimeToLive: give both after, a timedelta, and of, a field's name, or neither"]
            )


@dataclass(frozen=True)
class AsSet:
    """A list, tuple or set as SS, NS or BS; an empty one is left out, and read back as empty.

    DynamoDB keeps no order: a list or tuple reads back sorted.
    """


@dataclass(frozen=True)
class AsEpoch:
    """A date or aware datetime as N, the time since 1970 (UTC); a date stands for its midnight.

    What does not fit the unit exactly is refused. A datetime reads back in UTC.

    Args:
        unit: "s", "ms", "us" or "ns".

    Raises:
        InvalidConfigurationError: Another unit.
    """

    unit: str = "s"

    def __post_init__(self) -> None:
        if self.unit not in NANOSECONDS:
            raise InvalidConfigurationError([f"AsEpoch: unit is one of {', '.join(NANOSECONDS)}"])


@dataclass(frozen=True)
class AsJson:
    """Anything that JSON can hold, as S: compact JSON text.

    That is None, bool, int, finite float, str, list, tuple, and dict with str keys. None as the
    field itself is NULL, as ever.
    """


@dataclass(frozen=True)
class AsPickle:
    """Anything that can be pickled, as B.

    Whoever can write to the table can then run code where the item is read: `from_item` unpickles
    such fields. Use it only for tables that none but you write to.
    """


MARKERS = (
    *(PartitionKey, SortKey, Attribute, Ignore, IgnoreNulls, Flatten, VersionAttribute, TimeToLive),
    *(AsSet, AsEpoch, AsJson, AsPickle),
)
