"""The example of the init modes runs by itself and prints what each of them leaves."""

from __future__ import annotations

import re
import sys

from example_run import run_example

# PyFlink ends a server when Python ends, which is too late from 3.12 on; see README.md.
NOISE = (
    r"Exception ignored in atexit callback: .*\nTraceback .*\n(  .*\n)*"
    r"RuntimeError: can't create new thread at interpreter shutdown\n"
)


def test_the_example_shows_what_each_mode_leaves_in_the_table() -> None:
    """Two items, the same two with one changed, and the new one alone."""
    run = run_example("init_modes")

    said = re.sub(NOISE, "", run.stderr) if sys.version_info >= (3, 12) else run.stderr
    assert (run.returncode, said) == (0, "")
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
