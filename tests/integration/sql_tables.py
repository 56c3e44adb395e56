"""Tables of DynamoDB Local as Flink SQL sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb.table import dynamodb_table, table_environment


class SqlTables:
    """A table environment and the tables declared in it."""

    def __init__(self, env: StreamExecutionEnvironment, properties: Mapping[str, str]) -> None:
        self.env = env
        self.t_env = table_environment(env)
        self._properties = properties

    def declare(
        self,
        name: str,
        table: str,
        columns: Mapping[str, str],
        primary_key: Sequence[str] = (),
        partitioned_by: Sequence[str] = (),
        ddl: bool = True,
        **options: Any,
    ) -> None:
        """Create a table `name` for the DynamoDB table `table`; `a__b_c` is the option `a.b-c`."""
        described = dynamodb_table(table).schema(columns, primary_key)
        if partitioned_by:
            described = described.partitioned_by(*partitioned_by)
        for option, value in self._properties.items():
            described = described.option(option, value)
        for option, value in options.items():
            described = described.option(option.replace("__", ".").replace("_", "-"), value)
        if ddl:
            self.t_env.execute_sql(described.ddl(name, temporary=True))
        else:
            self.t_env.create_temporary_table(name, described.descriptor())

    def run(self, *statements: str) -> None:
        """Execute statements one after the other, each to its end."""
        for statement in statements:
            self.t_env.execute_sql(statement).wait()

    def explain(self, statement: str, *details: str) -> str:
        """The plan of a statement, with details such as CHANGELOG_MODE."""
        explained = self.t_env.execute_sql(f"EXPLAIN {', '.join(details)} {statement}")
        with explained.collect() as rows:
            return "\n".join(row[0] for row in rows)
