"""PyFlink jobs on a MiniCluster that write through endpoints which fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# The job plumbing of the integration tests serves here too.
sys.path.append(str(HERE.parent / "integration"))

# PyFlink starts one JVM for the whole session, with the environment of that moment. Thread mode
# runs whatever `python` comes first on the path, and imports test modules by their names.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
os.environ.setdefault("JVM_ARGS", "-Xmx2g -XX:TieredStopAtLevel=1")

from flink_job import local_environment  # noqa: E402 - the environment comes first
from pyflink.datastream import StreamExecutionEnvironment  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    chaos = parser.getgroup("chaos")
    chaos.addoption("--runs", type=int, default=200, help="number of chaos runs (200)")
    chaos.addoption("--seed", type=int, default=0, help="seed of the first; others follow (0)")
    chaos.addoption("--soak-minutes", type=float, default=20, help="length of the soak (20)")
    chaos.addoption("--slow", action="store_true", help="with the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="takes minutes; give --slow"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "chaos_seed" in metafunc.fixturenames:
        first, count = metafunc.config.getoption("--seed"), metafunc.config.getoption("--runs")
        metafunc.parametrize("chaos_seed", range(first, first + count))


@pytest.fixture(scope="session")
def environment() -> Callable[..., StreamExecutionEnvironment]:
    """Make an environment of parallelism 1 that does not restart unless asked to."""

    def make(
        directory: Path,
        mode: str = "thread",
        checkpoint_ms: int = 0,
        restarts: int = 0,
        options: dict[str, str] | None = None,
    ) -> StreamExecutionEnvironment:
        settings = {"jobmanager.execution.failover-strategy": "full", **(options or {})}
        return local_environment(directory, mode, checkpoint_ms, restarts, settings)

    return make
