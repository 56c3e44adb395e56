"""Rows of every declared type, encoded in the JVM and, made to by a converter, in Python."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

import pytest
from boto3.dynamodb.types import Binary
from pyflink.common import Row, RowKind, Types
from pyflink.common.time import Instant
from pyflink.common.typeinfo import LocalTimeTypeInfo

from pyflink_dynamodb import RejectionPolicy, RowElementConverter

TIME_TYPES = LocalTimeTypeInfo.TimeType
NESTED = Types.ROW_NAMED(["price", "note"], [Types.BIG_DEC(), Types.STRING()])

# Name, declared type, value in Python, what boto3 reads.
FIELDS = [
    ("string", Types.STRING(), 'ä"\\\n😀', 'ä"\\\n😀'),
    ("boolean", Types.BOOLEAN(), True, True),
    ("byte", Types.BYTE(), -128, Decimal(-128)),
    ("short", Types.SHORT(), 32_767, Decimal(32_767)),
    ("int", Types.INT(), -(2**31), Decimal(-(2**31))),
    ("long", Types.LONG(), 2**63 - 1, Decimal(2**63 - 1)),
    ("float", Types.FLOAT(), 1.5, Decimal("1.5")),
    ("double", Types.DOUBLE(), 0.1 + 0.2, Decimal("0.30000000000000004")),
    ("big_dec", Types.BIG_DEC(), Decimal("1E+30"), Decimal("1E+30")),
    ("sql_date", Types.SQL_DATE(), datetime.date(2024, 2, 29), "2024-02-29"),
    ("sql_time", Types.SQL_TIME(), datetime.time(7, 5, 9, 70_000), "07:05:09.070000"),
    (
        "sql_timestamp",
        Types.SQL_TIMESTAMP(),
        datetime.datetime.fromisoformat("2024-02-29T23:00:00.001000"),
        "2024-02-29T23:00:00.001000",
    ),
    (
        "local_date",
        LocalTimeTypeInfo(TIME_TYPES.LOCAL_DATE),
        datetime.date(1969, 12, 31),
        "1969-12-31",
    ),
    ("local_time", LocalTimeTypeInfo(TIME_TYPES.LOCAL_TIME), datetime.time(0, 0), "00:00:00"),
    (
        "local_date_time",
        LocalTimeTypeInfo(TIME_TYPES.LOCAL_DATE_TIME),
        datetime.datetime.fromisoformat("2024-02-29T12:34:56.789012"),
        "2024-02-29T12:34:56.789012",
    ),
    ("binary", Types.PRIMITIVE_ARRAY(Types.BYTE()), b"\x00\xff", Binary(b"\x00\xff")),
    ("primitive_array", Types.PRIMITIVE_ARRAY(Types.LONG()), [1, -2], [Decimal(1), Decimal(-2)]),
    ("basic_array", Types.BASIC_ARRAY(Types.STRING()), ["a", None], ["a", None]),
    (
        "object_array",
        Types.OBJECT_ARRAY(NESTED),
        [Row(Decimal("1.5"), None)],
        [{"price": Decimal("1.5"), "note": None}],
    ),
    ("list", Types.LIST(Types.STRING()), ["a", "b"], ["a", "b"]),
    ("map", Types.MAP(Types.STRING(), Types.INT()), {"a b": 1}, {"a b": Decimal(1)}),
    ("row", NESTED, Row(Decimal("2.50"), "n"), {"price": Decimal("2.5"), "note": "n"}),
    ("tuple", Types.TUPLE([Types.STRING(), Types.INT()]), ("a", 1), ["a", Decimal(1)]),
    ("none", Types.INT(), None, None),
]


class InPython(RowElementConverter):
    """Keeps rows on the way through Python, which a converter of one's own does."""


@pytest.mark.parametrize("mode", ["process", "thread"])
def test_every_declared_type_is_written_alike_by_java_and_python(
    mode, environment, submit, new_table, new_sink, items
) -> None:
    names = ["pk", *(name for name, *_ in FIELDS)]
    declared = Types.ROW_NAMED(names, [Types.STRING(), *(each[1] for each in FIELDS)])
    values = [value for _, _, value, _ in FIELDS]
    expected = {"pk": "a", **{name: read for name, _, _, read in FIELDS}}
    env = environment(mode)
    start = env.from_collection(["a"], Types.STRING())
    java, python = new_table(), new_table()
    for table, converter in ((java, None), (python, InPython._of_type(declared))):
        sink = new_sink(table, element_converter=converter)
        start.map(lambda pk: Row(pk, *values), declared).sink_to(sink).name(table)
    # PyFlink cannot bring every type out of a thread: there the encoder stays with the function.
    assert ("JVM RowEncoder" in env.get_execution_plan()) == (mode == "process")
    submit(env).wait()

    assert items(java) == [expected]
    assert items(python) == [expected]


def test_rows_of_a_java_source_are_written_without_python(
    environment, submit, new_table, new_sink, items
) -> None:
    """The types that PyFlink's own collection source can make in Java."""
    env = environment()
    declared = Types.ROW_NAMED(
        ["pk", "date", "price", "tags", "at"],
        [
            Types.STRING(),
            Types.SQL_DATE(),
            Types.BIG_DEC(),
            Types.LIST(Types.STRING()),
            Types.SQL_TIMESTAMP(),
        ],
    )
    at = datetime.datetime.fromisoformat("2024-02-29T12:34:56.789000")
    row = Row("a", at.date(), Decimal("1.50"), ["x", "y"], at)
    table = new_table()
    env.from_collection([row], declared).sink_to(new_sink(table)).name("sink")
    assert "JVM RowEncoder" in env.get_execution_plan()
    submit(env).wait()

    assert items(table) == [
        {
            "pk": "a",
            "date": "2024-02-29",
            "price": Decimal("1.5"),
            "tags": ["x", "y"],
            "at": "2024-02-29T12:34:56.789000",
        }
    ]


def test_an_instant_is_written_in_utc(environment, submit, new_table, new_sink, items) -> None:
    env = environment()
    declared = Types.ROW_NAMED(["pk", "at"], [Types.STRING(), Types.INSTANT()])
    rows = env.from_collection(["a"]).map(lambda pk: Row(pk, Instant(0, 1_000)), declared)
    table = new_table()
    rows.sink_to(new_sink(table)).name("sink")
    submit(env).wait()

    assert items(table) == [{"pk": "a", "at": "1970-01-01T00:00:00.000001+00:00"}]


def test_a_row_rejected_in_java_is_the_dead_letter_that_python_makes(
    environment, submit, new_table, new_sink, items, tmp_path
) -> None:
    env = environment()
    line = Types.ROW_NAMED(["price"], [Types.DOUBLE()])
    declared = Types.ROW_NAMED(["pk", "lines"], [Types.STRING(), Types.OBJECT_ARRAY(line)])
    elements = [Row("bad", [Row(1.0), Row(float("nan"))]), Row("good", []), Row(None, [])]
    rows = env.from_collection([0, 1, 2]).map(lambda n: elements[n], declared)
    java, python = new_table(), new_table()
    letters = {}
    for table, converter in ((java, None), (python, InPython())):
        policy = RejectionPolicy.dead_letter(str(tmp_path / table))
        sink = new_sink(table, rejection_policy=policy, element_converter=converter)
        rows.sink_to(sink).name(table)
    submit(env).wait()

    for table in (java, python):
        assert [item["pk"] for item in items(table)] == ["good"]
        letters[table] = [
            {name: member for name, member in json.loads(text).items() if name not in own}
            for own in [("table", "time")]
            for file in (tmp_path / table).glob("**/*.jsonl")
            for text in file.read_text("utf-8").splitlines()
        ]
    assert letters[java] == letters[python]
    first, second = letters[java]
    assert first["request"] == {
        "python_type": "pyflink.common.types.Row",
        "path": "$.lines[1].price",
    }
    assert first["error_code"] == "InvalidAttributeValueError"
    assert second["error_code"] == "InvalidKey"


def test_an_update_that_changes_the_key_deletes_the_old_item(
    environment, submit, new_table, new_sink, items
) -> None:
    def row(kind, pk, value):
        made = Row(pk, value)
        made.set_row_kind(kind)
        return made

    env = environment()
    changes = [
        row(RowKind.INSERT, "a", 1),
        row(RowKind.INSERT, "b", 1),
        row(RowKind.UPDATE_BEFORE, "a", 1),
        row(RowKind.UPDATE_AFTER, "a", 2),
        row(RowKind.UPDATE_BEFORE, "b", 1),
        row(RowKind.UPDATE_AFTER, "c", 2),
        row(RowKind.INSERT, "d", 1),
        row(RowKind.DELETE, "d", 1),
        row(RowKind.INSERT, "e", 1),
        row(RowKind.UPDATE_BEFORE, "e", 1),  # whose other half has a key of another subtask
    ]
    declared = Types.ROW_NAMED(["pk", "value"], [Types.STRING(), Types.INT()])
    rows = env.from_collection(list(range(len(changes)))).map(lambda n: changes[n], declared)
    table = new_table()
    rows.sink_to(new_sink(table, key_schema=("pk",))).name("sink")
    submit(env).wait()

    found = sorted(items(table), key=lambda item: item["pk"])
    assert found == [{"pk": "a", "value": 2}, {"pk": "c", "value": 2}]
