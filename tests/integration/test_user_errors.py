"""A user's mistake ends in a sentence that names the thing, the place and the remedy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pyflink.common import Types

import pyflink_dynamodb
from pyflink_dynamodb import RejectionPolicy
from pyflink_dynamodb.errors import UnsupportedTypeError

PRIVATE = "4111-1111-1111-1111"


class Opaque:
    """A class that no rule converts."""

    def __init__(self) -> None:
        self.card = PRIVATE


def test_a_missing_table(environment, submit, new_sink, dynamodb_local) -> None:
    env = environment(restarts=1)
    env.from_collection([{"pk": "a"}]).sink_to(new_sink("no-such-table"))
    text = submit(env).failure()
    assert "no-such-table" in text
    assert dynamodb_local.properties["aws.region"] in text
    assert dynamodb_local.endpoint in text


@pytest.mark.parametrize("given", [["pk"], ["pk", "day"]])
def test_a_list_that_is_not_the_tables_key_names_both_lists(
    given, environment, submit, new_table, new_sink
) -> None:
    """A part of the key would merge different items."""
    table = new_table("pk", "sk")
    env = environment()
    sink = new_sink(table, overwrite_by_partition_keys=given)
    env.from_collection([{"pk": "a", "sk": "b", "day": "c"}]).sink_to(sink)
    text = submit(env).failure()
    message = next(line for line in text.splitlines() if "overwrite_by_partition_keys" in line)
    assert table in message
    assert re.search(r"\bpk\W+sk\b", message), "the table's own list"
    assert re.search(rf"\b{given[-1]}\b", message), "the list given"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"pk": 7, "card": PRIVATE}, ["pk", "S", "N"]),
        ({"card": PRIVATE}, ["pk"]),
        ({"pk": "", "card": PRIVATE}, ["pk", "empty"]),
        ({"pk": "a", "price": float("nan"), "card": PRIVATE}, ["$.price", "NaN"]),
        ({"pk": "a", "lines": [{"thing": Opaque()}]}, ["$.lines[0].thing", "Opaque"]),
    ],
    ids=["key-type", "no-key", "empty-key", "nan", "class"],
)
def test_a_record_that_cannot_be_written_fails_the_job(
    record, expected, environment, submit, new_table, new_sink
) -> None:
    table = new_table()
    env = environment()
    sink = new_sink(table, rejection_policy=RejectionPolicy.fail())
    env.from_collection([{"pk": "good"}, record]).sink_to(sink)
    text = submit(env).failure()
    for part in expected:
        assert part in text
    assert PRIVATE not in text


@pytest.mark.parametrize(
    "type_info",
    [
        Types.INT,
        Types.STRING,
        Types.BIG_INT,
        lambda: Types.TUPLE([Types.STRING(), Types.INT()]),
    ],
    ids=["int", "string", "big-int", "tuple"],
)
def test_a_typed_stream_that_nobody_can_write_is_refused_while_the_job_is_built(
    type_info, environment, new_sink
) -> None:
    env = environment()
    stream = env.from_collection([1, 2]).map(lambda n: n, output_type=type_info())
    with pytest.raises(UnsupportedTypeError, match="converter"):
        stream.sink_to(new_sink("orders"))


def run_python(script: str, directory: Path, **variables: str | None) -> str:
    """Run a script in a Python of its own, in a directory, and return what it printed."""
    # The Python workers of local jobs, threads of this process, leave this one behind.
    variables = {"AWS_REGION": "eu-west-1", **variables}
    environment = {**os.environ, **variables}
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=directory,
        env={name: text for name, text in environment.items() if text is not None},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


USE_THE_SINK = """
from pyflink_dynamodb import DynamoDbSink
from pyflink_dynamodb.errors import BridgeError
sink = DynamoDbSink(table_name="orders")
try:
    sink.get_java_function()
except BridgeError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("java_home", [None, "/no/such/directory"])
def test_java_missing(java_home: str | None, tmp_path: Path) -> None:
    """Configuring works without it; the first step that needs it says so."""
    printed = run_python(USE_THE_SINK, tmp_path, PATH=str(tmp_path), JAVA_HOME=java_home)
    assert printed.startswith("BridgeError")
    assert "Java" in printed
    assert "JAVA_HOME" in printed


def test_jar_missing(tmp_path: Path) -> None:
    package = Path(pyflink_dynamodb.__file__).parent
    bare = tmp_path / "pyflink_dynamodb"
    shutil.copytree(package, bare, ignore=shutil.ignore_patterns("*.jar", "__pycache__"))
    search_path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    printed = run_python(USE_THE_SINK, tmp_path, PYTHONPATH=search_path)
    assert printed.startswith("JarNotFoundError")
    assert str(bare / "jars") in printed
    assert "make" in printed
