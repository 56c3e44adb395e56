"""DynamoDB in Flink SQL and the Table API."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pyflink.version import __version__ as _pyflink_version

from pyflink_dynamodb import _bridge
from pyflink_dynamodb._aws import ENDPOINT, REGION, resolve_region
from pyflink_dynamodb._jars import check_pyflink_version
from pyflink_dynamodb._sampled_schema import Column, sampled_schema
from pyflink_dynamodb.errors import InvalidConfigurationError

if TYPE_CHECKING:
    from pyflink.datastream import StreamExecutionEnvironment
    from pyflink.table import EnvironmentSettings, StreamTableEnvironment, TableDescriptor

# What the names of AWS's own endpoints end with.
_AWS = ("amazonaws.com", "amazonaws.com.cn", "api.aws", "api.amazonwebservices.com.cn")

_NULLABILITY = re.compile(r"(\s+NOT)?\s+NULL\s*$", re.IGNORECASE)

__all__ = ["DynamoDbTable", "add_connector", "dynamodb_table", "table_environment"]


def table_environment(
    env: StreamExecutionEnvironment, settings: EnvironmentSettings | None = None
) -> StreamTableEnvironment:
    """A table environment in which `'connector' = 'dynamodb'` works.

    Args:
        env: The environment that its jobs run in.
        settings: As in `StreamTableEnvironment.create`: streaming by default, or batch.

    Raises:
        JarNotFoundError: The connector's classes are neither on the class path nor in the package.
        VersionMismatchError: The classes found, or the PyFlink, are of a release that does not fit.
    """
    from pyflink.table import StreamTableEnvironment

    check_pyflink_version(_pyflink_version)
    # Before the table environment is made: it finds connectors only on the class path of that
    # moment.
    _bridge.attach_jar(env)
    return StreamTableEnvironment.create(env, environment_settings=settings)


def add_connector(t_env: StreamTableEnvironment) -> None:
    """Let a table environment that exists already know `'connector' = 'dynamodb'`.

    Once is enough for an environment; to call it again changes nothing.

    Raises:
        JarNotFoundError: The connector's classes are neither on the class path nor in the package.
        VersionMismatchError: The classes found, or the PyFlink, are of a release that does not fit.
    """
    check_pyflink_version(_pyflink_version)
    _bridge.attach_jar_to_tables(t_env)


@dataclass(frozen=True)
class DynamoDbTable:
    """A DynamoDB table as Flink SQL is to see it: columns, key, options.

    Call it `dynamodb_table`. Every method returns a new description; `ddl` and `descriptor` turn
    it into what Flink takes:

        orders = (
            dynamodb_table("orders")
            .schema({"order_id": "STRING", "total": "DECIMAL(10, 2)"}, primary_key=["order_id"])
            .option("aws.region", "eu-west-1")
        )
        t_env.execute_sql(orders.ddl())
        t_env.create_temporary_table("orders", orders.descriptor())  # the same

    Args:
        table_name: The table, by name or ARN.
    """

    table_name: str
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    partition_keys: tuple[str, ...] = ()
    # Some are secrets.
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    # Attributes of the sampled items that are no columns, and why.
    left_out: tuple[tuple[str, str], ...] = ()

    def schema(self, columns: Mapping[str, str], primary_key: Sequence[str] = ()) -> DynamoDbTable:
        """The columns.

        Args:
            columns: SQL type by column name, such as {"order_id": "STRING", "lines":
                "ARRAY<ROW<sku STRING, n INT>>"}. A column is the attribute of its name.
            primary_key: The table's partition key and, where there is one, its sort key. Without
                it the table takes inserts only.

        Raises:
            InvalidConfigurationError: The key names what is no column.
        """
        if isinstance(primary_key, str):
            raise InvalidConfigurationError(
                [f"primary_key must be a list of column names, such as [{primary_key!r}]"]
            )
        unknown = [name for name in primary_key if name not in columns]
        if unknown:
            raise InvalidConfigurationError(
                [f"primary_key names {unknown}; the columns are {list(columns)}"]
            )
        made = tuple(Column(name, sql_type) for name, sql_type in columns.items())
        return replace(self, columns=made, primary_key=tuple(primary_key), left_out=())

    def partitioned_by(self, *columns: str) -> DynamoDbTable:
        """Let a newer row replace an older one of its key that still waits: fewer requests.

        Args:
            columns: Every column of the primary key, as the sink's `overwrite_by_partition_keys`.
        """
        return replace(self, partition_keys=columns)

    def option(self, name: str, value: str | float | bool) -> DynamoDbTable:
        """One option of the WITH clause, such as ("aws.region", "eu-west-1").

        Whether there is such an option, and such a value, is said when the table is used.

        Raises:
            InvalidConfigurationError: The value is no text, number or bool.
        """
        if isinstance(value, bool):
            text = str(value).lower()
        elif isinstance(value, (str, int, float)):
            text = str(value)
        else:
            raise InvalidConfigurationError(
                [f"option {name!r} must be a str, number or bool, not {type(value).__name__}"]
            )
        return replace(self, options={**self.options, name: text})

    def ddl(self, name: str | None = None, *, temporary: bool = False) -> str:
        """The CREATE TABLE statement.

        It holds the options as they are, secrets too.

        Args:
            name: What the table is called in SQL. Default: the last part of its own name.
            temporary: Whether the table is to be a temporary one.

        Raises:
            InvalidConfigurationError: There are no columns.
        """
        called = _name(self.table_name.rsplit("/", 1)[-1] if name is None else name)
        parts = [column.ddl() for column in self._required_columns()]
        if self.primary_key:
            parts.append(f"PRIMARY KEY ({_names(self.primary_key)}) NOT ENFORCED")
        partitioned = f" PARTITIONED BY ({_names(self.partition_keys)})"
        lines = [
            f"{'CREATE TEMPORARY' if temporary else 'CREATE'} TABLE {called} (",
            # Escaped, since names are data, and a line break in one would end the comment.
            *("  -- " + repr(f"{name}: {problem}")[1:-1] for name, problem in self.left_out),
            ",\n".join(f"  {part}" for part in parts),
            f"){partitioned if self.partition_keys else ''} WITH (",
            ",\n".join(
                f"  {_text(option)} = {_text(value)}"
                for option, value in self._all_options().items()
            ),
            ")",
        ]
        return "\n".join(lines)

    def descriptor(self) -> TableDescriptor:
        """The same for `create_temporary_table` and `create_table`; starts a JVM.

        Comments are in `ddl` alone: PyFlink's schema takes none.

        Raises:
            InvalidConfigurationError: There are no columns.
        """
        from pyflink.table import Schema, TableDescriptor

        columns = self._required_columns()
        schema = Schema.new_builder()
        for column in columns:
            sql_type = column.sql_type
            if column.name in self.primary_key:
                # Flink makes it so in DDL, whatever is written there, and asks for it here.
                sql_type = _NULLABILITY.sub("", sql_type) + " NOT NULL"
            schema.column(column.name, sql_type)
        if self.primary_key:
            schema.primary_key(*self.primary_key)
        builder = TableDescriptor.for_connector("dynamodb").schema(schema.build())
        for option, value in self._all_options().items():
            if option != "connector":
                builder.option(option, value)
        if self.partition_keys:
            builder.partitioned_by(*self.partition_keys)
        return builder.build()

    @staticmethod
    def infer(table_name: str, sample: int = 1000, client: Any = None) -> DynamoDbTable:
        """Propose a description from the table's key schema and a sample of its items.

        Read what `ddl` says before you use it. An attribute that no sampled item has is missing.
        A number's column is as wide as the sample needs. What no SQL type reads, such as an
        attribute that is text here and a number there, is no column, or no field of its ROW: a
        comment says so and why, and a row that is written replaces the item without it. If it is
        a part of the key, the table has no primary key.

        The endpoint is the client's where that is not AWS's own of the region.

        Args:
            table_name: The table, by name or ARN.
            sample: How many items to read, at most. They are the first of a Scan, and cost read
                capacity.
            client: A boto3 client of DynamoDB. Default: one of the environment's region and
                credentials. It needs dynamodb:DescribeTable and dynamodb:Scan.

        Raises:
            InvalidConfigurationError: `sample` is not above 0, or boto3 is missing.
            botocore.exceptions.ClientError: The service refused.
        """
        if type(sample) is not int or sample < 1:
            raise InvalidConfigurationError(["sample must be a whole number above 0"])
        if client is None:
            client = _boto3_client()
        schema = sampled_schema(client, table_name, sample)
        table = replace(
            DynamoDbTable(table_name),
            columns=schema.columns,
            primary_key=schema.primary_key,
            left_out=schema.left_out,
        )
        region, endpoint = client.meta.region_name, client.meta.endpoint_url
        table = table.option(REGION, region)
        if not _is_aws_own(endpoint, region):
            table = table.option(ENDPOINT, endpoint)
        if schema.set_columns:
            table = table.option("sink.set-columns", ";".join(schema.set_columns))
        return table

    def _required_columns(self) -> tuple[Column, ...]:
        if not self.columns:
            raise InvalidConfigurationError(
                [f"table {self.table_name!r} has no columns: call schema"]
            )
        return self.columns

    def _all_options(self) -> dict[str, str]:
        return {"connector": "dynamodb", "table-name": self.table_name, **self.options}


dynamodb_table = DynamoDbTable
"""The first word of a table's description: `dynamodb_table("orders").schema(...)`."""


def _boto3_client() -> Any:
    try:
        import boto3
    except ImportError:
        raise InvalidConfigurationError(
            ["reading a sample needs boto3: pip install 'pyflink-dynamodb[cli]'"]
        ) from None
    region = resolve_region({}, os.environ)
    if region is None:
        raise InvalidConfigurationError(["no AWS region: set AWS_REGION, or pass a client"])
    return boto3.client("dynamodb", region_name=region)


def _is_aws_own(endpoint: str, region: str) -> bool:
    """Whether an endpoint is one that the region alone leads to, dual-stack and FIPS among them."""
    own = rf"https://dynamodb(-fips)?\.{re.escape(region)}\.({'|'.join(map(re.escape, _AWS))})/?"
    return re.fullmatch(own, endpoint) is not None


def _name(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(_name, names))


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
