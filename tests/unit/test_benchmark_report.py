"""What the benchmarks' report makes of results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.marks import MARKS, MET, MISSED, NOT_MEASURED, cold_start_marks
from benchmarks.options import parse, planned
from benchmarks.plan import COMPARISONS, COMPETITORS, Comparison, Run
from benchmarks.report import write
from benchmarks.results import Results

pytestmark = pytest.mark.unit

MACHINE = {
    "processors": 2,
    "model": "a model",
    "system": "Linux",
    "python": "3.11",
    "java": "17",
    "flink": "2.3.0",
    "boto3": "1.44",
    "release": "0.1.0",
    "connector": "a connector",
    "load_before": 0.1,
}


def run(name: str, rate: float, jvm_us: float = 10, **other: Any) -> dict[str, Any]:
    return {
        "name": name,
        "title": name,
        "competitor": name,
        "rate": rate,
        "rates_of_rounds": [rate, rate],
        "cpu_us": {"JVM": jvm_us, "endpoint": 1.0},
        "allocated_bytes": 1000,
        "wire_bytes": 130,
        "heap_after_collection": 30_000_000,
        "first_s": None,
        "cold_start_s": None,
        "measured_s": 60,
        "counted_at": "endpoint",
        "idle_cores_of_others": 0,
        "alone_s": 30,
        "curve": [],
        **other,
    }


def comparison(*runs: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": "A title",
        "endpoint": "stub, 5 ms",
        "quick": False,
        "machine": MACHINE,
        "runs": list(runs),
    }


def verdicts(parts: dict[str, Any]) -> dict[str, tuple[float | None, str]]:
    return {mark.text: mark.judge(parts) for mark in MARKS}


def test_a_mark_is_met_missed_or_not_measured():
    """A ratio at its bound is met; one whose side is missing is not judged."""
    parts = {
        "flat-5ms": comparison(
            run("ours-process", 30_000),
            run("batch-writer-process", 2_000),
            run("pool-process", 7_600),
        )
    }

    found = verdicts(parts)

    assert found["pyflink_dynamodb to boto3 `batch_writer`, process mode, 5 ms"] == (15, MET)
    assert found["pyflink_dynamodb to a pool of 50 boto3 threads, process mode, 5 ms"][1] == MISSED
    assert found["pyflink_dynamodb to the discarding sink, process mode"] == (None, NOT_MEASURED)


def test_a_mark_that_is_a_cost_is_missed_above_its_bound():
    """Of costs less is better, and what making the rows allocates is not the sink's."""
    parts = {
        "rows-5ms": comparison(
            run("ours-java", 100_000, jvm_us=6),
            run("connector", 80_000, jvm_us=12),
            run("connector-default", 70_000, jvm_us=13),
            run("ceiling-java", 2_000_000, allocated_bytes=500),
        )
    }

    found = verdicts(parts)

    by_hand = "CPU per record in the JVM, to the Java connector with a converter by hand"
    by_default = "CPU per record in the JVM, to the Java connector with its default converter"
    assert found[by_hand] == (0.5, MET)
    assert found[by_default][1] == MISSED
    allocated = "allocated per record beyond its own bytes, encoding included"
    assert found[allocated] == (370, MET)


def test_a_run_without_a_record_judges_nothing():
    """A competitor that wrote nothing is no reason to call a mark met, nor to fail."""
    parts = {"flat-5ms": comparison(run("ours-process", 10), run("batch-writer-process", 0))}

    mark = "pyflink_dynamodb to boto3 `batch_writer`, process mode, 5 ms"
    assert verdicts(parts)[mark] == (None, NOT_MEASURED)


def test_cold_starts_are_judged_by_those_of_another_release():
    """At most half as long; nothing is said of a run that did not get warm in either."""
    older = {"flat-5ms": comparison(run("ours-process", 1, cold_start_s=8))}
    quicker = {"flat-5ms": comparison(run("ours-process", 1, cold_start_s=4))}
    slower = {"flat-5ms": comparison(run("ours-process", 1, cold_start_s=5))}
    never = {"flat-5ms": comparison(run("ours-process", 1))}

    process_mode = cold_start_marks(older)[0]

    assert process_mode.judge(quicker) == (0.5, MET)
    assert process_mode.judge(slower) == (0.625, MISSED)
    assert process_mode.judge(never) == (None, NOT_MEASURED)


def test_every_run_that_a_mark_asks_for_is_planned():
    """With results for all that is planned no mark stays without a figure."""
    parts: dict[str, Any] = {
        each.name: comparison(*(run(planned_run.name, 1.0) for planned_run in each.runs))
        for each in COMPARISONS
    }
    rows = [
        ("WriteBufferBenchmark.addTakeSettle", {"keys": keys, "overwrite": overwrite})
        for keys in ("100", "1000000")
        for overwrite in ("false", "true")
    ]
    rows.append(("ScannerBenchmark.scan", {"form": "kilobyte"}))
    parts["micro"] = {
        "jmh": [{"benchmark": name, "parameters": with_, "ns": 1.0} for name, with_ in rows],
        "lengths": {"kilobyte": 1000},
        "heap": {"heap_bytes": 1},
    }

    assert [text for text, (_, verdict) in verdicts(parts).items() if verdict == NOT_MEASURED] == []


def test_a_report_says_what_was_not_measured_well(tmp_path, monkeypatch):
    """A run that was still growing quicker is named, and one whose turns differ."""
    monkeypatch.setattr("benchmarks.results.FOLDER", tmp_path)
    results = Results("2026-01-01")
    steady = run("ours-process", 1_000)
    growing = run("ours-thread", 1_000, rates_of_rounds=[800, 1_200])
    falling = run("pool-process", 1_000, rates_of_rounds=[1_200, 800])
    results.save("flat-5ms", comparison(steady, growing, falling))

    write(results.load(), results)

    page = results.report.read_text(encoding="utf-8")
    assert "ours-thread: its last turn was 1.50 times as quick as its first" in page
    assert "pool-process: its turns differ by 1.50 times" in page
    assert "ours-process: its" not in page
    assert "A quick run" not in page


def test_a_quick_run_is_called_one(tmp_path, monkeypatch):
    """Nobody takes the figures of a quick run for measured ones."""
    monkeypatch.setattr("benchmarks.results.FOLDER", tmp_path)
    results = Results("quick")
    results.save("flat-5ms", {**comparison(run("ours-process", 1_000)), "quick": True})

    write(results.load(), results)

    page = results.report.read_text(encoding="utf-8")
    assert "None of its figures means anything" in page
    assert "| not judged |" in page
    assert f"| {NOT_MEASURED} |" not in page


def test_a_part_that_was_interrupted_is_measured_again(tmp_path, monkeypatch):
    """A file is there under its name only once it is whole."""
    monkeypatch.setattr("benchmarks.results.FOLDER", tmp_path)
    results = Results("2026-01-01")

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(Path, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            results.save("flat-5ms", {})

    assert not results.has("flat-5ms")
    assert results.load() == {}
    results.save("flat-5ms", {})
    assert results.has("flat-5ms")


def test_the_comparisons_fit_into_an_hour():
    """JMH and encoding take minutes more, and the stream ten."""
    assert sum(each.seconds for each in COMPARISONS) < 60 * 60


def test_runs_of_a_comparison_have_names_of_their_own():
    """Each has a folder, and the marks find it."""
    for each in COMPARISONS:
        names = [planned_run.name for planned_run in each.runs]
        assert len(set(names)) == len(names)
        assert {planned_run.competitor for planned_run in each.runs} <= COMPETITORS.keys()


def test_options_choose_comparisons_competitors_and_delay():
    """What is left has the runs that were asked for, and a name that says the delay."""
    options = parse(
        None,
        [
            "--only",
            "flat-5ms",
            "flat-0ms",
            "local",
            "--competitors",
            "ours-process",
            "--delay",
            "9",
        ],
    )

    found = planned(options)

    assert [each.name for each in found] == ["flat-9ms", "local"]
    assert {"ours-process"} == {planned_run.competitor for c in found for planned_run in c.runs}
    assert found[0].delay_ms == 9


def test_a_quick_comparison_is_of_the_same_runs():
    """Quick runs try everything, for a shorter time."""
    slow = Comparison("a", "A", "stub, 5 ms", (Run("ours-process"),), warm_up_s=30)

    assert slow.runs == slow.quick().runs
    assert slow.quick().seconds < slow.seconds / 2
