"""`pyflink-dynamodb package`: what comes along, what stays out, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from pyflink_dynamodb import __version__
from pyflink_dynamodb._jars import bridge_jar
from pyflink_dynamodb.cli import main

ROOT = Path(__file__).parents[2]
RUN_OPTIONS = {
    "PropertyGroupId": "kinesis.analytics.flink.run.options",
    "PropertyMap": {
        "python": "main.py",
        "jarfile": "lib/pyflink-dependencies.jar",
        "pyFiles": "dep/",
    },
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a script."""
    folder = tmp_path / "project"
    folder.mkdir()
    _write(folder, {"main.py": "import pyflink, json\n"})
    return folder


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _package(project: Path, *options: str) -> Result:
    command = ["package", str(project / "main.py"), "-o", str(project / "out.zip"), *options]
    return CliRunner().invoke(main, command)


def _names(project: Path) -> set[str]:
    with ZipFile(project / "out.zip") as archive:
        return set(archive.namelist())


def _imports(project: Path) -> set[str]:
    """What of the zip is Python's to import, ours left out."""
    ours = "dep/pyflink_dynamodb/"
    return {n for n in _names(project) if n.startswith("dep/") and not n.startswith(ours)}


def test_one_script_one_jar_and_our_package(project: Path) -> None:
    """Whole and without what a job cannot use; orjson is said to come with PyFlink."""
    ended = _package(project)
    assert ended.exit_code == 0, ended.output
    names = _names(project)
    assert {"main.py", "lib/pyflink-dependencies.jar", "dep/pyflink_dynamodb/sink.py"} <= names
    assert [n for n in names if n.endswith(".jar")] == ["lib/pyflink-dependencies.jar"]
    assert [n for n in names if "/testing/" in n or n.endswith(("cli.py", ".pyc", ".so"))] == []
    assert json.loads((project / "out.properties.json").read_text()) == [RUN_OPTIONS]
    assert "from PyFlink  orjson" in ended.output
    for name, text in RUN_OPTIONS["PropertyMap"].items():  # type: ignore[attr-defined]
        assert f"{name:<8} {text}" in ended.output


def test_the_documentation_tells_the_service_where_things_are() -> None:
    page = (ROOT / "docs/managed-flink.md").read_text(encoding="utf-8")
    application = json.loads(page.partition("```json\n")[2].partition("```")[0])
    properties = application["ApplicationConfiguration"]["EnvironmentProperties"]
    assert properties["PropertyGroups"] == [RUN_OPTIONS]


def test_the_jar_has_our_classes_and_both_service_files(project: Path, tmp_path: Path) -> None:
    """Of two connectors, each with a factory."""
    factories = "META-INF/services/org.apache.flink.table.factories.Factory"
    with ZipFile(tmp_path / "kinesis.jar", "w") as archive:
        archive.writestr(factories, "org.example.KinesisFactory")
    ended = _package(project, "--jar", str(tmp_path / "kinesis.jar"))
    assert ended.exit_code == 0, ended.output
    with ZipFile(project / "out.zip") as archive:
        archive.extract("lib/pyflink-dependencies.jar", tmp_path)
    with ZipFile(tmp_path / "lib/pyflink-dependencies.jar") as jar, ZipFile(bridge_jar()) as ours:
        assert set(jar.read(factories).decode().split()) == {
            "io.github.pyflinkdynamodb.table.DynamoDbStreamsTableFactory",
            "io.github.pyflinkdynamodb.table.DynamoDbTableFactory",
            "org.example.KinesisFactory",
        }
        files = {entry.filename for entry in ours.infolist() if not entry.is_dir()}
        assert files <= set(jar.namelist())
        assert jar.testzip() is None


def test_our_own_jar_may_be_named_and_another_release_not(project: Path, tmp_path: Path) -> None:
    """Two releases in one jar would be neither."""
    assert _package(project, "--jar", str(bridge_jar())).exit_code == 0
    old = tmp_path / "old.jar"
    with ZipFile(old, "w") as archive:
        archive.writestr("io/github/pyflinkdynamodb/sink/DynamoDbSink.class", "")
        archive.writestr("META-INF/MANIFEST.MF", "Implementation-Version: 0.0.1\n")
    ended = _package(project, "--jar", str(old))
    assert ended.exit_code == 1
    assert "0.0.1" in ended.output and __version__ in ended.output


def test_imported_siblings_come_along_and_others_do_not(project: Path) -> None:
    """Through each other, in functions too; hidden files and bytecode stay where they are."""
    _write(
        project,
        {
            "main.py": "import json\ndef f():\n    from changes import doubled\n",
            "changes.py": "import shop.prices\nimport main\n",
            "shop/__init__.py": "",
            "shop/prices.py": "import tax",
            "shop/rates.csv": "1,2",
            "shop/.env": "SECRET=1",
            "shop/__pycache__/prices.cpython-311.pyc": "",
            "tax.py": "",
            "unused.py": "",
            "json.txt": "",
        },
    )
    assert _package(project).exit_code == 0
    assert _imports(project) == {
        "dep/changes.py",
        "dep/shop/__init__.py",
        "dep/shop/prices.py",
        "dep/shop/rates.csv",
        "dep/tax.py",
    }


def test_include_takes_files_and_folders(project: Path) -> None:
    """By the name they have, at the top of what Python can import."""
    _write(project, {"data/config.json": "{}", "wheels/lib/__init__.py": ""})
    included = ["--include", str(project / "data/config.json")]
    included += ["--include", str(project / "wheels/lib")]
    assert _package(project, *included).exit_code == 0
    assert _imports(project) == {"dep/config.json", "dep/lib/__init__.py"}


def test_two_files_of_one_name_are_refused(project: Path) -> None:
    """Rather than one of them hidden."""
    _write(project, {"a/config.json": "1", "b/config.json": "2"})
    included = [f"--include={project / folder / 'config.json'}" for folder in "ab"]
    ended = _package(project, *included)
    assert ended.exit_code == 1
    assert "config.json would be both" in ended.output
    assert not (project / "out.zip").exists()


def test_a_pure_distribution_is_copied_with_what_it_needs(project: Path) -> None:
    """And without what PyFlink brings, or what is compiled for this machine."""
    ended = _package(project, "--dependency", "rich")
    assert ended.exit_code == 0, ended.output
    names = _imports(project)
    assert "dep/rich/__init__.py" in names and "dep/pygments/__init__.py" in names
    assert any(name.startswith("dep/rich-") and name.endswith("/METADATA") for name in names)
    assert [name for name in names if "/../" in name or "bin/" in name] == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ruff-not-there", "is not installed here"),
        ("pydantic", "has parts compiled for this machine"),
        ("pyflink-dynamodb[cli]", "is not installed here"),
    ],
)
def test_what_cannot_be_copied_says_what_to_do(project: Path, name: str, sentence: str) -> None:
    """A compiled library of this machine would fail on the service's, at the first record."""
    ended = _package(project, "--dependency", name)
    assert ended.exit_code == 1
    assert sentence in ended.output
    assert "Traceback" not in ended.output


def test_own_properties_are_kept_and_ours_renewed(project: Path, tmp_path: Path) -> None:
    """A file from an earlier run may be given again."""
    own = {"PropertyGroupId": "orders", "PropertyMap": {"table": "t"}}
    stale = {**RUN_OPTIONS, "PropertyMap": {"python": "old.py"}}
    (tmp_path / "own.json").write_text(json.dumps([stale, own]))
    assert _package(project, "--properties", str(tmp_path / "own.json")).exit_code == 0
    assert json.loads((project / "out.properties.json").read_text()) == [own, RUN_OPTIONS]


@pytest.mark.parametrize("text", ["{}", "no json", '[{"PropertyGroupId": "a"}]', "[1]"])
def test_properties_of_another_form_are_refused_without_their_values(
    project: Path, tmp_path: Path, text: str
) -> None:
    """They may hold secrets."""
    (tmp_path / "own.json").write_text(text)
    ended = _package(project, "--properties", str(tmp_path / "own.json"))
    assert ended.exit_code == 1
    assert "PropertyGroupId" in ended.output and "own.json" in ended.output


def test_a_script_that_does_not_parse_is_named(project: Path) -> None:
    """Here, and not by the service after an upload."""
    _write(project, {"main.py": "import (\n"})
    ended = _package(project)
    assert ended.exit_code == 1
    assert "main.py cannot be read as Python" in ended.output


def test_the_same_input_gives_the_same_zip(project: Path) -> None:
    """So that a digest says whether anything changed."""
    assert _package(project).exit_code == 0
    first = (project / "out.zip").read_bytes()
    assert _package(project).exit_code == 0
    assert (project / "out.zip").read_bytes() == first
