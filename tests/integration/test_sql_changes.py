"""Inserts, updates and deletes of SQL queries, as the table ends up."""

from __future__ import annotations

import pytest
from py4j.protocol import Py4JJavaError
from pyflink.common import Row, RowKind, Types
from pyflink.table import Schema
from pyflink.table.changelog_mode import ChangelogMode
from pyflink.version import __version__ as pyflink_version

STATUS = {"carrier": "STRING", "flight": "INT", "status": "STRING"}
ON_CONFLICT_IS_ASKED_FOR = tuple(map(int, pyflink_version.split(".")[:2])) >= (2, 3)


def changes(tables, name, rows, primary_key=(), upsert=False):
    """A view `name` of STATUS whose changes are (kind, carrier, flight, status)."""
    stream = tables.env.from_collection(
        [changed(kind, *values) for kind, *values in rows],
        Types.ROW_NAMED(list(STATUS), [Types.STRING(), Types.INT(), Types.STRING()]),
    )
    schema = Schema.new_builder()
    for column, sql_type in STATUS.items():
        schema.column(column, sql_type + (" NOT NULL" if column in primary_key else ""))
    if primary_key:
        schema.primary_key(*primary_key)
    mode = ChangelogMode.upsert() if upsert else ChangelogMode.all()
    view = tables.t_env.from_changelog_stream(stream, schema.build(), mode)
    tables.t_env.create_temporary_view(name, view)


def changed(kind, *values):
    row = Row(*values)
    row.set_row_kind(
        {
            "+I": RowKind.INSERT,
            "-U": RowKind.UPDATE_BEFORE,
            "+U": RowKind.UPDATE_AFTER,
            "-D": RowKind.DELETE,
        }[kind]
    )
    return row


@pytest.fixture
def statuses(items):
    return lambda table: {
        (item["carrier"], int(item["flight"])): item["status"] for item in items(table)
    }


@pytest.fixture
def flights_table(new_table):
    return new_table("carrier", "flight", {"flight": "N"})


@pytest.mark.parametrize("primary_key", [["carrier", "flight"], ["flight", "carrier"], []])
def test_inserts_are_put(sql, flights_table, statuses, primary_key):
    """With the key in either order, and without one: then the table knows its own."""
    tables = sql()
    tables.declare("flights", flights_table, STATUS, primary_key)

    tables.run("INSERT INTO flights VALUES ('UA', 1, 'left'), ('UA', 2, 'late'), ('AA', 1, 'here')")

    assert statuses(flights_table) == {("UA", 1): "left", ("UA", 2): "late", ("AA", 1): "here"}


@pytest.mark.parametrize(
    ("upsert", "old"),
    [(False, [("-U", "UA", 1, "left")]), (True, [])],
    ids=["retract", "upsert"],
)
def test_updates_and_deletes_go_by_the_composite_key(sql, flights_table, statuses, upsert, old):
    """Of two items that share half of the key, the one that was meant is changed."""
    tables = sql()
    tables.declare("flights", flights_table, STATUS, ["flight", "carrier"])
    rows = [
        ("+I", "UA", 1, "left"),
        ("+I", "UA", 2, "left"),
        ("+I", "AA", 1, "left"),
        *old,
        ("+U", "UA", 1, "late"),
        ("-D", "UA", 2, "left"),
    ]
    changes(tables, "news", rows, ["carrier", "flight"], upsert)

    tables.run("INSERT INTO flights SELECT * FROM news")

    assert statuses(flights_table) == {("UA", 1): "late", ("AA", 1): "left"}


def test_a_delete_is_sent_with_its_key_alone(sql, flights_table, endpoint):
    """DynamoDB refuses a key with further attributes."""
    tables = sql()
    tables.declare(
        "flights",
        flights_table,
        STATUS,
        ["carrier", "flight"],
        aws__endpoint=endpoint.endpoint,
    )
    changes(tables, "news", [("+I", "UA", 1, "left"), ("-D", "UA", 1, "left")], list(STATUS)[:2])

    tables.run("INSERT INTO flights SELECT * FROM news")

    put, delete = endpoint.record.sent_by_key(flights_table)["UA", 1]
    assert (put.kind, delete.kind) == ("put", "delete")
    assert delete.item == {"carrier": {"S": "UA"}, "flight": {"N": "1"}}


def test_an_aggregate_is_updated(sql, new_table, items):
    """The last count stays, whichever way it came about."""
    table, tables = new_table("carrier"), sql()
    tables.declare("counts", table, {"carrier": "STRING", "n": "BIGINT"}, ["carrier"])
    rows = [("+I", "UA", 1, "left"), ("+I", "UA", 2, "left"), ("+I", "AA", 1, "left")]
    rows += [("-D", "UA", 2, "left"), ("+I", "UA", 3, "left"), ("-D", "AA", 1, "left")]
    changes(tables, "news", rows)

    tables.run("INSERT INTO counts SELECT carrier, COUNT(*) FROM news GROUP BY carrier")

    assert items(table) == [{"carrier": "UA", "n": 2}]


def test_an_update_that_changes_the_key_leaves_no_old_item(sql, flights_table, statuses):
    """Grouped by half of the key, the other half moves: Flink tells by the old row alone."""
    tables = sql()
    tables.declare("latest", flights_table, STATUS, ["carrier", "flight"])
    changes(tables, "news", [("+I", "UA", n, f"s{n}") for n in range(1, 8)])

    tables.run(
        "INSERT INTO latest SELECT carrier, MAX(flight), MAX(status) FROM news GROUP BY carrier"
    )

    assert statuses(flights_table) == {("UA", 7): "s7"}


def moves(tables):
    """A query whose own key, the flight, is another than the table's, the status."""
    rows = [("+I", "UA", 1, "left"), ("+I", "UA", 2, "left")]
    rows += [("-U", "UA", 1, "left"), ("+U", "UA", 1, "here")]
    changes(tables, "news", rows, ["carrier", "flight"])
    return "INSERT INTO by_status SELECT status, flight FROM news"


@pytest.fixture
def by_status(new_table):
    return new_table("status")


def test_another_upsert_key_needs_on_conflict(sql, by_status):
    """Flink 2.3 asks what to do when two rows of the query have one key of the table."""
    tables = sql()
    tables.declare("by_status", by_status, {"status": "STRING", "flight": "INT"}, ["status"])
    statement = moves(tables)

    if ON_CONFLICT_IS_ASKED_FOR:
        with pytest.raises(Py4JJavaError, match="Please specify an ON CONFLICT clause"):
            tables.explain(statement)
        tables.explain(f"{statement} ON CONFLICT DO DEDUPLICATE")
    else:
        tables.explain(statement)


def test_another_upsert_key_ends_up_right(sql, by_status, items):
    """With the documented setting, which every release of Flink takes: nothing stale is left."""
    tables = sql()
    tables.t_env.get_config().set("table.exec.sink.require-on-conflict", "false")
    tables.declare("by_status", by_status, {"status": "STRING", "flight": "INT"}, ["status"])

    tables.run(moves(tables))

    assert sorted((item["status"], int(item["flight"])) for item in items(by_status)) == [
        ("here", 1),
        ("left", 2),
    ]


def test_a_table_without_a_key_takes_inserts_only(sql, flights_table):
    """An update would not know which item it changes."""
    tables = sql()
    tables.declare("flights", flights_table, STATUS)
    changes(tables, "news", [("+I", "UA", 1, "left"), ("-D", "UA", 1, "left")])

    with pytest.raises(Py4JJavaError, match=r"table 'flights'\s+declares no key by which"):
        tables.run("INSERT INTO flights SELECT * FROM news")


NUMBERS = """
CREATE TEMPORARY TABLE numbers (n INT) WITH (
  'connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '0',
  'fields.n.end' = '4999'
)
"""


@pytest.mark.parametrize(
    ("primary_key", "partitioned_by", "shuffle"),
    [(["id"], [], "AUTO"), (["id"], [], "NONE"), ([], ["id"], "AUTO")],
    ids=["keyed by Flink", "keyed by the sink", "partitioned"],
)
def test_the_rows_of_a_key_keep_their_order_at_any_parallelism(
    sql, new_table, items, endpoint, primary_key, partitioned_by, shuffle
):
    """A query of parallelism 1 and a sink of 4, which Flink would deal the rows out to."""
    table, tables = new_table("id", key_types={"id": "N"}), sql()
    tables.t_env.get_config().set("table.exec.sink.keyed-shuffle", shuffle)
    columns = {"id": "INT", "n": "INT"}
    options = {"sink__parallelism": 4, "aws__endpoint": endpoint.endpoint}
    tables.declare("last", table, columns, primary_key, partitioned_by, **options)

    # No multiple of 4: dealt out in turn, the rows of a key would reach every writer.
    tables.run(NUMBERS, "INSERT INTO last SELECT MOD(n, 21), n FROM numbers")

    assert {int(item["n"]) for item in items(table)} == set(range(4979, 5000))
    for writes in endpoint.record.sent_by_key(table).values():
        sent = [int(write.item["n"]["N"]) for write in writes]
        assert sent == sorted(sent)


def test_a_parallelism_that_would_lose_the_order_is_refused(sql, new_table):
    """Without a declared key nobody knows by what to key."""
    tables = sql()
    tables.declare("last", new_table("id"), {"id": "INT", "n": "INT"}, sink__parallelism=4)

    with pytest.raises(Py4JJavaError, match=r"'sink\.parallelism' of table 'last' is 4"):
        tables.run(NUMBERS, "INSERT INTO last SELECT MOD(n, 20), n FROM numbers")


def test_partitioned_by_overwrites_what_waits(sql, new_table, items, endpoint):
    """The Java connector's meaning: of the rows of a key that wait, the newest is sent."""
    table, tables = new_table("id", key_types={"id": "N"}), sql()
    columns = {"id": "INT", "n": "INT"}
    tables.declare("last", table, columns, [], ["id"], aws__endpoint=endpoint.endpoint)

    tables.run(NUMBERS, "INSERT INTO last SELECT MOD(n, 20), n FROM numbers")

    assert {int(item["n"]) for item in items(table)} == {4980 + key for key in range(20)}
    assert sum(map(len, endpoint.record.sent_by_key(table).values())) < 5000


def test_a_static_partition_is_part_of_the_item(sql, new_table, items):
    """INSERT INTO ... PARTITION (...) gives the column its one value."""
    table, tables = new_table("carrier"), sql()
    columns = {"carrier": "STRING", "n": "INT"}
    tables.declare("counts", table, columns, ["carrier"], ["carrier"])

    tables.run("INSERT INTO counts PARTITION (carrier = 'UA') SELECT 7")

    assert items(table) == [{"carrier": "UA", "n": 7}]


@pytest.mark.parametrize(
    ("columns", "primary_key", "partitioned_by", "message"),
    [
        (
            {"carrier": "STRING", "n": "INT"},
            ["carrier"],
            [],
            (
                r"The declared primary key is carrier \(S\), but that of table '.*' is "
                r"carrier \(S\), flight \(N\)"
            ),
        ),
        (
            {"carrier": "STRING", "flight": "STRING"},
            ["carrier", "flight"],
            [],
            r"flight \(S\), but that of table '.*' is carrier \(S\), flight \(N\)",
        ),
        (
            {"carrier": "STRING", "flight": "INT"},
            [],
            ["carrier"],
            (
                r"PARTITIONED BY \(\.\.\.\) is \[carrier\], but the primary key of table '.*' is "
                r"\[carrier, flight\]"
            ),
        ),
    ],
)
def test_a_key_that_is_not_the_tables_is_refused(
    sql, flights_table, columns, primary_key, partitioned_by, message
):
    """When the job starts, with both keys in the message."""
    tables = sql()
    tables.declare("flights", flights_table, columns, primary_key, partitioned_by)
    values = ", ".join("'UA'" if kind == "STRING" else "1" for kind in columns.values())

    with pytest.raises(Py4JJavaError, match=message):
        tables.run(f"INSERT INTO flights SELECT {values}")


def test_a_table_is_created_where_there_is_none(sql, dynamodb_client, items):
    """Its key is the declared one, in the order of the declaration, its types the columns'."""
    tables = sql()
    name = "sql-created"
    tables.declare(
        "flights",
        name,
        STATUS,
        ["carrier", "flight"],
        sink__init_mode="create_if_not_exists",
    )

    tables.run("INSERT INTO flights VALUES ('UA', 1, 'left')")

    created = dynamodb_client.describe_table(TableName=name)["Table"]
    assert [key["AttributeName"] for key in created["KeySchema"]] == ["carrier", "flight"]
    assert items(name) == [{"carrier": "UA", "flight": 1, "status": "left"}]
    dynamodb_client.delete_table(TableName=name)
