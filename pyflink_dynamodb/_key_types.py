"""The types of key attributes, as the stream's type or the records' class tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyflink_dynamodb.converters import (
    BeanElementConverter,
    DataclassElementConverter,
    DefaultElementConverter,
    RowElementConverter,
)
from pyflink_dynamodb.key_schema import attribute_type, key_schema
from pyflink_dynamodb.row_type import member_type, unwrapped

_OF_A_CLASS = (BeanElementConverter, DataclassElementConverter)


def declared_key(converter: Any) -> tuple[str | tuple[str, str], ...]:
    """The key that the class of a converter's records declares, as the option key_schema."""
    if type(converter) not in _OF_A_CLASS:
        return ()
    declared = key_schema(converter._cls, bean=True)  # noqa: SLF001
    if declared is None:
        return ()
    keys = [key for key in declared if key is not None]
    return tuple(key.name if key.type is None else (key.name, key.type) for key in keys)


def key_types(names: Sequence[str], stream_type: Any, converter: Any) -> list[str | None]:
    """The type of each key attribute, "S", "N" or "B"; None where nothing tells.

    Args:
        names: The key attributes.
        stream_type: PyFlink's type of the stream's elements.
        converter: The element converter that is used. One of the user's own may name and make
            attributes as it likes, so that nothing is known of them.
    """
    if type(converter) in _OF_A_CLASS:
        return [attribute_type(converter._cls, name) for name in names]  # noqa: SLF001
    if type(converter) in (DefaultElementConverter, RowElementConverter):
        fields = _row_fields(stream_type)
        return [_of_flink_type(fields.get(name)) for name in names]
    return [None] * len(names)


def _row_fields(stream_type: Any) -> dict[str, Any]:
    """The types of a row by its field names; of the rows in a list or array, too."""
    from pyflink.common import typeinfo

    record = unwrapped(stream_type)
    if isinstance(record, (typeinfo.ListTypeInfo, typeinfo.ObjectArrayTypeInfo)):
        record = member_type(record)
    if not isinstance(record, typeinfo.RowTypeInfo):
        return {}
    return dict(zip(record.get_field_names(), map(unwrapped, record.get_field_types())))


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
