"""Event times as a job sees them. Flink carries this into its own Python: it must import little."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyflink.datastream import ProcessFunction


class Times(ProcessFunction):
    """Note the key, the event time and the watermark of each change."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def process_element(self, value: Any, ctx: ProcessFunction.Context) -> Iterator[Any]:
        watermark = ctx.timer_service().current_watermark()
        with self.file.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps([value.keys["pk"], ctx.timestamp(), watermark]) + "\n")
        yield from ()

    def notes(self) -> list[list[Any]]:
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text("utf-8").splitlines()]
