"""What the benchmarks make of counts over time."""

from __future__ import annotations

import pytest

from benchmarks.counts import Counts, Window, cold_start_s, first_ms, last_seconds, warm_rate

pytestmark = pytest.mark.unit


def test_counts_grow_evenly_between_two_times():
    """A total between two times is taken from the line between them."""
    counts = Counts([1000, 2000, 4000], [0, 100, 500])

    assert [counts.at(time) for time in (0, 1000, 1500, 2000, 3000, 4000, 9000)] == [
        0,
        0,
        50,
        100,
        300,
        500,
        500,
    ]


def test_buckets_become_totals_at_their_ends():
    """What was counted in a bucket is there at the end of it."""
    counts = Counts.of_buckets(1000, 100, [5, 0, 7])

    assert [counts.at(time) for time in (1000, 1100, 1200, 1300)] == [0, 5, 5, 12]
    assert counts.within(Window(1200, 1300)) == 7


def test_nothing_counted_is_nothing():
    """A job that has not written a line yet has no records."""
    assert Counts([], []).at(1000) == 0
    assert Counts([], []).total == 0


def test_the_last_seconds_reach_back_over_several_windows():
    """Windows laid end to end are cut where the wanted time is full."""
    windows = [Window(0, 20_000), Window(100_000, 120_000), Window(200_000, 220_000)]

    assert [Window(115_000, 120_000), windows[2]] == last_seconds(windows, 25)
    assert windows == last_seconds(windows, 60)
    assert windows == last_seconds(windows, 600)


def test_the_warm_rate_is_that_of_the_last_minute_of_turns():
    """What happened before and between the turns does not count."""
    # 1 a second, but 100 a second within the turns.
    counts = Counts([0, 50_000, 80_000, 100_000, 130_000], [0, 50, 3_050, 3_070, 6_070])

    assert warm_rate(counts, [Window(50_000, 80_000), Window(100_000, 130_000)]) == 100
    assert warm_rate(counts, [Window(0, 20_000), *[Window(50_000, 80_000)] * 2]) == 100
    assert warm_rate(counts, [Window(0, 50_000)]) == 1
    assert warm_rate(counts, []) == 0


def test_a_cold_start_ends_with_the_first_second_near_the_warm_rate():
    """The time runs from the begin of the window, where the source gave out a record."""
    # 3 s nothing, 2 s at 10 a second, then 100 a second.
    counts = Counts.of_buckets(0, 100, [0] * 30 + [1] * 20 + [10] * 50)

    # 80 of 100 came within the second that ends 0.8 s after the rate rose.
    assert cold_start_s(counts, Window(0, 10_000), warm=100) == pytest.approx(5.8, abs=0.01)
    assert cold_start_s(counts, Window(2_000, 10_000), warm=100) == pytest.approx(3.8, abs=0.01)


def test_the_first_record_is_found_to_a_tenth_of_a_second():
    """What came before the window is not its first."""
    counts = Counts.of_buckets(0, 100, [5] + [0] * 29 + [1] * 20)

    assert first_ms(counts, Window(0, 10_000)) == 100
    assert first_ms(counts, Window(500, 10_000)) == 3_100
    assert first_ms(counts, Window(500, 2_000)) is None


def test_a_cold_start_that_does_not_end_has_no_figure():
    """Neither a job that stays slow nor one without a record gets one."""
    slow = Counts.of_buckets(0, 100, [1] * 100)

    assert cold_start_s(slow, Window(0, 10_000), warm=100) is None
    assert cold_start_s(Counts([], []), Window(0, 10_000), warm=0) is None


def test_rates_are_taken_step_by_step_within_windows():
    """A curve has one figure a second of the time in which the job ran."""
    counts = Counts([0, 2000, 10_000, 11_000], [0, 20, 20, 50])

    assert counts.per_second([Window(0, 2500), Window(10_000, 11_000)]) == [10, 10, 30]
