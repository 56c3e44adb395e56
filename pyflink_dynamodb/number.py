"""DynamoDB's numbers: int, float and Decimal, exact or refused."""

from __future__ import annotations

import decimal
import math
import struct
from typing import Any

from pyflink_dynamodb.errors import InvalidAttributeValueError
from pyflink_dynamodb.type_rule import AttributeValue, TypeRule, expect, type_name

# Developer Guide, Naming rules and data types, Number.
_MAX_DIGITS = 38
_MIN_EXPONENT = -130
_MAX_EXPONENT = 125

_MAX_INT = 10**_MAX_DIGITS - 1
_MAX_BITS = (10 ** (_MAX_EXPONENT + 1)).bit_length()


def encode_int(value: int, _level: int) -> AttributeValue:
    """An integer of at most 38 significant digits."""
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


def encode_float(value: float, _level: int) -> AttributeValue:
    """A float by the shortest text that reads back as the same."""
    if 1e-130 <= value < 1e126 or -1e126 < value <= -1e-130 or value == 0:
        # A subclass may print itself otherwise.
        return {"N": float.__repr__(value)}
    raise _out_of_range(value) if math.isfinite(value) else _not_finite(value)


def encode_decimal(value: decimal.Decimal, _level: int) -> AttributeValue:
    """A Decimal with all its digits, trailing zeros included."""
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


def whole(value: object) -> int:
    """What was read as an int, whether it came as int, Decimal or (from JSON) float."""
    number: int | float | decimal.Decimal = expect(value, int, float, decimal.Decimal)
    if number != int(number):
        raise ValueError
    return int(number)


def _decode_float(cls: type[float], value: object) -> float:
    number: int | float | decimal.Decimal = expect(value, int, float, decimal.Decimal)
    result = float(number)
    # An integer beyond 2**53 may lie between two floats; a fraction is the shortest text of one.
    if not math.isfinite(result) or (isinstance(number, int) and number != result):
        raise ValueError
    return result if cls is float else cls(result)


def _decode_decimal(cls: type[decimal.Decimal], value: object) -> decimal.Decimal:
    number = expect(value, int, decimal.Decimal)
    return number if type(number) is cls else cls(number)


def _decode_int(cls: type[int], value: object) -> int:
    return whole(value) if cls is int else cls(whole(value))


NUMBER_RULES: dict[type, TypeRule] = {
    int: TypeRule(encode_int, _decode_int),
    float: TypeRule(encode_float, _decode_float),
    decimal.Decimal: TypeRule(encode_decimal, _decode_decimal),
}


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


def shortest_single(value: Any) -> Any:
    """The number with the fewest digits that is the same FLOAT.

    A coder hands a FLOAT to Python as a double, whose shortest text has digits that nobody wrote.
    """
    if type(value) is not float or not math.isfinite(value):
        return value
    try:
        wanted = _SINGLE.pack(value)
    except OverflowError:
        return value  # beyond a FLOAT; no coder would take it
    (single,) = _SINGLE.unpack(wanted)
    exact = decimal.Decimal(single)
    # Six digits tell all normal numbers of this kind apart, nine are always enough.
    for digits in range(6 if abs(single) >= _MIN_NORMAL_SINGLE else 1, 10):
        for rounding in (decimal.ROUND_HALF_EVEN, decimal.ROUND_UP, decimal.ROUND_DOWN):
            text = decimal.Context(prec=digits, rounding=rounding).plus(exact)
            # Rounded up, the largest FLOAT is beyond it.
            if abs(text) <= _MAX_SINGLE and _SINGLE.pack(float(text)) == wanted:
                return float(text)
    return single


_SINGLE = struct.Struct("<f")
_MIN_NORMAL_SINGLE = 2.0**-126
_MAX_SINGLE = decimal.Decimal("3.4028235e38")
