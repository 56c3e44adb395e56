"""Descriptions of tables and what they look like as SQL, without a JVM."""

from __future__ import annotations

import datetime

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

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


def inferred(*items, region="eu-west-1", **client_settings):
    """What is proposed for a table of these items; the answers are AWS's, the client boto3's."""
    client = boto3.client(
        "dynamodb",
        region_name=region,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        **client_settings,
    )
    table = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    with Stubber(client) as stub:
        stub.add_response("describe_table", {"Table": table})
        stub.add_response("scan", {"Items": list(items)})
        return DynamoDbTable.infer("orders", client=client)


@pytest.mark.parametrize(
    ("region", "client_settings"),
    [
        *[(region, {}) for region in ("eu-west-1", "us-gov-west-1", "cn-north-1")],
        *[
            (region, {"config": Config(use_dualstack_endpoint=True)})
            for region in ("eu-west-1", "cn-north-1")
        ],
        ("us-east-1", {"config": Config(use_fips_endpoint=True)}),
        ("eu-west-1", {"endpoint_url": "https://dynamodb.eu-west-1.amazonaws.com/"}),
    ],
)
def test_the_regions_own_endpoint_is_left_to_the_region(region, client_settings):
    """A proposed statement holds no more than it needs."""
    assert inferred(region=region, **client_settings).options == {"aws.region": region}


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://localhost:8000",
        "https://vpce-1-2.dynamodb.eu-west-1.vpce.amazonaws.com",
        "https://dynamodb.us-east-1.amazonaws.com",
        "https://dynamodb.eu-west-1.amazonaws.com.example.org",
        "https://dynamodb.eu-west-1.amazonaws.com:8443",
    ],
)
def test_another_endpoint_is_that_of_the_proposed_table(endpoint):
    """It is where the sample was read."""
    assert inferred(endpoint_url=endpoint).options == {
        "aws.region": "eu-west-1",
        "aws.endpoint": endpoint,
    }


def test_what_becomes_no_column_is_a_comment_of_the_statement():
    """One line, whatever the attribute is called; a schema of the user's own has none."""
    table = inferred(
        *(
            {"id": {"S": "i"}, "note": value, "x\n)": {"M": {"y\n)": value}}}
            for value in ({"S": "a"}, {"N": "1"})
        )
    )

    assert table.ddl().splitlines()[:5] == [
        "CREATE TABLE `orders` (",
        "  -- note: N and S in the sample; no SQL type reads both",
        "  -- x\\n): its members: y\\n) (N and S in the sample; no SQL type reads both)",
        "  `id` STRING,",
        "  PRIMARY KEY (`id`) NOT ENFORCED",
    ]
    assert "--" not in table.schema({"id": "STRING"}).ddl()


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
