"""The tables of docs/types.md, with what their examples name."""

from __future__ import annotations

import dataclasses
import datetime
import enum
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
from pyflink.common import Instant, Row

import pyflink_dynamodb
from pyflink_dynamodb import Attribute

PAGE = (Path(__file__).parents[1] / "docs/types.md").read_text(encoding="utf-8")
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
    "Instant": Instant,
    "Row": Row,
    **{cls.__name__: cls for cls in (Colour, Level, Fraction, Line, AttrsLine, ModelLine)},
    "TupleLine": TupleLine,
    "BeanLine": BeanLine,
    "Hex": Hex,
    "deep": deep,
}


def record_class(row: list[str], key: str) -> Any:
    """A dataclass with a partition key and, as its field `value`, the row's type."""
    hint = eval(row[0], NAMES)
    key_type = str if "PartitionKey" in row[0] else eval("Annotated[str, PartitionKey()]", NAMES)
    return dataclasses.make_dataclass("Made", [(key, key_type), ("value", hint)])


def is_same(read: Any, value: Any) -> bool:
    """Whether what was read is what the row promises for its example."""
    if isinstance(value, numpy.ndarray):
        return bool(numpy.array_equal(read, value))
    if value is None or (type(value).__name__, str(value)) in _MISSING:
        return read is None
    return bool(read == value) and type(read) is type(value)


_MISSING = [("NAType", "<NA>"), ("NaTType", "NaT"), ("datetime64", "NaT")]
