"""Columns proposed from items."""

from __future__ import annotations

import decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyflink_dynamodb._sampled_schema import _Numbers, _Seen


def column(*values):
    seen = _Seen()
    for value in values:
        seen.add(value)
    return seen.sql_type(), seen.comment()


@pytest.mark.parametrize(
    ("values", "sql_type"),
    [
        ([{"S": "a"}, {"NULL": True}], "STRING"),
        ([{"B": b"a"}], "BYTES"),
        ([{"BOOL": True}], "BOOLEAN"),
        ([{"N": "1"}, {"N": "-9223372036854775808"}], "BIGINT"),
        ([{"N": "1E+3"}, {"N": "2"}], "BIGINT"),
        ([{"N": "9223372036854775808"}], "DECIMAL(19, 0)"),
        ([{"N": "1.5"}, {"N": "100"}], "DECIMAL(4, 1)"),
        ([{"N": "0.001"}], "DECIMAL(4, 3)"),
        ([{"L": [{"S": "a"}]}, {"L": []}], "ARRAY<STRING>"),
        ([{"L": [{"L": [{"N": "1"}]}]}], "ARRAY<ARRAY<BIGINT>>"),
        ([{"SS": ["a"]}], "ARRAY<STRING>"),
        ([{"NS": ["1.5"]}], "ARRAY<DECIMAL(2, 1)>"),
        ([{"BS": [b"a"]}], "ARRAY<BYTES>"),
        (
            [{"M": {"a": {"S": "x"}}}, {"M": {"b`c": {"N": "1"}}}],
            "ROW<`a` STRING, `b``c` BIGINT>",
        ),
        ([{"M": {}}], "MAP<STRING, STRING>"),
        ([{"M": {str(n): {"N": "1"} for n in range(51)}}], "MAP<STRING, BIGINT>"),
    ],
)
def test_values_of_one_type_make_a_column_of_it(values, sql_type):
    """As narrow as holds them all, and without a comment."""
    assert column(*values) == (sql_type, "")


@pytest.mark.parametrize(
    ("values", "comment"),
    [
        ([{"S": "a"}, {"N": "1"}, {"S": "b"}], "several types in the sample: N in 1, S in 2"),
        ([{"NULL": True}], "only NULL in the sample"),
        ([{"N": "1E-40"}], "numbers that no DECIMAL holds"),
    ],
)
def test_what_no_type_holds_is_text_and_says_so(values, comment):
    """So that the reader of the statement decides."""
    assert column(*values) == ("STRING", comment)


@pytest.mark.parametrize(
    "value",
    [
        {"L": [{"S": "a"}, {"N": "1"}]},
        {"M": {"a": {"L": [{"S": "a"}, {"N": "1"}]}}},
    ],
)
def test_a_part_that_differs_is_said(value):
    """However deep it lies."""
    assert column(value)[1] == "a part of it has several types in the sample"


@given(
    st.lists(
        st.decimals(
            allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18, places=6
        ),
        min_size=1,
    )
)
def test_a_column_of_numbers_holds_them_all(numbers):
    """Every number of the sample fits into the proposed type without loss."""
    seen = _Numbers()
    for number in numbers:
        seen.add(str(number))
    sql_type = seen.sql_type()
    if sql_type == "BIGINT":
        assert all(number == int(number) and abs(number) < 2**63 for number in numbers)
        return
    precision, scale = map(int, sql_type[len("DECIMAL(") : -1].split(","))
    for number in numbers:
        assert number == round(number, scale)
        assert abs(number) < decimal.Decimal(10) ** (precision - scale)
