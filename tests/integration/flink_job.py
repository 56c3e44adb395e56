"""A Flink job as the tests see it: submitted, watched over REST, stopped, restored."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from py4j.protocol import Py4JJavaError
from pyflink.common import Configuration, Types, WatermarkStrategy
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.connectors.base import Source
from pyflink.java_gateway import get_gateway
from pyflink.util.java_utils import get_field_value


def eventually(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.1)  # not less: the Python worker of a local job is a thread of this process
    return answer


def local_environment(
    directory: Path,
    mode: str,
    checkpoint_ms: int,
    restarts: int,
    options: dict[str, str] | None,
) -> StreamExecutionEnvironment:
    """An environment of parallelism 1 that does not restart unless asked to."""
    settings = {
        "python.execution-mode": mode,
        "restart-strategy.type": "fixed-delay" if restarts else "none",
        "restart-strategy.fixed-delay.attempts": str(max(restarts, 1)),
        "restart-strategy.fixed-delay.delay": "50 ms",
        "execution.checkpointing.dir": (directory / "checkpoints").as_uri(),
        "metrics.fetcher.update-interval": "50",
        **(options or {}),
    }
    configuration = Configuration()
    for name, text in settings.items():
        configuration.set_string(name, text)
    made = StreamExecutionEnvironment.get_execution_environment(configuration)
    made.set_parallelism(1)
    made.set_python_executable(sys.executable)
    if checkpoint_ms:
        made.enable_checkpointing(checkpoint_ms)
    return made


class WatchedJob:
    """A job on whatever cluster, and what Flink's REST API says about it.

    Args:
        cluster: URL of the REST API.
        job_id: The job.
    """

    def __init__(self, cluster: str, job_id: str) -> None:
        self.id = job_id
        self._url = f"{cluster}/jobs/{job_id}"

    def rest(self, path: str = "") -> Any:
        with urlopen(self._url + path, timeout=10) as answer:
            return json.load(answer)

    def all_tasks_run(self) -> bool:
        return all(
            vertex["tasks"]["RUNNING"] + vertex["tasks"]["FINISHED"] == vertex["parallelism"]
            for vertex in self.rest()["vertices"]
        )

    def completed_checkpoints(self) -> int:
        return int(self.rest("/checkpoints")["counts"]["completed"])

    def metrics(self, sink: str) -> dict[str, float]:
        """Everything that a sink's writers report, summed, by the name within their operator."""
        found = {}
        for vertex in self.rest()["vertices"]:
            path = f"/vertices/{vertex['id']}/subtasks/metrics"
            names = [m["id"] for m in self.rest(path) if m["id"].startswith(f"{sink}__Writer.")]
            if names:
                for metric in self.rest(f"{path}?get={','.join(names)}"):
                    found[metric["id"].split("__Writer.")[1]] = float(metric["sum"])
        return found

    def metric_names(self, sink: str) -> set[str]:
        """What the web page offers of a sink's first writer."""
        names = set()
        for vertex in self.rest()["vertices"]:
            for metric in self.rest(f"/vertices/{vertex['id']}/metrics"):
                subtask, _, name = metric["id"].partition(".")
                if subtask == "0" and name.startswith(f"{sink}__Writer."):
                    names.add(name.partition("__Writer.")[2])
        return names


class Job(WatchedJob):
    """A job submitted to a cluster within this process."""

    def __init__(self, environment: StreamExecutionEnvironment) -> None:
        self._client = environment.execute_async()._j_job_client
        cluster = get_field_value(self._client, "miniCluster")
        address = cluster.getRestAddress().get().toString()
        super().__init__(address, self._client.getJobID().toString())

    def wait(self, seconds: int = 120) -> None:
        self._client.getJobExecutionResult().get(seconds, _seconds())

    def failure(self, seconds: int = 60) -> str:
        """The whole text that a user sees of a job that failed."""
        with pytest.raises(Py4JJavaError, match="JobExecutionException") as raised:
            self.wait(seconds)
        return str(raised.value)

    def savepoint(self, directory: Path, seconds: int = 30) -> str:
        # As with the next one, JobClient calls an overload that Flink 2 no longer has.
        self._wait_until_running()
        future = self._client.triggerSavepoint(directory.as_uri(), _canonical())
        return str(future.get(seconds, _seconds()))

    def stop_with_savepoint(self, directory: Path, seconds: int = 30) -> str:
        self._wait_until_running()
        future = self._client.stopWithSavepoint(False, directory.as_uri(), _canonical())
        path = str(future.get(seconds, _seconds()))
        self.wait(seconds)  # or it would be cancelled on a cluster that has gone
        return path

    def _wait_until_running(self) -> None:
        # Flink refuses a savepoint while a task is still starting.
        eventually(lambda: self.has_ended() or self.all_tasks_run(), "all tasks running")

    def has_ended(self) -> bool:
        # The cluster, which could be asked for the status, goes with the job.
        return bool(self._client.getJobExecutionResult().isDone())

    def end(self) -> None:
        """Cancel the job unless it has ended by itself."""
        if not self.has_ended():
            self._client.cancel().get(30, _seconds())


def _canonical() -> Any:
    return get_gateway().jvm.org.apache.flink.core.execution.SavepointFormatType.CANONICAL


def _seconds() -> Any:
    return get_gateway().jvm.java.util.concurrent.TimeUnit.SECONDS


def numbers(
    environment: StreamExecutionEnvironment,
    directory: Path,
    count: int,
    per_checkpoint: int = 0,
    per_second: float = 0,
) -> DataStream:
    """A stream of the texts "0", "1", ... that resumes where its checkpoint left off.

    At most `per_checkpoint` elements leave it between two completed checkpoints; without
    checkpointing it falls idle after them and stays open. So a job that has come as far as element
    2 * per_checkpoint + n has a checkpoint that covers at least the elements before n. Or give
    `per_second`, for so many each second.
    """
    jvm = get_gateway().jvm
    lines = directory / f"numbers-{uuid.uuid4().hex}"
    lines.write_text("\n".join(map(str, range(count))), encoding="ascii")
    texts = jvm.java.nio.file.Files.readAllLines(jvm.java.io.File(str(lines)).toPath())
    string = Types.STRING().get_java_type_info()
    config = environment._j_stream_execution_environment.getConfig()
    datagen = jvm.org.apache.flink.connector.datagen
    elements = datagen.functions.FromElementsGeneratorFunction(string, config, texts)
    limits = jvm.org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy
    if per_second:
        gate = limits.perSecond(float(per_second))
    else:
        gate = limits.perCheckpoint(per_checkpoint)
    source = Source(datagen.source.DataGeneratorSource(elements, count, gate, string))
    return environment.from_source(source, WatermarkStrategy.no_watermarks(), "numbers")
