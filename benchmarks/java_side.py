"""The Java side of the benchmarks: builds it, and knows the class paths."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import subprocess
from pathlib import Path

from pyflink_dynamodb._jars import bridge_jar

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).resolve().parent / "java"
TARGET = FOLDER / "target"
BENCH_JAR = TARGET / "benchmarks.jar"
PACKAGE = "io.github.pyflinkdynamodb"
# The same for every JVM that is measured.
HEAP = ("-Xms1g", "-Xmx1g", "-XX:+UseG1GC")
_OPENED = (
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
)


def java() -> str:
    """The command."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home, "bin", "java")) if home else "java"


@functools.cache
def peer_jar() -> Path | None:
    """The Java connector for Flink 2.x, where it lies beside the project; None for elsewhere.

    Package registries have no release of it for Flink 2.x that can be had everywhere.
    """
    if importlib.metadata.version("apache-flink").startswith("1."):
        return None
    # The newest, where there are several.
    found = sorted((ROOT.parent / "shared" / "peers").glob("flink-connector-dynamodb-*.jar"))
    given = os.environ.get("CONNECTOR_JAR")
    return Path(given) if given else found[-1] if found else None


def describe_connector() -> str:
    """Which Java connector is compared with, for the report."""
    peer = peer_jar()
    if peer is not None:
        flink = importlib.metadata.version("apache-flink")
        return f"{peer.name} on Flink {flink}, AWS SDK 2.54.15"
    return (
        "flink-connector-dynamodb 4.3.0-1.19 on Flink 1.20.3, the newest in the registries, whose "
        "converter for beans stands for the default one that it lacks"
    )


def build() -> None:
    """Compile, and fetch what it needs.

    Raises:
        SystemExit: With Maven's own words.
    """
    peer = peer_jar()
    connector = [] if peer is None else [f"-Dconnector.jar={peer}"]
    command = [
        "mvn",
        "--quiet",
        "--batch-mode",
        "--no-transfer-progress",
        "-Dstyle.color=never",
        f"--file={FOLDER / 'pom.xml'}",
        f"-Dbridge.jar={bridge_jar()}",
        *connector,
        "clean",
        "package",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"The Java side of the benchmarks was not built:\n{done.stdout[-4000:]}")


def all_classes() -> str:
    """Benchmarks, connector, its libraries, our jar, and the Flink that the connector runs on."""
    peer = peer_jar()
    if peer is None:
        flink, connector = [str(TARGET / "flink" / "*")], []
    else:
        spec = importlib.util.find_spec("pyflink")
        if spec is None or spec.origin is None:
            raise SystemExit("PyFlink is not installed: make venv")
        flink, connector = [str(Path(spec.origin).parent / "lib" / "*")], [str(peer)]
    parts = [*flink, str(BENCH_JAR), *connector, str(bridge_jar()), str(TARGET / "lib" / "*")]
    return os.pathsep.join(parts)


def command(main_class: str, *options: str, class_path: str | None = None) -> list[str]:
    """How to run a class of the benchmarks."""
    return [java(), *_OPENED, *options, "-cp", class_path or all_classes(), main_class]
