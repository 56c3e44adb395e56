"""Types of the user's own: `register_type`."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, TypeVar

from pyflink_dynamodb.attribute_value import (
    encode_value,
    forget_encoders,
    has_own_rule,
    look_for_rules,
)
from pyflink_dynamodb.errors import InvalidConfigurationError, UnsupportedTypeError
from pyflink_dynamodb.type_rule import AttributeValue, TypeRule, type_name

T = TypeVar("T")


class _Registration(NamedTuple):
    encode: Callable[[Any], object]
    decode: Callable[[Any], Any] | None


_REGISTRATIONS: dict[type, _Registration] = {}


def register_type(
    cls: type[T], encode: Callable[[T], object], decode: Callable[[Any], T] | None = None
) -> None:
    """Say how values of a class, or of one derived from it, are stored within a record.

    It holds for the whole process, and goes to Flink's workers with every sink that is attached to
    a stream after the call. To make a whole element an item, give the sink an element converter.

    Args:
        cls: The class. What it has by this package's own rules, if anything, gives way.
        encode: A value of the class to one of a supported type, of another class than itself.
        decode: The reverse, for `from_item`: it takes what was stored, as `from_attribute_value`
            gives it.

    Raises:
        InvalidConfigurationError: The class is one that Python or this package has a rule for, or
            it is registered with other functions.
    """
    anything: object = cls
    problems = []
    if not isinstance(anything, type):
        problems.append("register_type: cls is a class")
    elif has_own_rule(anything):
        problems.append(
            f"register_type: {type_name(anything)} is stored as it is for everybody; register a "
            "class derived from it, or use Attribute(codec=...) on the field"
        )
    functions: list[object] = [encode] if decode is None else [encode, decode]
    if not all(map(callable, functions)):
        problems.append("register_type: encode and decode are functions of one argument")
    registration = _Registration(encode, decode)
    if not problems and _REGISTRATIONS.get(cls, registration) != registration:
        problems.append(
            f"register_type: {type_name(cls)} is registered already with other functions; register "
            "it in one place"
        )
    if problems:
        raise InvalidConfigurationError(problems)
    _REGISTRATIONS[cls] = registration
    forget_encoders()


def registrations() -> dict[type, Any]:
    """What has been registered in this process."""
    return dict(_REGISTRATIONS)


def take_over(registered: dict[type, Any]) -> None:
    """Register what came from another process.

    What is registered here stays: functions that were pickled by value differ from themselves.
    """
    missing = {cls: each for cls, each in registered.items() if cls not in _REGISTRATIONS}
    if missing:
        _REGISTRATIONS.update(missing)
        forget_encoders()


def registered_rule_of(cls: type) -> TypeRule | None:
    """The rule that was registered for a class or a base of it; None without one."""
    base = next((base for base in cls.__mro__ if base in _REGISTRATIONS), None)
    if base is None:
        return None
    encode, decode = _REGISTRATIONS[base]

    def encode_registered(value: object, level: int) -> AttributeValue:
        encoded = encode(value)
        if type(encoded) is type(value):
            raise UnsupportedTypeError(
                f"the encode function registered for {type_name(cls)} returned the same class; "
                "return a value of a supported type",
                type_name(cls),
            )
        return encode_value(encoded, level)

    def decode_registered(_cls: object, value: object) -> object:
        if decode is None:
            raise UnsupportedTypeError(
                f"{type_name(cls)} is registered without a decode function; give register_type one",
                type_name(cls),
            )
        return decode(value)

    return TypeRule(encode_registered, decode_registered)


look_for_rules(registered_rule_of, first=True)
