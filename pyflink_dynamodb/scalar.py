"""The scalars beside numbers: bool, text, binary, times, UUID and Enum, both ways."""

from __future__ import annotations

import datetime
import enum
import re
import sys
import uuid
from typing import Any

from pyflink_dynamodb.errors import InvalidAttributeValueError, UnsupportedTypeError
from pyflink_dynamodb.number import encode_int, whole
from pyflink_dynamodb.type_rule import (
    NULL,
    AttributeValue,
    TypeRule,
    expect,
    type_name,
    unsupported,
)

# Shared by all records: what is handed to users is a copy.
TRUE: AttributeValue = {"BOOL": True}
FALSE: AttributeValue = {"BOOL": False}

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MICROSECOND = datetime.timedelta(microseconds=1)
_TINY_OFFSET = re.compile(r"([+-])00:00:00\.(\d{6})\Z")
_FRACTION = re.compile(r"(?<=:\d\d)[.,](\d+)")
_BEYOND_MICROSECONDS = re.compile(r"[.,]\d{6}0*[1-9]")


def encode_none(_value: object, _level: int) -> AttributeValue:
    """What is missing."""
    return NULL


def encode_bool(value: bool, _level: int) -> AttributeValue:
    """A bool, which is never a number."""
    return TRUE if value else FALSE


def encode_text(value: str, _level: int) -> AttributeValue:
    """A subclass's own text, not what its __str__ makes of it."""
    return {"S": str.__str__(value)}


def encode_binary(value: bytes | bytearray | memoryview, _level: int) -> AttributeValue:
    """A copy, since the original may change."""
    return {"B": bytes(value)}


def _encode_uuid(value: uuid.UUID, _level: int) -> AttributeValue:
    return {"S": str(value)}


def _encode_time(value: datetime.date | datetime.time, _level: int) -> AttributeValue:
    _refuse_no_time(value)
    return {"S": value.isoformat()}


def _refuse_no_time(value: object) -> None:
    # Like NaN, what is no time may be unequal to itself.
    if value != value:  # noqa: PLR0124
        raise InvalidAttributeValueError(
            "not a time; pass None for a missing value", type_name(type(value))
        )


def _encode_timedelta(value: datetime.timedelta, _level: int) -> AttributeValue:
    if type(value) is not datetime.timedelta:
        # A subclass may hold more than timedelta's own attributes tell.
        raise unsupported(type(value))
    return {"N": str(value // _MICROSECOND * 1_000)}


def _encode_enum(value: enum.Enum, level: int) -> AttributeValue:
    content = value.value
    if isinstance(content, str):
        return encode_text(content, level)
    if isinstance(content, int) and not isinstance(content, bool):
        return encode_int(content, level)
    name = type_name(type(value))
    raise UnsupportedTypeError(
        f"the Enum {name} has a value that is neither str nor int; pass its .name or its .value",
        name,
    )


def nanoseconds_since_1970(value: datetime.date) -> int:
    """The exact time of a date or aware datetime; a naive one is refused."""
    if not isinstance(value, datetime.datetime):
        return (value - EPOCH.date()).days * 86_400 * 10**9
    _refuse_no_time(value)
    if value.utcoffset() is None:
        raise InvalidAttributeValueError(
            "a datetime without a time zone is no point in time; give it its tzinfo",
            type_name(type(value)),
        )
    # pandas' Timestamp counts on below microseconds.
    return (value - EPOCH) // _MICROSECOND * 1_000 + int(getattr(value, "nanosecond", 0))


def time_since_1970(cls: type, nanoseconds: int) -> object:
    """The date that a time stands for, if the class is `date`, and else the datetime."""
    if not issubclass(cls, datetime.date) or issubclass(cls, datetime.datetime):
        return EPOCH + _timedelta(nanoseconds)
    days, rest = divmod(nanoseconds, 86_400 * 10**9)
    if rest:
        raise ValueError
    return EPOCH.date() + datetime.timedelta(days)


def _timedelta(nanoseconds: int) -> datetime.timedelta:
    microseconds, rest = divmod(nanoseconds, 1_000)
    if rest:
        raise ValueError
    return datetime.timedelta(microseconds=microseconds)


def binary(value: Any) -> bytes:
    """What was read as bytes; boto3's Table wraps them in a class of its own."""
    return bytes(expect(getattr(value, "value", value), bytes, bytearray))


def _decode_timedelta(cls: type, value: object) -> datetime.timedelta:
    if cls is not datetime.timedelta:
        raise TypeError
    return _timedelta(whole(value))


def _decode_time(cls: Any, value: Any) -> object:
    text = expect(value, str)
    if _BEYOND_MICROSECONDS.search(text):
        raise ValueError
    # Before Python 3.11 fromisoformat knows neither the Z that others write, nor fractions of other
    # than three or six digits.
    if sys.version_info < (3, 11):
        text = _FRACTION.sub(lambda found: f".{found[1]:0<6.6}", text)
    time = cls.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    # It takes an offset below one second for none.
    tiny = _TINY_OFFSET.search(text)
    return time if tiny is None else time.replace(tzinfo=_offset(int(tiny[1] + tiny[2])))


def _offset(microseconds: int) -> datetime.timezone:
    return datetime.timezone(datetime.timedelta(microseconds=microseconds))


def _decode_none(_cls: type, value: object) -> None:
    if value is not None:
        raise TypeError


def _decode_binary(cls: type, value: object) -> object:
    return cls(binary(value))


_TIME = TypeRule(_encode_time, _decode_time)
_BINARY = TypeRule(encode_binary, _decode_binary)

SCALAR_RULES: dict[type, TypeRule] = {
    type(None): TypeRule(encode_none, _decode_none),
    bool: TypeRule(encode_bool, lambda _cls, value: expect(value, bool)),
    str: TypeRule(encode_text, lambda cls, value: cls(expect(value, str))),
    uuid.UUID: TypeRule(_encode_uuid, lambda cls, value: cls(expect(value, str))),
    bytes: _BINARY,
    bytearray: _BINARY,
    memoryview: _BINARY,
    datetime.date: _TIME,
    datetime.time: _TIME,
    datetime.datetime: _TIME,
    datetime.timedelta: TypeRule(_encode_timedelta, _decode_timedelta),
}

ENUM_RULE = TypeRule(
    _encode_enum, lambda cls, value: cls(value if isinstance(value, str) else whole(value))
)
