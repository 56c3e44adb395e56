"""Values of NumPy and pandas, beyond the rows of docs/types.md."""

from __future__ import annotations

import datetime
import json
import math
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyflink_dynamodb import DefaultElementConverter
from pyflink_dynamodb.attribute_value import to_attribute_value
from pyflink_dynamodb.converters import ElementEncoder
from pyflink_dynamodb.errors import ConversionError

INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


@given(st.data(), st.sampled_from(INTEGERS))
def test_integers_are_exact(data: st.DataObject, name: str) -> None:
    cls = getattr(numpy, name)
    number = data.draw(st.integers(int(numpy.iinfo(cls).min), int(numpy.iinfo(cls).max)))
    assert to_attribute_value(cls(number)) == {"N": str(number)}


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_of_32_bits_are_the_shortest_text_that_reads_back(number: float) -> None:
    value = numpy.float32(number)
    text = str(to_attribute_value(value)["N"])
    assert numpy.float32(text) == value
    assert len(text) <= len(repr(number))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_of_64_bits_are_floats(number: float) -> None:
    results = []
    for value in (number, numpy.float64(number)):
        try:
            results.append(to_attribute_value(value))
        except ConversionError as error:
            results.append({"error": error.problem})
    assert results[0] == results[1]


@pytest.mark.parametrize("cls", [numpy.float16, numpy.float32, numpy.float64, numpy.longdouble])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_refused(cls: Any, number: float) -> None:
    with pytest.raises(ConversionError, match=r"^\$\.a\.elements\[1\]: NaN and infinity"):
        to_attribute_value({"a": numpy.array([0, number], dtype=cls)})
    with pytest.raises(ConversionError, match="NaN and infinity"):
        to_attribute_value(cls(number))


@given(st.datetimes(datetime.datetime(1, 1, 1)), st.sampled_from(["s", "ms", "us"]))  # noqa: DTZ001
def test_a_datetime64_is_written_as_a_datetime(time: datetime.datetime, unit: str) -> None:
    value = numpy.datetime64(time, unit)
    assert to_attribute_value(value) == to_attribute_value(value.item())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (numpy.datetime64("2020"), "2020-01-01"),
        (numpy.datetime64("2020-02"), "2020-02-01"),
        (numpy.datetime64("2020-02-03"), "2020-02-03"),
        (numpy.datetime64("2020-02-03T04"), "2020-02-03T04:00:00"),
        (numpy.datetime64("2020-02-03T04:05"), "2020-02-03T04:05:00"),
        (numpy.datetime64("2020-02-03T04:05:06.000000007"), "2020-02-03T04:05:06.000000007"),
        (pandas.Timestamp("2020-02-03T04:05:06.000000007"), "2020-02-03T04:05:06.000000007"),
        (pandas.Timestamp("2020-02-03T04:05:06+01:00"), "2020-02-03T04:05:06+01:00"),
    ],
)
def test_times_are_iso_8601(value: Any, text: str) -> None:
    assert to_attribute_value(value) == {"S": text}


@pytest.mark.parametrize(
    ("value", "nanoseconds"),
    [
        (numpy.timedelta64(2, "W"), 14 * 86_400 * 10**9),
        (numpy.timedelta64(-1, "D"), -86_400 * 10**9),
        (numpy.timedelta64(3, "25s"), 75 * 10**9),
        (numpy.timedelta64(5_000, "ps"), 5),
        (pandas.Timedelta(days=1, nanoseconds=1), 86_400 * 10**9 + 1),
    ],
)
def test_durations_are_nanoseconds(value: Any, nanoseconds: int) -> None:
    assert to_attribute_value(value) == {"N": str(nanoseconds)}


@pytest.mark.parametrize(
    "value",
    [
        numpy.timedelta64(1, "Y"),
        numpy.timedelta64(1, "M"),
        numpy.timedelta64(1, "as"),
        numpy.datetime64("1970-01-01T00:00:00.000000000001"),
        numpy.datetime64(2**62, "s"),
        numpy.complex64(1),
        numpy.void(b"x"),
        numpy.rec.array([(1,)], dtype=[("a", int)]),
        numpy.ma.array([1], mask=[True]),
        numpy.array([(1, 2)], dtype=[("a", int), ("b", int)]),
        numpy.array([object()]),
        pandas.Series([1]),
        pandas.Period("2020-01"),
    ],
    ids=repr,
)
def test_what_would_lose_something_is_refused(value: object) -> None:
    with pytest.raises(ConversionError):
        to_attribute_value({"a": value})


@pytest.mark.parametrize(
    "missing", [pandas.NA, pandas.NaT, numpy.datetime64("NaT"), numpy.timedelta64("NaT"), None]
)
def test_what_is_missing_is_null_or_left_out_like_none(missing: object) -> None:
    from test_converters import Order, Position  # classes with fields of every kind

    assert to_attribute_value([missing]) == {"L": [{"NULL": True}]}
    records: list[Any] = [{"sku": "a", "note": missing}, Position("a", missing)]
    records.append(Order("a", note=missing))  # type: ignore[arg-type]
    for record in records:
        for ignore_nulls in (True, False):
            encode = ElementEncoder(DefaultElementConverter(ignore_nulls), reject_failures=False)
            item = json.loads(encode(record))["PutRequest"]["Item"]
            name = "price" if isinstance(record, Position) else "note"
            assert item.get(name) == (None if ignore_nulls else {"NULL": True})


def test_sets_of_scalars_are_sets() -> None:
    assert to_attribute_value({numpy.int64(2), numpy.int8(1)}) == {"NS": ["1", "2"]}
    assert to_attribute_value({numpy.str_("a")}) == {"SS": ["a"]}
    with pytest.raises(ConversionError, match="the same to DynamoDB"):
        to_attribute_value({numpy.float32(0.1), Decimal("0.1")})


def test_an_array_takes_two_levels() -> None:
    deep: Any = numpy.zeros(1)
    for _ in range(29):
        deep = [deep]
    assert to_attribute_value(deep)
    with pytest.raises(ConversionError, match="32 levels"):
        to_attribute_value([deep])


def test_neither_library_is_imported_by_writing_or_reading() -> None:
    """PyFlink brings both along, and imports them where it needs them."""
    program = """if True:
        import sys
        import dataclasses, typing, pyflink_dynamodb
        from pyflink_dynamodb.converters import DefaultElementConverter, ElementEncoder
        before = {name for name in ("numpy", "pandas", "attr", "pydantic") if name in sys.modules}
        @dataclasses.dataclass
        class Record:
            id: str
            n: "typing.Optional[list[float]]" = None
        ElementEncoder(DefaultElementConverter(), False)(Record("a", [1.5]))
        assert pyflink_dynamodb.from_item(Record, {"id": "a", "n": None}) == Record("a")
        after = {name for name in ("numpy", "pandas", "attr", "pydantic") if name in sys.modules}
        assert before == after, after - before
        sources = [m.__file__ for n, m in sys.modules.items() if n.startswith("pyflink_dynamodb.")]
        print(len(sources))
    """
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True, stdout=subprocess.DEVNULL)
