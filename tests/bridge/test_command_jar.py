"""`pyflink-dynamodb jar`: the file that was built, and nothing else on the line for scripts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pyflink_dynamodb import __version__, _jars
from pyflink_dynamodb.cli import main


def test_jar_is_named_with_its_version() -> None:
    """For people both, for a script one at a time."""
    both = CliRunner().invoke(main, ["jar"])
    assert both.exit_code == 0
    assert __version__ in both.output and str(_jars.bridge_jar()) in both.output
    assert CliRunner().invoke(main, ["jar", "--path"]).output == f"{_jars.bridge_jar()}\n"
    assert CliRunner().invoke(main, ["jar", "--release"]).output == f"{__version__}\n"


def test_a_jar_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """With where it was looked for and how to get it; no stack trace."""
    monkeypatch.setattr(_jars, "__version__", "9.9.9")
    ended = CliRunner().invoke(main, ["jar"])
    assert ended.exit_code == 1
    assert "pyflink-dynamodb-9.9.9.jar" in ended.output and "make jar" in ended.output


def test_a_file_that_is_no_jar_is_named(tmp_path: Path) -> None:
    """Such as one whose download was cut off."""
    broken = tmp_path / "broken.jar"
    broken.write_bytes(b"PK\x03\x04")
    with pytest.raises(_jars.JarNotFoundError, match=r"broken\.jar"):
        _jars.jar_release(broken)


def test_without_its_extra_the_command_names_it() -> None:
    """The script is installed in any case; click is not."""
    program = (
        "import sys; sys.modules['click'] = None\n"
        "from pyflink_dynamodb.__main__ import main; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "pip install 'pyflink-dynamodb[cli]'" in ended.stderr
    assert "Traceback" not in ended.stderr
