"""Records to the attributes of an item, or the members of a map.

A class with fields gets an encoder generated once, since a loop over fields takes twice as long as
code with the fields' names in it. PyFlink's `Row` is known by its class's name.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from typing import Any, Callable

import pyflink_dynamodb.flink_instant  # noqa: F401 - it adds its row to the table of types
from pyflink_dynamodb.annotations import (
    Flatten,
    Ignore,
    IgnoreNulls,
    TimeToLive,
    VersionAttribute,
)
from pyflink_dynamodb.attribute_value import (
    Members,
    encode_pairs,
    encode_value,
    inside,
    look_for_rules,
)
from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidAttributeValueError,
    UnsupportedTypeError,
)
from pyflink_dynamodb.marked_value import due, form_of
from pyflink_dynamodb.numpy_pandas import is_missing
from pyflink_dynamodb.record_class import Field, record_class
from pyflink_dynamodb.scalar import FALSE, TRUE
from pyflink_dynamodb.type_rule import NULL, AttributeValue, TypeRule, type_name

MembersEncoder = Callable[..., Members]
"""A record and the nesting level of its members to their attribute values."""

_ROW = "pyflink.common.types.Row"


def members_encoder(
    cls: type, ignore_nulls: bool = False, bean: bool = False
) -> MembersEncoder | None:
    """The encoder of a class whose instances are records; None for every other class.

    Args:
        cls: A dict or another Mapping, a `Row`, or what `record_class` takes.
        ignore_nulls: Leave out what is None, in the record itself, not in what it contains.
        bean: Take a plain class without markers, too.

    Raises:
        InvalidConfigurationError: The markers in the class's annotations contradict each other.
    """
    encode = _MEMBERS_ENCODERS.get((cls, ignore_nulls, bean))
    if encode is None:
        if is_row(cls):
            encode = _pairs_encoder(lambda row: row_members(row).items(), ignore_nulls)
        elif (record := record_class(cls, bean)) is not None:
            encode = _generated(cls, record.fields, ignore_nulls)
        elif issubclass(cls, Mapping):
            encode = _pairs_encoder(lambda record: record.items(), ignore_nulls)
        else:
            return None
        _MEMBERS_ENCODERS[cls, ignore_nulls, bean] = encode
    return encode


_MEMBERS_ENCODERS: dict[tuple[type, bool, bool], MembersEncoder] = {}


def _rule_of(cls: type) -> TypeRule | None:
    """The rule of a record class within a record."""
    members = None if issubclass(cls, enum.Enum) else members_encoder(cls)
    if members is None:
        return None

    def encode(value: object, level: int) -> AttributeValue:
        return {"M": members(value, inside(value, level))}

    return TypeRule(encode, _decode_mapping)


def _decode_mapping(cls: Any, value: object) -> object:
    if not isinstance(value, dict):
        raise TypeError
    return cls(**value) if is_row(cls) else cls(value)


look_for_rules(_rule_of)


def _pairs_encoder(
    pairs_of: Callable[[Any], Iterable[tuple[str, object]]], ignore_nulls: bool
) -> MembersEncoder:
    return lambda record, level: encode_pairs(pairs_of(record), level, ignore_nulls)


# --- classes with fields ---

# What generated code does itself: the words of a type that ask for it, and pairs of test and
# result. All else goes to `encode_value`, which is right for every value, so a type that lies, or
# is misread, costs a little time and nothing else.
_INLINE = [
    ({"str"}, [("v.__class__ is str", '{"S": v}')]),
    ({"int"}, [(f"v.__class__ is int and {-(2**63)} <= v < {2**63}", '{"N": repr(v)}')]),
    ({"float"}, [("v.__class__ is float and 1e-130 <= v < 1e126", '{"N": repr(v)}')]),
    ({"bool"}, [("v is True", "TRUE"), ("v is False", "FALSE")]),
    ({"None", "NoneType", "Optional"}, [("v is None", "NULL")]),
]
_UNTYPED = "str | int | float | bool | None"


def _generated(cls: type, fields: tuple[Field, ...], ignore_nulls: bool) -> MembersEncoder:
    """Write and compile the encoder of one class.

    Each field has a line of its own, by whose number a fault finds its name: that costs nothing as
    long as there is none.
    """
    at: dict[int, str] = {}
    names: dict[str, Any] = {
        "at": at,
        "encode_value": encode_value,
        "refuse_unset": _refuse_unset,
        "ConversionError": ConversionError,
        "TRUE": TRUE,
        "FALSE": FALSE,
        "NULL": NULL,
        "due": due,
        "is_missing": is_missing,
        "flatten": _flatten,
    }
    reads = {field.name: field.raw.read for field in fields}
    always, perhaps = [], []
    # The flattened ones come last, so that what they would hide is there to be seen.
    for field in sorted(fields, key=lambda field: Flatten in field.markers):
        if Ignore in field.markers:
            continue
        if Flatten in field.markers:
            without_nulls = ignore_nulls or IgnoreNulls in field.markers
            line = f"flatten({field.raw.read}, level, members, {without_nulls})"
            perhaps.append((field, f"  {line}"))
        elif ignore_nulls or form_of(field.markers) is not None:
            # After encoding: pandas' NA is missing, too.
            test = "a is not None" + " and a is not NULL" * ignore_nulls
            line = f"if {test}: members[{field.attribute!r}] = a"
            perhaps.append((field, f"  a = {_expression(field, reads, names)}"))
            perhaps.append((field, f"  {line}"))
        else:
            always.append((field, f"   {field.attribute!r}: {_expression(field, reads, names)},"))
    lines = ["def encode_members(record, level):", " try:", "  members = {"]
    for field, line in always:
        lines.append(line)
        at[len(lines)] = field.name
    lines.append("  }")
    for field, line in perhaps:
        lines.append(line)
        at[len(lines)] = field.name
    lines += [
        "  return members",
        " except ConversionError as error:",
        "  error.under_name(at[error.__traceback__.tb_lineno])",
        "  raise",
        " except AttributeError as error:",
        "  refuse_unset(record, at[error.__traceback__.tb_lineno])",
        "  raise",
    ]
    # Field names are identifiers, attributes' are quoted; nothing of a record gets in.
    exec(compile("\n".join(lines), f"<encoder of {type_name(cls)}>", "exec"), names)  # noqa: S102
    encode: MembersEncoder = names["encode_members"]
    return encode


def _expression(field: Field, reads: dict[str, str], names: dict[str, Any]) -> str:
    """What encodes the field's value; a function it needs is put among the names."""
    read = field.raw.read
    form = form_of(field.markers)
    if form is not None or IgnoreNulls in field.markers:
        own = f"form_{len(names)}"
        names[own] = _without_nulls if form is None else form.encode
        live = field.markers.get(TimeToLive)
        if live is not None and live.of is not None:
            after = f"after_{len(names)}"
            names[after] = live.after
            read = (
                f"v if (v := {read}) is not None and not is_missing(v) "
                f"else due({reads[live.of]}, {after}, {live.of!r})"
            )
        missing = '{"N": "1"}' if VersionAttribute in field.markers else "NULL"
        return f"{missing} if (v := {read}) is None else {own}(v, level)"
    hint = field.hint if field.raw.annotation is not None else _UNTYPED
    words = set(re.findall(r"\w+", hint if isinstance(hint, str) else repr(hint)))
    cases = [case for asked, cases in _INLINE if asked & words for case in cases]
    if not cases:
        return f"encode_value({read}, level)"
    inline = "".join(f"{result} if {test} else " for test, result in cases)
    # The first `if` reads the field, which is the first thing to be evaluated.
    return inline.replace(" if v", f" if (v := {read})", 1) + "encode_value(v, level)"


def _without_nulls(value: object, level: int) -> AttributeValue:
    if is_missing(value):
        return NULL
    return {"M": _nested_encoder(value, ignore_nulls=True)(value, inside(value, level))}


def _flatten(value: object, level: int, members: Members, ignore_nulls: bool) -> None:
    if value is None or is_missing(value):
        return
    nested = _nested_encoder(value, ignore_nulls)(value, level)
    before = len(members) + len(nested)
    members.update(nested)
    if len(members) < before:
        # An instance of a derived class, which has more fields than the declared one.
        raise UnsupportedTypeError(
            "the nested object and the enclosing item have an attribute of the same name; name "
            "one of them otherwise with Attribute(name=...)",
            type_name(type(value)),
        )


def _nested_encoder(value: object, ignore_nulls: bool) -> MembersEncoder:
    encode = members_encoder(type(value), ignore_nulls)
    if encode is None:
        raise UnsupportedTypeError(
            "IgnoreNulls() and Flatten() are for a nested record: a dict, dataclass, attrs class, "
            "pydantic model, named tuple, Row or annotated bean",
            type_name(type(value)),
        )
    return encode


def _refuse_unset(record: object, name: str) -> None:
    """Explain the AttributeError of a field that was never set; leave any other alone."""
    if not hasattr(record, name):
        error = InvalidAttributeValueError(
            "the field has no value; set it, or give it a default", type_name(type(record))
        )
        error.under_name(name)
        raise error from None


# --- rows ---


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
