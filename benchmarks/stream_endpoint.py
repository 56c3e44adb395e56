"""The stream that is read, in a process of its own: `python -m benchmarks.stream_endpoint SPEC`.

It says as JSON, a line each, what a reader needs, and then answers the lines of its standard input:
`steady` with records a second and seconds, and `calls`. It ends with its input.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from benchmarks import java_side
from benchmarks.stream_plan import StreamSpec
from pyflink_dynamodb.testing import ScriptedStream
from pyflink_dynamodb.testing.scripted_record import ScriptedRecord
from pyflink_dynamodb.testing.stream_calls import StreamCall, StreamCalls

if TYPE_CHECKING:
    from typing_extensions import Self

# The field that holds when a record was written, in microseconds since the epoch.
WRITTEN = "written"
_AT_ONCE = 20_000


class StreamEndpoint:
    """The process, from the outside; it is there within a `with` block.

    Args:
        spec: What the stream holds.
    """

    def __init__(self, spec: StreamSpec) -> None:
        self.spec = spec
        # A proxy cannot reach the loopback interface.
        inherited = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.stream_endpoint", spec.to_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**inherited, "PYTHONPATH": str(java_side.ROOT)},
        )
        ready = self._answer()
        self.arn = str(ready["arn"])
        self.properties: dict[str, str] = ready["properties"]

    @property
    def url(self) -> str:
        """What clients connect to."""
        return self.properties["aws.endpoint"]

    def steady(self, per_second: float, seconds: float) -> int:
        """Write records at a steady pace; returns how many, when all are written."""
        return int(self._ask(f"steady {per_second} {seconds}")["written"])

    def calls(self) -> dict[str, Any]:
        """GetRecords since the last time: how many, and the most of one shard within a second."""
        return self._ask("calls")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("The endpoint of the stream ended; what it said is above.")
        answer: dict[str, Any] = json.loads(line)
        return answer


class LeanCalls(StreamCalls):
    """Calls without who had which record: with that, a page costs as much again."""

    def end(self, call: StreamCall, outcome: str, records: Sequence[ScriptedRecord] = ()) -> None:
        """Note how a request ended."""
        super().end(call, outcome)
        call.records = len(records)


class LeanStream(ScriptedStream):
    """A stream that keeps of a record what is answered: with all else it has 10 KB of each."""

    def write(self, numbers: Sequence[int]) -> None:
        """Put an item of each number."""
        for number in numbers:
            self.put(f"order-{number:08d}", _item(number))

    def forget_items(self) -> None:
        """Let go of the items, and of what the records hold beside their JSON."""
        with self._lock:
            self._table.records.clear()
            self._table._items.clear()  # noqa: SLF001 - no test would want this
            for shard in self._table.latest.shards.values():
                for index in range(len(shard.records) - 1, -1, -1):
                    record = shard.records[index]
                    if record.new_image is None:
                        break
                    # A copy, since orjson leaves 4 KB behind every text that it makes.
                    text = bytes(memoryview(record.json))
                    shard.records[index] = dataclasses.replace(
                        record, new_image=None, old_image=None, key=(), json=text
                    )

    def rotate_all(self) -> None:
        """Replace each open shard by a child."""
        for shard in self.shards():
            self.rotate(shard)


def fill(stream: LeanStream, spec: StreamSpec) -> None:
    """Write what is there at the beginning."""
    number = 0
    for generation in range(spec.generations):
        if generation:
            stream.rotate_all()
        end = number + spec.records
        while number < end:
            upto = min(end, number + _AT_ONCE)
            stream.write(range(number, upto))
            stream.forget_items()
            number = upto


def write_steadily(stream: LeanStream, first: int, per_second: float, seconds: float) -> int:
    """Write one record after the other, each when it is time; returns how many."""
    count = int(per_second * seconds)
    begin = time.monotonic()
    for index in range(count):
        wait = begin + index / per_second - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        stream.write((first + index,))
    return count


def _item(number: int) -> dict[str, Any]:
    return {
        WRITTEN: time.time_ns() // 1000,
        "customer": f"customer-{number % 1000}",
        "quantity": number % 10,
        "paid": number % 2 == 0,
    }


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Serve until the standard input ends."""
    spec = StreamSpec(**json.loads(sys.argv[1]))
    with LeanStream(shards=spec.shards) as stream:
        stream.calls = LeanCalls()
        # Nothing of it is garbage, and a full collection of it would be seen as lag.
        gc.disable()
        fill(stream, spec)
        gc.freeze()
        gc.enable()
        stream.rotate_every_s = spec.rotate_every_s
        _say({"arn": stream.arn, "properties": stream.properties})
        number = spec.total
        for line in sys.stdin:
            name, *arguments = line.split()
            if name == "steady":
                written = write_steadily(stream, number, *map(float, arguments))
                number += written
                _say({"written": written})
            else:
                calls, stream.calls = stream.calls, LeanCalls()
                busiest = calls.busiest(0.95)
                _say(
                    {
                        "calls": len(calls.of("GetRecords")),
                        "busiest": max(busiest.values(), default=0),
                    }
                )


if __name__ == "__main__":
    main()
