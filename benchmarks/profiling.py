"""Where the processor time and the memory of a warm job go, by Java Flight Recorder.

    python -m benchmarks.profiling [--competitor ours-java] [--workload flat] [--seconds 60]

One job runs alone against the stub. A sample counts for the first frame, from the top of its
stack, that is in one of the packages below; what the JDK does counts for whoever asked it to.
Threads are told by all of their processor time, calls into the kernel included.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import java_side
from benchmarks.job_process import JobProcess
from benchmarks.plan import COMPETITORS, Run
from benchmarks.pyflink_job import JobSpec
from benchmarks.session import TABLE
from benchmarks.stub import AnsweringStub

DELAY_MS = 5
WARM_UP_S = 40
MOST_ROWS = 10
_OURS = "io.github.pyflinkdynamodb."
# The first that fits counts. The benchmark's own classes lie among ours.
AREAS = (
    ("the benchmark's source", (f"{_OURS}bench.",)),
    (
        "HTTP client of the AWS SDK, with Netty",
        (f"{_OURS}shaded.", "software.amazon.", "io.netty."),
    ),
    ("signing", (f"{_OURS}client.RequestSigner", f"{_OURS}client.RequestBody")),
    ("calls, answers, retries", (f"{_OURS}client.",)),
    ("encoding of records", (f"{_OURS}encode.",)),
    ("write requests: scanner, keys, sizes", (f"{_OURS}request.",)),
    ("buffer and writer", (_OURS,)),
    ("Flink's connector", ("org.apache.flink.connector.",)),
    ("Flink", ("org.apache.flink.",)),
)


def main() -> None:
    """Profile what is asked for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--competitor", choices=COMPETITORS, default="ours-java")
    parser.add_argument("--workload", default="flat")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    java_side.build()
    stub = AnsweringStub()
    endpoint = stub.open(DELAY_MS)
    run = Run(options.competitor, options.workload)
    with tempfile.TemporaryDirectory(prefix="profile-") as folder:
        gate = Path(folder, "gate")
        gate.mkdir()
        jar = str(java_side.BENCH_JAR)
        job = JobProcess(JobSpec(run, str(gate), endpoint.url, "local", TABLE, jar))
        try:
            job.wait_until_ready()
            job.open_gate()
            time.sleep(WARM_UP_S)
            threads, recording = _record(job, options.seconds, Path(folder, "job.jfr"))
            job.check()
        finally:
            job.end()
            stub.stop()
        print(f"{run.title}, {run.workload}, {DELAY_MS} ms, {options.seconds} s\n")
        _show("processor time of the JVM's threads", threads)
        samples = list(_events(recording, "jdk.ExecutionSample"))
        _show("samples in Java code, by area", Counter(map(_area, samples)))
        _show("samples in Java code, by method", Counter(map(_method, samples)))
        allocated: Counter[str] = Counter()
        for event in _events(recording, "jdk.ObjectAllocationSample"):
            allocated[_area(event)] += event["weight"]
        _show("allocated bytes, by area", allocated)


def _record(job: JobProcess, seconds: int, file: Path) -> tuple[Counter[str], Path]:
    pid = str(job.jvm_pid())
    _jdk("jcmd", pid, "JFR.start", "name=profile", "settings=profile")
    before = _thread_ms(pid)
    time.sleep(seconds)
    threads = _thread_ms(pid)
    threads.subtract(before)
    _jdk("jcmd", pid, "JFR.stop", "name=profile", f"filename={file}")
    return threads, file


def _thread_ms(pid: str) -> Counter[str]:
    """Processor time so far of the JVM's threads, by their names without numbers."""
    spent: Counter[str] = Counter()
    for name, ms in re.findall(
        r'^"(.+?)".* cpu=([\d.]+)ms', _jdk("jcmd", pid, "Thread.print"), re.MULTILINE
    ):
        spent[re.sub(r"[-#]?\d+$", "", name)] += round(float(ms))
    return spent


def _events(recording: Path, kind: str) -> Iterator[dict[str, Any]]:
    text = _jdk("jfr", "print", "--json", "--stack-depth", "64", "--events", kind, str(recording))
    for event in json.loads(text)["recording"]["events"]:
        if event["values"].get("stackTrace"):
            yield event["values"]


def _area(event: dict[str, Any]) -> str:
    for method in _methods(event):
        for name, packages in AREAS:
            if method.startswith(packages):
                return name
    return "the JVM's own"


def _method(event: dict[str, Any]) -> str:
    return next(iter(_methods(event))).replace(f"{_OURS}shaded.", "").replace(_OURS, "")


def _methods(event: dict[str, Any]) -> Iterable[str]:
    for frame in event["stackTrace"]["frames"]:
        method = frame["method"]
        yield f"{method['type']['name'].replace('/', '.')}.{method['name']}"


def _show(title: str, counts: Counter[str]) -> None:
    total = sum(counts.values())
    print(f"{title}:")
    for name, count in counts.most_common(MOST_ROWS):
        print(f"  {100 * count / max(total, 1):5.1f} %  {name}")
    print()


def _jdk(tool: str, *arguments: str) -> str:
    java = shutil.which(java_side.java())
    if java is None:
        raise SystemExit("There is no java on the PATH; a JDK 17 is needed.")
    command = [str(Path(java).resolve().with_name(tool)), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{tool} failed: {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
