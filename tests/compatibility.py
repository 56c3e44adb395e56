"""The suites on every PyFlink and Python the package is for; run by `make test-matrix`.

Each combination has a virtual environment of its own, where a suite that ends leaves its result. A
suite that passed is not run again, so that a run that was interrupted goes on where it was. The
table in the README is written from these results: what was run elsewhere keeps its entry, and what
nobody ran says so.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
ENVIRONMENTS = ROOT / ".matrix"

# The Pythons that each PyFlink has wheels for.
PYTHONS = {
    "1.20.3": ["3.9", "3.10", "3.11"],
    "2.0.2": ["3.9", "3.10", "3.11"],
    "2.2.1": ["3.9", "3.10", "3.11", "3.12"],
    "2.3.0": ["3.9", "3.10", "3.11", "3.12"],
}
# The integration tests take many minutes: once for each PyFlink, and once for each Python.
INTEGRATION = {("1.20.3", "3.9"), ("2.0.2", "3.10"), ("2.2.1", "3.12"), ("2.3.0", "3.11")}
SUITES = ("unit", "bridge", "integration")

NOT_PLANNED, NOT_RUN = "-", "not run yet"
HEADER = "| PyFlink | Python | Java | Unit | Bridge | Integration | Last run |\n|" + "---|" * 7
TABLE = re.compile(re.escape(HEADER) + r"\n((?:\|.*\n)*)")


class Combination(NamedTuple):
    """A PyFlink, and a minor version of Python it has a wheel for."""

    pyflink: str
    python: str

    @property
    def suites(self) -> list[str]:
        """The suites that are run on it, in order."""
        return [suite for suite in SUITES if suite != "integration" or self in INTEGRATION]

    @property
    def environment(self) -> Path:
        """Its virtual environment, with the results."""
        return ENVIRONMENTS / f"{self.pyflink}-py{self.python}"


COMBINATIONS = [Combination(flink, python) for flink, all_ in PYTHONS.items() for python in all_]


class Result(NamedTuple):
    """What a suite did, and on what it really ran."""

    pyflink: str
    python: str
    java: str
    date: str
    passed: int
    failed: int
    skipped: int

    def __str__(self) -> str:
        """What the table says of it."""
        counts = {"failed": self.failed, "passed": self.passed, "skipped": self.skipped}
        return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def interpreter(version: str) -> str | None:
    """A Python of a minor version: on the PATH, or of pyenv, where it may be switched off."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    for found in [f"python{version}", *map(str, pyenv.glob(f"{version}.*/bin/python"))]:
        try:
            subprocess.run([found, "-c", "import ensurepip, venv"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return found
    return None


def counted(junit_file: Path) -> dict[str, int]:
    """How many tests passed, failed and were skipped."""
    counts = dict.fromkeys(("passed", "failed", "skipped"), 0)
    for case in ElementTree.parse(junit_file).iter("testcase"):
        outcomes = {child.tag for child in case}
        failed = outcomes & {"failure", "error"}
        counts["failed" if failed else "skipped" if "skipped" in outcomes else "passed"] += 1
    return counts


def kept(where: Combination, suite: str) -> Result | None:
    """The result of the last run of a suite on this machine."""
    file = where.environment / f"{suite}.json"
    return Result(**json.loads(file.read_text())) if file.is_file() else None


def make(target: str, **variables: str) -> bool:
    """Run `make` as if it were called by hand; whether it did well."""
    ours = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ARGS", "VENV", "PYTHON", "FLINK"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    command = ["make", target, *(f"{name}={value}" for name, value in variables.items())]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def run(where: Combination, suite: str) -> str:
    """Run a suite, keep its result, and say in a few words what came of it."""
    report, result = (where.environment / f"{suite}.{ending}" for ending in ("xml", "json"))
    for old in (report, result):
        old.unlink(missing_ok=True)
    python = interpreter(where.python)
    if python is None:
        return f"no python{where.python} on the PATH or among pyenv's: install one"
    environment = where.environment.relative_to(ROOT)
    if not make("venv", VENV=str(environment), PYTHON=python, FLINK=where.pyflink):
        return "the environment was not made"
    # PyFlink given again: the environment may be older than pyproject.toml, and is renewed then.
    well = make(
        f"test-{suite}",
        VENV=str(environment),
        FLINK=where.pyflink,
        ARGS=f"--junit-xml={report.relative_to(ROOT)}",
    )
    counts = counted(report) if report.is_file() else {}
    if not counts.get("passed") or well == bool(counts["failed"]):
        return "pytest did not end as it should"
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    done = Result(**versions(where), date=today, **counts)
    result.write_text(json.dumps(done._asdict()))
    return str(done)


def versions(where: Combination) -> dict[str, str]:
    """What an environment really holds, and the Java that PyFlink takes."""
    code = "import platform, pyflink.version as f; print(platform.python_version(), f.__version__)"
    python = where.environment / "bin" / "python"
    about = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    home = os.environ.get("JAVA_HOME")
    command = [str(Path(home, "bin", "java")) if home else "java", "-version"]
    java = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    number = re.search(r'version "([^"]+)"', java)
    found, pyflink = about.stdout.split()
    return {"python": found, "pyflink": pyflink, "java": number[1] if number else "unknown"}


def rows(text: str) -> dict[Combination, list[str]]:
    """The cells of the table in a text, by combination.

    Raises:
        ValueError: The text has no such table.
    """
    table = TABLE.search(text)
    if table is None:
        raise ValueError(f"{README} has no table that begins with {HEADER.splitlines()[0]}")
    found = {}
    for line in table[1].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        found[Combination(cells[0], ".".join(cells[1].split(".")[:2]))] = cells
    return found


def with_table(text: str, results: dict[tuple[Combination, str], Result]) -> str:
    """A text with its table renewed: results where there are any, else what stood there."""
    old = rows(text)
    lines = [HEADER]
    for where in COMBINATIONS:
        before = old.get(where, [*where, "", *[NOT_RUN] * len(SUITES), ""])
        cells = []
        for suite, cell in zip(SUITES, before[3:6]):
            new = results.get((where, suite), NOT_RUN if cell == NOT_PLANNED else cell)
            cells.append(str(new) if suite in where.suites else NOT_PLANNED)
        here = [results[where, suite] for suite in where.suites if (where, suite) in results]
        last = max(here, key=lambda result: result.date, default=None)
        about = [last.pyflink, last.python, last.java] if last else before[:3]
        lines.append(f"| {' | '.join([*about, *cells, last.date if last else before[6]])} |")
    return TABLE.sub(lambda _: "\n".join([*lines, ""]), text)


def write_table() -> None:
    """Bring the table in the README up to date."""
    results = {
        (where, suite): result
        for where in COMBINATIONS
        for suite in where.suites
        if (result := kept(where, suite))
    }
    text = README.read_text(encoding="utf-8")
    README.write_text(with_table(text, results), encoding="utf-8")


def chosen(words: list[str]) -> argparse.Namespace:
    """The command line, with `.todo`: pairs of combination and suite, those of each suite together.

    What is quick and finds most comes first.
    """
    parser = argparse.ArgumentParser(prog="make test-matrix", description=__doc__)
    parser.add_argument("--only", choices=PYTHONS, metavar="PYFLINK", help=", ".join(PYTHONS))
    pythons = sorted({where.python for where in COMBINATIONS}, key=lambda text: int(text[2:]))
    parser.add_argument("--python", choices=pythons, metavar="PYTHON", help=", ".join(pythons))
    parser.add_argument("--oldest", action="store_true", help="the oldest this machine can run")
    parser.add_argument("--suites", nargs="+", choices=SUITES, default=list(SUITES))
    parser.add_argument("--again", action="store_true", help="what passed before, too")
    parser.add_argument("--no-table", action="store_true", help="leave the README as it is")
    options = parser.parse_args(words)
    wanted: Iterable[Combination] = [
        where
        for where in COMBINATIONS
        if options.only in {None, where.pyflink} and options.python in {None, where.python}
    ]
    if options.oldest:
        wanted = [where for where in wanted if interpreter(where.python)][:1]
    options.todo = [
        (where, suite)
        for suite in SUITES
        for where in wanted
        if suite in options.suites and suite in where.suites
    ]
    if not options.todo:
        parser.error("no such combination, or none with these suites: see tests/compatibility.py")
    return options


def main(words: list[str]) -> int:
    """Run what was chosen; 1 where something did not pass."""
    options = chosen(words)
    report, well = [], True
    for where, suite in options.todo:
        before = kept(where, suite)
        if before and not before.failed and not options.again:
            outcome = f"{before}, on {before.date}"
        else:
            print(f"== PyFlink {where.pyflink}, Python {where.python}: {suite}", flush=True)
            outcome = run(where, suite)
            if not options.no_table:
                write_table()
        after = kept(where, suite)
        well = well and after is not None and not after.failed
        report.append(f"PyFlink {where.pyflink}, Python {where.python}, {suite}: {outcome}")
    print("\n".join(["== summary", *report]))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
