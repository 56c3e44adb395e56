"""The wheel in an environment of its own, as users have it: no clone, no jar in sight."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from pyflink_dynamodb import __version__
from pyflink_dynamodb.testing import create_table, scan_items

ROOT = Path(__file__).parents[2]

JOB = """\
import json, sys
from pyflink.datastream import StreamExecutionEnvironment
from pyflink_dynamodb import DynamoDbSink
sink = DynamoDbSink(table_name=sys.argv[1], dynamodb_properties=json.loads(sys.argv[2]))
env = StreamExecutionEnvironment.get_execution_environment()
env.from_collection([{"pk": str(n), "n": n} for n in range(100)]).sink_to(sink)
env.execute()
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment with the wheel in it.

    The dependencies, 1 GB of them, are those of the environment that runs the tests: a .pth file
    shows its packages, but not the clone, which is installed there by a .pth file of its own.
    """
    folder = tmp_path_factory.mktemp("installed")
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    made = folder / "venv" / "bin" / "python"
    program = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(_run([str(made), "-c", program], folder).strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    # Without --ignore-installed pip would see the clone's installation and be content.
    pip = [str(made), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--no-deps", "--ignore-installed", str(wheel)], folder)
    _run([*pip, "check"], folder)
    where = _run([str(made), "-c", "import pyflink_dynamodb as p; print(p.__file__)"], folder)
    assert Path(where.strip()).parent == packages / "pyflink_dynamodb"
    return made


def _run(command: list[str], folder: Path, activated: Path | None = None) -> str:
    # Nothing of the clone comes in through the environment.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    if activated is not None:
        environment["PATH"] = os.pathsep.join([str(activated.parent), environment["PATH"]])
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_readme_example_runs_as_it_stands(python: Path, tmp_path: Path) -> None:
    """The first program of the README, copied into a file in an empty folder."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert example is not None
    (tmp_path / "orders.py").write_text(example[1], encoding="utf-8")
    assert _run(["python", "orders.py"], tmp_path, activated=python).endswith("100 items\n")


def test_the_command_is_installed(python: Path, tmp_path: Path) -> None:
    """With the jar of the wheel, not of a clone."""
    command = str(python.parent / "pyflink-dynamodb")
    jar = Path(_run([command, "jar", "--path"], tmp_path).strip())
    assert jar.is_relative_to(python.parents[1]) and jar.is_file()
    assert f"version {__version__}" in _run([command, "--version"], tmp_path)
    assert "pyflink-dynamodb doctor" in _run([command, "--help"], tmp_path)


def test_source_distribution_builds_the_same_wheel(tmp_path: Path) -> None:
    """Whoever builds from it gets, with make, what the clone gives: no file is missing in it."""
    hatchling = [sys.executable, "-m", "hatchling", "build"]
    _run([*hatchling, "-t", "sdist", "-d", str(tmp_path)], ROOT)
    _run([*hatchling, "-t", "wheel", "-d", str(tmp_path / "ours")], ROOT)
    (archive,) = tmp_path.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path)
    tree = tmp_path / f"pyflink_dynamodb-{__version__}"
    _run(["make", "jar"], tree)
    _run([*hatchling, "-t", "wheel", "-d", str(tmp_path / "theirs")], tree)
    names, classes = [], []
    for folder in ("ours", "theirs"):
        (wheel,) = (tmp_path / folder).glob("*.whl")
        jar = f"pyflink_dynamodb/jars/pyflink-dynamodb-{__version__}.jar"
        with ZipFile(wheel) as opened:
            names.append(sorted(opened.namelist()))
            with ZipFile(opened.open(jar)) as inside:
                classes.append({entry.filename: entry.CRC for entry in inside.infolist()})
    assert names[0] == names[1]
    assert classes[0] == classes[1]


def _flink_run(python: Path, folder: Path, *options: str, job: list[str]) -> str:
    """Submit a job as users do; the cluster is embedded in the client, the rest is the same."""
    program = "import pathlib, pyflink; print(pathlib.Path(pyflink.__file__).parent / 'bin/flink')"
    flink = _run([str(python), "-c", program], folder).strip()
    interpreter = ["-pyclientexec", str(python), "-pyexec", str(python)]
    return _run([flink, "run", "--target", "local", *interpreter, *options, "-py", *job], folder)


@pytest.mark.parametrize("way", ["jar from the package", "jar given by hand"])
def test_flink_run(
    python: Path, tmp_path: Path, dynamodb_local: Any, dynamodb_client: Any, way: str
) -> None:
    """`flink run -py` finds the jar by itself, and is content where `--jarfile` brought it."""
    table = f"installed-{tmp_path.name}"
    create_table(dynamodb_client, table, partition_key="pk")
    (tmp_path / "job.py").write_text(JOB, encoding="utf-8")
    jar = next((python.parents[1]).rglob("pyflink_dynamodb/jars/*.jar"))
    options = ["--jarfile", str(jar)] if way == "jar given by hand" else []
    job = ["job.py", table, json.dumps(dynamodb_local.properties)]
    _flink_run(python, tmp_path, *options, job=job)
    assert len(scan_items(dynamodb_client, table)) == 100
