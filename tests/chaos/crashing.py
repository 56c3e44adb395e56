"""The part of a chaos run that Flink carries into its own Python: it must import little."""

from __future__ import annotations

from typing import Any
from urllib.request import urlopen

from pyflink.datastream import MapFunction, RuntimeContext


class Crashing(MapFunction):
    """Turn the numbers of elements into elements, and fail at those at which the run shall crash.

    Args:
        url: Where `Control` answers for this run.
        elements: What the sink gets, by number.
    """

    def __init__(self, url: str, elements: list[Any]) -> None:
        self.url = url
        self.elements = elements
        self.crash_at = -1
        self.first = True

    def open(self, _context: RuntimeContext) -> None:
        # The writer of the same task cannot send before this returns.
        self.crash_at = int(self._ask("open"))

    def map(self, text: str) -> Any:
        number = int(text)
        if self.first:
            self.first = False
            self._ask(f"resumed/{number}")
        if number == self.crash_at:
            self._ask("crashed")
            raise RuntimeError("crashing, as the run demands")
        return self.elements[number]

    def _ask(self, path: str) -> bytes:
        with urlopen(f"{self.url}/{path}", timeout=120) as answer:
            return bytes(answer.read())
