"""The results of a day: one JSON file for each comparison, so that a broken run can go on."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import java_side

FOLDER = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Results:
    """A folder of JSON files, and the report beside it.

    Args:
        name: A date, or "quick".
    """

    name: str

    @property
    def folder(self) -> Path:
        """Where the JSON files are."""
        return FOLDER / self.name

    @property
    def report(self) -> Path:
        """The Markdown page."""
        return FOLDER / f"{self.name}.md"

    @property
    def plot(self) -> Path:
        """The picture."""
        return FOLDER / f"{self.name}.png"

    def has(self, part: str) -> bool:
        """Whether a part was measured."""
        return (self.folder / f"{part}.json").exists()

    def save(self, part: str, found: dict[str, Any]) -> None:
        """Keep a part, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{part}.partial"
        partial.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        partial.replace(self.folder / f"{part}.json")

    def load(self) -> dict[str, dict[str, Any]]:
        """All parts, by name."""
        return {
            file.stem: json.loads(file.read_text(encoding="utf-8"))
            for file in sorted(self.folder.glob("*.json"))
        }


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    java = subprocess.run(
        [java_side.java(), "-version"], check=True, capture_output=True, text=True
    ).stderr.splitlines()[0]
    return {
        "processors": os.cpu_count(),
        "model": model,
        "system": platform.system(),
        "python": platform.python_version(),
        "java": java,
        "flink": importlib.metadata.version("apache-flink"),
        "boto3": importlib.metadata.version("boto3"),
        "release": importlib.metadata.version("pyflink-dynamodb"),
        "connector": java_side.describe_connector(),
        # More than a tenth of the processors busy with something else is no quiet machine.
        "load_before": os.getloadavg()[0],
    }
