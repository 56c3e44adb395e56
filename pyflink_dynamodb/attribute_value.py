"""Python values to DynamoDB attribute values, and back.

An attribute value is a dict with one entry, type tag to content, in the form boto3 takes: numbers
are decimal text, binary is `bytes` (`base64_text` makes it the text that the wire has). One table,
`_ENCODERS`, says what becomes of which class; a new type is a new row there. Dataclasses and named
tuples get an encoder generated once per class, since a loop over fields takes twice as long as
code with the fields' names in it.

Nothing here imports PyFlink; a `Row` is known by its class's name.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime
import decimal
import enum
import math
import re
import typing
import uuid
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Callable

from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidAttributeValueError,
    UnsupportedTypeError,
    WireFormatError,
)

AttributeValue = dict[str, object]
"""One entry, type tag to content: `{"N": "1.5"}`."""

Members = dict[str, AttributeValue]
"""The attributes of an item or the members of a map, by name."""

MembersEncoder = Callable[..., Members]
"""A record and the nesting level of its members to their attribute values."""

# API Reference, Limits: 32 levels. The attribute itself is the first, so 31 lists and maps may
# stand around a value and a 32nd is refused, even an empty one (DynamoDB Local says so too).
_MAX_LEVEL = 32

# Developer Guide, Naming rules and data types, Number.
_MAX_DIGITS = 38
_MIN_EXPONENT = -130
_MAX_EXPONENT = 125

_MAX_INT = 10**_MAX_DIGITS - 1
_MAX_BITS = (10 ** (_MAX_EXPONENT + 1)).bit_length()

_ROW = "pyflink.common.types.Row"

# Shared by all records: what is handed to users is a copy.
_TRUE: AttributeValue = {"BOOL": True}
_FALSE: AttributeValue = {"BOOL": False}
_NULL: AttributeValue = {"NULL": True}


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
        if value is None and ignore_nulls:
            continue
        name = given_name if type(given_name) is str else _plain_name(given_name)
        try:
            encode = _ENCODERS.get(type(value)) or _encoder_of(type(value))
            members[name] = encode(value, level)
        except ConversionError as error:
            error.under_name(name)
            raise
    return members


def members_encoder(cls: type, ignore_nulls: bool = False) -> MembersEncoder | None:
    """The encoder of a class whose instances are records; None for every other class.

    Args:
        cls: A dict or another Mapping, a dataclass, a named tuple, or `Row`.
        ignore_nulls: Leave out what is None, in the record itself, not in what it contains.
    """
    encode = _MEMBERS_ENCODERS.get((cls, ignore_nulls))
    if encode is None:
        if dataclasses.is_dataclass(cls):
            annotations = _dataclass_annotations(cls)
            reads = {name: f"record.{name}" for name in annotations}
            encode = _generate_members_encoder(cls, reads, annotations, ignore_nulls)
        elif is_named_tuple(cls):
            annotations = getattr(cls, "__annotations__", {})
            names = typing.cast("type[Any]", cls)._fields
            reads = {name: f"record[{index}]" for index, name in enumerate(names)}
            encode = _generate_members_encoder(cls, reads, annotations, ignore_nulls)
        elif is_row(cls):
            encode = _pairs_encoder(lambda row: row_members(row).items(), ignore_nulls)
        elif issubclass(cls, Mapping):
            encode = _pairs_encoder(lambda record: record.items(), ignore_nulls)
        else:
            return None
        _MEMBERS_ENCODERS[cls, ignore_nulls] = encode
    return encode


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


def type_name(cls: type) -> str:
    """The name by which messages and rejected records call a class."""
    name = cls.__qualname__
    return name if cls.__module__ == "builtins" else f"{cls.__module__}.{name}"


def is_named_tuple(cls: type) -> bool:
    """Whether a class is a tuple with field names."""
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_row(cls: type) -> bool:
    """Whether a class is PyFlink's `Row`."""
    return cls.__name__ == "Row" and cls.__module__ == "pyflink.common.types"


def row_names(row: object) -> list[str] | None:
    """A Row's own field names; None for a Row that has none.

    A Row of an unnamed `Types.ROW` is called f0, f1, ... once it went through a PyFlink coder, and
    has no names on its way between two chained functions: both are a Row without names.
    """
    names: list[str] | None = row.__dict__.get("_fields")
    if names and names[0] == "f0" and names == generated_names(len(names)):
        return None
    return names


def generated_names(count: int) -> list[str]:
    """The names that Flink gives to the fields of an unnamed row type."""
    return [f"f{index}" for index in range(count)]


def row_members(row: Iterable[object]) -> dict[str, object]:
    """The values of a Row by its own field names."""
    names = row_names(row)
    if names is None:
        raise UnsupportedTypeError(
            "a Row without field names; declare the stream's type with Types.ROW_NAMED, or make "
            "rows with names, as in Row(id=...); for the element itself, "
            "RowElementConverter(field_names=[...]) gives the names",
            _ROW,
        )
    return named_values(names, list(row))


def named_values(names: list[str], values: list[object]) -> dict[str, object]:
    """Pair a Row's names and values, refusing what would lose one of them."""
    members = dict(zip(names, values))
    if not len(members) == len(names) == len(values):
        raise UnsupportedTypeError(
            f"a Row of {len(values)} values and {len(names)} field names, of which {len(members)} "
            "differ; give every field a name of its own",
            _ROW,
        )
    return members


# --- the rules, one function per kind of value ---


def _none(_value: None, _level: int) -> AttributeValue:
    return _NULL


def _bool(value: bool, _level: int) -> AttributeValue:
    return _TRUE if value else _FALSE


def _int(value: int, _level: int) -> AttributeValue:
    if -_MAX_INT <= value <= _MAX_INT:
        return {"N": int.__repr__(value)}
    # Asked of its bits first: Python refuses to print integers of thousands of digits.
    if value.bit_length() > _MAX_BITS:
        raise _out_of_range(value)
    text = int.__repr__(value)
    if len(text.lstrip("-")) > _MAX_EXPONENT + 1:
        raise _out_of_range(value)
    if len(text.strip("-0")) > _MAX_DIGITS:
        raise _too_precise(value)
    return {"N": text}


def _float(value: float, _level: int) -> AttributeValue:
    if 1e-130 <= value < 1e126 or -1e126 < value <= -1e-130 or value == 0:
        # The shortest text that reads back as this float; a subclass may print itself otherwise.
        return {"N": float.__repr__(value)}
    raise _out_of_range(value) if math.isfinite(value) else _not_finite(value)


def _decimal(value: decimal.Decimal, _level: int) -> AttributeValue:
    if not value.is_finite():
        raise _not_finite(value)
    if value == 0:
        return {"N": "0"}
    if not _MIN_EXPONENT <= value.adjusted() <= _MAX_EXPONENT:
        raise _out_of_range(value)
    text = decimal.Decimal.__str__(value)
    if len(text) > _MAX_DIGITS:
        digits = "".join(map(str, value.as_tuple().digits))
        if len(digits.strip("0")) > _MAX_DIGITS:
            raise _too_precise(value)
    return {"N": text}


def _text(value: str, _level: int) -> AttributeValue:
    # A subclass's own text, not what its __str__ makes of it.
    return {"S": str.__str__(value)}


def _uuid(value: uuid.UUID, _level: int) -> AttributeValue:
    return {"S": str(value)}


def _enum(value: enum.Enum, _level: int) -> AttributeValue:
    content = value.value
    if not isinstance(content, str):
        name = type_name(type(value))
        raise UnsupportedTypeError(
            f"the Enum {name} has a value that is no str; pass its .name or its .value", name
        )
    return {"S": str.__str__(content)}


def _binary(value: bytes | bytearray | memoryview, _level: int) -> AttributeValue:
    return {"B": bytes(value)}


def _iso_8601(value: datetime.date | datetime.time, _level: int) -> AttributeValue:
    # pandas' NaT calls itself a datetime; like NaN it is not equal to itself.
    if value != value:  # noqa: PLR0124
        raise InvalidAttributeValueError(
            "not a time; pass None for a missing value", type_name(type(value))
        )
    return {"S": value.isoformat()}


def _nanoseconds(value: datetime.timedelta, _level: int) -> AttributeValue:
    if type(value) is not datetime.timedelta:
        # pandas' has nanoseconds, which timedelta's own attributes leave out.
        raise _unsupported(type(value))
    seconds = value.days * 86_400 + value.seconds
    return {"N": str(seconds * 10**9 + value.microseconds * 1_000)}


def _list(value: Iterable[object], level: int) -> AttributeValue:
    inner = _inside(value, level)
    members: list[AttributeValue] = []
    try:
        for member in value:
            members.append(encode_value(member, inner))  # noqa: PERF401 - its length is the index
    except ConversionError as error:
        error.under_index(len(members))
        raise
    return {"L": members}


def _map(value: Mapping[str, object], level: int) -> AttributeValue:
    return {"M": encode_pairs(value.items(), _inside(value, level))}


def _set(value: AbstractSet[object], level: int) -> AttributeValue:
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


_ENCODERS: dict[type, Callable[..., AttributeValue]] = {
    type(None): _none,
    bool: _bool,
    int: _int,
    float: _float,
    decimal.Decimal: _decimal,
    str: _text,
    uuid.UUID: _uuid,
    bytes: _binary,
    bytearray: _binary,
    memoryview: _binary,
    datetime.date: _iso_8601,
    datetime.time: _iso_8601,
    datetime.datetime: _iso_8601,
    datetime.timedelta: _nanoseconds,
    list: _list,
    tuple: _list,
    dict: _map,
    set: _set,
    frozenset: _set,
}


def _encoder_of(cls: type) -> Callable[..., AttributeValue]:
    """Find the rule for a class that is met for the first time, and keep it."""
    encode: Callable[..., AttributeValue] | None
    if issubclass(cls, enum.Enum):
        encode = _enum
    elif (members := members_encoder(cls)) is not None:
        encode = _nested(members)
    else:
        encode = next((_ENCODERS[base] for base in cls.__mro__ if base in _ENCODERS), None)
    if encode is None:
        raise _unsupported(cls)
    _ENCODERS[cls] = encode
    return encode


def _nested(members: MembersEncoder) -> Callable[..., AttributeValue]:
    def encode(value: object, level: int) -> AttributeValue:
        return {"M": members(value, _inside(value, level))}

    return encode


def _inside(value: object, level: int) -> int:
    """The level of a container's members."""
    if level >= _MAX_LEVEL:
        raise InvalidAttributeValueError(
            f"nested deeper than DynamoDB's {_MAX_LEVEL} levels, of which the attribute itself is "
            "the first; flatten it, or pass it as JSON text",
            type_name(type(value)),
        )
    return level + 1


# --- encoders of records, one per class ---


def _pairs_encoder(
    pairs_of: Callable[[Any], Iterable[tuple[str, object]]], ignore_nulls: bool
) -> MembersEncoder:
    return lambda record, level: encode_pairs(pairs_of(record), level, ignore_nulls)


_MEMBERS_ENCODERS: dict[tuple[type, bool], MembersEncoder] = {}

# What generated code does itself: the words of an annotation that ask for it, and pairs of test
# and result. All else goes to `encode_value`, which is right for every value, so an annotation
# that lies, or is misread, costs a little time and nothing else.
_INLINE = [
    ({"str"}, [("v.__class__ is str", '{"S": v}')]),
    ({"int"}, [(f"v.__class__ is int and {-(2**63)} <= v < {2**63}", '{"N": repr(v)}')]),
    ({"float"}, [("v.__class__ is float and 1e-130 <= v < 1e126", '{"N": repr(v)}')]),
    ({"bool"}, [("v is True", "TRUE"), ("v is False", "FALSE")]),
    ({"None", "NoneType", "Optional"}, [("v is None", "NULL")]),
]


def _dataclass_annotations(cls: type) -> dict[str, object]:
    """Name and annotation of each field.

    `dataclasses.fields` knows a field by the identity of a marker, and finds none in a class that
    cloudpickle before 3.0 sent by value (its issue 386), as it sends every class of `__main__` to
    PyFlink's workers.
    """
    found = typing.cast("type[Any]", cls).__dataclass_fields__.values()
    no_fields = ("_FIELD_CLASSVAR", "_FIELD_INITVAR")
    return {f.name: f.type for f in found if repr(f._field_type) not in no_fields}  # noqa: SLF001


def _generate_members_encoder(
    cls: type, reads: dict[str, str], annotations: dict[str, object], ignore_nulls: bool
) -> MembersEncoder:
    """Write and compile the encoder of one class.

    Args:
        cls: The class whose instances it encodes.
        reads: Attribute name to the expression that reads it from `record`.
        annotations: Attribute name to annotation, where there is one, evaluated or as text.
        ignore_nulls: Leave out what is None.
    """
    guard = "if v is not None: " if ignore_nulls else ""
    lines = ["def encode_members(record, level):", " members = {}", " at = None", " try:"]
    for name, read in reads.items():
        annotation = annotations.get(name, "str | int | float | bool | None")
        words = set(
            re.findall(r"\w+", annotation if isinstance(annotation, str) else repr(annotation))
        )
        cases = [case for asked, cases in _INLINE if asked & words for case in cases]
        inline = "".join(f"{result} if {test} else " for test, result in cases)
        lines.append(f"  at = {name!r}; v = {read}")
        lines.append(f"  {guard}members[at] = {inline}encode_value(v, level)")
    lines += [
        "  return members",
        " except ConversionError as error:",
        "  error.under_name(at)",
        "  raise",
        " except AttributeError:",
        "  refuse_unset(record, at)",
        "  raise",
    ]
    namespace: dict[str, Any] = {
        "encode_value": encode_value,
        "refuse_unset": _refuse_unset,
        "ConversionError": ConversionError,
        "TRUE": _TRUE,
        "FALSE": _FALSE,
        "NULL": _NULL,
    }
    # Field names are identifiers and are quoted besides; nothing of a record gets in.
    exec(compile("\n".join(lines), f"<encoder of {type_name(cls)}>", "exec"), namespace)  # noqa: S102
    encode: MembersEncoder = namespace["encode_members"]
    return encode


def _refuse_unset(record: object, name: str) -> None:
    """Explain the AttributeError of a field that was never set; leave any other alone."""
    if not hasattr(record, name):
        error = InvalidAttributeValueError(
            "the field has no value; set it, or give it a default", type_name(type(record))
        )
        error.under_name(name)
        raise error from None


# --- faults ---


def _unsupported(cls: type) -> UnsupportedTypeError:
    return UnsupportedTypeError(
        f"no DynamoDB type for {type_name(cls)}; convert it to a str, a number, bytes, a list, a "
        "dict or a dataclass (a NumPy scalar by .item()), or give the sink an element converter",
        type_name(cls),
    )


def _not_finite(value: object) -> InvalidAttributeValueError:
    return InvalidAttributeValueError(
        "NaN and infinity are no DynamoDB numbers; pass None for a missing value",
        type_name(type(value)),
    )


def _out_of_range(value: object) -> InvalidAttributeValueError:
    return InvalidAttributeValueError(
        "a DynamoDB number is 0 or between 1E-130 and 9.99...E+125 in size; scale it, or pass it "
        "as str",
        type_name(type(value)),
    )


def _too_precise(value: object) -> InvalidAttributeValueError:
    return InvalidAttributeValueError(
        f"a DynamoDB number has at most {_MAX_DIGITS} significant digits; round it, or pass it as "
        "str",
        type_name(type(value)),
    )


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


def _expect(content: Any, *classes: type) -> Any:
    if not isinstance(content, classes):
        raise TypeError
    return content


def _read_number(content: object) -> int | decimal.Decimal:
    text = _expect(content, str)
    if _INTEGER.match(text):
        return int(text)
    number = decimal.Decimal(text)
    if not number.is_finite():
        raise ValueError
    return number


def _read_binary(content: object) -> bytes:
    if isinstance(content, str):
        return base64.b64decode(content, validate=True)
    return bytes(_expect(content, bytes, bytearray))


def _read_null(content: object) -> None:
    if content is not True:
        raise ValueError


def _set_reader(read_member: Callable[[object], object]) -> Callable[[Any], set[object]]:
    return lambda content: {read_member(member) for member in _expect(content, list, tuple, set)}


_READERS: dict[str, Callable[[Any], object]] = {
    "S": lambda content: _expect(content, str),
    "N": _read_number,
    "B": _read_binary,
    "BOOL": lambda content: _expect(content, bool),
    "NULL": _read_null,
    "L": lambda content: [_read(member) for member in _expect(content, list, tuple)],
    "M": lambda content: {name: _read(member) for name, member in _expect(content, dict).items()},
    "SS": _set_reader(lambda member: _expect(member, str)),
    "NS": _set_reader(_read_number),
    "BS": _set_reader(_read_binary),
}
