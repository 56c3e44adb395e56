"""Every test that tests/README.md names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
JAVA_TESTS = TESTS.parent / "java-bridge/src/test/java"
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
    path, _, function = name.partition("::")
    if function:
        tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
        found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert function.startswith("test_") and function in found
    else:
        class_name, _, method = name.partition(".")
        (file,) = JAVA_TESTS.rglob(f"{class_name}.java")
        test = rf"@(?:Test|ParameterizedTest|Property)\b(?:(?!\bvoid\b).)*\bvoid {method}\("
        assert re.search(test, file.read_text(encoding="utf-8"), re.DOTALL)
