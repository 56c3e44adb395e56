"""JMH benchmarks of buffer, scanner and row encoder, and the heap that buffered records take."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import java_side

_SCANNER = f"{java_side.PACKAGE}.request.ScannerBenchmark"


def measure(quick: bool) -> dict[str, Any]:
    """Run them all.

    Args:
        quick: One short round each, to see that it works.

    Returns:
        `jmh`: benchmark, parameters, ns an operation and its error, bytes allocated an operation;
        `lengths`: bytes of each form that the scanner was given; `heap`: of buffered records.
    """
    rounds = ["-wi", "1", "-i", "1", "-w", "1", "-r", "1"]
    if not quick:
        rounds = ["-wi", "4", "-i", "5", "-w", "1", "-r", "1"]
    with tempfile.TemporaryDirectory(prefix="jmh-") as folder:
        results = Path(folder) / "jmh.json"
        _output(
            "org.openjdk.jmh.Main",
            *["-f", "1", *rounds, "-prof", "gc", "-foe", "true"],
            *["-jvmArgs", "-Xms2g -Xmx2g -XX:+UseG1GC"],
            *["-rf", "json", "-rff", str(results)],
        )
        jmh = [_row(entry) for entry in json.loads(results.read_text())]
    return {
        "jmh": jmh,
        "lengths": json.loads(_output(_SCANNER)),
        "heap": json.loads(_output(f"{java_side.PACKAGE}.sink.BufferedHeap")),
    }


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    metric = entry["primaryMetric"]
    return {
        "benchmark": ".".join(entry["benchmark"].split(".")[-2:]),
        "parameters": entry.get("params", {}),
        "ns": metric["score"],
        "error_ns": metric["scoreError"],
        "allocated_bytes": entry["secondaryMetrics"]["gc.alloc.rate.norm"]["score"],
    }


def _output(main_class: str, *arguments: str) -> str:
    done = subprocess.run(
        [*java_side.command(main_class, "-Xmx2g"), *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise SystemExit(f"{main_class} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout
