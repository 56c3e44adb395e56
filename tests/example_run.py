"""The one way in which tests run an example, or look into it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

EXAMPLES = Path(__file__).parents[1] / "examples"


def run_example(
    name: str, *arguments: str, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run an example to its end, as a user does, and keep what it prints.

    Args:
        name: Its file without `.py`.
        *arguments: What follows it on the command line.
        variables: Environment variables beside those of the tests.
    """
    return subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments],
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def example_module(name: str) -> ModuleType:
    """An example as a module, without running it."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
