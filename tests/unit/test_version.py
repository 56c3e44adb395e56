"""One version, wherever it stands."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path
from xml.etree import ElementTree

from pyflink_dynamodb import __version__

ROOT = Path(__file__).parents[2]


def test_pom_has_the_package_version() -> None:
    """The jar's name and manifest come from the pom."""
    pom = ElementTree.parse(ROOT / "java-bridge" / "pom.xml")
    assert pom.findtext("{*}version") == __version__


def test_distribution_has_the_package_version() -> None:
    """What pip says is what the package says; after a new version `make` installs again."""
    assert importlib.metadata.version("pyflink-dynamodb") == __version__


def test_changelog_begins_with_the_package_version() -> None:
    """The newest entry is about this version."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == __version__
