"""The part of a stream run that Flink carries into its own Python: it must import little."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor


def key_text(record: Any) -> str:
    """The primary key of a stream record as text, as `key_name` makes it of the model's."""
    return key_name(record.keys.values())


def key_name(values: Any) -> str:
    """Text of a key's values, in which 7 and Decimal("7") are the same."""
    return "/".join(value.hex() if isinstance(value, bytes) else str(value) for value in values)


class Counting(KeyedProcessFunction):
    """Count the changes of each key in the state, and note each with its count in a file.

    Args:
        directory: Where to, a file for each attempt and subtask; also where crashes leave a mark.
        crashes: Fail at the records whose items have these numbers, once each.
    """

    def __init__(self, directory: Path, crashes: Collection[int] = ()) -> None:
        self.directory = directory
        self.crashes = frozenset(crashes)

    def open(self, runtime_context: RuntimeContext) -> None:
        self.counts = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))
        # Flink has a number for the attempt; in thread mode PyFlink cannot get at it. A key has one
        # subtask in an attempt, so its attempts can be told, and put in order, by their times.
        self.attempt = time.time_ns()
        name = f"{self.attempt}-{os.getpid()}-{id(self)}.jsonl"
        self.file = (self.directory / name).open("ab", buffering=0)

    def close(self) -> None:
        self.file.close()

    def process_element(self, value: Any, ctx: KeyedProcessFunction.Context) -> Any:
        count = (self.counts.value() or 0) + 1
        self.counts.update(count)
        number = (value.new_image or {}).get("n")
        content = value.event_name if number is None else f"{value.event_name} {number}"
        note = [self.attempt, ctx.get_current_key(), count, int(value.sequence_number), content]
        self.file.write(json.dumps(note).encode() + b"\n")
        if number in self.crashes and self._is_first(number):
            raise RuntimeError("crashing, as the run demands")
        yield from ()

    def _is_first(self, number: int) -> bool:
        try:
            os.close(os.open(self.directory / f"crash-{number}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True
