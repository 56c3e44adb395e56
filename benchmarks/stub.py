"""The answering stub, seen from Python; the stub itself is `AnsweringStub.java`."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any
from urllib.request import ProxyHandler, build_opener

from benchmarks import java_side
from benchmarks.counts import Counts


@dataclass(frozen=True)
class Endpoint:
    """One port of the stub, for one job."""

    port: int

    @property
    def url(self) -> str:
        """What a client is given."""
        return f"http://127.0.0.1:{self.port}"


class AnsweringStub:
    """A process that answers as DynamoDB would, after a set time, and counts the items.

    Args:
        class_path: Where its classes are, by default among all that is built for the benchmarks.
    """

    def __init__(self, class_path: str | None = None) -> None:
        options = ["-Xmx256m", "-XX:+UseSerialGC"]
        self._process = subprocess.Popen(
            java_side.command(
                f"{java_side.PACKAGE}.bench.AnsweringStub", *options, class_path=class_path
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        if not line.startswith("port="):
            raise SystemExit(f"The stub did not start: {line!r}")
        self._control = Endpoint(int(line[5:]))
        # A proxy from the environment cannot reach the loopback interface.
        self._opener = build_opener(ProxyHandler({}))

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def open(self, delay_ms: int) -> Endpoint:
        """A new endpoint that answers so late."""
        return Endpoint(int(self._ask(f"/open?delay={delay_ms}")["port"]))

    def figures(self, endpoint: Endpoint) -> dict[str, Any]:
        """Requests, items, bytes, connections, most calls in flight, and items per 100 ms."""
        return self._ask(f"/figures?port={endpoint.port}")

    def counts(self, endpoint: Endpoint) -> Counts:
        """Items over time."""
        figures = self.figures(endpoint)
        return Counts.of_buckets(figures["opened_ms"], figures["bucket_ms"], figures["buckets"])

    def bytes_per_item(self, endpoint: Endpoint) -> float:
        """Bytes of the calls' bodies by the items in them."""
        figures = self.figures(endpoint)
        return float(figures["bytes"] / max(figures["items"], 1))

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _ask(self, path: str) -> dict[str, Any]:
        with self._opener.open(self._control.url + path, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found
