"""The README's table of PyFlink and Python is what `make test-matrix` runs, and found."""

from __future__ import annotations

import json
import re
from importlib.metadata import metadata, requires
from pathlib import Path
from typing import Any

import compatibility
import pytest
from compatibility import (
    COMBINATIONS,
    NOT_PLANNED,
    NOT_RUN,
    PYTHONS,
    README,
    Combination,
    Result,
    rows,
    with_table,
)
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

TEXT = README.read_text(encoding="utf-8")
OLDEST = COMBINATIONS[0]
ALL_PYTHONS = {where.python for where in COMBINATIONS}


def test_the_table_lists_what_the_matrix_runs() -> None:
    """No combination is missing or made up, and each suite that is not planned has a dash."""
    assert list(rows(TEXT)) == COMBINATIONS
    for where, cells in rows(TEXT).items():
        suites = zip(compatibility.SUITES, cells[3:6])
        assert [suite for suite, cell in suites if cell != NOT_PLANNED] == where.suites
        assert all(re.fullmatch(rf"{NOT_PLANNED}|{NOT_RUN}|[\d,]+ .+", cell) for cell in cells[3:6])


def test_every_release_and_every_python_has_all_suites_once() -> None:
    full = [where for where in COMBINATIONS if where.suites == list(compatibility.SUITES)]
    assert {where.pyflink for where in full} == set(PYTHONS)
    assert {where.python for where in full} == ALL_PYTHONS


def test_the_package_claims_the_pythons_of_the_matrix() -> None:
    """Classifiers, requires-python, the README and what `make` takes say the same."""
    about = metadata("pyflink-dynamodb")
    classified = {
        text.rpartition(" ")[2]
        for text in about.get_all("Classifier") or ()
        if re.search(r":: 3\.\d+$", text)
    }
    assert classified == ALL_PYTHONS
    minors = sorted(int(python[2:]) for python in ALL_PYTHONS)
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert about["Requires-Python"] == f">=3.{minors[0]}"
    assert f"| Python | 3.{minors[0]} to 3.{minors[-1]}," in TEXT
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    assert f"(3, {minors[0]}) <= sys.version_info[:2] <= (3, {minors[-1]})" in makefile


def test_the_package_takes_every_pyflink_of_the_matrix() -> None:
    """The oldest release it takes is in the matrix, the next major one is not."""
    wanted = [Requirement(line) for line in requires("pyflink-dynamodb") or ()]
    (pyflink,) = [each for each in wanted if each.name == "apache-flink"]
    assert all(pyflink.specifier.contains(version) for version in PYTHONS)
    oldest = ".".join(next(iter(PYTHONS)).split(".")[:2])
    newest = int(list(PYTHONS)[-1].split(".")[0])
    assert pyflink.specifier == SpecifierSet(f">={oldest},<{newest + 1}")


def result(**changes: Any) -> Result:
    about = {"pyflink": OLDEST.pyflink, "python": f"{OLDEST.python}.99", "java": "17.0.1"}
    counts = {"date": "2026-01-02", "passed": 1234, "failed": 0, "skipped": 0}
    return Result(**{**about, **counts, **changes})


def test_a_table_without_new_results_stays_as_it_is() -> None:
    """What was run on another machine is not lost by a run on this one."""
    assert with_table(TEXT, {}) == TEXT


def test_what_nobody_ran_says_so() -> None:
    """A row is made for it, and no dates or versions are made up."""
    empty = re.sub(r"^\| \d[^|]* \| 3\..*\n", "", TEXT, flags=re.MULTILINE)
    assert rows(empty) == {}
    for where, cells in rows(with_table(empty, {})).items():
        planned = [
            NOT_RUN if suite in where.suites else NOT_PLANNED for suite in compatibility.SUITES
        ]
        assert cells == [*where, "", *planned, ""]


def test_a_result_changes_its_own_cell_and_the_versions() -> None:
    new = {(OLDEST, "unit"): result(failed=2, skipped=1)}
    before, after = rows(TEXT), rows(with_table(TEXT, new))
    kept = before.pop(OLDEST)[4:6]
    about = [OLDEST.pyflink, f"{OLDEST.python}.99", "17.0.1"]
    assert after.pop(OLDEST) == [
        *about, "2 failed, 1,234 passed, 1 skipped", *kept, "2026-01-02",
    ]  # fmt: skip
    assert after == before


def test_counts_are_those_of_pytest(tmp_path: Path, pytester_report: str) -> None:
    """An error in a fixture is a failure, and so is a test that fails and then cannot clean up."""
    (tmp_path / "unit.xml").write_text(pytester_report)
    found = compatibility.counted(tmp_path / "unit.xml")
    assert found == {"passed": 2, "failed": 3, "skipped": 1}


@pytest.fixture
def pytester_report() -> str:
    return """<testsuites><testsuite>
      <testcase name="a"/><testcase name="b"><system-out>x</system-out></testcase>
      <testcase name="c"><failure/></testcase><testcase name="d"><error/></testcase>
      <testcase name="e"><failure/><error/></testcase><testcase name="f"><skipped/></testcase>
    </testsuite></testsuites>"""


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Combination, str]]:
    """The suites that were started instead of being run: each fails."""
    started: list[tuple[Combination, str]] = []

    def run(where: Combination, suite: str) -> str:
        started.append((where, suite))
        return "no"

    monkeypatch.setattr(compatibility, "run", run)
    monkeypatch.setattr(compatibility, "ENVIRONMENTS", tmp_path)
    return started


@pytest.mark.parametrize(("failed", "again", "runs"), [(0, [], 0), (1, [], 1), (0, ["--again"], 1)])
def test_what_passed_is_not_run_again(
    ran: list[tuple[Combination, str]], failed: int, again: list[str], runs: int
) -> None:
    """Neither after an interruption nor the next day, unless it is asked for."""
    OLDEST.environment.mkdir()
    (OLDEST.environment / "unit.json").write_text(json.dumps(result(failed=failed)._asdict()))
    words = ["--only", OLDEST.pyflink, "--python", OLDEST.python, "--suites", "unit", "--no-table"]

    status = compatibility.main([*words, *again])

    assert ran == [(OLDEST, "unit")] * runs
    assert status == failed


def test_quick_suites_come_first(ran: list[tuple[Combination, str]]) -> None:
    """And where nothing passed, the whole is no success."""
    assert compatibility.main(["--no-table"]) == 1
    order = [compatibility.SUITES.index(suite) for _, suite in ran]
    assert order == sorted(order)
    assert {where for where, _ in ran} == set(COMBINATIONS)
