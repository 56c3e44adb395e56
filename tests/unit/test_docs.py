"""What the pages of the documentation name exists, and their examples are right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from named_tests import is_a_test

ROOT = Path(__file__).parents[2]
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}
NAMED_TESTS = re.findall(r"^- `([^`]+)`$", PAGES["guarantees"], re.MULTILINE)


@pytest.mark.parametrize("name", NAMED_TESTS)
def test_the_test_that_proves_a_guarantee_exists(name: str) -> None:
    assert is_a_test(name)


def test_every_guarantee_names_a_test() -> None:
    """Behind each paragraph that begins with bold words stands a list of them."""
    paragraphs = PAGES["guarantees"].split("\n\n")
    claims = [n for n, text in enumerate(paragraphs) if text.startswith("**")]
    assert len(claims) > 12
    assert [paragraphs[n] for n in claims if not paragraphs[n + 1].startswith("- `")] == []
