"""What the jar and the wheel may contain."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

import pytest

from pyflink_dynamodb import __version__
from pyflink_dynamodb._jars import bridge_jar

ROOT = Path(__file__).parents[2]
OURS = "io/github/pyflinkdynamodb/"
JAVA_11 = 55


@pytest.fixture(scope="module")
def jar() -> Iterator[ZipFile]:
    """The jar that `make` built."""
    with ZipFile(bridge_jar()) as opened:
        yield opened


def _files(archive: ZipFile) -> set[str]:
    return {entry.filename for entry in archive.infolist() if not entry.is_dir()}


def test_jar_holds_our_packages_and_no_other(jar: ZipFile) -> None:
    """Nothing that another jar on Flink's class path may hold in another version.

    Above all no class of Flink, which is there already, and no SLF4J.
    """
    strange = {name for name in _files(jar) if not name.startswith((OURS, "META-INF/"))}
    assert strange == set()


def test_relocated_libraries_are_the_expected_ones(jar: ZipFile) -> None:
    """A new dependency does not slip in unseen: NOTICE has to know it too."""
    shaded = f"{OURS}shaded/"
    libraries = {
        re.match(r"(software/amazon/\w+|\w+/\w+)", name[len(shaded) :])[0]  # type: ignore[index]
        for name in _files(jar)
        if name.startswith(shaded)
    }
    assert libraries == {
        "io/netty",
        "org/reactivestreams",
        "software/amazon/awssdk",
        "software/amazon/eventstream",
    }


def test_jar_metadata_is_the_expected_one(jar: ZipFile) -> None:
    """Licences, relocated services that name relocated classes, and the connectors of SQL."""
    metadata = {name for name in _files(jar) if name.startswith("META-INF/")}
    services = {name for name in metadata if name.startswith("META-INF/services/")}
    assert metadata - services == {
        "META-INF/MANIFEST.MF",
        "META-INF/LICENSE",
        "META-INF/NOTICE",
        "META-INF/FastDoubleParser-LICENSE",
        "META-INF/FastDoubleParser-ThirdParty-LICENSE",
        "META-INF/Schubfach-LICENSE",
    }
    factories = "META-INF/services/org.apache.flink.table.factories.Factory"
    assert jar.read(factories).split() == [
        b"io.github.pyflinkdynamodb.table.DynamoDbTableFactory",
        b"io.github.pyflinkdynamodb.table.DynamoDbStreamsTableFactory",
    ]
    assert services - {factories}
    for name in services - {factories}:
        classes = [line for line in jar.read(name).decode().split("\n") if line and line[0] != "#"]
        assert classes
        for each in [name[len("META-INF/services/") :], *classes]:
            assert each.startswith("io.github.pyflinkdynamodb.shaded."), name
            assert each.replace(".", "/") + ".class" in jar.namelist(), name


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE"])
def test_jar_carries_our_licence_files(jar: ZipFile, name: str) -> None:
    """Not those of a library that the shading met first."""
    assert jar.read(f"META-INF/{name}") == (ROOT / name).read_bytes()


def test_classes_run_on_java_11(jar: ZipFile) -> None:
    """Flink 1.20 and 2.x run on it."""
    newest = max(
        int.from_bytes(jar.read(name)[6:8], "big")
        for name in _files(jar)
        if name.endswith(".class")
    )
    assert newest <= JAVA_11


def test_our_classes_use_the_relocated_libraries(jar: ZipFile) -> None:
    """A name left as it was would need a second AWS SDK on the class path."""
    unrelocated = re.compile(rb"(?<!shaded[/.])(?:software[/.]amazon[/.]awssdk|org[/.]reactive)")
    ours = [
        name
        for name in _files(jar)
        if name.startswith(OURS) and not name.startswith(f"{OURS}shaded/")
    ]
    assert [name for name in ours if unrelocated.search(jar.read(name))] == []
    assert f"{OURS}sink/DynamoDbSink.class" in ours


def test_manifest_has_the_package_version(jar: ZipFile) -> None:
    """The jar in the tree was built from this version's pom."""
    manifest = HeaderParser().parsestr(jar.read("META-INF/MANIFEST.MF").decode())
    assert manifest["Implementation-Title"] == "pyflink_dynamodb"
    assert manifest["Implementation-Version"] == __version__


def _build(tree: Path, target: str, into: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    """A wheel built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    built = _build(ROOT, "wheel", folder)
    assert built.returncode == 0, built.stderr
    (file,) = folder.iterdir()
    with ZipFile(file) as opened:
        yield opened


def test_wheel_holds_the_package_and_nothing_else(wheel: ZipFile) -> None:
    """Every source file, one jar, the licences, the metadata."""
    about = f"pyflink_dynamodb-{__version__}.dist-info"
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "pyflink_dynamodb").rglob("*")
        if path.suffix in {".py", ".typed", ".xml"}
    }
    assert "pyflink_dynamodb/py.typed" in sources
    assert "pyflink_dynamodb/testing/dynamodb-local.pom.xml" in sources
    assert _files(wheel) == sources | {
        f"pyflink_dynamodb/jars/pyflink-dynamodb-{__version__}.jar",
        f"{about}/METADATA",
        f"{about}/RECORD",
        f"{about}/WHEEL",
        f"{about}/entry_points.txt",
        f"{about}/licenses/LICENSE",
        f"{about}/licenses/NOTICE",
    }


def test_wheel_is_for_every_platform(wheel: ZipFile) -> None:
    """One wheel serves every Python and PyFlink, and the jar is the one in the tree."""
    assert Path(str(wheel.filename)).name == f"pyflink_dynamodb-{__version__}-py3-none-any.whl"
    name = f"pyflink_dynamodb/jars/pyflink-dynamodb-{__version__}.jar"
    assert wheel.read(name) == bridge_jar().read_bytes()


def test_sources_without_the_jar_make_no_wheel(tmp_path: Path) -> None:
    """The source distribution has no jar; building a wheel from it says what is missing."""
    built = _build(ROOT, "sdist", tmp_path)
    assert built.returncode == 0, built.stderr
    (archive,) = tmp_path.iterdir()
    with tarfile.open(archive) as sources:
        # Python 3.12 wants a filter; early releases of 3.9 to 3.11 have none.
        sources.extraction_filter = getattr(tarfile, "data_filter", None)
        sources.extractall(tmp_path)  # noqa: S202 - our own
    tree = tmp_path / f"pyflink_dynamodb-{__version__}"
    assert not list(tree.rglob("*.jar"))
    assert (tree / "java-bridge" / "pom.xml").is_file()

    built = _build(tree, "wheel", tmp_path / "wheels")
    assert built.returncode != 0
    assert "run `make jar`" in built.stderr
    assert "Traceback" not in built.stderr
