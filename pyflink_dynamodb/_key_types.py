"""The types of key attributes, as the stream's type or the records' class tells them."""

from __future__ import annotations

import datetime
import decimal
import enum
import types
import typing
import uuid
from collections.abc import Sequence
from typing import Any, Union

from pyflink_dynamodb.converters import (
    DataclassElementConverter,
    DefaultElementConverter,
    RowElementConverter,
)

# `X | Y` is a class of its own from Python 3.10 on.
_UNIONS = (Union, getattr(types, "UnionType", Union))

# What a class becomes is the type table's business; this is the part of it that can be a key.
_BY_CLASS: tuple[tuple[tuple[type, ...], str | None], ...] = (
    ((bool,), None),  # before int, which it is too
    ((str, uuid.UUID, datetime.date, datetime.time), "S"),
    ((enum.Enum,), None),  # its values may be anything, unless it is a str itself
    ((int, float, decimal.Decimal, datetime.timedelta), "N"),
    ((bytes, bytearray, memoryview), "B"),
)


def key_types(names: Sequence[str], stream_type: Any, converter: Any) -> list[str | None]:
    """The type of each key attribute, "S", "N" or "B"; None where nothing tells.

    Args:
        names: The key attributes.
        stream_type: PyFlink's type of the stream's elements.
        converter: The element converter that is used. One of the user's own may name and make
            attributes as it likes, so that nothing is known of them.
    """
    if type(converter) is DataclassElementConverter:
        return [_of_annotation(converter._cls, name) for name in names]  # noqa: SLF001
    if type(converter) in (DefaultElementConverter, RowElementConverter):
        fields = _row_fields(stream_type)
        return [_of_flink_type(fields.get(name)) for name in names]
    return [None] * len(names)


def _of_annotation(cls: type, name: str) -> str | None:
    """The type of a field by its annotation; also where other annotations cannot be resolved."""
    for owner in cls.__mro__:
        annotations = vars(owner).get("__annotations__", {})
        if name in annotations:
            alone = {"__annotations__": {name: annotations[name]}, "__module__": owner.__module__}
            try:
                hint = typing.get_type_hints(type("_", (), alone))[name]
            except Exception:  # noqa: BLE001 - an annotation may be any expression
                return None
            return _of_hint(hint)
    return None


def _of_hint(hint: Any) -> str | None:
    # A key is never None, whatever else the field may hold elsewhere.
    if typing.get_origin(hint) in _UNIONS:
        members = [each for each in typing.get_args(hint) if each is not type(None)]
        hint = members[0] if len(members) == 1 else None
    if not isinstance(hint, type):
        return None
    return next((key_type for classes, key_type in _BY_CLASS if issubclass(hint, classes)), None)


def _row_fields(stream_type: Any) -> dict[str, Any]:
    """The types of a row by its field names; of the rows in a list or array, too."""
    from pyflink.common import typeinfo

    record = _unwrapped(stream_type)
    if isinstance(record, typeinfo.ListTypeInfo):
        record = _unwrapped(record.elem_type)
    elif isinstance(record, typeinfo.ObjectArrayTypeInfo):
        record = _unwrapped(record._element_type)  # noqa: SLF001
    if not isinstance(record, typeinfo.RowTypeInfo):
        return {}
    return dict(zip(record.get_field_names(), map(_unwrapped, record.get_field_types())))


def _unwrapped(type_info: Any) -> Any:
    from pyflink.common import typeinfo

    return (
        type_info._type_info  # noqa: SLF001
        if isinstance(type_info, typeinfo.ExternalTypeInfo)
        else type_info
    )


def _of_flink_type(type_info: Any) -> str | None:
    from pyflink.common import typeinfo

    known = typeinfo.Types
    texts = (known.STRING(), known.CHAR())
    times = (known.SQL_DATE(), known.SQL_TIME(), known.SQL_TIMESTAMP(), known.INSTANT())
    whole = (known.BYTE(), known.SHORT(), known.INT(), known.LONG())
    fractions = (known.FLOAT(), known.DOUBLE(), known.BIG_DEC())
    if type_info in (*texts, *times):
        return "S"
    if type_info in (*whole, *fractions):
        return "N"
    return "B" if type_info == known.PRIMITIVE_ARRAY(known.BYTE()) else None
