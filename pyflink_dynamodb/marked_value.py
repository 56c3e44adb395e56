"""How a marker makes a value be stored, and read back: one row of `_FORMS` each."""

from __future__ import annotations

import datetime
import json
import math
import pickle
from typing import Any, Callable, NamedTuple

from pyflink_dynamodb.annotations import (
    NANOSECONDS,
    AsEpoch,
    AsJson,
    AsPickle,
    AsSet,
    Attribute,
    TimeToLive,
    VersionAttribute,
)
from pyflink_dynamodb.attribute_value import encode_set, encode_value
from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidAttributeValueError,
    UnsupportedTypeError,
)
from pyflink_dynamodb.number import encode_int, whole
from pyflink_dynamodb.numpy_pandas import is_missing
from pyflink_dynamodb.scalar import binary, nanoseconds_since_1970, time_since_1970
from pyflink_dynamodb.type_rule import NULL, AttributeValue, expect, type_name

# The oldest that every supported Python writes and reads.
_PICKLE_PROTOCOL = 4


class Form(NamedTuple):
    """How the values of one field are stored.

    Attributes:
        encode: A value that is not None, and its level, to its attribute value; None to leave the
            attribute out.
        decode: A value that was read, the field's class, and what decodes by the field's type, to
            the value that it stands for. Faults as `TypeRule.decode` has them.
    """

    encode: Callable[[Any, int], AttributeValue | None]
    decode: Callable[[Any, type, Callable[[object], Any]], Any]


def form_of(markers: Any) -> Form | None:
    """The form that a field's markers ask for; None if its type decides."""
    form = next((made for made in (_made(marker) for marker in markers.values()) if made), None)
    if form is None:
        return None
    encode_present = form.encode

    def encode(value: object, level: int) -> AttributeValue | None:
        try:
            return encode_present(value, level)
        except ConversionError:
            # What is missing may be None by another name: pandas' NA and NaT.
            if is_missing(value):
                return NULL
            raise

    return Form(encode, form.decode)


def _made(marker: Any) -> Form | None:
    make = _FORMS.get(type(marker))
    return None if make is None else make(marker)


def due(of: object, after: datetime.timedelta, name: str) -> object:
    """The time to live that follows from another field, in whole seconds; None without one."""
    if of is None or is_missing(of):
        return None
    try:
        since_1970 = _seconds(of) * 10**9
    except ConversionError as error:
        error.problem = f"the field {name!r}, which it is counted from, is {error.problem}"
        raise
    return (since_1970 + after // datetime.timedelta(microseconds=1) * 1_000) // 10**9


def _codec(marker: Attribute) -> Form | None:
    codec = marker.codec
    if codec is None:
        return None
    return Form(
        lambda value, level: encode_value(codec.encode(value), level),
        lambda stored, _cls, _decode: codec.decode(stored),
    )


def _as_set(_marker: AsSet) -> Form:
    def encode(value: object, level: int) -> AttributeValue | None:
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise UnsupportedTypeError(
                "AsSet() is for a list, tuple or set", type_name(type(value))
            )
        return encode_set(value, level) if value else None

    return Form(encode, lambda stored, _cls, decode: decode(sorted(stored)))


def _as_epoch(marker: AsEpoch) -> Form:
    size = NANOSECONDS[marker.unit]

    def encode(value: object, level: int) -> AttributeValue:
        if not isinstance(value, datetime.date):
            raise UnsupportedTypeError(
                "AsEpoch() is for a date or datetime", type_name(type(value))
            )
        count, rest = divmod(nanoseconds_since_1970(value), size)
        if rest:
            raise InvalidAttributeValueError(
                f"a time that is no whole number of the unit {marker.unit!r}; round it, or choose "
                "a smaller unit",
                type_name(type(value)),
            )
        return encode_int(count, level)

    return Form(encode, lambda stored, cls, _decode: time_since_1970(cls, whole(stored) * size))


def _time_to_live(_marker: TimeToLive) -> Form:
    def decode(stored: object, cls: type, _decode: object) -> object:
        seconds = whole(stored)
        return time_since_1970(cls, seconds * 10**9) if issubclass(cls, datetime.date) else seconds

    return Form(lambda value, level: encode_int(_seconds(value), level), decode)


def _seconds(value: object) -> int:
    if isinstance(value, datetime.datetime):
        return nanoseconds_since_1970(value) // 10**9
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise UnsupportedTypeError(
        "a time to live is an int of seconds or an aware datetime", type_name(type(value))
    )


def _version(_marker: VersionAttribute) -> Form:
    def encode(value: object, level: int) -> AttributeValue:
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnsupportedTypeError("a version is an int", type_name(type(value)))
        return encode_int(value + 1, level)

    return Form(encode, lambda stored, _cls, _decode: whole(stored))


def _as_json(_marker: AsJson) -> Form:
    def encode(value: object, level: int) -> AttributeValue:
        try:
            _check_json(value)
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except RecursionError:
            raise InvalidAttributeValueError(
                "nested too deep for JSON text; flatten it", type_name(type(value))
            ) from None
        return encode_value(text, level)

    return Form(encode, lambda stored, _cls, decode: decode(json.loads(expect(stored, str))))


def _check_json(value: object) -> None:
    """Refuse what `json` would write as something else, or not at all."""
    cls = type(value)
    if cls is dict:
        for name, member in value.items():  # type: ignore[attr-defined]
            if type(name) is not str:
                raise UnsupportedTypeError(
                    "a name in JSON is a str; convert the dict's keys", type_name(type(name))
                )
            try:
                _check_json(member)
            except ConversionError as error:
                error.under_name(name)
                raise
    elif cls in (list, tuple):
        for index, member in enumerate(value):  # type: ignore[arg-type]
            try:
                _check_json(member)
            except ConversionError as error:
                error.under_index(index)
                raise
    elif cls is float and not math.isfinite(value):  # type: ignore[arg-type]
        raise InvalidAttributeValueError(
            "NaN and infinity are no JSON; pass None for a missing value", "float"
        )
    elif cls not in (str, int, float, bool, type(None)):
        raise UnsupportedTypeError(
            "no JSON; AsJson() takes None, bool, int, float, str, list, tuple and dict",
            type_name(cls),
        )


def _as_pickle(_marker: AsPickle) -> Form:
    def encode(value: object, _level: int) -> AttributeValue:
        try:
            return {"B": pickle.dumps(value, _PICKLE_PROTOCOL)}
        except Exception as error:  # noqa: BLE001 - as pickling calls the value's own code
            # Its type only: the text may quote the value.
            raise UnsupportedTypeError(
                f"pickling it raised {type_name(type(error))}; pass something that can be pickled",
                type_name(type(value)),
            ) from None

    # The field's own annotation asks for it, and the docstring of AsPickle says the risk.
    return Form(encode, lambda stored, _cls, _decode: pickle.loads(binary(stored)))  # noqa: S301


_FORMS: dict[type, Callable[[Any], Form | None]] = {
    Attribute: _codec,
    VersionAttribute: _version,
    TimeToLive: _time_to_live,
    AsSet: _as_set,
    AsEpoch: _as_epoch,
    AsJson: _as_json,
    AsPickle: _as_pickle,
}
