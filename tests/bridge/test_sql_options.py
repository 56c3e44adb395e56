"""What a CREATE TABLE statement may say, and what is said to one that says something else."""

from __future__ import annotations

import re

import pytest
from py4j.protocol import Py4JJavaError
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from pyflink_dynamodb import _bridge
from pyflink_dynamodb.table import add_connector, dynamodb_table, table_environment

COLUMNS = {"id": "STRING", "day": "INT", "tags": "ARRAY<STRING>"}
REGION = {"aws.region": "eu-west-1"}

# Every option of the Java connector, by its name in SQL.
JAVA_OPTIONS = {
    "aws.region": "eu-west-1",
    "aws.endpoint": "http://localhost:8000",
    "aws.trust.all.certificates": "true",
    "aws.credentials.provider": "ASSUME_ROLE",
    "aws.credentials.basic.accesskeyid": "id",
    "aws.credentials.basic.secretkey": "hush",
    "aws.credentials.profile.path": "/credentials",
    "aws.credentials.profile.name": "me",
    "aws.credentials.role.arn": "arn:aws:iam::123456789012:role/writer",
    "aws.credentials.role.sessionName": "session",
    "aws.credentials.role.externalId": "external",
    "aws.credentials.role.stsEndpoint": "https://sts.eu-west-1.amazonaws.com",
    "aws.credentials.role.provider": "AUTO",
    "aws.credentials.webIdentityToken.file": "/token",
    "sink.batch.max-size": "20",
    "sink.requests.max-inflight": "10",
    "sink.requests.max-buffered": "1000",
    "sink.flush-buffer.timeout": "2000",
    "sink.flush-buffer.size": "1000000",
    "sink.fail-on-error": "true",
    "sink.ignore-nulls": "true",
    "sink.http-client.max-concurrency": "100",
    "sink.http-client.read-timeout": "60000",
    "sink.http-client.protocol.version": "HTTP1_1",
}
OUR_OPTIONS = {
    "sink.rejection-policy": "dead_letter",
    "sink.dead-letter.path": "/dead-letters",
    "sink.max-buffered-size": "8 mb",
    "sink.flush-on-checkpoint": "true",
    "sink.init-mode": "default",
    "sink.set-columns": "tags",
    "sink.parallelism": "1",
}


@pytest.fixture(scope="module")
def t_env():
    return table_environment(StreamExecutionEnvironment.get_execution_environment())


@pytest.fixture
def plan(t_env):
    """The plan of an INSERT into a table, or what Flink says to it."""

    def explain(
        options,
        primary_key=("id",),
        partitioned_by=(),
        columns=COLUMNS,
        insert="SELECT 'a', 1, ARRAY['x']",
    ):
        table = (
            dynamodb_table("orders").schema(columns, primary_key).partitioned_by(*partitioned_by)
        )
        for name, value in options.items():
            table = table.option(name, value)
        t_env.execute_sql("DROP TEMPORARY TABLE IF EXISTS orders")
        t_env.execute_sql(table.ddl(temporary=True))
        with t_env.execute_sql(f"EXPLAIN INSERT INTO orders {insert}").collect() as rows:
            return next(rows)[0]

    return explain


@pytest.fixture
def refusal(plan):
    """What the connector says to a table that it does not take."""

    def refused(*arguments, **keywords):
        with pytest.raises(Py4JJavaError) as raised:
            plan(*arguments, **keywords)
        causes = []
        cause = raised.value.java_exception
        while cause is not None:
            causes.append(str(cause.getMessage()))
            cause = cause.getCause()
        return next(each for each in reversed(causes) if "orders" in each)

    return refused


def test_every_option_of_the_java_connector_is_taken(plan):
    """All at once, with their names and forms there."""
    assert "orders" in plan(JAVA_OPTIONS)


def test_our_own_options_stand_beside_them(plan):
    """All at once too."""
    assert "orders" in plan({**REGION, **OUR_OPTIONS})


def test_an_environment_made_before_is_given_the_connector():
    """Flink looks where it looked when the environment was made, unless it is told."""
    t_env = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())

    add_connector(t_env)
    add_connector(t_env)

    table = dynamodb_table("orders").schema(COLUMNS).option("aws.region", "eu-west-1")
    t_env.execute_sql(table.ddl(temporary=True))
    assert (
        "orders"
        in t_env.execute_sql("EXPLAIN INSERT INTO orders SELECT 'a', 1, ARRAY['x']")
        .collect()
        .__next__()[0]
    )
    with t_env.execute_sql("SHOW JARS").collect() as jars:
        assert len(list(jars)) == 1


OPTION_REFUSALS = [
    ({"sink.batch.maxsize": "3"}, ("there is no option 'sink.batch.maxsize'; did you mean"
     " 'sink.batch.max-size'?")),
    ({"aws.credentials.basic.secretky": "hush"}, ("there is no option"
     " 'aws.credentials.basic.secretky'; did you mean 'aws.credentials.basic.secretkey'?")),
    ({"sink.requests.max-inflight": "many"}, "'sink.requests.max-inflight' cannot be read"),
    ({"sink.max-buffered-size": "large"}, "'sink.max-buffered-size' cannot be read"),
    ({"sink.batch.max-size": "26"}, "'sink.batch.max-size' is 26; it must be 1 to 25."),
    ({"sink.requests.max-buffered": "25"}, ("'sink.requests.max-buffered' must be above"
     " 'sink.batch.max-size'.")),
    ({"sink.flush-buffer.size": "1000"}, "'sink.flush-buffer.size' must be at least"),
    ({"sink.rejection-policy": "drop"}, ("'sink.rejection-policy' must be one of"
     " [fail, skip, dead_letter].")),
    ({"sink.rejection-policy": "dead_letter"}, ("'sink.dead-letter.path' goes with the"
     " 'sink.rejection-policy' dead_letter, only.")),
    ({"sink.init-mode": "create"}, "'sink.init-mode' must be one of"),
    ({"sink.init-mode": "replace"}, ("'sink.init-mode' replace is not for SQL: EXPLAIN builds the"
     " same graph as INSERT, and would empty the table.")),
    ({"sink.set-columns": "tag"}, "'sink.set-columns' names [tag]; the columns are"),
    ({"sink.set-columns": "day"}, "'sink.set-columns' names day, which is INT; a set is an ARRAY"),
    ({"sink.http-client.protocol.version": "HTTP2"}, ("'sink.http-client.protocol.version' must be"
     " HTTP1_1, not HTTP2")),
    ({"aws.http-client.read-timeout": "1", "sink.http-client.read-timeout": "2"},
     "is given twice, under two names; give it once"),
    ({"aws.credentials.provider": "BASIC"}, "aws.credentials.provider"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"), OPTION_REFUSALS, ids=[next(iter(each)) for each, _ in OPTION_REFUSALS]
)
def test_an_option_that_cannot_be_is_refused(refusal, options, message):
    """What, where, and what to do; the value of a secret nowhere."""
    said = refusal({**REGION, **options})

    assert message in said
    assert "hush" not in said


def test_every_problem_is_named_at_once(refusal):
    """Who made two mistakes reads of both."""
    said = refusal({**REGION, "sink.batch.maxsize": "3", "sink.requests.max-inflight": "x"})

    assert said.startswith("Table 'orders' cannot be used with the connector dynamodb:\n  - ")
    assert said.count("\n  - ") == 2


def test_a_region_is_needed(refusal):
    """From the option or the environment; none is guessed."""
    assert "no region: set aws.region" in refusal({})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {"primary_key": ["id", "day"], "partitioned_by": ["id"]},
            "PARTITIONED BY is [id] and PRIMARY KEY is [id, day]; both must name the whole",
        ),
        (
            {"primary_key": ["id", "tags"]},
            "column 'tags' is ARRAY<STRING> NOT NULL and cannot be a key",
        ),
        (
            {
                "primary_key": ["a", "b", "c"],
                "columns": {"a": "INT", "b": "INT", "c": "INT"},
                "insert": "VALUES (1, 2, 3)",
            },
            "PRIMARY KEY names [a, b, c]; a table of DynamoDB has one key attribute or two",
        ),
        (
            {
                "columns": {"id": "STRING", "counts": "MAP<INT, INT>"},
                "insert": "SELECT 'a', MAP[1, 1]",
            },
            "column counts has INT",
        ),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(refusal, table, message):
    """Before any record is written."""
    said = refusal(REGION, **table)

    assert message in said


def test_a_part_of_the_columns_is_refused(refusal, plan):
    """DynamoDB replaces whole items: the columns left out would be lost."""
    said = refusal(REGION, insert="(id, `day`) VALUES ('a', 1)")

    assert said.startswith("INSERT INTO orders names some columns only")
    assert "[tags]" in said
    assert plan(REGION, insert="(tags, id, `day`) SELECT ARRAY['x'], 'a', 1")


def test_secrets_are_masked_where_flink_masks_them(t_env, plan):
    """In the message about a table; SHOW CREATE TABLE repeats what the catalog was given."""
    secret = {**REGION, "aws.credentials.basic.secretkey": "hush", "sink.batch.maxsize": "3"}

    with pytest.raises(Py4JJavaError) as raised:
        plan(secret)

    message = str(raised.value)
    assert "'aws.credentials.basic.secretkey'='******'" in message
    assert "hush" not in message
    with t_env.execute_sql("SHOW CREATE TABLE orders").collect() as rows:
        assert "hush" in next(rows)[0]
    with pytest.raises(Py4JJavaError) as raised:
        plan({**secret, "sink.batch.maxsize": "3", "aws.credentials.basic.secretkey": "hush"})
    assert "hush" not in str(raised.value)


def test_a_description_hides_its_options():
    """Some are secrets, and a repr ends up in logs."""
    table = dynamodb_table("orders").option("aws.credentials.basic.secretkey", "hush")

    assert "hush" not in repr(table)


def test_the_descriptor_is_the_statement(t_env):
    """Both make the same table."""
    table = (
        dynamodb_table("orders")
        .schema(COLUMNS, ["day", "id"])
        .partitioned_by("id", "day")
        .option("aws.region", "eu-west-1")
        .option("sink.batch.max-size", 20)
        .option("sink.ignore-nulls", True)
    )
    t_env.execute_sql(table.ddl("by_statement"))
    t_env.create_table("by_descriptor", table.descriptor())

    shown = []
    for name in ("by_statement", "by_descriptor"):
        with t_env.execute_sql(f"SHOW CREATE TABLE {name}").collect() as rows:
            statement = re.sub(r"PK_\w+", "PK", next(rows)[0].replace(name, "it"))
            # Options in no order, on Flink 1.20.
            shown.append(sorted(line.rstrip(",") for line in statement.splitlines()))
        t_env.execute_sql(f"DROP TABLE {name}")
    assert shown[0] == shown[1]


@pytest.mark.parametrize("suffix", ["", " NOT NULL", " not\n\tnull ", " NULL"])
def test_a_key_column_may_say_whether_it_is_nullable(t_env, suffix):
    """To Flink a key is NOT NULL, whatever the statement says; the descriptor follows it."""
    table = dynamodb_table("orders").option("aws.region", "eu-west-1")
    table = table.schema({"id": "STRING" + suffix, "n": "INT" + suffix}, ["id"])
    t_env.execute_sql(table.ddl("by_statement"))
    t_env.create_table("by_descriptor", table.descriptor())

    schemas = []
    for name in ("by_statement", "by_descriptor"):
        with t_env.execute_sql(f"DESCRIBE {name}").collect() as rows:
            schemas.append([tuple(row) for row in rows])
        t_env.execute_sql(f"DROP TABLE {name}")
    assert schemas[0] == schemas[1]


def test_the_release_is_checked(monkeypatch):
    """A jar of another release on the class path is named."""
    monkeypatch.setattr(_bridge, "__version__", "0.0.1")
    t_env = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())

    with pytest.raises(_bridge.VersionMismatchError):
        add_connector(t_env)
