"""Tables read in SQL: scans, queries by key and lookup joins, through real jobs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas
import pytest
from flink_job import eventually
from nyc_flights import FLIGHTS, PLANES
from py4j.protocol import Py4JJavaError
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import DataTypes, StreamTableEnvironment
from pyflink.version import __version__ as pyflink_version

from pyflink_dynamodb.attribute_value import to_attribute_value
from pyflink_dynamodb.table import dynamodb_table, table_environment
from pyflink_dynamodb.testing import FaultyEndpoint, faults

Environment = Callable[..., StreamExecutionEnvironment]
Create = Callable[..., None]
PLANE = {"tailnum": "STRING", "manufacturer": "STRING", "model": "STRING", "seats": "INT"}


@pytest.fixture
def t_env(environment: Environment) -> StreamTableEnvironment:
    """A table environment of parallelism 2."""
    env = environment()
    env.set_parallelism(2)
    return table_environment(env)


@pytest.fixture
def put(dynamodb_client: Any) -> Callable[[str, Iterable[Mapping[str, Any]]], None]:
    """Put items, 25 in a call."""

    def send(table: str, items: Iterable[Mapping[str, Any]]) -> None:
        requests = [{"PutRequest": {"Item": to_attribute_value(dict(item))["M"]}} for item in items]
        for start in range(0, len(requests), 25):
            dynamodb_client.batch_write_item(RequestItems={table: requests[start : start + 25]})

    return send


@pytest.fixture
def create(dynamodb_local: Any, endpoint: FaultyEndpoint) -> Create:
    """Declare a table behind the endpoint in SQL."""

    def declare(
        t_env: StreamTableEnvironment,
        table: str,
        columns: Mapping[str, str],
        primary_key: tuple[str, ...] = (),
        name: str = "items",
        **options: object,
    ) -> None:
        made = dynamodb_table(table).schema(columns, primary_key)
        properties = {**dynamodb_local.properties, "aws.endpoint": endpoint.endpoint}
        for option, value in {**properties, **options}.items():
            made = made.option(option.replace("__", ".").replace("_", "-"), str(value))
        t_env.execute_sql(made.ddl(name))

    return declare


def select(t_env: StreamTableEnvironment, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query, once its job has ended."""
    with t_env.execute_sql(query).collect() as rows:
        return [tuple(row) for row in rows]


def bodies(endpoint: FaultyEndpoint, operation: str) -> list[dict[str, Any]]:
    """What was sent, in order of arrival."""
    requests = [each for each in endpoint.record.requests if each.operation == operation]
    return [json.loads(each.body) for each in requests]


def attributes(body: Mapping[str, Any]) -> list[str]:
    """The attributes that a call asks for."""
    names = body["ExpressionAttributeNames"]
    return [names[each] for each in body["ProjectionExpression"].split(",")]


def keys(body: Mapping[str, Any]) -> list[Any]:
    """The keys of a BatchGetItem on one table."""
    (wanted,) = body["RequestItems"].values()
    return list(wanted["Keys"])


def numbered(count: int) -> list[dict[str, Any]]:
    """Items of 20 partitions."""
    return [{"pk": f"p{n % 20}", "sk": n, "name": f"n{n}", "list": [n, -n]} for n in range(count)]


NUMBERED = {"pk": "STRING", "sk": "INT", "name": "STRING", "list": "ARRAY<INT>"}


@pytest.fixture
def items(new_table: Callable[..., str], put: Callable[..., None]) -> str:
    """A table of 100 numbered items."""
    table = new_table("pk", "sk", {"sk": "N"})
    put(table, numbered(100))
    return table


def test_a_scan_in_segments_reads_every_item_once(
    t_env: StreamTableEnvironment,
    create: Create,
    new_table: Callable[..., str],
    put: Callable[..., None],
    endpoint: FaultyEndpoint,
) -> None:
    """5,000 items in 4 segments, whatever fails on the way: what was put is what is read."""
    table = new_table("pk", "sk", {"sk": "N"})
    put(table, numbered(5_000))
    create(t_env, table, NUMBERED, scan__total_segments=4, scan__page_size=200)
    endpoint.script = [
        faults.throttle(operation="Scan", share=0.2),
        faults.internal_error(operation="Scan", nth=(3, 8)),
        faults.reset(operation="Scan", nth=11),
        faults.expired_token(operation="Scan", nth=5),
    ]

    rows = select(t_env, "SELECT * FROM items")

    expected = [(each["pk"], each["sk"], each["name"], each["list"]) for each in numbered(5_000)]
    assert sorted(rows) == sorted(expected)
    scans = bodies(endpoint, "Scan")
    assert {(each["Segment"], each["TotalSegments"]) for each in scans} == {
        (segment, 4) for segment in range(4)
    }
    assert {each["Limit"] for each in scans} == {200}
    assert not any("ConsistentRead" in each for each in scans)


def test_only_the_columns_of_the_query_are_asked_for(
    t_env: StreamTableEnvironment, create: Create, items: str, endpoint: FaultyEndpoint
) -> None:
    """A projection reaches the service, and so does the wish for consistent reads."""
    create(t_env, items, NUMBERED, scan__consistent_read="true")

    rows = select(t_env, "SELECT name FROM items WHERE sk < 3")

    assert sorted(rows) == [("n0",), ("n1",), ("n2",)]
    scans = bodies(endpoint, "Scan")
    assert {tuple(sorted(attributes(each))) for each in scans} == {("name", "sk")}
    assert all(each["ConsistentRead"] for each in scans)
    assert {each["TotalSegments"] for each in scans} == {2}  # as the parallelism


def test_counting_asks_for_one_attribute_only(
    t_env: StreamTableEnvironment, create: Create, items: str, endpoint: FaultyEndpoint
) -> None:
    """No column is wanted, and yet every item counts.

    The planner of PyFlink 2.2 says so to no source, and has all columns read.
    """
    create(t_env, items, NUMBERED)
    wanted = ("pk", "sk", "name", "list") if pyflink_version.startswith("2.2.") else ("pk",)

    rows = select(t_env, "SELECT COUNT(*) FROM items")

    assert rows[-1] == (100,)
    assert {tuple(attributes(each)) for each in bodies(endpoint, "Scan")} == {wanted}


@pytest.mark.parametrize(
    ("condition", "key", "expected"),
    [
        ("pk = 'p3'", {"pk": {"S": "p3"}}, [3, 23, 43, 63, 83]),
        ("sk = 23 AND 'p3' = pk", {"pk": {"S": "p3"}, "sk": {"N": "23"}}, [23]),
        ("pk = 'p3' AND sk > 50 AND name <> 'n63'", {"pk": {"S": "p3"}}, [83]),
        ("pk = 'none'", {"pk": {"S": "none"}}, []),
    ],
)
def test_a_key_in_where_becomes_a_query(
    t_env: StreamTableEnvironment,
    create: Create,
    items: str,
    endpoint: FaultyEndpoint,
    condition: str,
    key: dict[str, Any],
    expected: list[int],
) -> None:
    """The partition key, or the whole key, is asked for; the order of the declaration is free."""
    create(t_env, items, NUMBERED, ("sk", "pk"))

    rows = select(t_env, f"SELECT sk FROM items WHERE {condition}")  # noqa: S608

    assert sorted(rows) == [(n,) for n in expected]
    assert bodies(endpoint, "Scan") == []
    (query,) = bodies(endpoint, "Query")
    names, values = query["ExpressionAttributeNames"], query["ExpressionAttributeValues"]
    asked = [each.split(" = ") for each in query["KeyConditionExpression"].split(" AND ")]
    assert {names[name]: values[value] for name, value in asked} == key


def test_the_sort_key_alone_is_filtered_in_flink(
    t_env: StreamTableEnvironment, create: Create, items: str, endpoint: FaultyEndpoint
) -> None:
    """A query needs the partition key, so this is a scan with the right result."""
    create(t_env, items, NUMBERED, ("sk", "pk"))

    assert select(t_env, "SELECT name FROM items WHERE sk = 23") == [("n23",)]
    assert bodies(endpoint, "Query") == []


def test_a_limit_ends_every_segment_early(
    t_env: StreamTableEnvironment, create: Create, items: str, endpoint: FaultyEndpoint
) -> None:
    """No page is larger than the limit, and no segment has a second one."""
    create(t_env, items, NUMBERED, scan__total_segments=3)

    rows = select(t_env, "SELECT sk FROM items LIMIT 7")

    assert len(set(rows)) == 7
    scans = bodies(endpoint, "Scan")
    assert {each["Limit"] for each in scans} == {7}
    assert max(Counter(each["Segment"] for each in scans).values()) == 1


def test_a_scan_that_fails_over_gives_every_item_once(
    environment: Environment,
    create: Create,
    new_table: Callable[..., str],
    put: Callable[..., None],
    endpoint: FaultyEndpoint,
    tmp_path: Path,
) -> None:
    """The job restarts from a checkpoint in the middle: nothing twice, nothing lost."""
    table = new_table("pk", "sk", {"sk": "N"})
    put(table, numbered(1_000))
    env = environment(checkpoint_ms=100, restarts=1)
    env.set_parallelism(2)
    t_env = table_environment(env)
    create(t_env, table, NUMBERED, scan__total_segments=4, scan__page_size=10)
    slow = faults.delay(0.2, operation="Scan")

    def newest() -> int:
        done = (tmp_path / "checkpoints").glob("*/chk-*/_metadata")
        return max([int(each.parent.name[4:]) for each in done], default=0)

    endpoint.script = [slow]

    result = t_env.execute_sql("SELECT sk FROM items")
    eventually(lambda: len(bodies(endpoint, "Scan")) > 8, "some pages")
    # The second from now on was begun after those pages.
    seen = newest()
    eventually(lambda: newest() >= seen + 2, "a checkpoint in the middle of the scan")
    pages_before = len(bodies(endpoint, "Scan"))
    endpoint.script = [slow, faults.access_denied(operation="Scan", count=1)]
    with result.collect() as rows:
        found = [row[0] for row in rows]

    assert sorted(found) == list(range(1_000))
    scans = bodies(endpoint, "Scan")
    assert len(scans) > pages_before
    # A segment is begun without a start key: begun twice, it did not go on from the checkpoint.
    begun = Counter(each["Segment"] for each in scans if "ExclusiveStartKey" not in each)
    assert set(begun) == set(range(4))
    assert max(begun.values()) == 1


def test_an_attribute_that_does_not_fit_fails_the_job(
    t_env: StreamTableEnvironment, create: Create, items: str
) -> None:
    """The message names table, column and what was found, and no value."""
    create(t_env, items, {**NUMBERED, "name": "INT"})

    with pytest.raises(Py4JJavaError) as raised:
        select(t_env, "SELECT name FROM items")

    text = str(raised.value)
    assert f"Table {items}, column name: found S where the column is INT." in text
    assert "n23" not in text


@pytest.fixture(scope="module")
def flights() -> pandas.DataFrame:
    """The flights of one day."""
    frame = FLIGHTS
    return frame[(frame.month == 1) & (frame.day == 1)][["carrier", "flight", "tailnum"]]


@pytest.fixture
def planes(new_table: Callable[..., str], put: Callable[..., None]) -> str:
    """A table of all planes."""
    table = new_table("tailnum")
    put(table, PLANES[list(PLANE)].to_dict("records"))
    return table


def departures(t_env: StreamTableEnvironment, flights: pandas.DataFrame) -> None:
    """A view of flights, as they come by."""
    rows = [
        (each.carrier, int(each.flight), each.tailnum if isinstance(each.tailnum, str) else None)
        for each in flights.itertuples()
    ]
    columns = {
        "carrier": DataTypes.STRING(),
        "flight": DataTypes.INT(),
        "tailnum": DataTypes.STRING(),
    }
    schema = DataTypes.ROW([DataTypes.FIELD(name, kind) for name, kind in columns.items()])
    t_env.create_temporary_view("arrived", t_env.from_elements(rows, schema))
    t_env.execute_sql("CREATE TEMPORARY VIEW f AS SELECT *, PROCTIME() AS ts FROM arrived")


def plain(frame: pandas.DataFrame) -> list[tuple[Any, ...]]:
    """Rows of a frame in an order of their own, with None for what is missing."""
    rows = [
        tuple([None if pandas.isna(each) else each for each in row])
        for row in frame.itertuples(index=False)
    ]
    return sorted(rows, key=repr)


@pytest.mark.parametrize("how", ["inner", "left"])
def test_a_lookup_join_finds_what_pandas_finds(
    t_env: StreamTableEnvironment,
    create: Create,
    planes: str,
    flights: pandas.DataFrame,
    endpoint: FaultyEndpoint,
    how: str,
) -> None:
    """Flights with their planes, through throttling and faults; a plane not known is no match."""
    create(t_env, planes, PLANE, ("tailnum",), "planes")
    departures(t_env, flights)
    endpoint.script = [
        faults.throttle(operation="BatchGetItem", share=0.3),
        faults.internal_error(operation="BatchGetItem", nth=(2, 5)),
    ]

    rows = select(
        t_env,
        f"SELECT f.carrier, f.flight, f.tailnum, p.`model`, p.seats FROM f {how} JOIN planes"  # noqa: S608
        " FOR SYSTEM_TIME AS OF f.ts AS p ON f.tailnum = p.tailnum",
    )

    joined = flights.merge(PLANES[list(PLANE)], how=how, on="tailnum")
    expected = plain(joined[["carrier", "flight", "tailnum", "model", "seats"]])
    assert sorted(rows, key=repr) == expected
    assert len(expected) < len(flights) or any(row[3] is None for row in expected)
    gets = bodies(endpoint, "BatchGetItem")
    assert max(len(keys(each)) for each in gets) > 10
    for get in gets:
        assert len(keys(get)) <= 100
        assert len({each["tailnum"]["S"] for each in keys(get)}) == len(keys(get))
        (wanted,) = get["RequestItems"].values()
        assert sorted(attributes(wanted)) == ["model", "seats", "tailnum"]


def test_what_a_join_compares_beside_the_key_filters_the_items(
    t_env: StreamTableEnvironment, create: Create, items: str
) -> None:
    """The key finds one item at most; the other conditions hold of it, or it is no match."""
    create(t_env, items, NUMBERED, ("sk", "pk"))
    t_env.execute_sql(
        "CREATE TEMPORARY VIEW l AS SELECT *, PROCTIME() AS ts FROM (VALUES"
        " ('p1', 1, 'n1'), ('p2', 2, 'other'), ('p3', 3, CAST(NULL AS STRING)), ('p1', 2, 'n2'))"
        " AS t (pk, sk, name)"
    )

    rows = select(
        t_env,
        "SELECT l.pk, l.sk, i.name FROM l LEFT JOIN items FOR SYSTEM_TIME AS OF l.ts AS i"
        " ON i.name = l.name AND l.sk = i.sk AND l.pk = i.pk",
    )

    assert sorted(rows) == [("p1", 1, "n1"), ("p1", 2, None), ("p2", 2, None), ("p3", 3, None)]


def test_a_lookup_that_fails_says_nothing_of_the_key(
    t_env: StreamTableEnvironment, create: Create, items: str
) -> None:
    """Flink puts the key into the message of an IOException; one at a time, it gets none."""
    create(t_env, items, {**NUMBERED, "name": "INT"}, ("pk", "sk"), lookup__async="false")
    t_env.execute_sql("CREATE TEMPORARY VIEW l AS SELECT 'p1' AS pk, 1 AS sk, PROCTIME() AS ts")

    with pytest.raises(Py4JJavaError) as raised:
        select(
            t_env,
            "SELECT i.name FROM l JOIN items FOR SYSTEM_TIME AS OF l.ts AS i"
            " ON l.pk = i.pk AND l.sk = i.sk",
        )

    text = str(raised.value)
    assert f"Table {items}, column name: found S where the column is INT." in text
    assert "(p1,1)" not in text


@pytest.mark.parametrize(("cache", "asked"), [("NONE", 60), ("PARTIAL", 6)])
def test_a_cache_saves_calls(
    t_env: StreamTableEnvironment,
    create: Create,
    planes: str,
    flights: pandas.DataFrame,
    endpoint: FaultyEndpoint,
    cache: str,
    asked: int,
) -> None:
    """60 flights of 5 planes and one that is not known: without a cache 60 calls, with it 6."""
    options: dict[str, object] = {"lookup__async": "false", "lookup__cache": cache}
    if cache == "PARTIAL":
        options["lookup__partial_cache__max_rows"] = 1_000
    create(t_env, planes, PLANE, ("tailnum",), "planes", **options)
    t_env.get_config().set("table.exec.resource.default-parallelism", "1")
    known = PLANES.tailnum[:5].tolist()
    frame = pandas.DataFrame(
        {"carrier": "X", "flight": range(60), "tailnum": [*known, "none"] * 10}
    )
    departures(t_env, frame)

    rows = select(
        t_env,
        "SELECT f.flight, p.`model` FROM f JOIN planes FOR SYSTEM_TIME AS OF f.ts AS p"
        " ON f.tailnum = p.tailnum",
    )

    assert len(rows) == 50
    gets = bodies(endpoint, "BatchGetItem")
    assert {len(keys(each)) for each in gets} == {1}
    assert len(gets) == asked


def test_a_cache_serves_asynchronous_lookups(
    t_env: StreamTableEnvironment, create: Create, planes: str, endpoint: FaultyEndpoint
) -> None:
    """With 600 flights of one plane, most find it in the cache."""
    create(
        t_env,
        planes,
        PLANE,
        ("tailnum",),
        "planes",
        lookup__cache="PARTIAL",
        lookup__partial_cache__max_rows=10,
    )
    tailnum = PLANES.tailnum[0]
    departures(
        t_env,
        pandas.DataFrame({"carrier": "X", "flight": range(600), "tailnum": tailnum}),
    )

    rows = select(
        t_env,
        "SELECT f.flight, p.tailnum FROM f JOIN planes FOR SYSTEM_TIME AS OF f.ts AS p"
        " ON f.tailnum = p.tailnum",
    )

    assert sorted(rows) == [(n, tailnum) for n in range(600)]
    assert len(bodies(endpoint, "BatchGetItem")) < 12


@pytest.mark.parametrize(
    ("primary_key", "says"),
    [
        (("pk", "sk"), "by its whole primary key only, which is [pk, sk]; the join compares [pk]"),
        ((), "by its whole primary key only, and declares none; the join compares [pk]"),
    ],
)
def test_a_join_on_less_than_the_key_is_refused(
    t_env: StreamTableEnvironment,
    create: Create,
    items: str,
    primary_key: tuple[str, ...],
    says: str,
) -> None:
    """The plan fails with a sentence, and no job is started."""
    create(t_env, items, NUMBERED, primary_key)
    t_env.execute_sql("CREATE TEMPORARY VIEW l AS SELECT 'p1' AS pk, PROCTIME() AS ts")

    with pytest.raises(Py4JJavaError) as raised:
        t_env.explain_sql(
            "SELECT i.name FROM l JOIN items FOR SYSTEM_TIME AS OF l.ts AS i ON l.pk = i.pk"
        )

    assert says in str(raised.value)


def test_a_key_that_is_not_the_tables_is_refused(
    t_env: StreamTableEnvironment, create: Create, items: str
) -> None:
    """A lookup by a part of the key would find nothing, or many: the job says both keys."""
    create(t_env, items, NUMBERED, ("pk",))
    t_env.execute_sql("CREATE TEMPORARY VIEW l AS SELECT 'p1' AS pk, PROCTIME() AS ts")

    with pytest.raises(Py4JJavaError) as raised:
        select(
            t_env,
            "SELECT i.name FROM l JOIN items FOR SYSTEM_TIME AS OF l.ts AS i ON l.pk = i.pk",
        )

    assert (
        f"The primary key of table {items} is pk (S), sk (N); PRIMARY KEY declares pk (S)"
        in str(raised.value)
    )


def test_a_table_written_is_read_in_the_same_session(
    t_env: StreamTableEnvironment, create: Create, new_table: Callable[..., str]
) -> None:
    """INSERT, then SELECT: every type comes back as it was."""
    columns = {
        "id": "STRING",
        "amount": "DECIMAL(10, 2)",
        "ratio": "DOUBLE",
        "day_": "DATE",
        "at_": "TIMESTAMP(3)",
        "seen": "TIMESTAMP_LTZ(3)",
        "raw_": "BYTES",
        "lines": "ARRAY<ROW<sku STRING, n INT>>",
        "tags": "MAP<STRING, BOOLEAN>",
    }
    create(t_env, new_table("id"), columns, ("id",))
    as_text = ", ".join(f"CAST({column} AS STRING)" for column in columns)
    row = (
        "CAST('a' AS STRING), CAST(1.5 AS DECIMAL(10, 2)), CAST(0.1 AS DOUBLE), DATE '2013-01-01',"
        " CAST('2013-01-01 05:15:00.5' AS TIMESTAMP(3)), TO_TIMESTAMP_LTZ(1357016400123, 3),"
        " x'00ff', ARRAY[ROW('x', 1), ROW('y', CAST(NULL AS INT))], MAP['new', TRUE]"
    )
    t_env.execute_sql(f"INSERT INTO items SELECT {row}").wait()

    # As text, since PyFlink cannot collect what is NULL inside a row or an array.
    read = f"SELECT {as_text} FROM items"  # noqa: S608
    computed = f"SELECT {as_text} FROM (SELECT {row}) AS t ({', '.join(columns)})"  # noqa: S608
    (found,) = select(t_env, read)
    (expected,) = select(t_env, computed)
    assert found == expected
    assert None not in found
