"""PyFlink jobs on a MiniCluster that read a scripted stream."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
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
from reading import Reading  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    streams = parser.getgroup("streams")
    # Named apart from those of tests/chaos, so that one call can run both.
    streams.addoption("--stream-runs", type=int, default=120, help="number of stream runs (120)")
    streams.addoption(
        "--stream-seed", type=int, default=0, help="seed of the first; others follow (0)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "stream_seed" in metafunc.fixturenames:
        config = metafunc.config
        first, count = config.getoption("--stream-seed"), config.getoption("--stream-runs")
        metafunc.parametrize("stream_seed", range(first, first + count))


@pytest.fixture(scope="session")
def environment() -> Callable[..., StreamExecutionEnvironment]:
    """Make an environment of parallelism 1 that does not restart unless asked to."""

    def make(
        directory: Path,
        checkpoint_ms: int = 100,
        restarts: int = 0,
        options: dict[str, str] | None = None,
    ) -> StreamExecutionEnvironment:
        settings = {
            "jobmanager.execution.failover-strategy": "full",
            # An event from the enumerator that Flink holds back for a checkpoint is lost when the
            # job fails then, and the next checkpoint waits for it until its time is over
            # (docs/limits.md). Shards are handed out after that.
            "execution.checkpointing.timeout": "5 s",
            "execution.checkpointing.tolerable-failed-checkpoints": "1000",
            **(options or {}),
        }
        return local_environment(directory, "thread", checkpoint_ms, restarts, settings)

    return make


@pytest.fixture
def read(
    environment: Callable[..., StreamExecutionEnvironment], tmp_path: Path
) -> Iterator[Callable[..., Reading]]:
    """Start a job that reads a stream; one that still runs when the test ends is cancelled."""
    started: list[Reading] = []

    def start(stream: object, **options: object) -> Reading:
        started.append(Reading(environment, stream, tmp_path, **options))
        return started[-1]

    yield start
    for reading in started:
        reading.end()
