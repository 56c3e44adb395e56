"""Descriptions of tables and what they look like as SQL, without a JVM."""

from __future__ import annotations

import datetime

import pytest

from pyflink_dynamodb import InvalidConfigurationError
from pyflink_dynamodb.table import DynamoDbTable, dynamodb_table


def test_a_description_becomes_a_statement():
    """Names and texts are quoted, whatever is in them."""
    table = (
        dynamodb_table("orders")
        .schema({"order`id": "STRING", "total": "DECIMAL(10, 2)"}, primary_key=["order`id"])
        .partitioned_by("order`id")
        .option("aws.region", "eu-west-1")
        .option("sink.dead-letter.path", "/it's")
    )

    assert (
        table.ddl("my orders", temporary=True)
        == """\
CREATE TEMPORARY TABLE `my orders` (
  `order``id` STRING,
  `total` DECIMAL(10, 2),
  PRIMARY KEY (`order``id`) NOT ENFORCED
) PARTITIONED BY (`order``id`) WITH (
  'connector' = 'dynamodb',
  'table-name' = 'orders',
  'aws.region' = 'eu-west-1',
  'sink.dead-letter.path' = '/it''s'
)"""
    )


def test_a_table_given_by_arn_is_called_by_its_name():
    """The rest of an ARN is no name."""
    table = dynamodb_table("arn:aws:dynamodb:eu-west-1:123456789012:table/orders")

    assert table.schema({"id": "STRING"}).ddl().startswith("CREATE TABLE `orders` (")


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (20, "20"), (1.5, "1.5"), ("10 mb", "10 mb")]
)
def test_options_are_text(value, text):
    """As Flink writes them."""
    assert dynamodb_table("orders").option("o", value).options == {"o": text}


def test_a_description_is_never_changed():
    """Two tables may start from one description."""
    table = dynamodb_table("orders").schema({"id": "STRING"})

    table.option("aws.region", "eu-west-1")

    assert "aws.region" not in table.ddl()


@pytest.mark.parametrize(
    ("describe", "problem"),
    [
        (lambda table: table.ddl(), "has no columns: call schema"),
        (lambda table: table.descriptor(), "has no columns: call schema"),
        (lambda table: table.schema({"id": "INT"}, ["di"]), "primary_key names ['di']"),
        (lambda table: table.schema({"id": "INT"}, "id"), "such as ['id']"),
        (
            lambda table: table.option("o", datetime.timedelta(1)),
            "option 'o' must be a str, number or bool, not timedelta",
        ),
        (lambda _: DynamoDbTable.infer("orders", sample=0), "sample must be a whole number"),
    ],
)
def test_what_makes_no_table_is_refused(describe, problem):
    """What, where, and what to give instead."""
    with pytest.raises(InvalidConfigurationError) as raised:
        describe(dynamodb_table("orders"))
    assert problem in str(raised.value)
