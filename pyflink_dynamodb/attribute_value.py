"""Python values to DynamoDB attribute values, and back.

An attribute value is a dict with one entry, type tag to content, in the form boto3 takes: numbers
are decimal text, binary is `bytes` (`base64_text` makes it the text that the wire has). One table,
`_RULES`, says what becomes of which class; a new type is a new row in it, or in one of the tables
that it is made of. Classes that the table cannot know are left to `look_for_rules`.

Nothing here imports PyFlink.
"""

from __future__ import annotations

import base64
import binascii
import decimal
import enum
import re
import typing
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Callable

from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidAttributeValueError,
    UnsupportedTypeError,
    WireFormatError,
)
from pyflink_dynamodb.number import NUMBER_RULES
from pyflink_dynamodb.scalar import ENUM_RULE, SCALAR_RULES
from pyflink_dynamodb.type_rule import (
    NULL,
    AttributeValue,
    TypeRule,
    expect,
    type_name,
    unsupported,
)

Members = dict[str, AttributeValue]
"""The attributes of an item or the members of a map, by name."""

# API Reference, Limits: 32 levels. The attribute itself is the first, so 31 lists and maps may
# stand around a value and a 32nd is refused, even an empty one (DynamoDB Local says so too).
_MAX_LEVEL = 32


def to_attribute_value(value: object) -> AttributeValue:
    """Convert one Python value to an attribute value.

    Args:
        value: None, bool, int, float, Decimal, str, UUID, an Enum whose value is a str, bytes,
            bytearray, memoryview, date, time, datetime, timedelta (nanoseconds), or a list,
            tuple, dict, set, frozenset, dataclass, named tuple or `Row` of these.

    Returns:
        A dict with one entry, tag to content, as boto3 takes it: `{"N": "1.5"}`, `{"B": b"x"}`.

    Raises:
        UnsupportedTypeError: there is no rule for the type; `.path` says where.
        InvalidAttributeValueError: DynamoDB cannot hold the value, such as NaN, a number of more
            than 38 digits, an empty set, or more than 32 levels.
    """
    return _checked_copy(encode_value(value, 1))


def from_attribute_value(attribute_value: Mapping[str, object]) -> object:
    """Convert an attribute value to the Python value that it stands for.

    Args:
        attribute_value: One entry, tag to content. Binary content may be bytes (as boto3 gives
            it) or base64 text (as JSON has it).

    Returns:
        None, bool, str, bytes, list, dict or set. A number is an int if its text has neither a
        point nor an exponent, else a Decimal.

    Raises:
        WireFormatError: this is no attribute value.
    """
    return _read(attribute_value)


# --- what the other modules build on ---


def encode_value(value: object, level: int) -> AttributeValue:
    """Encode a value at nesting level `level`; an item's attributes are at level 1."""
    encode = _ENCODERS.get(type(value)) or _encoder_of(type(value))
    return encode(value, level)


def encode_pairs(
    pairs: Iterable[tuple[str, object]], level: int, ignore_nulls: bool = False
) -> Members:
    """Encode members whose names are known only when they are here."""
    members: Members = {}
    for given_name, value in pairs:
        name = given_name if type(given_name) is str else _plain_name(given_name)
        try:
            encode = _ENCODERS.get(type(value)) or _encoder_of(type(value))
            encoded = encode(value, level)
        except ConversionError as error:
            error.under_name(name)
            raise
        if encoded is not NULL or not ignore_nulls:
            members[name] = encoded
    return members


def checked_members(members: Members) -> Members:
    """A copy that shares nothing with `members`, or the path of text that UTF-8 cannot hold."""
    copy = {}
    for name, value in members.items():
        try:
            _check_text(name)
            copy[name] = _checked_copy(value)
        except ConversionError as error:
            error.under_name(name)
            raise
    return copy


def base64_text(value: bytes) -> str:
    """The wire form of binary content; orjson calls it for the bytes it meets."""
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def look_for_rules(finder: Callable[[type], TypeRule | None], first: bool = False) -> None:
    """Ask `finder` for the rule of a class that is met for the first time.

    Args:
        finder: Gives None for a class that is not its own.
        first: Ask it before the others.
    """
    _FINDERS.insert(0 if first else len(_FINDERS), finder)


def rule_of(cls: type) -> TypeRule | None:
    """The rule of a class, its own or that of a base; None if it has none."""
    for finder in _FINDERS:
        rule = finder(cls)
        if rule is not None:
            return rule
    if issubclass(cls, enum.Enum):
        return ENUM_RULE
    return next((_RULES[base] for base in cls.__mro__ if base in _RULES), None)


def has_own_rule(cls: type) -> bool:
    """Whether the table has a row for this very class."""
    return cls in _RULES


def forget_encoders() -> None:
    """Look every class up again, since there is a new rule."""
    _ENCODERS.clear()
    _ENCODERS.update((cls, rule.encode) for cls, rule in _RULES.items())


def inside(value: object, level: int) -> int:
    """The level of a container's members."""
    if level >= _MAX_LEVEL:
        raise InvalidAttributeValueError(
            f"nested deeper than DynamoDB's {_MAX_LEVEL} levels, of which the attribute itself is "
            "the first; flatten it, or pass it as JSON text",
            type_name(type(value)),
        )
    return level + 1


# --- containers ---


def _list(value: Iterable[object], level: int) -> AttributeValue:
    inner = inside(value, level)
    members: list[AttributeValue] = []
    try:
        for member in value:
            members.append(encode_value(member, inner))  # noqa: PERF401 - its length is the index
    except ConversionError as error:
        error.under_index(len(members))
        raise
    return {"L": members}


def _map(value: Mapping[str, object], level: int) -> AttributeValue:
    return {"M": encode_pairs(value.items(), inside(value, level))}


def encode_set(value: Collection[object], level: int) -> AttributeValue:
    """The members of one kind as SS, NS or BS."""
    tags: set[str] = set()
    contents: list[Any] = []
    for member in value:
        ((tag, content),) = encode_value(member, level).items()
        tags.add(tag)
        contents.append(content)
    if not tags:
        raise InvalidAttributeValueError(
            "DynamoDB has no empty set; pass None, or leave the attribute out",
            type_name(type(value)),
        )
    if len(tags) > 1 or not tags <= {"S", "N", "B"}:
        raise UnsupportedTypeError(
            "a set holds only strings, only numbers or only binary; pass a list",
            type_name(type(value)),
        )
    tag = tags.pop()
    # As numbers, 1 and 1.00 are one member.
    plain = map(decimal.Decimal, contents) if tag == "N" else contents
    if len(set(plain)) < len(contents):
        raise InvalidAttributeValueError(
            "two members of the set are the same to DynamoDB; drop one of them",
            type_name(type(value)),
        )
    return {f"{tag}S": sorted(contents)}


def _decode_list(cls: Any, value: object) -> object:
    members = expect(value, list)
    return members if cls is list else cls(members)


def _decode_map(cls: Any, value: object) -> object:
    members = expect(value, dict)
    return members if cls is dict else cls(members)


def _decode_set(cls: Any, value: object) -> object:
    # A list is what a set has become within JSON text.
    members = expect(value, set, frozenset, list)
    return members if type(members) is cls else cls(members)


_LIST = TypeRule(_list, _decode_list)
_SET = TypeRule(encode_set, _decode_set)

_RULES: dict[type, TypeRule] = {
    **NUMBER_RULES,
    **SCALAR_RULES,
    list: _LIST,
    tuple: _LIST,
    dict: TypeRule(_map, _decode_map),
    set: _SET,
    frozenset: _SET,
}

_FINDERS: list[Callable[[type], TypeRule | None]] = []
_ENCODERS: dict[type, Callable[[Any, int], AttributeValue]] = {}
forget_encoders()


def _encoder_of(cls: type) -> Callable[[Any, int], AttributeValue]:
    """Find the rule for a class that is met for the first time, and keep it."""
    rule = rule_of(cls)
    if rule is None:
        raise unsupported(cls)
    _ENCODERS[cls] = rule.encode
    return rule.encode


# --- faults ---


def _plain_name(name: object) -> str:
    if not isinstance(name, str):
        raise UnsupportedTypeError(
            f"an attribute name is a str, not {type_name(type(name))}; convert the dict's keys",
            type_name(type(name)),
        )
    return str.__str__(name)


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Without the cause, which quotes the text.
        raise InvalidAttributeValueError(
            "text with a lone surrogate, which UTF-8 cannot hold; decode its source with the "
            "right encoding, or pass bytes",
            "str",
        ) from None


def _checked_copy(value: AttributeValue) -> AttributeValue:
    """The same for one attribute value as `checked_members` for several."""
    ((tag, content),) = value.items()
    if tag == "M":
        return {tag: checked_members(typing.cast("Members", content))}
    if tag == "L":
        members: list[AttributeValue] = []
        try:
            for member in typing.cast("list[AttributeValue]", content):
                members.append(_checked_copy(member))  # noqa: PERF401 - as above
        except ConversionError as error:
            error.under_index(len(members))
            raise
        return {tag: members}
    if tag == "S":
        _check_text(typing.cast("str", content))
    elif tag == "SS":
        for text in typing.cast("list[str]", content):
            _check_text(text)
    return {tag: content}


# --- reading ---

_INTEGER = re.compile(r"[+-]?[0-9]+\Z")


def _read(attribute_value: object) -> object:
    if not isinstance(attribute_value, Mapping) or len(attribute_value) != 1:
        raise WireFormatError("an attribute value is a dict with one entry, type tag to content")
    ((tag, content),) = attribute_value.items()
    read = _READERS.get(tag)
    if read is None:
        raise WireFormatError(f"the type tag of an attribute value is one of {', '.join(_READERS)}")
    try:
        return read(content)
    except (TypeError, ValueError, decimal.InvalidOperation):
        # Without the cause, whose text may quote the content.
        raise WireFormatError(f"the content of an attribute value of type {tag} is wrong") from None


def _read_number(content: object) -> int | decimal.Decimal:
    text = expect(content, str)
    if _INTEGER.match(text):
        return int(text)
    number = decimal.Decimal(text)
    if not number.is_finite():
        raise ValueError
    return number


def _read_binary(content: object) -> bytes:
    if isinstance(content, str):
        return base64.b64decode(content, validate=True)
    return bytes(expect(content, bytes, bytearray))


def _read_null(content: object) -> None:
    if content is not True:
        raise ValueError


def _set_reader(read_member: Callable[[object], object]) -> Callable[[Any], set[object]]:
    return lambda content: {read_member(member) for member in expect(content, list, tuple, set)}


_READERS: dict[str, Callable[[Any], object]] = {
    "S": lambda content: expect(content, str),
    "N": _read_number,
    "B": _read_binary,
    "BOOL": lambda content: expect(content, bool),
    "NULL": _read_null,
    "L": lambda content: [_read(member) for member in expect(content, list, tuple)],
    "M": lambda content: {name: _read(member) for name, member in expect(content, dict).items()},
    "SS": _set_reader(lambda member: expect(member, str)),
    "NS": _set_reader(_read_number),
    "BS": _set_reader(_read_binary),
}
