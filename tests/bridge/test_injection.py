"""Names and values that try to be more than that: a path, a statement, a header."""

from __future__ import annotations

import pytest
from py4j.protocol import Py4JJavaError
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway

from pyflink_dynamodb import DynamoDbSink, InvalidConfigurationError, _bridge
from pyflink_dynamodb.table import dynamodb_table, table_environment

REGION = {"aws.region": "eu-west-1"}
ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/"
NO_TABLE_NAMES = [
    "../../etc/passwd",
    "orders/../secrets",
    f"{ARN}../orders",
    f"{ARN}orders/index/by-day",
    "orders\nX-Evil: 1",
    "orders\x00",
    "orders\n",
    'orders":{},"TableName":"other',
    "orders' OR '1'='1",
    "orders; DROP TABLE orders",
    "ordérs",
    "or",
    "o" * 256,
]
# A value that leaves its quotes, in SQL, in JSON and in a header.
HOSTILE = "x'); DROP TABLE orders; -- \" \\ \r\nX-Evil: 1 \u0000 ${jndi:ldap://evil}"


@pytest.mark.parametrize("name", NO_TABLE_NAMES)
def test_a_table_name_is_a_name(name: str) -> None:
    """The sink takes what DynamoDB's naming rules allow, and says so without repeating it."""
    with pytest.raises(InvalidConfigurationError, match="table_name must be") as raised:
        DynamoDbSink(table_name=name, dynamodb_properties=REGION)
    assert "Evil" not in str(raised.value) and "DROP" not in str(raised.value)


@pytest.mark.parametrize("name", NO_TABLE_NAMES)
def test_a_table_name_is_a_name_in_sql(name: str) -> None:
    """For reading and writing, before anything is sent."""
    t_env = table_environment(StreamExecutionEnvironment.get_execution_environment())
    described = dynamodb_table(name).schema({"id": "STRING"}).option("aws.region", "eu-west-1")
    t_env.create_temporary_table("hostile", described.descriptor())
    for statement in ("INSERT INTO hostile VALUES ('a')", "SELECT * FROM hostile"):
        with pytest.raises(Py4JJavaError, match="'table-name' must be"):
            t_env.explain_sql(statement)


def test_an_option_value_stays_a_value_in_sql() -> None:
    """Whatever is in it reaches the connector as it is, and nothing else is executed."""
    t_env = table_environment(StreamExecutionEnvironment.get_execution_environment())
    t_env.execute_sql("CREATE TEMPORARY TABLE orders (id STRING) WITH ('connector' = 'print')")
    hostile = HOSTILE.replace("\u0000", "")
    option = "aws.credentials.provider.profile.name"
    described = dynamodb_table("orders").schema({"id": "STRING"}).option("aws.region", "eu-west-1")
    t_env.execute_sql(described.option(option, hostile).ddl("h`; DROP TABLE orders; --"))
    catalog = t_env.get_catalog(t_env.get_current_catalog())
    path = get_gateway().jvm.org.apache.flink.table.catalog.ObjectPath(
        t_env.get_current_database(), "h`; DROP TABLE orders; --"
    )
    options = catalog._j_catalog.getTable(path).getOptions()
    assert options[option] == hostile
    assert "orders" in t_env.list_temporary_tables()


def _java_sink(properties: dict[str, str]) -> None:
    sink = DynamoDbSink(table_name="orders", dynamodb_properties=properties)
    _bridge.attach_jar(StreamExecutionEnvironment.get_execution_environment())
    _bridge.create_sink(sink._config.java_options())


@pytest.mark.parametrize("name", ["aws.region", "aws.endpoint"])
def test_what_becomes_a_host_name_is_checked(name: str) -> None:
    """Where Python lets it pass, the JVM does not; the value stays out of the message."""
    values = {
        "aws.region": ["eu-west-1\r\nX-Evil: 1", "eu-west-1.evil.example/", "a@evil", "../x"],
        "aws.endpoint": [
            "http://h\r\nX-Evil: 1",
            "http://me:evil@h",
            "http://h/?evil=1",
            "file:///etc/evil",
            "http://h#evil",
        ],
    }
    for value in values[name]:
        properties = {**REGION, name: value}
        with pytest.raises(InvalidConfigurationError) as raised:
            _java_sink(properties)
        assert "evil" not in str(raised.value).lower()


@pytest.mark.parametrize(
    "name",
    [
        "aws.trust.all.certificates",
        "aws.http-client.read-timeout",
        "aws.http.protocol.version",
        "aws.credentials.provider",
    ],
)
def test_a_property_of_few_values_takes_no_other(name: str) -> None:
    """And does not repeat it: someone may have put a secret under the wrong name."""
    with pytest.raises(InvalidConfigurationError) as raised:
        DynamoDbSink(table_name="orders", dynamodb_properties={**REGION, name: HOSTILE})
    assert "DROP" not in str(raised.value)
