"""Changes of a table in SQL: changelogs, upserts, metadata, and a table kept equal to another."""

from __future__ import annotations

import time

import pytest
from flink_job import eventually
from py4j.protocol import Py4JJavaError
from pyflink.common import RowKind

from pyflink_dynamodb.attribute_value import to_attribute_value

COLUMNS = {"id": "STRING", "kind": "STRING", "n": "INT"}
KINDS = {
    RowKind.INSERT: "+I",
    RowKind.UPDATE_BEFORE: "-U",
    RowKind.UPDATE_AFTER: "+U",
    RowKind.DELETE: "-D",
}
# What there is now, and then the end; without the pauses that spare a service of Amazon's.
READ_ALL = {
    "scan.startup.mode": "trim-horizon",
    "scan.bounded.mode": "latest",
    "scan.shard-discovery-interval": "500 ms",
    "scan.get-records.empty-delay": "20 ms",
    "scan.get-records.non-empty-delay": "20 ms",
}
RUNNING = {**READ_ALL, "scan.bounded.mode": "unbounded"}


@pytest.fixture
def source_table(new_table, dynamodb_client):
    """Make an empty table with a stream, and return its name."""

    def make(view_type="NEW_AND_OLD_IMAGES", **key):
        name = new_table(**{"partition_key": "id", **key})
        dynamodb_client.update_table(
            TableName=name,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view_type},
        )
        return name

    return make


@pytest.fixture
def put(dynamodb_client):
    """Put one item."""
    return lambda table, **item: dynamodb_client.put_item(
        TableName=table, Item=to_attribute_value(item)["M"]
    )


@pytest.fixture
def delete(dynamodb_client):
    """Delete one item by its key."""
    return lambda table, **key: dynamodb_client.delete_item(
        TableName=table, Key=to_attribute_value(key)["M"]
    )


@pytest.fixture
def changes(sql, dynamodb_local):
    """Tables with `name`, the changes of a table as SQL sees them."""

    def declare(
        table, columns=COLUMNS, primary_key=("id",), options=READ_ALL, name="changes", tables=None
    ):
        tables = tables or sql(options={"parallelism.default": "2"})
        parts = [f"`{column}` {sql_type}" for column, sql_type in columns.items()]
        if primary_key:
            parts.append(f"PRIMARY KEY ({', '.join(primary_key)}) NOT ENFORCED")
        given = {
            "connector": "dynamodb-streams",
            "table-name": table,
            **dynamodb_local.properties,
            **options,
        }
        clause = ", ".join(f"'{key}' = '{value}'" for key, value in given.items())
        tables.t_env.execute_sql(f"CREATE TABLE {name} ({', '.join(parts)}) WITH ({clause})")
        return tables

    return declare


def rows(tables, query):
    """All rows of a query with their kinds, once its job has ended."""
    with tables.t_env.execute_sql(query).collect() as found:
        return [(KINDS[row.get_row_kind()], *row) for row in found]


def last(tables, query):
    """The rows that are left when all changes of a query are made."""
    left = []
    for kind, *row in rows(tables, query):
        if kind in ("+I", "+U"):
            left.append(tuple(row))
        else:
            left.remove(tuple(row))
    return sorted(left)


def write_some(table, put, delete):
    """Inserts, updates and deletes of three items."""
    put(table, id="a", kind="x", n=1)
    put(table, id="b", kind="x", n=2)
    put(table, id="a", kind="x", n=3)
    put(table, id="c", kind="y", n=4)
    put(table, id="b", kind="y", n=5)
    delete(table, id="c")
    put(table, id="c", kind="y")
    delete(table, id="a")


def test_both_images_are_a_full_changelog(source_table, put, delete, changes):
    """Each row as it was and as it is, each key's in order, without a primary key."""
    table = source_table()
    write_some(table, put, delete)

    found = rows(changes(table, primary_key=()), "SELECT * FROM changes")

    by_key = {key: [row for row in found if row[1] == key] for key in "abc"}
    assert by_key == {
        "a": [
            ("+I", "a", "x", 1),
            ("-U", "a", "x", 1),
            ("+U", "a", "x", 3),
            ("-D", "a", "x", 3),
        ],
        "b": [("+I", "b", "x", 2), ("-U", "b", "x", 2), ("+U", "b", "y", 5)],
        "c": [("+I", "c", "y", 4), ("-D", "c", "y", 4), ("+I", "c", "y", None)],
    }


@pytest.mark.parametrize("view_type", ["NEW_AND_OLD_IMAGES", "NEW_IMAGE"])
def test_an_aggregate_is_right_after_inserts_updates_and_deletes(
    source_table, put, delete, changes, view_type
):
    """An item that changes its group leaves the old one; from new images Flink knows it too."""
    table = source_table(view_type)
    write_some(table, put, delete)
    tables = changes(table, options={**READ_ALL, "stream-view-type": view_type})

    found = last(tables, "SELECT kind, COUNT(*), SUM(n) FROM changes GROUP BY kind")

    assert found == [("y", 2, 5)]


def test_keys_alone_count_items(source_table, put, delete, changes):
    """Nothing but the key crosses, and a put of an item that is there is no new one."""
    table = source_table("KEYS_ONLY")
    write_some(table, put, delete)
    tables = changes(table, {"id": "STRING"}, options={**READ_ALL, "stream-view-type": "KEYS_ONLY"})

    assert last(tables, "SELECT COUNT(*) FROM changes") == [(2,)]


def test_metadata_stands_beside_the_item(source_table, put, delete, changes):
    """Also without any column of the item, in the order of the query."""
    table = source_table()
    before = time.time()
    put(table, id="a", n=1)
    put(table, id="a", n=2)
    delete(table, id="a")
    columns = {
        "n": "INT",
        "event": "STRING METADATA FROM 'event-name' VIRTUAL",
        "seq": "STRING METADATA FROM 'sequence-number' VIRTUAL",
        "created": "TIMESTAMP_LTZ(3) METADATA FROM 'creation-time' VIRTUAL",
        "size": "INT METADATA FROM 'size-bytes' VIRTUAL",
        "who": "STRING METADATA FROM 'user-identity-principal' VIRTUAL",
        "expired": "BOOLEAN METADATA VIRTUAL",
    }
    tables = changes(table, columns, ())
    query = """
        SELECT expired, who, seq, event, `size`, n,
          TIMESTAMPDIFF(SECOND, CAST(TO_TIMESTAMP_LTZ(0, 3) AS TIMESTAMP_LTZ(3)), created)
        FROM changes"""

    found = rows(tables, query)

    assert [(row[0], row[4], row[6]) for row in found] == [
        ("+I", "INSERT", 1),
        ("-U", "MODIFY", 1),
        ("+U", "MODIFY", 2),
        ("-D", "REMOVE", 2),
    ]
    assert all(row[1] is False and row[2] is None and row[5] > 0 for row in found)
    # Both rows of an update are one record; DynamoDB Local cuts times to the minute.
    assert len({row[3] for row in found}) == 3
    assert [row[3] for row in found] == sorted(row[3] for row in found)
    assert all(before - 60 <= row[7] <= time.time() for row in found)
    assert rows(tables, "SELECT event FROM changes") == [(row[0], row[4]) for row in found]


@pytest.mark.parametrize("watermark", ["created - INTERVAL '1' SECOND", "SOURCE_WATERMARK()"])
def test_changes_are_versions_of_a_table(source_table, put, delete, changes, watermark):
    """A temporal join finds what an item was at a time, for event time is known."""
    table = source_table()
    write_some(table, put, delete)
    created = (
        f"TIMESTAMP_LTZ(3) METADATA FROM 'creation-time', WATERMARK FOR created AS {watermark}"
    )
    tables = changes(table, {**COLUMNS, "created": created})
    tables.run(
        """CREATE TABLE questions (y INT, asked AS CAST(
            TO_TIMESTAMP(CAST(y AS STRING) || '-01-01 00:00:00') AS TIMESTAMP_LTZ(3)),
          WATERMARK FOR asked AS asked) WITH ('connector' = 'datagen',
          'fields.y.kind' = 'sequence', 'fields.y.start' = '1999', 'fields.y.end' = '2200')"""
    )

    found = rows(
        tables,
        """SELECT q.y, c.n FROM (SELECT CHR(97 + MOD(y, 3)) AS id, y, asked FROM questions) AS q
        LEFT JOIN changes FOR SYSTEM_TIME AS OF q.asked AS c ON q.id = c.id""",
    )

    versions = {year: n for _, year, n in found}
    assert len(versions) == 202
    # b before there was any, a when it is deleted, and b as it is.
    assert (versions[1999], versions[2199], versions[2200]) == (None, None, 5)


def test_a_table_is_kept_equal_to_another_while_it_changes(
    source_table, new_table, put, delete, items, changes, submit
):
    """What is inserted, updated and deleted here is there a moment later."""
    table, copy = source_table(), new_table("id")
    tables = changes(table, options=RUNNING)
    tables.declare("copy", copy, COLUMNS, ["id"], sink__flush_buffer__timeout=100)
    statements = tables.t_env.create_statement_set()
    statements.add_insert_sql("INSERT INTO copy SELECT * FROM changes")
    statements.attach_as_datastream()
    put(table, id="z", kind="x", n=0)

    submit(tables.env)

    def is_equal():
        found = sorted((each["id"], each.get("n")) for each in items(copy))
        return found == sorted((each["id"], each.get("n")) for each in items(table))

    eventually(lambda: items(copy), "the first item", 60)
    for n in range(20):
        write_some(table, put, delete)
        put(table, id=f"n{n}", kind="x", n=n)
        delete(table, id=f"n{n - 5}")
    eventually(is_equal, "the copy is equal", 60)
    assert len(items(copy)) == 8


def test_a_stream_of_another_view_type_is_refused(source_table, changes):
    """When the job starts, with both names."""
    tables = changes(source_table("NEW_IMAGE"))

    with pytest.raises(Py4JJavaError) as raised:
        rows(tables, "SELECT * FROM changes")

    said = str(raised.value)
    assert "its view type is NEW_IMAGE" in said
    assert "'stream-view-type' = 'NEW_AND_OLD_IMAGES'" in said


def test_a_primary_key_that_is_not_the_tables_is_refused(source_table, changes):
    """Upserts by half of the key would take different items for one."""
    table = source_table(sort_key="n", key_types={"n": "N"})
    tables = changes(table)

    with pytest.raises(Py4JJavaError, match=r"PRIMARY KEY names \[id\], but the key .* \[id, n\]"):
        rows(tables, "SELECT * FROM changes")


def test_a_value_that_does_not_fit_fails_the_job(source_table, put, changes):
    """The message names record, column and types, and no value."""
    table = source_table()
    put(table, id="a", n="secret")

    with pytest.raises(Py4JJavaError) as raised:
        rows(changes(table), "SELECT * FROM changes")

    said = str(raised.value)
    assert "of the stream, column n: found S where the column is INT." in said
    assert "secret" not in said
