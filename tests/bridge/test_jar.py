"""The jar is attached by itself, once, and only if it belongs to this release."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import VersionMismatchError, __version__, _bridge
from pyflink_dynamodb._jars import bridge_jar, check_pyflink_version

RELEASE = "io/github/pyflinkdynamodb/sink/release.properties"

# A JVM of its own: what one class loader has seen, it keeps.
ATTACH = """\
import sys
from pathlib import Path
from pyflink.datastream import StreamExecutionEnvironment
from pyflink_dynamodb import PyFlinkDynamoDbError, _bridge
env = StreamExecutionEnvironment.get_execution_environment()
env.add_jars(Path(sys.argv[1]).as_uri())
try:
    _bridge.attach_jar(env)
except PyFlinkDynamoDbError as error:
    print(type(error).__name__, error)
print(_bridge._pipeline_jars(env))
"""


def jars_of(env):
    return _bridge._pipeline_jars(env)


def attach_beside(jar):
    ended = subprocess.run(
        [sys.executable, "-c", ATTACH, str(jar)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_every_environment_gets_the_jar_and_each_gets_it_once():
    for _ in range(2):
        env = StreamExecutionEnvironment.get_execution_environment()
        for _ in range(2):
            _bridge.attach_jar(env)

        assert jars_of(env).count(bridge_jar().as_uri()) == 1


def test_a_jar_that_is_on_the_class_path_already_is_left_alone(tmp_path):
    given = tmp_path / "merged.jar"
    given.write_bytes(bridge_jar().read_bytes())

    printed = attach_beside(given)

    assert "merged.jar" in printed
    assert bridge_jar().name not in printed


def test_a_jar_of_another_release_is_refused_and_both_releases_are_named(tmp_path):
    old = tmp_path / "old.jar"
    with zipfile.ZipFile(bridge_jar()) as ours, zipfile.ZipFile(old, "w") as theirs:
        for entry in ours.infolist():
            text = b"version=0.0.7\n" if entry.filename == RELEASE else ours.read(entry)
            theirs.writestr(entry, text)

    printed = attach_beside(old)

    assert "VersionMismatchError" in printed
    assert f"pyflink-dynamodb {__version__}" in printed
    assert "pyflink-dynamodb 0.0.7" in printed
    assert "old.jar" in printed


@pytest.mark.parametrize("version", ["1.20.0", "1.20.3", "2.0.0", "2.3.0", "2.11.0"])
def test_pyflink_that_works_is_taken(version):
    check_pyflink_version(version)


@pytest.mark.parametrize("version", ["1.19.3", "1.9.0", "3.0.0"])
def test_pyflink_that_does_not_is_refused_and_both_versions_are_named(version):
    with pytest.raises(VersionMismatchError) as refused:
        check_pyflink_version(version)

    assert f"PyFlink {version}" in str(refused.value)
    assert f"pyflink-dynamodb {__version__}" in str(refused.value)
