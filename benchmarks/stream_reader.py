"""A job that reads a stream, in a process of its own, and what it noted of what arrived."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import java_side
from benchmarks.counts import Counts
from benchmarks.job_process import JobFailedError
from benchmarks.pyflink_job import FLINK_SETTINGS

if TYPE_CHECKING:
    from typing_extensions import Self

# Longer than both sources wait at most before they look for shards again.
STALLED_S = 75.0
START_TIMEOUT_S = 240.0


class Noted(NamedTuple):
    """What a job has noted up to now.

    Attributes:
        records: Those that arrived, over time.
        cpu_ms: Processor time of its JVM, over time.
    """

    records: Counts
    cpu_ms: Counts


class StreamReader:
    """One job; it is there within a `with` block.

    Args:
        source: "ours" or "connector".
        arn: What it reads.
        properties: The source's own.
        folder: Empty; where it writes.
        lags: Whether it notes of each record how late it came.
    """

    def __init__(
        self, source: str, arn: str, properties: Mapping[str, str], folder: Path, *, lags: bool
    ) -> None:
        self._source = source
        self._folder = folder
        self._log = folder / "log.txt"
        # A proxy cannot reach the loopback interface, and not every client leaves it out there.
        inherited = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *java_side.command(f"{java_side.PACKAGE}.bench.StreamsJob", *java_side.HEAP),
                    f"folder={folder}",
                    f"source={source}",
                    f"arn={arn}",
                    f"lags={str(lags).lower()}",
                    *(f"source.{name}={text}" for name, text in properties.items()),
                    *(f"flink.{name}={text}" for name, text in FLINK_SETTINGS.items()),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=inherited,
            )

    def wait_for(self, records: int) -> bool:
        """Wait until so many have arrived; false when there are no more of them for long.

        Raises:
            JobFailedError: It ended, or did not start.
        """
        self._wait_until_started()
        before, since = -1.0, time.monotonic()
        while True:
            now = self.noted().records.total
            if now >= records:
                return True
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > STALLED_S:
                return False
            self._check()
            time.sleep(0.1)

    def noted(self) -> Noted:
        """What it has noted so far."""
        rows = self._rows("arrivals.csv")
        times = [row[0] for row in rows]
        return Noted(
            Counts(times, [row[1] for row in rows]), Counts(times, [row[2] for row in rows])
        )

    def lags_ms(self) -> list[tuple[float, float]]:
        """Of each record: when it was written, in ms since the epoch, and how late it came."""
        rows = self._rows("lags.csv")
        return [(written / 1000, (arrived - written) / 1000) for written, arrived in rows]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        # Without its input it ends at once.
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)

    def _wait_until_started(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.noted().records.times_ms:
            self._check()
            if time.monotonic() > deadline:
                raise JobFailedError(self._failure(f"did not start in {START_TIMEOUT_S:.0f} s"))
            time.sleep(0.1)

    def _check(self) -> None:
        if self._process.poll() is not None:
            raise JobFailedError(self._failure("ended"))

    def _failure(self, what: str) -> str:
        tail = self._log.read_text(errors="replace")[-3000:]
        return f"The job that reads with {self._source} {what}:\n{tail}"

    def _rows(self, name: str) -> Sequence[Sequence[int]]:
        """Of a file that is being written; its last line may not be whole."""
        file = self._folder / name
        if not file.exists():
            return []
        whole, newline, _ = file.read_text(encoding="ascii").rpartition("\n")
        if not newline:
            return []
        return [[int(part) for part in line.split(",")] for line in whole.split("\n")]
