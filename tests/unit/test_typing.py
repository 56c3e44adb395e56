"""The public API is typed as a user sees it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_a_user_writes_is_checked_by_mypy_in_strict_mode() -> None:
    """An error that is expected and does not come is one, too: its `ignore` is not used."""
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "tests/typing/api.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.stdout == "Success: no issues found in 1 source file\n", checked.stdout
