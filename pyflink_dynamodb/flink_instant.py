"""PyFlink's own class for a point in time, which `Types.INSTANT()` gives.

Known by its name, so that the table of types needs no PyFlink.
"""

from __future__ import annotations

import datetime
from typing import Any

from pyflink_dynamodb.attribute_value import look_for_rules
from pyflink_dynamodb.errors import InvalidAttributeValueError
from pyflink_dynamodb.scalar import EPOCH, nanoseconds_since_1970
from pyflink_dynamodb.type_rule import AttributeValue, TypeRule, expect, type_name


def rule_of(cls: type) -> TypeRule | None:
    """The rule of `pyflink.common.time.Instant`; None for any other class."""
    known = cls.__module__ == "pyflink.common.time" and cls.__name__ == "Instant"
    return TypeRule(_encode, _decode) if known else None


def _encode(value: Any, _level: int) -> AttributeValue:
    try:
        time = EPOCH + datetime.timedelta(seconds=value.seconds)
    except OverflowError:
        raise InvalidAttributeValueError(
            "a date outside the years 1 to 9999; pass it as a number or as text",
            type_name(type(value)),
        ) from None
    # As the JVM writes it: nanoseconds only where there are some.
    micros, rest = divmod(value.nanos, 1_000)
    fraction = f".{value.nanos:09d}" if rest else f".{micros:06d}" if micros else ""
    return {"S": f"{time.isoformat()[:19]}{fraction}+00:00"}


def _decode(cls: Any, value: object) -> object:
    text = expect(value, str)
    whole, point, fraction = text[:19], text[19:20], text[20:].partition("+")[0]
    time = datetime.datetime.fromisoformat(whole + "+00:00")
    if not text.endswith("+00:00") or (point == ".") != bool(fraction):
        raise ValueError
    return cls(
        nanoseconds_since_1970(time) // 10**9, int(fraction.ljust(9, "0")) if fraction else 0
    )


look_for_rules(rule_of)
