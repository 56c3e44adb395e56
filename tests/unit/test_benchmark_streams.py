"""How the benchmarks read a stream, and what they make of it."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.counts import Counts
from benchmarks.options import EXTRAS, parse
from benchmarks.report import write
from benchmarks.results import Results
from benchmarks.stream_client import next_iterator, read_backlog
from benchmarks.stream_endpoint import LeanStream, fill
from benchmarks.stream_figures import (
    cells,
    head,
    lag_figures,
    middle,
    percentile,
    rate_figures,
    when,
)
from benchmarks.stream_plan import NAME, SETTINGS, StreamSpec, plan, seconds

pytestmark = pytest.mark.unit


def test_a_total_is_reached_on_the_line_between_two_times():
    """Also the first record, which came after the last time that nothing had."""
    counts = Counts([1000, 2000, 3000, 4000], [0, 0, 100, 300])

    assert [when(counts, total) for total in (1, 50, 100, 200, 300)] == [
        2010,
        2500,
        3000,
        3500,
        4000,
    ]
    assert when(Counts([1000], [5]), 5) == 1000


def test_a_total_that_was_never_reached_is_refused():
    """No time stands for it."""
    with pytest.raises(ValueError, match="Only 300 of 301"):
        when(Counts([1000, 2000], [0, 300]), 301)


def test_the_middle_leaves_out_start_and_end():
    """From a quarter of the records to three quarters, however long the rest took."""
    counts = Counts([0, 10_000, 11_000, 60_000], [0, 25, 75, 100])

    window = middle(counts, 100)

    assert (window.from_ms, window.to_ms) == (10_000, 11_000)


def test_rate_and_cost_are_of_the_middle():
    """A slow start and its processor time count for nothing."""
    arrived = Counts([0, 1000, 11_000, 12_000, 13_000], [0, 0, 2500, 7500, 10_000])
    cpu_ms = Counts([0, 1000, 11_000, 12_000, 13_000], [0, 5000, 20_000, 20_050, 20_500])

    found = rate_figures(arrived, cpu_ms, 10_000)

    assert (found["rate"], found["cpu_us"]) == (5000, 10)
    assert found["seconds"] == pytest.approx(12, abs=0.01)
    assert (found["records"], found["expected"]) == (10_000, 10_000)


def test_a_source_that_read_nothing_has_no_rate():
    """Its row says so, without a figure."""
    found = rate_figures(Counts([0, 1000], [0, 0]), Counts([0, 1000], [0, 500]), 10)

    assert found == {"records": 0, "expected": 10, "seconds": None, "rate": None, "cpu_us": None}
    assert cells(reading(**found))[2:5] == ["", "", ""]


def test_percentiles_are_values_that_were_seen():
    """The least that so many do not exceed, without anything in between."""
    values = [float(value) for value in range(100, 0, -1)]

    assert [percentile(values, share) for share in (0.001, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]
    assert percentile([7.0], 0.5) == 7


def test_lags_are_given_as_median_p99_and_most():
    """Those of nothing are no figures."""
    found = lag_figures([1.0, 2.0, 3.0, 400.0], 5)

    assert (found["median_ms"], found["p99_ms"], found["most_ms"]) == (2, 400, 400)
    assert (found["records"], found["expected"]) == (4, 5)
    assert lag_figures([], 5)["median_ms"] is None


def test_a_reading_says_how_many_records_are_missing():
    """Those that arrived stand alone only where they are as many as were written."""
    whole = reading(records=6000, expected=6000, rate=40_000.4, seconds=1.25, cpu_us=12.3)
    lacking = reading(records=5990, expected=6000, median_ms=120.4, p99_ms=250.0, most_ms=300.0)

    assert cells(whole) == ["a source", "defaults", "40,000", "1.2", "12.3", "12", "5", "6,000"]
    assert cells(lacking) == [
        "a source",
        "defaults",
        "120",
        "250",
        "300",
        "12",
        "5",
        "5,990 of 6,000",
    ]
    assert len(head([whole])) == len(cells(whole))
    assert len(head([lacking])) == len(cells(lacking))


def test_the_end_of_a_page_holds_the_next_iterator():
    """A name of the same kind in a record is none."""
    records = b'{"Records":[{"NextShardIterator":"no"}]'

    assert next_iterator(records + b',"NextShardIterator":"arn|1|abc=="}') == "arn|1|abc=="
    assert next_iterator(records + b"}") is None


def test_a_stream_holds_what_its_spec_says():
    """In each generation as many records, all of them answered, no item kept."""
    spec = StreamSpec(shards=3, generations=4, records=2_000)
    with LeanStream(shards=spec.shards) as stream:
        fill(stream, spec)
        found = read_backlog(stream.endpoint, stream.arn)

        assert len(stream.shards()) == 3
        assert len(stream.shards(closed=True)) == 3 * 4
        assert stream.records == []
        shards = stream._table.latest.shards.values()
        assert {record.new_image for shard in shards for record in shard.records} == {None}
    assert found["records"] == spec.total == 8_000


def test_streams_are_part_of_the_benchmarks():
    """They can be asked for alone, and a quick run tries all of them in little time."""
    assert NAME in EXTRAS
    assert parse(None, ["--only", NAME]).only == [NAME]
    assert [each.name for each in plan(quick=True)] == [each.name for each in plan(quick=False)]
    assert seconds(quick=True) < 120
    assert seconds(quick=False) < 12 * 60
    for quick in (True, False):
        assert {name for each in plan(quick) for name in each.settings} == SETTINGS.keys()


def test_the_report_has_a_table_for_each_stream(tmp_path, monkeypatch):
    """With the ceiling of the endpoint below the one that it was measured with."""
    monkeypatch.setattr("benchmarks.results.FOLDER", tmp_path)
    results = Results("2026-01-01")
    rate = reading(records=10, expected=10, rate=50_000.0, seconds=1.0, cpu_us=5.0)
    lag = reading(records=10, expected=10, median_ms=90.0, p99_ms=200.0, most_ms=210.0)
    found = {"pages": 600, "records": 600_000, "seconds": 2.0, "pages_per_s": 300.0}
    scenarios = [
        {"name": "backlog", "title": "A backlog", "readings": [rate], "ceiling": found},
        {"name": "steady", "title": "Puts", "readings": [lag]},
    ]
    results.save(NAME, {"machine": MACHINE, "quick": False, "scenarios": scenarios})

    write(results.load(), results)

    page = results.report.read_text(encoding="utf-8")
    assert "| a source | defaults | 50,000 | 1.0 | 5.0 | 12 | 5 | 10 |" in page
    assert "read 300 pages a second from this endpoint, 300,000 records" in page
    assert "### Puts" in page
    assert "| median ms | p99 ms |" in page


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


def reading(**figures: Any) -> dict[str, Any]:
    return {"title": "a source", "settings": "defaults", "calls": 12, "busiest": 5, **figures}
