"""Every SQL type, written by Flink and read back with boto3."""

from __future__ import annotations

import datetime
import decimal

import pytest
from py4j.protocol import Py4JJavaError

from pyflink_dynamodb.attribute_value import base64_text, to_attribute_value

UTC = datetime.timezone.utc

# Flink 1.20 takes no ROW(...) as a member of ARRAY[...] and MAP[...], but a column.
MEMBERS = """
CREATE TEMPORARY VIEW members AS SELECT
  CAST(ROW(1) AS ROW<n INT>) AS counted, CAST(ROW(DATE '2013-01-02') AS ROW<d DATE>) AS born
"""

# SQL type, an expression of it, and the Python value that stands for the same.
VALUES = [
    ("CHAR(3)", "CAST('abc' AS CHAR(3))", "abc"),
    ("VARCHAR(9)", "'gr\u00fc\u00df\u2764'", "gr\u00fc\u00df\u2764"),
    ("STRING", "'a\"b\\c\n'", 'a"b\\c\n'),
    ("BOOLEAN", "TRUE", True),
    ("TINYINT", "CAST(-128 AS TINYINT)", -128),
    ("SMALLINT", "CAST(32767 AS SMALLINT)", 32767),
    ("INT", "-2147483648", -2147483648),
    ("BIGINT", "9223372036854775807", 9223372036854775807),
    ("DOUBLE", "CAST(0.1 AS DOUBLE) + CAST(0.2 AS DOUBLE)", 0.1 + 0.2),
    ("DOUBLE", "CAST(1e100 AS DOUBLE)", 1e100),
    ("DECIMAL(10, 2)", "1.50", decimal.Decimal("1.50")),
    (
        "DECIMAL(38, 10)",
        "CAST('1234567890123456789012345678.9876543210' AS DECIMAL(38, 10))",
        decimal.Decimal("1234567890123456789012345678.9876543210"),
    ),
    ("DECIMAL(38, 0)", "CAST('9' AS DECIMAL(38, 0))", decimal.Decimal(9)),
    ("BYTES", "x'00ff80'", b"\x00\xff\x80"),
    ("BINARY(2)", "CAST(x'fffe' AS BINARY(2))", b"\xff\xfe"),
    ("DATE", "DATE '2013-01-01'", datetime.date(2013, 1, 1)),
    ("DATE", "DATE '0101-12-31'", datetime.date(101, 12, 31)),
    ("TIME", "TIME '23:05:00'", datetime.time(23, 5)),
    ("TIMESTAMP(0)", "TIMESTAMP '2013-01-01 05:15:00'",
     datetime.datetime.fromisoformat("2013-01-01 05:15")),
    (
        "TIMESTAMP(6)",
        "TIMESTAMP '2013-01-01 05:15:07.000250'",
        datetime.datetime.fromisoformat("2013-01-01 05:15:07.000250"),
    ),
    ("TIMESTAMP(3)", "TIMESTAMP '1969-12-31 23:59:59.999'",
     datetime.datetime.fromisoformat("1969-12-31 23:59:59.999")),
    (
        "TIMESTAMP_LTZ(3)",
        "TO_TIMESTAMP_LTZ(1357017300123, 3)",
        datetime.datetime(2013, 1, 1, 5, 15, 0, 123000, UTC),
    ),
    ("TIMESTAMP_LTZ(3)", "TO_TIMESTAMP_LTZ(0, 3)", datetime.datetime(1970, 1, 1, tzinfo=UTC)),
    ("ARRAY<INT>", "ARRAY[3, 1, 3]", [3, 1, 3]),
    ("ARRAY<STRING>", "ARRAY['a', CAST(NULL AS STRING)]", ["a", None]),
    ("ARRAY<ARRAY<INT>>", "ARRAY[ARRAY[1], ARRAY[2, 3]]", [[1], [2, 3]]),
    ("MAP<STRING, INT>", "MAP['one', 1, 'none', CAST(NULL AS INT)]", {"one": 1, "none": None}),
    (
        "MAP<STRING, ARRAY<ROW<n INT>>>",
        "MAP['k', ARRAY[counted]]",
        {"k": [{"n": 1}]},
    ),
    (
        "ROW<a INT, b ROW<c STRING, d BOOLEAN>>",
        "CAST(ROW(1, ROW('x', CAST(NULL AS BOOLEAN))) AS ROW<a INT, b ROW<c STRING, d BOOLEAN>>)",
        {"a": 1, "b": {"c": "x", "d": None}},
    ),
    ("ARRAY<ROW<d DATE>>", "ARRAY[born]",
     [{"d": datetime.date(2013, 1, 2)}]),
]  # fmt: skip


def test_every_type_is_sent_as_python_sends_it(sql, new_table, dynamodb_client, endpoint):
    """A row of all types, and one of nulls: every text on the wire is that of the Python sink."""
    table, tables = new_table("id"), sql()
    columns = {f"c{n}": sql_type for n, (sql_type, _, _) in enumerate(VALUES)}
    tables.declare(
        "typed", table, {"id": "STRING", **columns}, ["id"], aws__endpoint=endpoint.endpoint
    )
    values = ", ".join(expression for _, expression, _ in VALUES)
    nulls = ", ".join(f"CAST(NULL AS {sql_type})" for sql_type, _, _ in VALUES)

    tables.run(
        MEMBERS,
        f"INSERT INTO typed SELECT 'values', {values} FROM members",  # noqa: S608
        f"INSERT INTO typed SELECT 'nulls', {nulls}",
    )

    (put,) = endpoint.record.sent_by_key(table)[("values",)]
    expected = {
        f"c{n}": on_wire(to_attribute_value(value)) for n, (_, _, value) in enumerate(VALUES)
    }
    assert put.item == {"id": {"S": "values"}, **expected}
    nulls_read = read(dynamodb_client, table, "nulls")
    assert all(nulls_read[name] == {"NULL": True} for name in expected)


def test_intervals_are_numbers(sql, new_table, dynamodb_client):
    """Nanoseconds as of Python's timedelta; months, since a year is no number of nanoseconds.

    CREATE TABLE knows no such column type; the descriptor does.
    """
    table, tables = new_table("id"), sql()
    columns = {
        "id": "STRING",
        "days": "INTERVAL DAY(2) TO SECOND(3)",
        "seconds": "INTERVAL SECOND(3)",
        "months": "INTERVAL YEAR(2) TO MONTH",
    }
    tables.declare("spans", table, columns, ["id"], ddl=False)

    tables.run(
        "INSERT INTO spans SELECT 'a', INTERVAL '1 00:00:01.500' DAY TO SECOND(3), "
        "INTERVAL '-2' SECOND, INTERVAL '2-3' YEAR TO MONTH"
    )

    item = read(dynamodb_client, table, "a")
    day = datetime.timedelta(days=1, seconds=1, milliseconds=500)
    assert item["days"] == to_attribute_value(day)
    assert item["seconds"] == to_attribute_value(datetime.timedelta(seconds=-2))
    assert item["months"] == {"N": "27"}


def test_a_float_is_its_shortest_text(sql, new_table, dynamodb_client):
    """As in a typed stream: 0.1 and not the double next to it."""
    table, tables = new_table("id"), sql()
    tables.declare("typed", table, {"id": "STRING", "f": "FLOAT"}, ["id"])

    tables.run("INSERT INTO typed SELECT 'a', CAST(0.1 AS FLOAT)")

    assert read(dynamodb_client, table, "a")["f"] == {"N": "0.1"}


def test_a_multiset_is_a_map_of_counts(sql, new_table, dynamodb_client):
    """COLLECT counts how often each text came."""
    table, tables = new_table("id"), sql()
    tables.declare("counted", table, {"id": "STRING", "words": "MULTISET<STRING NOT NULL>"}, ["id"])

    tables.run(
        "INSERT INTO counted SELECT id, COLLECT(word) FROM (VALUES ('a', 'x'), ('a', 'y'), "
        "('a', 'x'), ('b', 'z')) AS words(id, word) GROUP BY id"
    )

    assert read(dynamodb_client, table, "a")["words"] == {"M": {"x": {"N": "2"}, "y": {"N": "1"}}}


def test_columns_named_as_sets_are_sets(sql, new_table, dynamodb_client):
    """Arrays of text and numbers; a null stays a null. Flink 1.20 can make no array of bytes."""
    table, tables = new_table("id"), sql()
    columns = {
        "id": "STRING",
        "s": "ARRAY<STRING>",
        "n": "ARRAY<DECIMAL(10, 2)>",
        "i": "ARRAY<INT>",
        "l": "ARRAY<STRING>",
    }
    tables.declare("sets", table, columns, ["id"], sink__set_columns="s;n;i")

    tables.run(
        "INSERT INTO sets SELECT 'a', ARRAY['y', 'x'], ARRAY[1.50, 2.00], ARRAY[2, 1], "
        "ARRAY['y', 'x']",
        "INSERT INTO sets SELECT 'b', CAST(NULL AS ARRAY<STRING>), ARRAY[1.50], ARRAY[1], "
        "ARRAY['x']",
    )

    item = read(dynamodb_client, table, "a")
    assert sorted(item["s"]["SS"]) == ["x", "y"]
    assert sorted(map(decimal.Decimal, item["n"]["NS"])) == [decimal.Decimal("1.5"), 2]
    assert sorted(item["i"]["NS"]) == ["1", "2"]
    assert item["l"] == {"L": [{"S": "y"}, {"S": "x"}]}
    assert read(dynamodb_client, table, "b")["s"] == {"NULL": True}


def test_nulls_are_left_out_when_asked(sql, new_table, dynamodb_client):
    """The columns of the item, not what is inside of them."""
    table, tables = new_table("id"), sql()
    columns = {"id": "STRING", "n": "INT", "l": "ARRAY<INT>"}
    tables.declare("sparse", table, columns, ["id"], sink__ignore_nulls=True)

    tables.run("INSERT INTO sparse SELECT 'a', CAST(NULL AS INT), ARRAY[1, CAST(NULL AS INT)]")

    assert read(dynamodb_client, table, "a") == {
        "id": {"S": "a"},
        "l": {"L": [{"N": "1"}, {"NULL": True}]},
    }


@pytest.mark.parametrize(
    ("sql_type", "expression", "message"),
    [
        ("ARRAY<STRING>", "ARRAY['x', 'x']", r"\$\.v: two members of the set are the same"),
        ("ARRAY<INT>", "ARRAY[1, CAST(NULL AS INT)]", r"\$\.v\[1\]: a set cannot hold NULL"),
        ("ARRAY<INT>", "ARRAY_REMOVE(ARRAY[1], 1)", r"\$\.v: DynamoDB has no empty set"),
    ],
)
def test_what_is_no_set_is_rejected(sql, new_table, sql_type, expression, message):
    """By path and remedy, and by the policy like any other record."""
    table, tables = new_table("id"), sql()
    columns = {"id": "STRING", "v": sql_type}
    tables.declare("sets", table, columns, ["id"], sink__set_columns="v")

    with pytest.raises(Py4JJavaError, match=message):
        tables.run(f"INSERT INTO sets SELECT 'a', {expression}")


def test_a_row_that_cannot_be_an_item_goes_to_the_dead_letters(
    sql, new_table, items, dynamodb_client, tmp_path
):
    """Without its values; its neighbours are written."""
    table, tables = new_table("id"), sql()
    tables.declare(
        "numbers",
        table,
        {"id": "STRING", "n": "DOUBLE"},
        ["id"],
        sink__rejection_policy="dead_letter",
        sink__dead_letter__path=tmp_path.as_uri(),
    )

    tables.run(
        "INSERT INTO numbers SELECT id, CAST(n AS DOUBLE) FROM (VALUES ('a', '1.5'), "
        "('b', '1e300'), ('c', '2.5')) AS texts(id, n)"
    )

    assert {item["id"] for item in items(table)} == {"a", "c"}
    (letter,) = [path.read_text() for path in tmp_path.glob("*.jsonl")]
    assert '"path":"$.n"' in letter.replace(" ", "")
    assert "1.0E300" not in letter
    assert "1e300" not in letter.lower()


def read(client, table, key):
    return client.get_item(TableName=table, Key={"id": {"S": key}})["Item"]


def on_wire(value):
    """An attribute value as JSON has it: binary content is base64 text."""
    ((tag, content),) = value.items()
    if tag == "B":
        return {"B": base64_text(content)}
    if tag == "L":
        return {"L": [on_wire(member) for member in content]}
    if tag == "M":
        return {"M": {name: on_wire(member) for name, member in content.items()}}
    return value
