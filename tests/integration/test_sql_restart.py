"""A job of SQL that restarts in the middle."""

from __future__ import annotations

from flink_job import numbers
from pyflink.common import Row, Types
from pyflink.datastream import MapFunction

COUNT = 1_000


class FailsOnce(MapFunction):
    """Fails the first attempt behind the middle, when checkpoints have been taken."""

    def open(self, runtime_context):
        self._attempt = runtime_context.get_attempt_number()

    def map(self, value):
        if self._attempt == 0 and int(value) == COUNT * 3 // 4:
            raise RuntimeError("on purpose")
        return Row(f"n{int(value) % 100}", int(value))


def test_a_restart_in_the_middle_loses_nothing(sql, new_table, items, submit, tmp_path):
    """Every key ends at its last row, and every other row at its item."""
    last, every = new_table("id"), new_table("n", key_types={"n": "N"})
    tables = sql(checkpoint_ms=50, restarts=3)
    tables.declare("last", last, {"id": "STRING", "n": "INT"}, ["id"])
    tables.declare("each_row", every, {"n": "INT", "id": "STRING"}, ["n"])
    stream = numbers(tables.env, tmp_path, COUNT, per_checkpoint=100).map(
        FailsOnce(), Types.ROW_NAMED(["id", "n"], [Types.STRING(), Types.INT()])
    )
    tables.t_env.create_temporary_view("numbers", stream)
    statements = tables.t_env.create_statement_set()
    statements.add_insert_sql("INSERT INTO last SELECT id, MAX(n) FROM numbers GROUP BY id")
    statements.add_insert_sql("INSERT INTO each_row SELECT n, id FROM numbers")
    statements.attach_as_datastream()

    job = submit(tables.env)
    job.wait()

    assert {int(item["n"]) for item in items(every)} == set(range(COUNT))
    assert {item["id"]: int(item["n"]) for item in items(last)} == {
        f"n{key}": COUNT - 100 + key for key in range(100)
    }
