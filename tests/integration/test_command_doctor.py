"""`pyflink-dynamodb doctor`: what it sees of this machine and a table, and that it only looks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pyflink_dynamodb import _jars
from pyflink_dynamodb.cli import main
from pyflink_dynamodb.testing import FaultyEndpoint, create_table, faults, scan_items

SECRET = "marked+secret/of+the+doctor"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account in the environment, as most have it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDDOCTORWXYZ")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def _doctor(*arguments: str) -> tuple[int, dict[str, tuple[str, str, str]], str]:
    """Exit status, (status, text, remedy) by name, and all that was printed."""
    ended = CliRunner().invoke(main, ["doctor", *arguments])
    if not isinstance(ended.exception, (SystemExit, type(None))):
        raise ended.exception
    lines: dict[str, tuple[str, str, str]] = {}
    name = ""
    for line in ended.output.splitlines():
        if line.strip().startswith("-> "):
            lines[name] = (*lines[name][:2], line.strip()[3:])
        elif found := re.fullmatch(r"(ok|warn|FAIL|skip) +((?:\S+ ?)+?)  +(.*)", line):
            name = found[2].strip()
            lines[name] = (found[1], found[3], "")
    assert SECRET not in ended.output
    for status, _, remedy in lines.values():
        assert bool(remedy) == (status in {"warn", "FAIL"}) or status == "skip"
    return ended.exit_code, lines, ended.output


@pytest.mark.parametrize(
    ("sort_key", "types"),
    [(None, {"id": "S"}), ("at", {"id": "N", "at": "B"}), ("at", {"id": "B", "at": "N"})],
)
def test_all_is_well_and_nothing_is_left_behind(
    endpoint: FaultyEndpoint, dynamodb_client: Any, tmp_path: Path, sort_key: Any, types: Any
) -> None:
    """Every line is ok, and the one write was a delete of a key that no item has."""
    table = f"doctor-{types['id']}-{tmp_path.name}"
    create_table(dynamodb_client, table, "id", sort_key, types)
    item = {name: {kind: {"S": "a", "N": "1", "B": b"a"}[kind]} for name, kind in types.items()}
    dynamodb_client.put_item(TableName=table, Item=item)
    before = scan_items(dynamodb_client, table)
    where = ["--table", table, "--region", "us-east-1", "--endpoint-url", endpoint.endpoint]

    status, lines, said = _doctor(*where)

    assert status == 0, said
    assert {name: line[0] for name, line in lines.items()} == dict.fromkeys(
        [
            *["Python", "PyFlink", "Java", "jar", "region", "endpoint", "credentials", "table"],
            *["key schema", "write"],
        ],
        "ok",
    )
    assert f"{table}, ACTIVE" in lines["table"][1]
    assert f"id ({types['id']})" in lines["key schema"][1]
    assert "environment variables; access key ...WXYZ" in lines["credentials"][1]
    writes = [write for request in endpoint.record.batch_writes for write in request.writes]
    assert [write.kind for write in writes] == ["delete"]
    assert scan_items(dynamodb_client, table) == before
    assert _doctor(*where, "--no-write")[1]["write"][0] == "skip"
    assert len(endpoint.record.batch_writes) == 1


def test_a_role_that_may_not_write_fails(
    endpoint: FaultyEndpoint, dynamodb_client: Any, tmp_path: Path
) -> None:
    """With the action to allow; the table is seen all the same."""
    table = f"denied-{tmp_path.name}"
    create_table(dynamodb_client, table, "id")
    endpoint.script = [faults.access_denied()]
    where = ["--table", table, "--region", "us-east-1", "--endpoint-url", endpoint.endpoint]
    status, lines, _ = _doctor(*where)
    assert status == 1
    assert (lines["table"][0], lines["write"][0]) == ("ok", "FAIL")
    assert "AccessDeniedException" in lines["write"][1]
    assert "dynamodb:BatchWriteItem" in lines["write"][2]


def test_a_table_that_is_not_there_fails(dynamodb_local: Any) -> None:
    """The sentence names region and endpoint: one of the two is most often the wrong one."""
    where = ["--region", "us-east-1", "--endpoint-url", dynamodb_local.endpoint]
    status, lines, _ = _doctor("--table", "absent", *where)
    assert status == 1
    assert lines["table"][0] == "FAIL"
    assert "us-east-1" in lines["table"][1] and dynamodb_local.endpoint in lines["table"][1]
    assert lines["table"][2].startswith("Create the table")
    assert lines["write"][0] == "skip"


def test_no_region_and_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is named on its own line with its remedy."""
    status, lines, _ = _doctor()
    assert status == 1
    assert lines["region"][0] == "FAIL" and "AWS_REGION" in lines["region"][2]
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    status, lines, _ = _doctor("--region", "eu-west-1")
    assert status == 1
    assert lines["region"] == ("ok", "eu-west-1, from aws.region", "")
    assert lines["credentials"][0] == "FAIL" and "AWS_PROFILE" in lines["credentials"][2]


def test_the_jvm_has_its_own_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python looks for the profile in HOME, the JVM in the home of the user.

    A table in SQL, which the JVM opens alone, would be in another region than a sink's.
    """
    for home, region in (("python", "eu-west-1"), ("jvm", "eu-north-1")):
        (tmp_path / home / ".aws").mkdir(parents=True)
        (tmp_path / home / ".aws/config").write_text(f"[default]\nregion = {region}\n")
    monkeypatch.delenv("AWS_CONFIG_FILE")
    monkeypatch.setenv("HOME", str(tmp_path / "python"))
    monkeypatch.setenv("JVM_ARGS", f"-Duser.home={tmp_path / 'jvm'}")
    status, lines, _ = _doctor()
    assert status == 0
    assert lines["region"][0] == "warn"
    assert "eu-west-1" in lines["region"][1] and "eu-north-1" in lines["region"][1]
    assert "AWS_REGION" in lines["region"][2]


def test_plain_http_elsewhere_is_a_warning() -> None:
    """No failure: a test in a container's network needs it."""
    where = ["--region", "us-east-1", "--endpoint-url", "http://dynamodb.example:8000"]
    status, lines, _ = _doctor(*where)
    assert status == 0
    assert lines["endpoint"][0] == "warn" and "https://" in lines["endpoint"][2]


def test_no_java_skips_what_needs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What can be looked at without is, and the rest says why not."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    status, lines, _ = _doctor("--region", "eu-west-1")
    assert status == 1
    assert lines["Java"][0] == "FAIL" and "JAVA_HOME" in lines["Java"][2]
    assert lines["region"][0] == "ok"
    assert {lines[name][0] for name in ("credentials", "table", "write")} == {"skip"}


def test_a_java_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Java 8 calls itself 1.8."""
    (tmp_path / "bin").mkdir()
    java = tmp_path / "bin/java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_412\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    _, lines, _ = _doctor("--region", "eu-west-1")
    assert lines["Java"][:2] == ("FAIL", f"1.8.0_412, {java}")


def test_a_jar_of_another_release_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left behind by an upgrade."""
    real = _jars.bridge_jar()
    monkeypatch.setattr("pyflink_dynamodb.diagnosis.bridge_jar", lambda: real)
    monkeypatch.setattr("pyflink_dynamodb.diagnosis.__version__", "9.9.9")
    _, lines, _ = _doctor("--region", "eu-west-1")
    assert lines["jar"][0] == "FAIL" and "9.9.9" in lines["jar"][1]


def test_a_wrong_property_is_named_without_its_value() -> None:
    """And so is an argument that is none; a value may be a secret."""
    status, lines, _ = _doctor("--property", f"aws.credentials.provider.secretkey={SECRET}")
    assert status == 1
    assert "unknown property" in lines["properties"][1]
    assert CliRunner().invoke(main, ["doctor", "--property", SECRET]).exit_code == 2
    _doctor("--property", SECRET)


def test_it_runs_as_a_program() -> None:
    """Exit status and lines reach a script; no colours on the way."""
    ended = subprocess.run(
        [sys.executable, "-m", "pyflink_dynamodb", "doctor"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "FAIL  region" in ended.stdout
    assert "\x1b" not in ended.stdout
