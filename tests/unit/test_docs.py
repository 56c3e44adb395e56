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


def _said_in_the_sources() -> str:
    """All texts of the package and the jar, with those put together that stand in several parts."""
    files = [
        *(ROOT / "pyflink_dynamodb").rglob("*.py"),
        *(ROOT / "java-bridge/src/main/java").rglob("*.java"),
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r'"\s*(?:\+\s*)?f?"', "", text)  # "a" + "b" of Java, "a" "b" of Python


SOURCES = _said_in_the_sources()
MESSAGES = re.findall(r'\*\*"(.+?)"\*\*', PAGES["errors"])


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_one_of_the_package(message: str) -> None:
    """Word for word, as far as the page quotes it."""
    assert message in SOURCES


def test_every_error_on_the_page_quotes_a_message() -> None:
    """Each term of its lists of definitions."""
    lines = PAGES["errors"].splitlines()
    terms = [lines[number - 1] for number, line in enumerate(lines) if line.startswith(":   ")]
    assert len(terms) > 20
    assert [term for term in terms if not term.startswith('**"')] == []
