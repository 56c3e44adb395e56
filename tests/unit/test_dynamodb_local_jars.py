"""DynamoDB Local before its process: the jars, and what is missing on a machine."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing import DynamoDbLocal, DynamoDbLocalError
from pyflink_dynamodb.testing.dynamodb_local import _jar_folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache directory that is not there yet."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda application: folder / application)
    return folder


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder of the PATH, still empty."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return folder


def _program(path: Path, lines: str) -> None:
    path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{lines}\n")
    path.chmod(0o755)


# Does what Maven does with -DoutputDirectory=FOLDER, one file after the other.
_FAKE_MAVEN = """
for argument; do
  case $argument in -DoutputDirectory=*) folder=${argument#*=};; esac
done
echo run >> "$(dirname "$0")/runs"
mkdir -p "$folder"
for jar in a b c; do sleep 0.1; echo "$jar" > "$folder/$jar.jar"; done
"""


def test_java_missing(programs: Path) -> None:
    """The message says which Java is needed and where it was looked for."""
    with pytest.raises(DynamoDbLocalError, match=r"no java on the PATH.*Java 17"):
        DynamoDbLocal().start()


def test_java_home_without_java(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JAVA_HOME comes first, as in Flink's own scripts, and is named when it is wrong."""
    _program(programs / "java", "exit 0")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(DynamoDbLocalError, match="JAVA_HOME"):
        DynamoDbLocal().start()


def test_maven_missing(programs: Path, cache: Path) -> None:
    """The message says what Maven is needed for, and the way without it."""
    with pytest.raises(DynamoDbLocalError, match=r"no mvn on the PATH.*copy "):
        _jar_folder()


def test_maven_fails(programs: Path, cache: Path) -> None:
    """The message ends with what Maven said last; nothing half fetched stays."""
    _program(programs / "mvn", f"{_FAKE_MAVEN}\necho '[ERROR] no route to host'; exit 1")
    with pytest.raises(DynamoDbLocalError, match=r"(?s)exit status 1.*no route to host"):
        _jar_folder()
    assert list((cache / "pyflink_dynamodb").iterdir()) == []


def test_jars_are_fetched_once(programs: Path, cache: Path) -> None:
    """Under a name with the version, so that another version fetches its own."""
    _program(programs / "mvn", _FAKE_MAVEN)
    folder = _jar_folder()
    assert folder == _jar_folder()
    assert folder.parent == cache / "pyflink_dynamodb"
    assert folder.name == "dynamodb-local-3.3.1"
    assert (programs / "runs").read_text() == "run\n"


def test_first_starts_at_the_same_time_share_one_whole_folder(programs: Path, cache: Path) -> None:
    """Nobody sees a folder that is still being filled, nobody fails, nothing is left over."""
    _program(programs / "mvn", _FAKE_MAVEN)

    def fetch(_: int) -> list[str]:
        return sorted(jar.name for jar in _jar_folder().iterdir())

    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(fetch, range(8)))

    assert seen == [["a.jar", "b.jar", "c.jar"]] * 8
    assert [folder.name for folder in (cache / "pyflink_dynamodb").iterdir()] == [
        "dynamodb-local-3.3.1"
    ]


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none(port: int) -> None:
    """Refused before anything is started."""
    with pytest.raises(InvalidConfigurationError, match=str(port)):
        DynamoDbLocal(port)


def test_endpoint_before_start() -> None:
    """The message says how to start it."""
    with pytest.raises(DynamoDbLocalError, match="not running"):
        DynamoDbLocal().properties  # noqa: B018


@pytest.mark.parametrize("package", ["boto3", "platformdirs"])
def test_a_package_of_the_testing_extra_is_missing(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is the pip line."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DynamoDbLocalError, match=r"pip install 'pyflink-dynamodb\[testing\]'"):
        DynamoDbLocal().client() if package == "boto3" else _jar_folder()
