"""Without DescribeTable the declared key is used, and a wrong one is found out."""

from __future__ import annotations

import pytest

from pyflink_dynamodb.testing import faults

NO_DESCRIBE = [faults.access_denied(operation="DescribeTable")]


def test_the_declared_key_is_used(environment, submit, new_table, new_sink, endpoint, items):
    endpoint.script = NO_DESCRIBE
    table = new_table("pk", "sk", {"sk": "N"})
    env = environment()
    records = env.from_collection([{"pk": "a", "sk": n % 3, "n": n} for n in range(9)])
    records.sink_to(new_sink(table, endpoint.endpoint, key_schema=("pk", "sk")))
    submit(env).wait()

    assert sorted(item["n"] for item in items(table)) == [6, 7, 8]


def test_without_a_declared_key_the_error_says_what_to_do(
    environment, submit, new_table, new_sink, endpoint
):
    endpoint.script = NO_DESCRIBE
    env = environment()
    env.from_collection([{"pk": "a"}]).sink_to(new_sink(new_table(), endpoint.endpoint))

    with pytest.raises(Exception, match="DescribeTable") as failed:
        submit(env).wait()

    assert "set_key_schema" in str(failed.value)


def test_a_key_that_is_too_long_ends_the_job_before_two_writes_of_an_item_can_pass_each_other(
    environment, submit, new_table, new_sink, endpoint
):
    endpoint.script = NO_DESCRIBE
    env = environment()
    records = env.from_collection([{"pk": "a", "n": n} for n in range(2)])
    records.sink_to(new_sink(new_table(), endpoint.endpoint, key_schema=("pk", "n")))

    with pytest.raises(Exception, match="real primary key") as failed:
        submit(env).wait()

    assert "['pk', 'n']" in str(failed.value) or "[pk, n]" in str(failed.value)
    assert endpoint.record.max_batch_size == 2
