"""Columns proposed from items."""

from __future__ import annotations

import decimal

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from pyflink_dynamodb._sampled_schema import _Numbers, _Seen, sampled_schema


def seen_in(*values):
    seen = _Seen()
    for value in values:
        seen.add(value)
    return seen


def column(*values):
    seen = seen_in(*values)
    assert seen.problem() == ""
    return seen.sql_type(), seen.comment()


def schema_of(*items, key="id", key_type="S"):
    """What is proposed for a table of these items; the answers are AWS's, the client boto3's."""
    client = boto3.client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    table = {
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": key_type}],
    }
    with Stubber(client) as stub:
        stub.add_response("describe_table", {"Table": table})
        stub.add_response("scan", {"Items": list(items)})
        return sampled_schema(client, "orders", 10)


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
    ("values", "sql_type", "comment"),
    [
        ([{"NULL": True}], "STRING", "only NULL in the sample"),
        (
            [{"L": [{"S": "a"}]}, {"SS": ["b"]}],
            "ARRAY<STRING>",
            "several types in the sample: L in 1, SS in 1",
        ),
    ],
)
def test_what_the_type_does_not_tell_is_said(values, sql_type, comment):
    """So that the reader of the statement decides."""
    assert column(*values) == (sql_type, comment)


MIXED = [{"S": "a"}, {"N": "1"}, {"S": "b"}]
NO_NUMBER = "numbers that no DECIMAL holds; DOUBLE would round them"
NO_TYPE = "N and S in the sample; no SQL type reads both"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (MIXED, NO_TYPE),
        ([*MIXED, {"BOOL": True}], "BOOL, N and S in the sample; no SQL type reads all"),
        ([{"SS": ["a"]}, {"S": "a"}], "S and SS in the sample; no SQL type reads both"),
        ([{"N": "1E-40"}], NO_NUMBER),
        ([{"N": "1E+37"}, {"N": "0.01"}], NO_NUMBER),
        ([{"NS": ["1E-40"]}], f"its elements: {NO_NUMBER}"),
        ([{"SS": ["a"]}, {"NS": ["1"]}], f"its elements: {NO_TYPE}"),
        ([{"L": MIXED}], f"its elements: {NO_TYPE}"),
        ([{"M": {"a": each}} for each in MIXED], f"its members: a ({NO_TYPE})"),
        (
            [{"M": {str(n): {"N": "1"} if n else {"S": "a"} for n in range(51)}}],
            "its members: more than 50, of several types",
        ),
        ([{"M": {str(n): {"N": "1E-40"} for n in range(51)}}], f"its members: {NO_NUMBER}"),
    ],
)
def test_what_no_type_reads_becomes_no_column(values, problem):
    """A STRING is read from S alone: with such a column every SELECT of the table would fail."""
    assert seen_in(*values).problem() == problem

    schema = schema_of(*({"id": {"S": "i"}, "note": value} for value in values))

    assert [each.name for each in schema.columns] == ["id"]
    assert schema.set_columns == ()
    assert schema.left_out == (("note", problem),)
    assert schema.primary_key == ("id",)


def test_a_member_that_no_type_reads_is_left_out_of_its_row():
    """And said, however deep it lies; the other members stay."""
    values = [{"L": [{"M": {"a": each, "b": {"N": "1"}}}]} for each in MIXED]

    assert column(*values) == ("ARRAY<ROW<`b` BIGINT>>", f"left out: [].a ({NO_TYPE})")
    assert column(*({"M": {"c": value}} for value in values)) == (
        "ROW<`c` ARRAY<ROW<`b` BIGINT>>>",
        f"left out: .c[].a ({NO_TYPE})",
    )


def test_a_key_that_no_type_reads_is_not_declared():
    """A PRIMARY KEY of what is no column would make no table."""
    schema = schema_of({"at": {"N": "1E-40"}, "a": {"S": "x"}}, key="at", key_type="N")

    assert [each.name for each in schema.columns] == ["a"]
    assert schema.primary_key == ()
    assert schema.left_out == (("at", NO_NUMBER),)


@pytest.mark.parametrize(
    ("values", "sets"),
    [
        ([{"SS": ["a"]}, {"NULL": True}], ("tags",)),
        ([{"NS": ["1"]}], ("tags",)),
        ([{"BS": [b"a"]}], ("tags",)),
        ([{"SS": ["a"]}, {"L": []}], ()),
        ([{"L": [{"S": "a"}]}], ()),
    ],
)
def test_a_set_column_is_one_kind_of_set(values, sets):
    """Whatever is written to it becomes a set."""
    schema = schema_of(*({"id": {"S": "i"}, "tags": value} for value in values))

    assert [each.name for each in schema.columns] == ["id", "tags"]
    assert schema.set_columns == sets


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
    assert sql_type is not None
    if sql_type == "BIGINT":
        assert all(number == int(number) and abs(number) < 2**63 for number in numbers)
        return
    precision, scale = map(int, sql_type[len("DECIMAL(") : -1].split(","))
    for number in numbers:
        assert number == round(number, scale)
        assert abs(number) < decimal.Decimal(10) ** (precision - scale)
