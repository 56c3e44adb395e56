"""PyFlink jobs on a MiniCluster that write to DynamoDB Local."""

from __future__ import annotations

from job_fixtures import (  # noqa: F401 - pytest finds fixtures by their names here
    _programs_may_use_java,
    endpoint,
    environment,
    items,
    new_sink,
    new_table,
    sql,
    submit,
)
