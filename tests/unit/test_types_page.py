"""What docs/types.md says of the types is what the code does, both ways."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import re
import typing
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import attrs
import numpy
import pandas
import pydantic
import pytest
from pyflink.common import Row
from strategies import wire

import pyflink_dynamodb
from pyflink_dynamodb import Attribute, DefaultElementConverter, annotations, errors, from_item
from pyflink_dynamodb.attribute_value import _RULES, to_attribute_value
from pyflink_dynamodb.converters import ElementEncoder
from pyflink_dynamodb.numpy_pandas import _NUMPY_RULES, _PANDAS_RULES
from pyflink_dynamodb.record_kind import KINDS

PAGE = (Path(__file__).parents[2] / "docs/types.md").read_text(encoding="utf-8")
PARTS = re.split(r"^## (\w+)$", PAGE, flags=re.MULTILINE)
TYPES, MARKERS, REFUSED = (
    [
        [cell.strip().strip("`") for cell in row.strip("|").split(" | ")]
        for row in re.findall(r"^\| `.*\|$", part, re.MULTILINE)
    ]
    for part in PARTS[::2]
)


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Fraction(enum.Enum):
    THIRD = (1, 3)


@dataclasses.dataclass
class Line:
    sku: str


@attrs.define
class AttrsLine:
    sku: str


class ModelLine(pydantic.BaseModel):
    sku: str


class TupleLine(NamedTuple):
    sku: str


class BeanLine:
    sku: Annotated[str, Attribute()]

    def __init__(self, sku: str) -> None:
        self.sku = sku

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BeanLine) and self.sku == other.sku

    __hash__ = None  # type: ignore[assignment]


class Hex:
    def encode(self, value: int) -> str:
        return f"{value:x}"

    def decode(self, stored: str) -> int:
        return int(stored, 16)


def deep(lists: int) -> list[Any]:
    return [deep(lists - 1)] if lists > 1 else []


NAMES: dict[str, Any] = {
    **vars(typing),
    **{name: getattr(pyflink_dynamodb, name) for name in pyflink_dynamodb.__all__},
    **{name: getattr(datetime, name) for name in ("date", "time", "datetime", "timedelta")},
    "UTC": datetime.timezone.utc,
    "CET": datetime.timezone(datetime.timedelta(hours=1)),
    "Decimal": Decimal,
    "uuid": uuid,
    "numpy": numpy,
    "pandas": pandas,
    "Row": Row,
    **{cls.__name__: cls for cls in (Colour, Level, Fraction, Line, AttrsLine, ModelLine)},
    "TupleLine": TupleLine,
    "BeanLine": BeanLine,
    "Hex": Hex,
    "deep": deep,
}


def written(cls: Any, value: Any) -> Any:
    encode = ElementEncoder(DefaultElementConverter(), reject_failures=False)
    return json.loads(encode(cls("u1", value)))["PutRequest"]["Item"]


@pytest.mark.parametrize("row", [*TYPES, *MARKERS], ids=lambda row: f"{row[0]}: {row[1]}")
def test_every_row_holds_both_ways(row: list[str]) -> None:
    hint, value = eval(row[0], NAMES), eval(row[1], NAMES)
    expected = json.loads(row[2])
    key = str if "PartitionKey" in row[0] else NAMES["Annotated"][str, NAMES["PartitionKey"]()]
    cls = dataclasses.make_dataclass("Made", [("id_", key), ("value", hint)])
    assert written(cls, value)["value"] == expected
    read = from_item(cls, written(cls, value)).value  # type: ignore[attr-defined]
    if expected == {"NULL": True}:
        assert read is None
    elif isinstance(value, numpy.ndarray):
        assert numpy.array_equal(read, value)
    else:
        assert read == value
        assert type(read) is type(value)


@pytest.mark.parametrize("row", TYPES, ids=lambda row: f"{row[0]}: {row[1]}")
def test_every_type_is_the_same_outside_a_class(row: list[str]) -> None:
    assert wire(to_attribute_value(eval(row[1], NAMES))) == json.loads(row[2])


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row[0])
def test_every_refusal_is_as_it_says(row: list[str]) -> None:
    cls = dataclasses.make_dataclass("Made", ["id_", "value"])
    with pytest.raises(getattr(errors, row[1]), match=re.escape(row[2])) as raised:
        to_attribute_value([cls("u1", eval(row[0], NAMES))])
    assert raised.value.path.startswith("$[0].value")


def test_no_type_and_no_marker_is_left_out() -> None:
    hints = " ".join(row[0] for row in TYPES)
    shown = {type(eval(row[1], NAMES)) for row in TYPES}
    assert set(_RULES) - shown == set()
    assert {name for name in _PANDAS_RULES if name in ("Timestamp", "Timedelta")} <= set(
        re.findall(r"\w+", hints)
    )
    for name in _NUMPY_RULES:
        assert any(issubclass(cls, getattr(numpy, name)) for cls in shown), name
    kinds = [kind for kind in KINDS if any(kind.fields(cls) for cls in shown)]
    assert len(kinds) == len(KINDS)
    for marker in annotations.MARKERS:
        assert f"{marker.__name__}(" in PARTS[2], marker
    assert len(TYPES) > 30 and len(MARKERS) > 9 and len(REFUSED) > 10
