"""The primary key that a class's annotations declare."""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import uuid
from typing import NamedTuple

from pyflink_dynamodb.annotations import (
    AsEpoch,
    AsJson,
    AsPickle,
    Attribute,
    PartitionKey,
    SortKey,
    TimeToLive,
)
from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.record_class import Field, all_fields
from pyflink_dynamodb.registered_type import registered_rule_of
from pyflink_dynamodb.type_hint import class_of
from pyflink_dynamodb.type_rule import type_name


class KeyAttribute(NamedTuple):
    """A key attribute.

    Attributes:
        name: The attribute's name in the item.
        type: "S", "N" or "B"; None if the field's type does not tell.
    """

    name: str
    type: str | None


class KeySchema(NamedTuple):
    """A primary key."""

    partition_key: KeyAttribute
    sort_key: KeyAttribute | None


def key_schema(cls: type, bean: bool = False) -> KeySchema | None:
    """The primary key that a class declares by `PartitionKey` and `SortKey`; None without them.

    Args:
        cls: Any class.
        bean: Take a plain class without markers, too.

    Raises:
        InvalidConfigurationError: A sort key without a partition key, or other markers that
            contradict each other.
    """
    keys = [_attribute(field) for field in key_fields(cls, bean)]
    return KeySchema(keys[0], keys[1] if len(keys) > 1 else None) if keys else None


@functools.cache
def key_fields(cls: type, bean: bool = False) -> tuple[Field, ...]:
    """The fields of the key that `key_schema` describes, the partition key's first.

    Kept for each class; the types of the fields are not, since a type may be registered later.
    """
    fields = list(all_fields(cls, bean))
    partition = [field for field in fields if PartitionKey in field.markers]
    sort = [field for field in fields if SortKey in field.markers]
    if sort and not partition:
        raise InvalidConfigurationError(
            f"{type_name(cls)}.{sort[0].name}: SortKey() needs a partition key; mark that with "
            "PartitionKey()"
        )
    return (*partition[:1], *sort[:1])


def attribute_type(cls: type, name: str) -> str | None:
    """The DynamoDB type of an attribute as a key of a class's instances: "S", "N" or "B".

    None where the class has no such attribute, or its type does not tell, or cannot be a key.
    """
    fields = (field for field in all_fields(cls, bean=True) if field.attribute == name)
    return next((_attribute(field).type for field in fields), None)


_BY_CLASS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, ""),
    ((str, uuid.UUID, datetime.date, datetime.time), "S"),
    ((int, float, decimal.Decimal, datetime.timedelta), "N"),
    ((bytes, bytearray, memoryview), "B"),
)
_BY_MARKER = ((TimeToLive, "N"), (AsEpoch, "N"), (AsJson, "S"), (AsPickle, "B"))


def _attribute(field: Field) -> KeyAttribute:
    if Attribute in field.markers and field.markers[Attribute].codec is not None:
        return KeyAttribute(field.attribute, None)
    for marker, tag in _BY_MARKER:
        if marker in field.markers:
            return KeyAttribute(field.attribute, tag)
    cls = class_of(field.hint)
    if cls is not None and registered_rule_of(cls) is not None:
        # What its function gives is not known before there is a value.
        return KeyAttribute(field.attribute, None)
    if cls is not None and issubclass(cls, enum.Enum):
        kinds = {type(member.value) for member in cls}
        cls = kinds.pop() if len(kinds) == 1 else None
    found = (tag for classes, tag in _BY_CLASS if cls is not None and issubclass(cls, classes))
    return KeyAttribute(field.attribute, next(found, None) or None)
