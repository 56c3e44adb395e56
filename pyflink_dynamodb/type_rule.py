"""What the table of types consists of: for each class how it is encoded and decoded."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from pyflink_dynamodb.errors import UnsupportedTypeError

AttributeValue = dict[str, object]
"""One entry, type tag to content: `{"N": "1.5"}`."""

NULL: AttributeValue = {"NULL": True}
"""What is missing. Shared by all records: what is handed to users is a copy."""


class TypeRule(NamedTuple):
    """One row of the type table.

    Attributes:
        encode: A value and its nesting level to its attribute value.
        decode: A class, and a value as `from_attribute_value` gives it, to an instance of the
            class. A TypeError, ValueError or ArithmeticError means that the value is none.
    """

    encode: Callable[[Any, int], AttributeValue]
    decode: Callable[[Any, Any], Any]


def type_name(cls: type) -> str:
    """The name by which messages and rejected records call a class."""
    name = cls.__qualname__
    return name if cls.__module__ == "builtins" else f"{cls.__module__}.{name}"


def unsupported(cls: type) -> UnsupportedTypeError:
    """The refusal of a class without a rule."""
    return UnsupportedTypeError(
        f"no DynamoDB type for {type_name(cls)}; convert it to a str, a number, bytes, a list, a "
        "dict or a dataclass, register_type(...) a rule for it, or give the sink an element "
        "converter",
        type_name(cls),
    )


def expect(value: Any, *classes: type) -> Any:
    """The value, if it is of one of the classes, and no bool that passes for an int."""
    if not isinstance(value, classes) or (isinstance(value, bool) and bool not in classes):
        raise TypeError
    return value
