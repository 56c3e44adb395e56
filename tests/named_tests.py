"""Whether a test that a document names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
JAVA_TESTS = TESTS.parent / "java-bridge/src/test/java"


def is_a_test(name: str) -> bool:
    """Look for `file::function`, by the path within tests, or for Java's `Class.method`."""
    path, _, function = name.partition("::")
    if function:
        file = TESTS / path
        if not file.is_file():
            return False
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        return function.startswith("test_") and function in found
    class_name, _, method = name.partition(".")
    test = rf"@(?:Test|ParameterizedTest|Property)\b(?:(?!\bvoid\b).)*\bvoid {method}\("
    return any(
        re.search(test, file.read_text(encoding="utf-8"), re.DOTALL)
        for file in JAVA_TESTS.rglob(f"{class_name}.java")
    )
