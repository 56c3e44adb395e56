"""Every test that tests/README.md names exists."""

from __future__ import annotations

import re

import pytest
from named_tests import TESTS, is_a_test

LINES = [
    line
    for line in (TESTS / "README.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|")
]
ROWS = [re.fullmatch(r"\| (.+) \| `([^`|]+)` \|", line) for line in LINES[2:]]


def test_every_line_names_a_fault_and_one_test() -> None:
    assert len(ROWS) > 1
    assert [line for line, row in zip(LINES[2:], ROWS) if row is None] == []
    faults = [row.group(1) for row in ROWS if row]
    assert len(set(faults)) == len(faults)


@pytest.mark.parametrize("name", sorted({row.group(2) for row in ROWS if row}))
def test_the_test_named_exists(name: str) -> None:
    assert is_a_test(name)
