"""A marked secret is looked for in everything that a job shows or leaves behind."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pyflink_dynamodb.testing import FaultyEndpoint, faults

SECRETS = {
    "aws.credentials.provider.basic.secretkey": "Marked+secretKey/never=shown",
    "aws.credentials.provider.basic.sessiontoken": "Marked+sessionToken/never=shown",
}
# The AWS SDK inside the jar writes whole requests at DEBUG, as docs/security.md says.
LOG4J = """
rootLogger.level = DEBUG
logger.sdk.name = io.github.pyflinkdynamodb.shaded
logger.sdk.level = INFO
rootLogger.appenderRef.file.ref = file
appender.file.name = file
appender.file.type = File
appender.file.fileName = FOLDER/java.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %p %c %m%n%throwable
"""


def _forms(secret: str) -> dict[str, bytes]:
    return {
        "as it is": secret.encode(),
        "in UTF-16": secret.encode("utf-16-le"),
        "in Base64": base64.b64encode(secret.encode()).rstrip(b"="),
        "in a URL": quote(secret, safe="").encode(),
        "backwards": secret[::-1].encode(),
    }


def test_no_secret_is_shown_or_left_behind(
    endpoint: FaultyEndpoint, dynamodb_local: Any, new_table: Callable[..., str], tmp_path: Path
) -> None:
    """Not in repr, plans, logs at DEBUG, exceptions, dead letters, state, or answers of REST."""
    table = new_table()
    folder = tmp_path / "shown"
    folder.mkdir()
    (tmp_path / "log4j.properties").write_text(LOG4J.replace("FOLDER", str(folder)))
    properties = {**dynamodb_local.properties, **SECRETS}
    endpoint.script = [faults.invalid_signature()]
    program = Path(__file__).with_name("secret_job.py")
    ended = subprocess.run(
        [sys.executable, str(program), str(folder), table, endpoint.endpoint],
        input=json.dumps(properties) + "\n",
        env={**os.environ, "LOG4J_PROPERTIES": str(tmp_path / "log4j.properties")},
        capture_output=True,
        text=True,
        check=False,
    )
    (folder / "output.txt").write_text(ended.stdout + ended.stderr)
    assert ended.returncode == 0, ended.stdout + ended.stderr

    found = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    # Everything was shown indeed, or the search below would say nothing.
    for name, sign in {
        "repr.txt": table,
        "plan.json": "DynamoDB",
        "rest.json": "checkpoints",
        "explain.txt": "Physical Execution Plan",
        "java.log": "io.github.pyflinkdynamodb.sink",
        "python.log": "",
    }.items():
        assert sign.encode() in found[folder / name], name
    failures = found[folder / "failures.txt"].decode()
    assert failures.count("=====") == 3
    for sign in ("InvalidSignatureException", "absent", "aws.regoin", "sink.batch.max-size"):
        assert sign in failures
    for sign in ("letters", "checkpoints", "savepoints"):
        assert any(sign in file.parts for file in found if found[file]), sign

    shown = [
        f"{file.relative_to(folder)} holds {name} {form}"
        for file, content in found.items()
        for name, secret in SECRETS.items()
        for form, text in _forms(secret).items()
        if text in content
    ]
    assert shown == []
