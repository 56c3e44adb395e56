"""A Flink session cluster of separate processes, from the distribution in PyFlink's wheel."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pyflink
from flink_job import eventually

DISTRIBUTION = Path(pyflink.__path__[0])
SLOTS = 2
LOG_LINES = 40
# Small, since a machine with two cores and other work has to hold three of them.
SETTINGS = {
    "jobmanager.bind-host": "127.0.0.1",
    "jobmanager.rpc.address": "127.0.0.1",
    "jobmanager.memory.heap.size": "192m",
    "jobmanager.memory.jvm-metaspace.size": "192m",
    "rest.address": "127.0.0.1",
    "rest.bind-address": "127.0.0.1",
    "taskmanager.bind-host": "127.0.0.1",
    "taskmanager.host": "127.0.0.1",
    "taskmanager.numberOfTaskSlots": str(SLOTS),
    "taskmanager.memory.task.heap.size": "192m",
    "taskmanager.memory.managed.size": "64m",
    "taskmanager.memory.network.min": "32m",
    "taskmanager.memory.network.max": "32m",
    # Tasks of one job shall meet over the network, and a lost task manager be noticed soon.
    "taskmanager.load-balance.mode": "SLOTS",
    "cluster.registration.error-delay": "500",
    "heartbeat.interval": "1000",
    "heartbeat.timeout": "10000",
    "metrics.fetcher.update-interval": "100",
}
# Starting quickly is worth more to a test than running fast later.
JVM_OPTIONS = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"


class SessionCluster:
    """One job manager and task managers with two slots each, on the loopback interface.

    Each process has a folder with its configuration and its logs. They end with `stop`, with
    whatever they have started, and also when this Python process dies. No Python environment is
    active in them: a job has to say where its Python is.

    Args:
        directory: An empty folder for all of it.
        variables: Environment of the processes, beside this one's: such as credentials, which
            the role of a task manager's machine would be on AWS.
    """

    def __init__(self, directory: Path, variables: dict[str, str]) -> None:
        self._directory = directory
        self._variables = variables
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        # Each of our processes begins a session, and what it starts belongs to that.
        self._sessions: list[int] = []
        self._settings = {
            **SETTINGS,
            "jobmanager.rpc.port": str(_free_port()),
            "rest.port": str(_free_port()),
            "execution.checkpointing.dir": (directory / "checkpoints").as_uri(),
            "execution.checkpointing.savepoint-dir": (directory / "savepoints").as_uri(),
        }
        self.url = f"http://127.0.0.1:{self._settings['rest.port']}"

    def start(self, task_managers: int = 2) -> None:
        """Start the processes and wait until all task managers are registered."""
        self._start("jobmanager")
        for _ in range(task_managers):
            self.add_task_manager()
        self.wait_for_task_managers()

    def stop(self) -> None:
        """End every process, and what it has started."""
        for process in self._processes.values():
            process.kill()
            process.wait()
        self._processes.clear()
        # A process may start another one until it is gone itself.
        while left := [pid for session in self._sessions for pid in _members(session)]:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def add_task_manager(self) -> str:
        """Start another task manager and return its name."""
        name = f"taskmanager-{len(self._folders()) - 1}"
        self._start("taskmanager", name)
        return name

    def wait_for_task_managers(self) -> None:
        """Wait until those registered are those that run."""

        def registered() -> bool:
            for name, process in self._processes.items():
                assert process.poll() is None, f"{name} has ended:\n{self.log_tail(name)}"
            try:
                found = self.rest("/taskmanagers")["taskmanagers"]
            except OSError:
                return False
            return {manager["id"] for manager in found} == set(self.task_managers)

        eventually(registered, "all task managers registered", seconds=60)

    @property
    def task_managers(self) -> list[str]:
        """The names of those that run, which are their ids in the REST API, too."""
        return [name for name in self._processes if name != "jobmanager"]

    def kill_task_manager(self, name: str) -> None:
        """Kill a task manager with SIGKILL, as the kernel does that has no memory left.

        Its Python workers are PyFlink's, which may leave them running; `stop` ends them.
        """
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def rest(self, path: str) -> Any:
        """What the job manager's REST API answers."""
        with urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def running_jobs(self) -> list[str]:
        """The ids of the jobs that have not ended."""
        ended = {"CANCELED", "FAILED", "FINISHED"}
        return [job["id"] for job in self.rest("/jobs")["jobs"] if job["status"] not in ended]

    def cancel_all(self) -> None:
        """Cancel all jobs over REST, which is quicker than the command, and wait for their end."""
        for job_id in self.running_jobs():
            with urlopen(Request(f"{self.url}/jobs/{job_id}", method="PATCH"), timeout=10):
                pass
        eventually(lambda: not self.running_jobs(), "all jobs cancelled")

    def flink(self, *arguments: str | Path, seconds: int = 120) -> str:
        """Run the command `flink` as in an activated environment, and return what it prints."""
        with self._client(arguments) as client:
            try:
                printed, _ = client.communicate(timeout=seconds)
            except BaseException:
                client.kill()
                raise
        assert client.returncode == 0, f"flink {' '.join(map(str, arguments))}:\n{printed}"
        return printed

    @contextlib.contextmanager
    def flink_meanwhile(self, *arguments: str | Path) -> Iterator[None]:
        """Run the command `flink` within the block; at its end all jobs are cancelled."""
        with self._client(arguments) as client:
            try:
                yield
            finally:
                self.cancel_all()
                client.kill()

    def _client(self, arguments: tuple[str | Path, ...]) -> subprocess.Popen[str]:
        environment = self._environment(self._folder("client"))
        bin_folder = str(Path(sys.executable).parent)
        environment["PATH"] = os.pathsep.join([bin_folder, environment["PATH"]])
        client = subprocess.Popen(
            [str(DISTRIBUTION / "bin" / "flink"), *map(str, arguments)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._sessions.append(client.pid)
        return client

    def pid(self, name: str) -> int:
        """The process id of a job manager or task manager."""
        return self._processes[name].pid

    def started_by(self, pid: int) -> list[int]:
        """The ids of all processes that one of the cluster's has started, and that still run."""
        return [member for member in _members(pid) if member != pid]

    def live_objects(self, name: str, classes: Collection[str]) -> set[str]:
        """Which of these Java classes have instances, after a full garbage collection."""
        command = [_program("jcmd"), str(self.pid(name)), "GC.class_histogram"]
        histogram = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        # Number, instances, bytes, class; and with a module's classes the module.
        rows = [line.split() for line in histogram.splitlines()]
        return {row[3] for row in rows if len(row) > 3} & set(classes)

    def log_tail(self, name: str) -> str:
        """The last lines that a process has logged."""
        lines = [f"--- {name}"]
        files = sorted((self._directory / name).glob("flink-*.log"))
        # There is none of a process that ended before it had read its configuration.
        for file in files or [self._directory / name / "console.log"]:
            text = file.read_text(encoding="utf-8", errors="replace")
            lines += text.splitlines()[-LOG_LINES:]
        return "\n".join(lines)

    def log_tails(self) -> str:
        """The last lines of every process there has been."""
        return "\n".join(self.log_tail(name) for name in self._folders())

    def _folders(self) -> list[str]:
        return sorted(folder.name for folder in self._directory.glob("*manager*"))

    def _start(self, kind: str, name: str | None = None, *arguments: str) -> None:
        name = name or kind
        environment = self._environment(self._folder(name))
        script = DISTRIBUTION / "bin" / f"{kind}.sh"
        with (self._directory / name / "console.log").open("wb") as console:
            self._processes[name] = subprocess.Popen(
                # Were this process killed, nobody else would end them.
                [
                    _program("setpriv"),
                    "--pdeathsig",
                    "KILL",
                    script,
                    "start-foreground",
                    *arguments,
                ],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._sessions.append(self._processes[name].pid)

    def _folder(self, name: str) -> Path:
        """The folder of a process, with the distribution's configuration and ours in it."""
        folder = self._directory / name
        if not folder.exists():
            shutil.copytree(DISTRIBUTION / "conf", folder)
            shipped = (folder / "config.yaml").read_text(encoding="utf-8")
            (options,) = re.findall(r"^ +all: (--add.*)", shipped, re.MULTILINE)
            settings = {
                **self._settings,
                "env.java.opts.all": f"{options} {JVM_OPTIONS}",
                "taskmanager.resource-id": name,
                "io.tmp.dirs": str(folder),
            }
            text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
            (folder / "config.yaml").write_text(text, encoding="utf-8")
        return folder

    def _environment(self, folder: Path) -> dict[str, str]:
        bin_folder = str(Path(sys.executable).parent)
        path = [part for part in os.environ["PATH"].split(os.pathsep) if part != bin_folder]
        inherited = {
            name: text
            for name, text in os.environ.items()
            # These are for jobs within this process.
            if name not in {"JVM_ARGS", "PYTHONPATH", "PYFLINK_GATEWAY_DISABLED", "VIRTUAL_ENV"}
        }
        return {
            **inherited,
            **self._variables,
            "PATH": os.pathsep.join(path),
            **dict.fromkeys(("FLINK_CONF_DIR", "FLINK_LOG_DIR", "FLINK_PID_DIR"), str(folder)),
        }


class ApplicationCluster(SessionCluster):
    """A cluster of one job: its job manager runs the program, and both end when the job does."""

    def run(self, settings: dict[str, str], entry_class: str, arguments: list[str]) -> None:
        """Run the job to its end with one task manager."""
        python_jar = next((DISTRIBUTION / "opt").glob("flink-python-*.jar"))
        self._settings.update(settings)
        self._start(
            "standalone-job",
            "jobmanager",
            # What follows `--jars` is a jar, up to the next option.
            *("--jars", python_jar.as_uri(), "--job-classname", entry_class),
            *arguments,
        )
        self.add_task_manager()
        job_manager = self._processes["jobmanager"]
        eventually(lambda: job_manager.poll() is not None, "the end", seconds=120)
        assert job_manager.returncode == 0, self.log_tails()


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"no {name} on the PATH"
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _members(session: int) -> Iterator[int]:
    """The processes of a session, by the id of the process that began it."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session:
            yield int(status.parent.name)
