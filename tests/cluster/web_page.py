"""Flink's web page in a headless Chromium, as the package of Debian and Ubuntu has it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

# All requests of the page have their answers by then: milliseconds, most of them skipped.
BUDGET_MS = 20_000


def chromium() -> str | None:
    """The program, None where there is none."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next(filter(None, found), None)


def page_source(url: str) -> str:
    """The page as HTML, once its scripts have run."""
    return _visit(url, "--dump-dom")


def take_picture(url: str, file: Path, width: int = 1600, height: int = 900) -> None:
    """Write what a window of so many pixels shows as a PNG."""
    _visit(url, f"--screenshot={file}", f"--window-size={width},{height}", "--hide-scrollbars")


def _visit(url: str, *options: str) -> str:
    program = chromium()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
        ended = subprocess.run(
            [
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                f"--user-data-dir={profile}",
                f"--virtual-time-budget={BUDGET_MS}",
                *options,
                url,
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert ended.returncode == 0, f"{url}:\n{ended.stderr}"
    return ended.stdout
