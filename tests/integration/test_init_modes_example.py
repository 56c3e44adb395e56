"""The example of the init modes runs by itself and prints what each of them leaves."""

from __future__ import annotations

from example_run import run_example


def test_the_example_shows_what_each_mode_leaves_in_the_table() -> None:
    """Two items, the same two with one changed, and the new one alone."""
    run = run_example("init_modes")

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == [
        "create_if_not_exists: wrote [(1, 'Hello'), (2, 'World')], the table has 2",
        "  1: Hello",
        "  2: World",
        "default: wrote [(1, 'Bonjour')], the table has 2",
        "  1: Bonjour",
        "  2: World",
        "replace: wrote [(3, 'Hi')], the table has 1",
        "  3: Hi",
    ]
