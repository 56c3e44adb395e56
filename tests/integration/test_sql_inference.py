"""A table's SQL, proposed from what is in it."""

from __future__ import annotations

from decimal import Decimal

from pyflink_dynamodb.table import dynamodb_table


def put(client, table, *items):
    for item in items:
        client.put_item(TableName=table, Item=item)


def test_a_proposed_table_takes_rows(sql, new_table, dynamodb_client, dynamodb_local, items):
    """The key first, in its order; types as narrow as the items allow."""
    table = new_table("carrier", "flight", {"flight": "N"})
    put(
        dynamodb_client,
        table,
        {
            "carrier": {"S": "UA"},
            "flight": {"N": "1"},
            "price": {"N": "99.90"},
            "tags": {"SS": ["a", "b"]},
            "note": {"S": "x"},
            "mark": {"S": "x"},
        },
        {
            "carrier": {"S": "AA"},
            "flight": {"N": "2"},
            "price": {"N": "100"},
            "stops": {"L": [{"M": {"at": {"S": "ORD"}}}]},
            "note": {"S": "y"},
            "mark": {"N": "5"},
        },
    )

    found = dynamodb_table.infer(table, client=dynamodb_client)

    types = {column.name: column.sql_type for column in found.columns}
    assert list(types)[:2] == ["carrier", "flight"]
    assert types == {
        "carrier": "STRING",
        "flight": "BIGINT",
        "price": "DECIMAL(4, 1)",
        "tags": "ARRAY<STRING>",
        "note": "STRING",
        "stops": "ARRAY<ROW<`at` STRING>>",
    }
    assert found.primary_key == ("carrier", "flight")
    assert found.options["sink.set-columns"] == "tags"
    assert "  -- mark: N and S in the sample; no SQL type reads both\n" in found.ddl()

    # Region and endpoint are the client's; its credentials are not part of a proposal.
    for name, value in dynamodb_local.properties.items():
        if name.startswith("aws.credentials"):
            found = found.option(name, value)
    tables = sql()
    tables.run(
        found.ddl("proposed"),
        "INSERT INTO proposed (carrier, flight, price, tags, note, stops) VALUES "
        "('DL', 3, 1.5, ARRAY['z'], 'n', CAST(NULL AS ARRAY<ROW<`at` STRING>>))",
    )
    assert {item["carrier"] for item in items(table)} == {"UA", "AA", "DL"}

    with tables.t_env.execute_sql("SELECT carrier, price, note FROM proposed").collect() as rows:
        assert {tuple(row) for row in rows} == {
            ("UA", Decimal("99.9"), "x"),
            ("AA", Decimal("100.0"), "y"),
            ("DL", Decimal("1.5"), "n"),
        }


def test_no_more_items_are_read_than_asked_for(new_table, dynamodb_client):
    """A sample costs read capacity."""
    table = new_table("id")
    put(dynamodb_client, table, *({"id": {"S": f"i{n}"}, f"a{n}": {"S": "x"}} for n in range(5)))

    found = dynamodb_table.infer(table, sample=3, client=dynamodb_client)

    assert len(found.columns) == 1 + 3


def test_of_an_empty_table_the_key_is_known(new_table, dynamodb_client):
    """And said to be all there is."""
    table = new_table("id", "at", {"id": "B", "at": "N"})

    found = dynamodb_table.infer(table, client=dynamodb_client)

    assert [(column.name, column.sql_type, column.comment) for column in found.columns] == [
        ("id", "BYTES", "the table is empty"),
        ("at", "DECIMAL(38, 0)", "the table is empty"),
    ]
