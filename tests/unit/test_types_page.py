"""What docs/types.md says of the types is what the code does, both ways."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import numpy
import pytest
from strategies import wire
from types_page import MARKERS, NAMES, PARTS, REFUSED, TYPES, is_same, record_class

from pyflink_dynamodb import DefaultElementConverter, annotations, errors, from_item
from pyflink_dynamodb.attribute_value import _RULES, to_attribute_value
from pyflink_dynamodb.converters import ElementEncoder
from pyflink_dynamodb.numpy_pandas import _NUMPY_RULES, _PANDAS_RULES
from pyflink_dynamodb.record_kind import KINDS


def written(cls: Any, value: Any) -> Any:
    encode = ElementEncoder(DefaultElementConverter(), reject_failures=False)
    return json.loads(encode(cls("u1", value)))["PutRequest"]["Item"]


@pytest.mark.parametrize("row", [*TYPES, *MARKERS], ids=lambda row: f"{row[0]}: {row[1]}")
def test_every_row_holds_both_ways(row: list[str]) -> None:
    cls, value = record_class(row, "id_"), eval(row[1], NAMES)
    assert written(cls, value)["value"] == json.loads(row[2])
    assert is_same(from_item(cls, written(cls, value)).value, value)


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
