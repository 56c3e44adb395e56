"""What a table that is read may be told, and what is said to one that is told something else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb.table import dynamodb_table, table_environment

PAGE = (Path(__file__).parents[2] / "docs/options.md").read_text(encoding="utf-8")
PAGE = PAGE.partition("## SQL: `dynamodb`")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| `((?:scan|lookup)\.[\w.-]+)` \|", PAGE, re.MULTILINE)
OPTIONS = {
    "scan.total-segments": "8",
    "scan.page-size": "100",
    "scan.consistent-read": "true",
    "scan.parallelism": "3",
    "lookup.async": "false",
    "lookup.cache": "PARTIAL",
    "lookup.max-retries": "5",
    "lookup.partial-cache.max-rows": "100",
    "lookup.partial-cache.expire-after-access": "1 min",
    "lookup.partial-cache.expire-after-write": "1 h",
    "lookup.partial-cache.cache-missing-key": "false",
}


@pytest.fixture(scope="module")
def t_env():
    return table_environment(StreamExecutionEnvironment.get_execution_environment())


@pytest.fixture
def plan(t_env):
    """The plan of a query, or what Flink says to it."""

    def explain(options, columns=None, query="SELECT id FROM orders WHERE id = 'a' LIMIT 3"):
        table = dynamodb_table("orders").schema(columns or {"id": "STRING", "n": "INT"}, ["id"])
        for name, value in {"aws.region": "eu-west-1", **options}.items():
            table = table.option(name, value)
        t_env.execute_sql("DROP TEMPORARY TABLE IF EXISTS orders")
        t_env.execute_sql(table.ddl(temporary=True))
        return t_env.explain_sql(query)

    return explain


def test_every_option_is_taken(plan):
    """All at once; and none sends anything while the query is planned."""
    text = plan(OPTIONS)

    assert "filter=[=(id, _UTF-16LE'a'" in text
    assert "limit=[3]" not in text  # Flink still filters, so any number of rows may be needed
    assert "limit=[3]" in plan(OPTIONS, query="SELECT n FROM orders LIMIT 3")
    assert "project=[n]" in plan(OPTIONS, query="SELECT n FROM orders")


def test_the_page_has_a_row_for_every_option():
    assert sorted(ROWS) == sorted(OPTIONS)


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("scan.total-segments", "0", "'scan.total-segments' is 0; it must be 1 to 1000000"),
        ("scan.total-segments", "1000001", "must be 1 to 1000000"),
        ("scan.page-size", "-1", "'scan.page-size' is -1; it must be 1 to"),
        ("scan.page-sice", "1", "did you mean 'scan.page-size'?"),
        ("scan.consistent-read", "maybe", "'scan.consistent-read' cannot be read"),
        ("lookup.cache", "FULL", "'lookup.cache' is FULL; items are kept as they are looked up"),
        ("lookup.cache", "SOME", "'lookup.cache' cannot be read"),
        ("lookup.max-retries", "-1", "'lookup.max-retries' must be 0 or more"),
    ],
)
def test_an_option_that_cannot_be_is_refused(plan, option, value, says):
    """Where the query is planned, with what would do."""
    with pytest.raises(Py4JJavaError) as raised:
        plan({option: value})

    assert says in str(raised.value)


def test_a_column_that_cannot_be_read_is_refused(plan):
    """The names in a map are text."""
    with pytest.raises(Py4JJavaError, match="column 'm': MAP<INT, INT> cannot be read"):
        plan({}, {"id": "STRING", "m": "MAP<INT, INT>"})
