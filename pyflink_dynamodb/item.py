"""Items back to the classes that they were written from."""

from __future__ import annotations

import decimal
import typing
from collections.abc import Mapping
from typing import Any, Callable, TypeVar

from pyflink_dynamodb.annotations import AsSet, Flatten, Ignore, IgnoreNulls
from pyflink_dynamodb.attribute_value import encode_value, from_attribute_value, rule_of
from pyflink_dynamodb.errors import ConversionError, PyFlinkDynamoDbError, WireFormatError
from pyflink_dynamodb.marked_value import Form, form_of
from pyflink_dynamodb.numpy_pandas import array_of
from pyflink_dynamodb.record import is_row
from pyflink_dynamodb.record_class import Field, RecordClass, record_class
from pyflink_dynamodb.registered_type import registered_rule_of
from pyflink_dynamodb.scalar import binary
from pyflink_dynamodb.type_hint import Unknown, class_of, evaluated, union_arms
from pyflink_dynamodb.type_rule import type_name

T = TypeVar("T")

_TAGS = frozenset(("S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"))


def from_item(cls: type[T], item: Mapping[str, Any]) -> T:
    """Make an object of an item: the reverse of what a sink writes for it.

    By the types of the class's fields and their markers. Attributes that the class has no field for
    are left alone; a field without its attribute has its default, or None where it may be None.

    A field marked `AsPickle()` is unpickled, which runs code that whoever wrote the item chose.

    Args:
        cls: A dataclass, attrs class, pydantic model, named tuple, bean, `Row` or dict. An object
            is made without a pydantic model's validation.
        item: A whole item: with attribute values, `{"id": {"S": "u1"}}`, or with plain values, as
            boto3's Table and `testing.scan_items` give them.

    Returns:
        An object equal to the one that was written, except where a marker's docstring says
        otherwise. In a Union the first type whose object is written just as the item has it wins.

    Raises:
        ConversionError: A value is missing or does not fit its field; `.path` says where.
        InvalidConfigurationError: The markers in the class's annotations contradict each other.
    """
    plain = {}
    # A key attribute is a scalar, so that an item of plain values has one that is no dict: these
    # two forms cannot be taken for each other, as long as the item is whole.
    if all(_is_attribute_value(value) for value in item.values()):
        for name, value in item.items():
            try:
                plain[name] = from_attribute_value(value)
            except WireFormatError as error:
                fault = ConversionError(str(error))
                fault.under_name(name)
                raise fault from None
    else:
        plain = {name: _plain(value) for name, value in item.items()}
    anything: Any = cls
    record = record_class(cls, bean=True)
    if record is not None and not is_row(cls):
        return typing.cast("T", _object(cls, record, plain, nulls_left_out=False))
    return typing.cast("T", _decode(anything, plain, cls))


def _is_attribute_value(value: object) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _TAGS


def _plain(value: Any) -> Any:
    """What boto3's Table gives, as `from_attribute_value` would have it."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, (set, frozenset)):
        return {_plain(member) for member in value}
    if isinstance(value, decimal.Decimal) and value.as_tuple().exponent == 0:
        return int(value)
    if type(value).__module__.startswith("boto3.") or isinstance(value, bytearray):
        return binary(value)
    return value


# --- records ---


def _object(
    cls: type, record: RecordClass, members: Mapping[str, Any], nulls_left_out: bool
) -> object:
    values: dict[str, Any] = {}
    for field in record.fields:
        try:
            found, value = _field_value(cls, field, members, nulls_left_out)
        except ConversionError as error:
            error.under_name(field.name)
            raise
        if found:
            values[field.name] = value
    raws = [field.raw for field in record.fields if field.name in values]
    arguments = {raw.argument: values[raw.name] for raw in raws if raw.argument is not None}
    try:
        made = record.construct(**arguments)
        for raw in raws:
            if raw.argument is None and not _is_read_only(cls, raw.name):
                object.__setattr__(made, raw.name, values[raw.name])
    except Exception as error:  # noqa: BLE001 - whatever the class's own code raises
        # Its type only: the text may quote a value.
        raise ConversionError(
            f"making the object raised {type_name(type(error))}; the class takes its fields as "
            "arguments, or none at all",
            type_name(cls),
        ) from None
    return made


def _is_read_only(cls: type, name: str) -> bool:
    attribute = getattr(cls, name, None)
    return isinstance(attribute, property) and attribute.fset is None


def _field_value(
    cls: type, field: Field, members: Mapping[str, Any], nulls_left_out: bool
) -> tuple[bool, Any]:
    """Whether the field has a value in the item, and which."""
    if Flatten in field.markers:
        inner, nested = _nested(cls, field)
        left_out = nulls_left_out or IgnoreNulls in field.markers
        if field.optional and not any(name in members for name in _attributes(inner, nested)):
            return True, None
        return True, _object(inner, nested, members, left_out)
    if Ignore in field.markers or field.attribute not in members:
        return _missing_value(cls, field, nulls_left_out)
    stored = members[field.attribute]
    form = form_of(field.markers)
    if form is not None:
        return True, None if stored is None else _formed(cls, field, form, stored)
    if IgnoreNulls in field.markers and isinstance(stored, dict):
        inner, nested = _nested(cls, field)
        return True, _object(inner, nested, stored, nulls_left_out=True)
    return True, _decode(field.hint, stored, cls)


def _missing_value(cls: type, field: Field, nulls_left_out: bool) -> tuple[bool, Any]:
    may_be_none = field.optional or any(field.hint is each for each in (Any, object, None))
    if Ignore not in field.markers:
        if AsSet in field.markers:
            return True, _decode(field.hint, [], cls)
        if nulls_left_out and may_be_none:
            return True, None
    if not field.raw.required:
        return False, None
    if may_be_none:
        return True, None
    raise ConversionError("the item has no such attribute, and the field no default")


def _formed(cls: type, field: Field, form: Form, stored: Any) -> Any:
    hinted = class_of(_resolved(field.hint, cls)) or object
    return _tried(
        lambda value: form.decode(value, hinted, lambda each: _decode(field.hint, each, cls)),
        stored,
        hinted,
    )


def _nested(cls: type, field: Field) -> tuple[type, RecordClass]:
    inner = class_of(_resolved(field.hint, cls))
    nested = None if inner is None else record_class(inner)
    if inner is None or nested is None:
        raise _unknown(field.hint)
    return inner, nested


def _attributes(cls: type, record: RecordClass) -> list[str]:
    names = []
    for field in record.fields:
        if Flatten in field.markers:
            names += _attributes(*_nested(cls, field))
        elif Ignore not in field.markers:
            names.append(field.attribute)
    return names


# --- values by type ---


def _resolved(hint: Any, owner: type) -> Any:
    """A type without text in its place, and without what stands around it."""
    hint = evaluated(owner, hint)
    if isinstance(hint, (str, Unknown)):
        raise _unknown(hint)
    if typing.get_origin(hint) in (typing.Annotated, typing.Final):
        return _resolved(typing.get_args(hint)[0], owner)
    if isinstance(hint, typing.TypeVar):
        return _resolved(hint.__bound__ or Any, owner)
    supertype = getattr(hint, "__supertype__", None)  # of a NewType
    return hint if supertype is None else _resolved(supertype, owner)


def _unknown(hint: object) -> ConversionError:
    return ConversionError(
        f"the field's type {hint!r} cannot be evaluated; declare the class, and what it names, in "
        "a module, with types that this Python has"
    )


def _decode(hint: Any, value: Any, owner: type) -> Any:
    hint = _resolved(hint, owner)
    arms = union_arms(hint)
    if len(arms) > 1:
        return _decode_union(arms, value, owner)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in (Any, object, None) or origin is typing.Literal:
        if origin is typing.Literal and value not in arguments:
            raise _misfit(hint)
        return value
    cls = origin or hint
    if not isinstance(cls, type):
        raise _unknown(hint)
    if cls.__module__.startswith("numpy") and cls.__name__ == "ndarray" and arguments:
        inner = class_of((typing.get_args(arguments[1]) or (None,))[0])
        return _tried(lambda each: array_of(each, inner), value, cls)
    registered = registered_rule_of(cls)
    if registered is not None:
        return _tried(lambda each: registered.decode(cls, each), value, cls)
    record = None if is_row(cls) else record_class(cls)
    if record is not None:
        if not isinstance(value, dict):
            raise _misfit(cls)
        return _object(cls, record, value, nulls_left_out=False)
    return _decode_class(cls, arguments, value, owner)


def _decode_class(cls: Any, arguments: tuple[Any, ...], value: Any, owner: type) -> Any:
    if arguments:
        value = _decode_members(cls, arguments, value, owner)
    if cls.__module__ == "collections.abc":
        # Sequence, Mapping, Set: what was read is one, or is not. Text is a sequence of itself.
        if not isinstance(value, cls) or isinstance(value, (str, bytes)):
            raise _misfit(cls)
        return value
    rule = rule_of(cls)
    if rule is None:
        raise ConversionError(
            f"there is no rule for {type_name(cls)}; register_type(...) one, or use "
            "Attribute(codec=...)",
            type_name(cls),
        )
    return _tried(lambda each: rule.decode(cls, each), value, cls)


def _decode_members(cls: Any, arguments: tuple[Any, ...], value: Any, owner: type) -> Any:
    if isinstance(value, dict):
        return _named_members(arguments[-1], value, owner)
    if not isinstance(value, (list, set)):
        return value  # which is refused for its class
    hints = [arguments[0]] * len(value)
    if cls is tuple and arguments[-1] is not Ellipsis:
        if len(arguments) != len(value):
            raise _misfit(cls)
        hints = list(arguments)
    members = _members(hints, list(value), owner)
    return members if isinstance(value, list) else set(members)


def _named_members(hint: Any, values: Mapping[str, Any], owner: type) -> dict[str, Any]:
    members = {}
    for name, value in values.items():
        try:
            members[name] = _decode(hint, value, owner)
        except ConversionError as error:
            error.under_name(name)
            raise
    return members


def _members(hints: Any, values: list[Any], owner: type) -> list[Any]:
    members: list[Any] = []
    try:
        for hint, value in zip(hints, values):
            members.append(_decode(hint, value, owner))
    except ConversionError as error:
        error.under_index(len(members))
        raise
    return members


def _decode_union(arms: tuple[object, ...], value: Any, owner: type) -> Any:
    """The first arm that would be written as it was read, else the first that fits."""
    if value is None and type(None) in arms:
        return None
    arms = tuple(arm for arm in arms if arm is not type(None))
    if len(arms) == 1:
        return _decode(arms[0], value, owner)
    stored = encode_value(value, 1)
    fitting = []
    for arm in arms:
        try:
            decoded = _decode(arm, value, owner)
            if encode_value(decoded, 1) == stored:
                return decoded
        except PyFlinkDynamoDbError:
            continue
        fitting.append(decoded)
    if not fitting:
        raise _misfit(typing.Union[arms])
    return fitting[0]


def _tried(decode: Callable[[Any], Any], value: Any, cls: type) -> Any:
    try:
        return decode(value)
    except ConversionError:
        raise
    except Exception:  # noqa: BLE001 - a user's decode function may raise anything
        # Without the cause, whose text may quote the value.
        raise _misfit(cls) from None


def _misfit(hint: object) -> ConversionError:
    name = type_name(hint) if isinstance(hint, type) else str(hint)
    return ConversionError(
        f"what the item has here is no {name}; mend the item, or the field's type",
        name,
    )
