"""Updates that change the primary key, in rows that pass through Python."""

from __future__ import annotations

import pytest
from flink_job import eventually, numbers
from pyflink.common import Row, RowKind, Types
from test_checkpoint import FailOnce

from pyflink_dynamodb import RowElementConverter

# For each group of numbers an insert, and both halves of an update.
HALVES = (RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER)


def change(number: int) -> Row:
    """The change that a number stands for; every other update gives its item another key."""
    group, half = divmod(number, len(HALVES))
    moved = half == 2 and group % 2
    made = Row(pk=f"{'new' if moved else 'old'}-{group}", n=number)
    made.set_row_kind(HALVES[half])
    return made


def expected(count: int) -> list[dict[str, object]]:
    """What is left when all changes were made."""
    made = [change(number) for number in range(2, count, len(HALVES))]
    return sorted(({"pk": row.pk, "n": row.n} for row in made), key=lambda item: item["n"])


def found(items: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(items, key=lambda item: item["n"])


class InPython(RowElementConverter):
    """Keeps rows on the way through Python, which a converter of one's own does."""


@pytest.mark.parametrize("mode", ["process", "thread"])
@pytest.mark.parametrize("form", ["untyped", "typed", "lists"])
def test_only_an_update_that_changes_the_key_deletes_the_old_item(
    mode, form, environment, submit, new_table, new_sink, items, endpoint
) -> None:
    """Whether its halves are elements or members of a list; no other item is ever missing."""
    count = 60
    declared = Types.ROW_NAMED(["pk", "n"], [Types.STRING(), Types.INT()])
    converter = InPython() if form == "typed" else None
    env, table = environment(mode), new_table()
    if form == "lists":
        # Five of a row's three halves: what they make is in one list, or in two.
        parts = [list(range(start, start + 5)) for start in range(0, count, 5)]
        rows = env.from_collection(parts).map(lambda part: [change(number) for number in part])
    else:
        output_type = {"output_type": declared} if form == "typed" else {}
        rows = env.from_collection(list(range(count))).map(change, **output_type)
    sink = new_sink(table, endpoint.endpoint, key_schema=("pk",), element_converter=converter)
    rows.sink_to(sink).name("sink")
    assert "deletes of old keys" in env.get_execution_plan()
    submit(env).wait()

    assert found(items(table)) == expected(count)
    writes = endpoint.record.applied_by_key(table)
    deleted = {
        key for key, of_key in writes.items() if any(each.kind == "delete" for each in of_key)
    }
    assert deleted == {(f"old-{group}",) for group in range(1, count // 3, 2)}


@pytest.mark.parametrize("count", [12, 9], ids=["moved", "stayed"])
def test_a_savepoint_between_the_halves_of_an_update_loses_no_delete(
    count, environment, submit, new_table, new_sink, items, tmp_path
) -> None:
    """The new job sees the second half alone, of an update that moves its item or leaves it."""
    table, journal = new_table(), FailOnce(tmp_path, at=-1)

    def build(env, per_checkpoint):
        source = numbers(env, tmp_path, count, per_checkpoint).uid("numbers")
        rows = source.map(journal).uid("journal").map(change).uid("changes")
        sink = new_sink(table, key_schema=("pk",), flush_on_checkpoint=True)
        rows.sink_to(sink).name("sink").uid("sink")
        return submit(env)

    def seen():
        return journal.journal.exists() and len(journal.journal.read_text("ascii").split())

    first = build(environment(), per_checkpoint=count - 1)
    eventually(lambda: seen() == count - 1, "the first half of the last update", seconds=90)
    savepoint = first.stop_with_savepoint(tmp_path / "savepoints", seconds=90)
    # What the second half will be is not known yet.
    assert found(items(table)) == expected(count - 3)

    build(environment(options={"execution.savepoint.path": savepoint}), count).wait()
    assert found(items(table)) == expected(count)


@pytest.mark.parametrize("mode", ["process", "thread"])
def test_a_failure_in_the_middle_leaves_no_old_item(
    mode, environment, submit, new_table, new_sink, items, tmp_path
) -> None:
    """Checkpoints fall where they fall, and what came behind the last of them comes again."""
    count = 450
    env, table = environment(mode, checkpoint_ms=50, restarts=1), new_table()
    fail_once = FailOnce(tmp_path, at=350)
    rows = numbers(env, tmp_path, count, per_checkpoint=50).map(fail_once).map(change)
    rows.sink_to(new_sink(table, key_schema=("pk",))).name("sink")
    submit(env).wait()

    assert fail_once.resumed_from() > 0
    assert found(items(table)) == expected(count)
