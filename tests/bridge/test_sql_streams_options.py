"""What a changelog table may be told, and how it stands in a plan. Nothing is sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb.table import table_environment

PAGE = (Path(__file__).parents[2] / "docs/options.md").read_text(encoding="utf-8")
PAGE = PAGE.partition("## SQL: `dynamodb-streams`")[2].partition("\n## ")[0]
ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
COLUMNS = "id STRING, n INT, PRIMARY KEY (id) NOT ENFORCED"
UPSERTS = {"stream-view-type": "NEW_IMAGE"}
METADATA = """id STRING, n INT, created TIMESTAMP_LTZ(3) METADATA FROM 'creation-time',
  PRIMARY KEY (id) NOT ENFORCED, WATERMARK FOR created AS """
OPTIONS = {
    "stream-view-type": "new_and_old_images",
    "on-data-loss": "continue",
    "shard-assigner": "hash",
    "scan.startup.mode": "timestamp",
    "scan.startup.timestamp-millis": "1767225600000",
    "scan.bounded.mode": "timestamp",
    "scan.bounded.timestamp-millis": "1767225600000",
    "scan.parallelism": "3",
    "scan.shard-discovery-interval": "10 s",
    "scan.describe-stream.inconsistency-retries": "3",
    "scan.max-retries": "7",
    "scan.backoff.min-delay": "50 ms",
    "scan.backoff.max-delay": "2 s",
    "scan.get-records.empty-delay": "500 ms",
    "scan.get-records.non-empty-delay": "200 ms",
    "scan.watermark.emit.strategy": "on-event",
    "scan.watermark.alignment.group": "one",
    "scan.watermark.alignment.max-drift": "1 min",
    "scan.watermark.alignment.update-interval": "1 s",
    "scan.watermark.idle-timeout": "30 s",
    "aws.credentials.provider": "BASIC",
    "aws.credentials.basic.accesskeyid": "key",
    "aws.credentials.basic.secretkey": "hidden",
}


@pytest.fixture(scope="module")
def t_env():
    return table_environment(StreamExecutionEnvironment.get_execution_environment())


@pytest.fixture
def plan(t_env):
    """The plan of a query on table `orders`, or what Flink says to it."""

    def explain(options=None, columns=COLUMNS, query="SELECT * FROM orders", subject=None):
        given = {"connector": "dynamodb-streams", **(subject or {"stream-arn": ARN})}
        clause = ", ".join(
            f"'{key}' = '{value}'" for key, value in (given | (options or {})).items()
        )
        t_env.execute_sql("DROP TEMPORARY TABLE IF EXISTS orders")
        t_env.execute_sql(f"CREATE TEMPORARY TABLE orders ({columns}) WITH ({clause})")
        explained = t_env.execute_sql(f"EXPLAIN CHANGELOG_MODE, JSON_EXECUTION_PLAN {query}")
        with explained.collect() as rows:
            return "\n".join(row[0] for row in rows)

    return explain


@pytest.fixture
def refusal(plan):
    """What is said to a table that cannot be."""

    def explain(*args, **kwargs):
        with pytest.raises(Py4JJavaError) as raised:
            plan(*args, **kwargs)
        return str(raised.value)

    return explain


def test_every_option_is_taken(plan):
    """All at once, beside an ARN whose region is the client's."""
    text = plan(OPTIONS)

    # Flink 1.20 writes what the planner calls the source.
    name = rf"Source: DynamoDB stream {ARN}|\[\d+\]:TableSourceScan\(.*"
    assert re.search(rf'"contents" : "({name})",\n    "parallelism" : 3\n', text)


def test_the_page_names_every_option_and_no_other():
    """Those of the client stand elsewhere."""
    named = set(re.findall(r"^\| `([\w.-]+)` \|", PAGE, re.MULTILINE))
    ours = {name for name in OPTIONS if not name.startswith("aws.")}

    flinks = {"connector", "property-version"}
    assert named == {*ours, *flinks, "stream-arn", "table-name"}


def test_both_images_are_a_full_changelog(plan):
    """Nothing has to be kept to complete it; a primary key is not needed."""
    text = plan(columns="id STRING, n INT")

    assert "changelogMode=[I,UB,UA,D]" in text
    assert "ChangelogNormalize" not in text


@pytest.mark.parametrize(
    ("view", "columns"), [("NEW_IMAGE", COLUMNS), ("KEYS_ONLY", COLUMNS.replace("n INT, ", ""))]
)
def test_less_than_both_images_are_upserts(plan, view, columns):
    """Flink keeps the last row of each key, to make an update of a put."""
    text = plan({"stream-view-type": view}, columns)

    # Since Flink 2.1 a delete of the key alone is called PD.
    assert re.search(r"TableSourceScan\(.*changelogMode=\[I,UA,P?D\]", text)
    assert "ChangelogNormalize(key=[id]" in text


def test_columns_that_nobody_wants_are_not_read(plan):
    """Beside the key, which upserts need."""
    columns = "id STRING, n INT, note STRING, seq STRING METADATA FROM 'sequence-number'"
    columns += ", PRIMARY KEY (id) NOT ENFORCED"
    text = plan(columns=columns, query="SELECT n FROM orders")
    upserts = plan(UPSERTS, columns, "SELECT n, seq FROM orders")

    assert "project=[n], metadata=[]" in text
    assert re.search(r"project=\[(id, n|n, id)\], metadata=\[sequence-number\]", upserts)


def test_watermarks_are_made_in_the_source(plan):
    """Where each shard has its own: no operator behind it makes them of all together."""
    by_column = plan(columns=METADATA + "created - INTERVAL '1' SECOND")
    by_source = plan(columns=METADATA + "SOURCE_WATERMARK()")

    assert "watermark=[-(" in by_column
    assert "watermark=[SOURCE_WATERMARK()]" in by_source
    for text in by_column, by_source:
        assert "WatermarkAssigner" not in text[text.index("== Optimized Physical Plan ==") :]


def test_metadata_that_there_is_not_is_refused(refusal):
    """By name, with what there is."""
    said = refusal(columns="id STRING, x STRING METADATA FROM 'shard'")

    keys = (
        "event-name\nsequence-number\ncreation-time\nsize-bytes\nuser-identity-principal\nexpired"
    )
    assert keys in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"scan.startup.mod": "latest"}, "did you mean 'scan.startup.mode'?"),
        ({"flink.stream.initpos": "LATEST"}, "there is no option 'flink.stream.initpos'"),
        ({"sink.init-mode": "x"}, "there is no option 'sink.init-mode'"),
        ({"scan.startup.mode": "earliest"}, "'scan.startup.mode' cannot be read"),
        ({"scan.startup.mode": "timestamp"}, "'scan.startup.timestamp-millis' is missing; it goes"),
        ({"scan.startup.timestamp-millis": "5"}, "'scan.startup.timestamp-millis' is given; it"),
        (
            {"scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": "-1"},
            "'scan.startup.timestamp-millis' must be 0 or more",
        ),
        ({"scan.bounded.mode": "timestamp"}, "'scan.bounded.timestamp-millis' is missing"),
        ({"scan.bounded.timestamp-millis": "5"}, "'scan.bounded.timestamp-millis' is given"),
        ({"scan.parallelism": "0"}, "'scan.parallelism' must be 1 or more"),
        ({"scan.backoff.min-delay": "5 s"}, "'scan.backoff.min-delay' must not be more than"),
        ({"scan.shard-discovery-interval": "0 s"}, "'scan.shard-discovery-interval' must be"),
        ({"scan.max-retries": "-1"}, "'scan.max-retries' must be a whole number from 0"),
        ({"on-data-loss": "ignore"}, "'on-data-loss' cannot be read"),
        ({"shard-assigner": "unifrom"}, "there is no shard assigner unifrom; give uniform"),
        ({"stream-view-type": "OLD_IMAGE"}, "'stream-view-type' cannot be read"),
        ({"table-name": "orders"}, "give either 'stream-arn' or 'table-name'"),
        ({"stream-arn": "orders"}, "the ARN must be like"),
        ({"aws.region": "eu-west-2"}, "aws.region is eu-west-2, but the stream is in eu-west-1"),
    ],
)
def test_an_option_that_cannot_be_is_refused(refusal, options, says):
    """Where the query is planned, with what would do."""
    said = refusal(options)

    assert "Table 'orders' cannot be used with the connector dynamodb-streams:" in said
    assert says in said


@pytest.mark.parametrize(
    ("view", "columns", "says"),
    [
        ("NEW_IMAGE", "id STRING, n INT", "makes upserts, which need the table's key; declare"),
        (
            "NEW_IMAGE",
            COLUMNS.replace("n INT", "n INT NOT NULL"),
            "column 'n' is NOT NULL, but a delete has the key only",
        ),
        ("KEYS_ONLY", COLUMNS, "column 'n' is not in the PRIMARY KEY"),
        ("NEW_IMAGE", COLUMNS.replace("INT", "MAP<INT, INT>"), "column 'n': MAP<INT, INT> cannot"),
        (
            "NEW_AND_OLD_IMAGES",
            "id STRING, b BOOLEAN, PRIMARY KEY (b) NOT ENFORCED",
            "column 'b' is BOOLEAN NOT NULL and cannot be a key",
        ),
    ],
)
def test_columns_that_the_stream_cannot_fill_are_refused(refusal, view, columns, says):
    """Before a NullPointerException of Flink's own does it, in the middle of a job."""
    assert says in refusal({"stream-view-type": view}, columns)


def test_all_problems_are_told_at_once_and_no_secret(refusal):
    """Spelling, values and columns."""
    said = refusal(
        {
            "scan.max-retrys": "1",
            "scan.bounded.mode": "now",
            "aws.credentials.basic.secretkeys": "hidden",
        }
    )

    assert "'scan.max-retries'" in said
    assert "'scan.bounded.mode' cannot be read" in said
    assert "did you mean 'aws.credentials.basic.secretkey'" in said
    assert "hidden" not in said


def test_a_stream_cannot_be_written(refusal):
    """Its table can, with the other connector."""
    said = refusal(query="INSERT INTO orders VALUES ('a', 1)")

    assert "Connector 'dynamodb-streams' can only be used as a source" in said
