"""The cases of tests/golden, which JUnit reads too: one value, one wire form on both sides."""

from __future__ import annotations

import datetime
import json
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyflink.common import Row, RowKind, Types
from pyflink.common.time import Instant
from pyflink.common.typeinfo import LocalTimeTypeInfo

from pyflink_dynamodb.converters import ElementEncoder, converter_for_type

_CASES = json.loads(Path(__file__).parents[1].joinpath("golden", "rows.json").read_text("utf-8"))

_TIME_TYPES = LocalTimeTypeInfo.TimeType
_SCALARS: dict[str, Any] = {
    "STRING": (Types.STRING(), str),
    "BOOLEAN": (Types.BOOLEAN(), lambda text: text == "true"),
    "BYTE": (Types.BYTE(), int),
    "SHORT": (Types.SHORT(), int),
    "INT": (Types.INT(), int),
    "LONG": (Types.LONG(), int),
    # A coder hands it to Python as a double.
    "FLOAT": (Types.FLOAT(), lambda text: struct.unpack("<f", struct.pack("<f", float(text)))[0]),
    "DOUBLE": (Types.DOUBLE(), float),
    "BIG_DEC": (Types.BIG_DEC(), Decimal),
    "INSTANT": (Types.INSTANT(), lambda text: Instant(*map(int, text.split("|")))),
    "SQL_DATE": (Types.SQL_DATE(), datetime.date.fromisoformat),
    "SQL_TIME": (Types.SQL_TIME(), datetime.time.fromisoformat),
    "SQL_TIMESTAMP": (Types.SQL_TIMESTAMP(), datetime.datetime.fromisoformat),
    "LOCAL_DATE": (LocalTimeTypeInfo(_TIME_TYPES.LOCAL_DATE), datetime.date.fromisoformat),
    "LOCAL_TIME": (LocalTimeTypeInfo(_TIME_TYPES.LOCAL_TIME), datetime.time.fromisoformat),
    "LOCAL_DATE_TIME": (
        LocalTimeTypeInfo(_TIME_TYPES.LOCAL_DATE_TIME),
        datetime.datetime.fromisoformat,
    ),
}


def type_of(declared: Any) -> Any:
    if isinstance(declared, str):
        return _SCALARS[declared][0]
    ((kind, of),) = declared.items()
    if kind == "ROW":
        return Types.ROW_NAMED(list(of), [type_of(each) for each in of.values()])
    if kind == "TUPLE":
        return Types.TUPLE([type_of(each) for each in of])
    if kind == "MAP":
        return Types.MAP(Types.STRING(), type_of(of))
    return getattr(Types, kind)(type_of(of))


def value_of(declared: Any, value: Any) -> Any:
    """The value as PyFlink's coder of the declared type gives it to Python."""
    if value is None or isinstance(declared, str):
        return value if value is None else _SCALARS[declared][1](value)
    ((kind, of),) = declared.items()
    if kind == "ROW":
        row = Row(*(value_of(of[name], each) for name, each in zip(of, value)))
        row.set_field_names(list(of))
        return row
    if kind == "TUPLE":
        return tuple(value_of(each_type, each) for each_type, each in zip(of, value))
    if kind == "MAP":
        return {name: value_of(of, each) for name, each in value.items()}
    members = [value_of(of, each) for each in value]
    is_binary = of == "BYTE" and kind != "BASIC_ARRAY"
    return bytes(member % 256 for member in members) if is_binary else members


@pytest.mark.parametrize("golden", _CASES, ids=[case["case"] for case in _CASES])
def test_a_row_is_encoded_as_in_java(golden) -> None:
    converter: Any = converter_for_type(type_of(golden["type"]))
    converter._ignore_nulls = golden.get("ignore_nulls", False)
    row = value_of(golden["type"], golden["value"])
    row.set_row_kind(RowKind[golden.get("kind", "INSERT")])

    wire = ElementEncoder(converter, reject_failures=True)(row)

    assert (json.loads(wire) if wire else None) == golden["wire"]
