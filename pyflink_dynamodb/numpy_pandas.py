"""What NumPy and pandas add to the table of types. Neither is imported unless the program has it.

A value of theirs is known by its class's module, and a program that has such a value has imported
the library.
"""

from __future__ import annotations

import datetime
import decimal
import math
import sys
from typing import Any

from pyflink_dynamodb.attribute_value import encode_value, look_for_rules
from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidAttributeValueError,
    UnsupportedTypeError,
)
from pyflink_dynamodb.number import encode_decimal, encode_float, encode_int, whole
from pyflink_dynamodb.scalar import SCALAR_RULES, encode_bool, encode_none
from pyflink_dynamodb.type_rule import NULL, AttributeValue, TypeRule, expect, type_name

# Of datetime64 and timedelta64, in attoseconds; years and months have no fixed length.
_UNITS = {
    "W": 604_800 * 10**18,
    "D": 86_400 * 10**18,
    "h": 3_600 * 10**18,
    "m": 60 * 10**18,
    "s": 10**18,
    "ms": 10**15,
    "us": 10**12,
    "ns": 10**9,
    "ps": 10**6,
    "fs": 10**3,
    "as": 1,
}
_NANOSECOND = _UNITS["ns"]
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - datetime64 is naive


def rule_of(cls: type) -> TypeRule | None:
    """The rule of a class of NumPy or pandas; None for every other class.

    Raises:
        UnsupportedTypeError: A class of theirs without a rule, which a base of its own might
            seem to have.
    """
    library = cls.__module__.partition(".")[0]
    if library == "pandas":
        return _PANDAS_RULES.get(cls.__name__)
    if library != "numpy":
        return None
    numpy = sys.modules["numpy"]
    if cls is numpy.ndarray:
        return TypeRule(_encode_array, lambda _cls, value: array_of(value))
    if issubclass(cls, numpy.ndarray):
        raise UnsupportedTypeError(
            f"{type_name(cls)} holds more than an array does; pass numpy.asarray(...) of it",
            type_name(cls),
        )
    # timedelta64 calls itself a signed integer.
    for name, rule in _NUMPY_RULES.items():
        if issubclass(cls, getattr(numpy, name)):
            return rule
    return None


def is_missing(value: object) -> bool:
    """Whether a value is None by a name of theirs: NA or NaT."""
    if type(value).__module__.partition(".")[0] not in ("numpy", "pandas"):
        return False
    try:
        return encode_value(value, 1) is NULL
    except ConversionError:
        return False


def _encode_floating(value: Any, level: int) -> AttributeValue:
    if isinstance(value, float):
        return encode_float(value, level)
    if not math.isfinite(value):
        return encode_float(float(value), level)  # which refuses it
    # Not by way of float: 0.1 of 32 bits is 0.10000000149011612 of 64.
    text = str(value)
    encode_decimal(decimal.Decimal(text), level)
    return {"N": text}


def _encode_datetime64(value: Any, _level: int) -> AttributeValue:
    numpy = sys.modules["numpy"]
    if numpy.isnat(value):
        return NULL
    unit, _ = numpy.datetime_data(value.dtype)
    if unit in ("Y", "M", "W", "D"):
        return {"S": str(value.astype("datetime64[D]"))}
    nanoseconds = _nanoseconds(value)
    microseconds, rest = divmod(nanoseconds, 1_000)
    try:
        time = _EPOCH + datetime.timedelta(microseconds=microseconds)
    except OverflowError:
        raise InvalidAttributeValueError(
            "a time outside the years 1 to 9999; pass it as str", type_name(type(value))
        ) from None
    text = time.isoformat(timespec="microseconds" if rest else "auto")
    return {"S": f"{text}{rest:03d}" if rest else text}


def _encode_timedelta64(value: Any, level: int) -> AttributeValue:
    if sys.modules["numpy"].isnat(value):
        return NULL
    return encode_int(_nanoseconds(value), level)


def _nanoseconds(value: Any) -> int:
    """A datetime64 or timedelta64 in nanoseconds."""
    unit, step = sys.modules["numpy"].datetime_data(value.dtype)
    count: int = int(value.astype("int64"))
    nanoseconds, rest = divmod(count * int(step) * _UNITS.get(unit, 0), _NANOSECOND)
    if unit not in _UNITS or rest:
        raise InvalidAttributeValueError(
            f"a {type(value).__name__}[{unit}] that is no whole number of nanoseconds; convert it "
            "to another unit",
            type_name(type(value)),
        )
    return nanoseconds


def _decode_integer(cls: Any, value: object) -> object:
    limits = sys.modules["numpy"].iinfo(cls)
    number = whole(value)
    if not limits.min <= number <= limits.max:
        raise ValueError
    return cls(number)


def _decode_floating(cls: Any, value: object) -> object:
    number = cls(str(expect(value, int, float, decimal.Decimal)))
    if not math.isfinite(number):
        raise ValueError
    return number


def _decode_datetime64(cls: Any, value: object) -> object:
    return cls("NaT" if value is None else expect(value, str))


def _decode_timedelta64(cls: Any, value: object) -> object:
    return cls("NaT" if value is None else whole(value), "ns")


def _encode_array(value: Any, level: int) -> AttributeValue:
    # In C order, whatever the array's own order is. What tolist() makes of 32 bits is another
    # number's shortest text.
    exact = value.dtype.kind in "biu" or value.dtype == float
    elements = value.ravel().tolist() if exact else list(value.flat)
    return encode_value({"shape": list(value.shape), "elements": elements}, level)


def array_of(value: object, scalar: Any = None) -> Any:
    """The array of a map of `shape` and `elements`.

    Args:
        value: The map, as it was read.
        scalar: NumPy's class of the elements, such as `numpy.float32`. It is not stored: without
            it, they are bool, int64, float64 or str, as they look, and else objects.
    """
    import numpy

    stored = expect(value, dict)
    elements = expect(stored.get("elements"), list)
    shape = [whole(length) for length in expect(stored.get("shape"), list)]
    dtype = None
    if scalar is not None:
        rule = rule_of(scalar)
        decode = None if rule is None else rule.decode
        elements = [element if decode is None else decode(scalar, element) for element in elements]
        dtype = None if issubclass(scalar, (numpy.datetime64, numpy.timedelta64)) else scalar
    elif None in elements:
        dtype = object
    elif any(isinstance(element, decimal.Decimal) for element in elements):
        dtype = float
    return numpy.array(elements, dtype=dtype).reshape(shape)


def _encode_pandas_timedelta(value: Any, level: int) -> AttributeValue:
    return encode_int(int(value.value), level)


def _decode_pandas(cls: Any, value: object) -> object:
    return cls(whole(value) if cls.__name__ == "Timedelta" else expect(value, str))


_MISSING = TypeRule(encode_none, SCALAR_RULES[type(None)].decode)

_NUMPY_RULES = {
    "timedelta64": TypeRule(_encode_timedelta64, _decode_timedelta64),
    "datetime64": TypeRule(_encode_datetime64, _decode_datetime64),
    "bool_": TypeRule(
        lambda value, level: encode_bool(bool(value), level),
        lambda cls, value: cls(expect(value, bool)),
    ),
    "integer": TypeRule(
        lambda value, level: encode_int(int(value), level),
        _decode_integer,
    ),
    "floating": TypeRule(_encode_floating, _decode_floating),
}

_PANDAS_RULES = {
    "NAType": _MISSING,
    "NaTType": _MISSING,
    "Timedelta": TypeRule(_encode_pandas_timedelta, _decode_pandas),
    "Timestamp": TypeRule(SCALAR_RULES[datetime.datetime].encode, _decode_pandas),
}

look_for_rules(rule_of)
