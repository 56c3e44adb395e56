"""A job that runs in processes of its own, behind a gate."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks import java_side
from benchmarks.counts import Counts
from benchmarks.plan import COMPETITORS
from benchmarks.pyflink_job import FLINK_SETTINGS, JobSpec

START_TIMEOUT_S = 120
JVM, WORKER, CLIENT = "JVM", "Python worker", "Python client"


class JobFailedError(RuntimeError):
    """A job ended, or did not start; the message holds the end of its log."""


class JobProcess:
    """One job: started with its gate closed, and ended with the object's `end()`.

    Args:
        spec: What it does. The gate's folder must exist and be empty.
    """

    def __init__(self, spec: JobSpec) -> None:
        self.spec = spec
        self._gate = Path(spec.gate)
        self._log = self._gate / "log.txt"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                _command(spec),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_environment(),
                # A group of its own in this session: should this process be killed, the kernel ends
                # the group, which a suspended job could not do.
                preexec_fn=os.setpgrp,  # noqa: PLW1509 - there are no threads here
            )

    def wait_until_ready(self) -> None:
        """Wait until the source stands at the gate."""
        self._wait((self._gate / "jvm.csv").exists, "start")
        time.sleep(1)  # the writer behind it opens its client

    def open_gate(self) -> None:
        """Let the source run."""
        (self._gate / "open").touch()

    def close_gate(self) -> None:
        """Hold the source; what is under way goes on."""
        (self._gate / "open").unlink()

    def suspend(self) -> None:
        """Take the processors from it: a waiting JVM still compiles, and asks its clock."""
        for _, process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def resume(self) -> None:
        """Let it go on; does nothing to a job that runs."""
        for _, process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def check(self) -> None:
        """See that it still runs.

        Raises:
            JobFailedError: It does not.
        """
        if self._process.poll() is not None:
            raise JobFailedError(f"{self.spec.run.title} ended:\n{self._tail()}")

    def emitted(self) -> Counts:
        """Records that the source has given out, over time."""
        rows = self._rows("emitted.csv")
        each = self.spec.run.records_per_element
        return Counts([row[0] for row in rows], [row[1] * each for row in rows])

    def jvm(self) -> tuple[Counts, Counts]:
        """Bytes allocated in the JVM, and ms it spent collecting garbage, over time."""
        rows = self._rows("jvm.csv")
        times = [row[0] for row in rows]
        return Counts(times, [row[1] for row in rows]), Counts(times, [row[3] for row in rows])

    def heap_after_collection(self) -> int:
        """Bytes that a full collection leaves."""
        collected = self._gate / "collected"
        collected.unlink(missing_ok=True)
        (self._gate / "collect").touch()
        self._wait(collected.exists, "collect garbage")
        return int(collected.read_text())

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time so far, by role."""
        spent: dict[str, float] = {}
        for role, process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent[role] = spent.get(role, 0.0) + times.user + times.system
        return spent

    def jvm_pid(self) -> int:
        """The process of its JVM."""
        return next(int(process.pid) for role, process in self._processes() if role == JVM)

    def end(self) -> None:
        """End it and all that it started."""
        processes = [process for _, process in self._processes()]
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        for process in reversed(processes):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        self._process.wait(30)

    def _rows(self, name: str) -> list[list[float]]:
        """Of a file that is being written; its last line may not be whole."""
        lines = (self._gate / name).read_text().splitlines(keepends=True)
        return [
            [float(field) for field in line.split(",")] for line in lines if line.endswith("\n")
        ]

    def _processes(self) -> list[tuple[str, psutil.Process]]:
        try:
            root = psutil.Process(self._process.pid)
            below = root.children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        found = [(JVM if COMPETITORS[self.spec.run.competitor].mode is None else CLIENT, root)]
        for process in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append((JVM if process.name() == "java" else WORKER, process))
        return found

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not condition():
            self.check()
            if time.monotonic() > deadline:
                raise JobFailedError(
                    f"{self.spec.run.title} did not {what} within {START_TIMEOUT_S} s:\n"
                    f"{self._tail()}"
                )
            time.sleep(0.1)

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]


def _command(spec: JobSpec) -> list[str]:
    run = spec.run
    competitor = COMPETITORS[run.competitor]
    if competitor.mode is not None:
        return [sys.executable, "-m", "benchmarks.pyflink_job", spec.to_json()]
    return [
        *java_side.command(f"{java_side.PACKAGE}.bench.JavaJob", *java_side.HEAP),
        f"gate={spec.gate}",
        f"sink={competitor.sink}",
        f"workload={run.workload}",
        f"keys={run.keys}",
        f"parallelism={run.parallelism}",
        f"endpoint={spec.endpoint}",
        f"access-key={spec.access_key}",
        f"table={spec.table}",
        f"overwrite={'id' if run.overwrite else ''}",
        *(f"flink.{name}={text}" for name, text in FLINK_SETTINGS.items()),
    ]


def _environment() -> dict[str, str]:
    binaries = Path(sys.executable).parent
    # A proxy cannot reach the loopback interface, and not every client leaves it out there.
    inherited = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return {
        **inherited,
        # Thread mode takes the first python on the path.
        "PATH": f"{binaries}{os.pathsep}{inherited.get('PATH', '')}",
        "PYTHONPATH": str(java_side.ROOT),
        # Without it the workers of a local job are threads of the client.
        "_python_worker_execution_mode": "process",
        "JVM_ARGS": " ".join(java_side.HEAP),
    }
