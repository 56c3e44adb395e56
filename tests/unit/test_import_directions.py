"""Imports point one way, and only `_bridge` knows that there is a JVM."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pyflink_dynamodb"
JAVA = ROOT / "java-bridge/src/main/java/io/github/pyflinkdynamodb"

# A module may import from the rows above its own. A new module takes a place here.
PYTHON_ROWS = [
    {"_version", "errors"},
    {
        "_aws",
        "_jars",
        "_sampled_schema",
        "annotations",
        "merged_jar",
        "pure_python",
        "shard_assigner",
        "type_rule",
    },
    {"_config", "_bridge", "number", "type_hint"},
    {"scalar", "record_kind"},
    {"attribute_value", "record_class"},
    {"numpy_pandas", "flink_instant", "registered_type"},
    {"marked_value", "key_schema"},
    {"record"},
    {"write_request", "row_type", "item"},
    {"plain_record", "stream_record", "update_pair"},
    {"converters"},
    {"_key_types", "_stream_decoding"},
    {"stream_schema"},
    {"_streams_config"},
    {"application_zip", "diagnosis", "redrive", "sink", "streams_source", "table"},
    {"__init__", "cli"},
    {"__main__"},
]
# `testing` stands beside these: only the command line, which runs DynamoDB Local, imports it, and
# it imports what it likes.
MODULES = sorted(
    path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
    for path in PACKAGE.rglob("*.py")
)
MAIN_MODULES = [module for module in MODULES if not module.startswith("testing.")]

# For each Java package the ones of ours it may import, and the libraries it must not know.
JAVA_PACKAGES = {
    "request": (set(), ("org.apache.flink", "software.amazon", "io.netty")),
    "client": ({"request"}, ("org.apache.flink",)),
    "encode": ({"request"}, ("software.amazon", "io.netty")),
    "sink": ({"request", "client", "encode"}, ("software.amazon", "io.netty")),
    "decode": ({"request"}, ("software.amazon", "io.netty")),
    "state": (set(), ("org.apache.flink", "software.amazon", "io.netty")),
    "source": ({"request", "client", "decode", "state"}, ("software.amazon", "io.netty")),
    "streams": ({"request", "client", "decode", "state"}, ("software.amazon", "io.netty")),
    "table": (
        {"request", "client", "sink", "encode", "decode", "source", "streams"},
        ("software.amazon", "io.netty"),
    ),
    "testing": (set(), ("org.apache.flink", "software.amazon", "io.netty")),
}
# The heart of the writer, which model-based tests drive without Flink and AWS.
PURE_CLASSES = ["sink/WriteBuffer", "client/RetryPolicy", "sink/ConcurrencyLimit"]


def _imports(module: str) -> set[str]:
    """Every module that a module imports, at its top or inside a function."""
    path = PACKAGE / (module.replace(".", "/") + ".py")
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a name comes from"
            # `from package import module` and `from module import name` look alike.
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
            found.add(str(node.module))
    return found


def _own_imports(module: str) -> set[str]:
    ours = [name.split(".") for name in _imports(module) if name.startswith("pyflink_dynamodb.")]
    own = {parts[1] for parts in ours}
    return {name for name in own if (PACKAGE / f"{name}.py").exists() or (PACKAGE / name).is_dir()}


def test_every_module_has_a_row() -> None:
    """A module without a place in the order would escape the next test."""
    assert set(MAIN_MODULES) == set().union(*PYTHON_ROWS)


@pytest.mark.parametrize("module", MAIN_MODULES)
def test_imports_point_one_way(module: str) -> None:
    """A module imports only from the rows above its own; of them all, only `cli` `testing`."""
    row = next(number for number, names in enumerate(PYTHON_ROWS) if module in names)
    allowed = set().union(*PYTHON_ROWS[:row], {"testing"} if module == "cli" else set())
    assert _own_imports(module) <= allowed


@pytest.mark.parametrize("module", [module for module in MODULES if module != "_bridge"])
def test_only_the_bridge_touches_py4j(module: str) -> None:
    """Py4J, the gateway and PyFlink's own helpers around it are the bridge's business."""
    jvm = re.compile(r"py4j|pyflink\.(java_gateway|util\.java_utils)")
    assert [name for name in _imports(module) if jvm.match(name)] == []


def test_importing_and_building_start_no_jvm() -> None:
    """On a machine without Java the package can be imported and a sink configured."""
    program = """if True:
        import pyflink_dynamodb as dynamodb, pyflink.java_gateway as gateway
        properties = {"aws.region": "eu-west-1"}
        dynamodb.DynamoDbSink(table_name="orders", dynamodb_properties=properties)
        dynamodb.DynamoDbStreamsSource(table_name="orders", source_config=properties)
        assert gateway._gateway is None
    """
    subprocess.run([sys.executable, "-c", program], env={"PATH": "", "HOME": ""}, check=True)


def _java_imports(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(r"^import (?:static )?([\w.]+);", text, re.MULTILINE)


def test_every_java_package_has_a_rule() -> None:
    """A package without a rule would escape the next test."""
    assert {path.name for path in JAVA.iterdir()} == set(JAVA_PACKAGES)


@pytest.mark.parametrize("package", JAVA_PACKAGES)
def test_java_imports_point_one_way(package: str) -> None:
    """Write requests know nobody, client and encoders know them, the sink knows all and no AWS."""
    allowed, foreign = JAVA_PACKAGES[package]
    ours = "io.github.pyflinkdynamodb."
    for path in (JAVA / package).glob("*.java"):
        imports = _java_imports(path)
        own = {name[len(ours) :].split(".")[0] for name in imports if name.startswith(ours)}
        assert own <= {package, *allowed}, path
        assert [name for name in imports if name.startswith(foreign)] == [], path


@pytest.mark.parametrize("name", PURE_CLASSES)
def test_pure_classes_know_neither_flink_nor_the_client(name: str) -> None:
    """What decides order, bounds and waiting can be tested without either."""
    foreign = ("org.apache.flink", "software.amazon", "io.github.pyflinkdynamodb.client")
    imports = _java_imports(JAVA / f"{name}.java")
    assert [each for each in imports if each.startswith(foreign)] == []
