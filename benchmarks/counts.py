"""Counts over time, and the figures made from them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Window:
    """A stretch of time, in ms since the epoch."""

    from_ms: float
    to_ms: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.to_ms - self.from_ms) / 1000


@dataclass(frozen=True)
class Counts:
    """What was counted up to each time; in between it grows evenly.

    Args:
        times_ms: Ascending, in ms since the epoch.
        totals: As many, never falling.
    """

    times_ms: Sequence[float]
    totals: Sequence[float]

    @staticmethod
    def of_buckets(from_ms: float, bucket_ms: float, buckets: Iterable[float]) -> Counts:
        """From what was counted within each stretch of equal length."""
        totals = [0.0, *accumulate(buckets)]
        return Counts([from_ms + index * bucket_ms for index in range(len(totals))], totals)

    @property
    def total(self) -> float:
        """All that was counted."""
        return self.totals[-1] if self.totals else 0.0

    def at(self, time_ms: float) -> float:
        """The total at a time: 0 before the first, the last one after the last."""
        index = bisect_right(self.times_ms, time_ms)
        if index == 0:
            return 0.0
        if index == len(self.times_ms):
            return self.totals[-1]
        before, after = self.times_ms[index - 1], self.times_ms[index]
        share = (time_ms - before) / (after - before)
        return self.totals[index - 1] + share * (self.totals[index] - self.totals[index - 1])

    def within(self, window: Window) -> float:
        """What came in a window."""
        return self.at(window.to_ms) - self.at(window.from_ms)

    def per_second(self, windows: Iterable[Window], step_ms: float = 1000) -> list[float]:
        """The rate in each step of the windows, which are laid end to end."""
        rates = []
        for window in windows:
            steps = int((window.to_ms - window.from_ms) / step_ms)
            for step in range(steps):
                begin = window.from_ms + step * step_ms
                rates.append(self.within(Window(begin, begin + step_ms)) * 1000 / step_ms)
        return rates


def last_seconds(windows: Sequence[Window], seconds: float) -> list[Window]:
    """The end of windows laid end to end, at most so long."""
    kept: list[Window] = []
    left = seconds
    for window in reversed(windows):
        if left <= 0:
            break
        kept.insert(0, Window(max(window.from_ms, window.to_ms - left * 1000), window.to_ms))
        left -= window.seconds
    return kept


def warm_rate(counts: Counts, windows: Sequence[Window], seconds: float = 60) -> float:
    """Records a second over the last minute of the windows.

    Args:
        counts: Of records.
        windows: The turns of a run, without what came before each of them.
        seconds: How much of the end counts.
    """
    kept = last_seconds(windows, seconds)
    length = sum(window.seconds for window in kept)
    return sum(counts.within(window) for window in kept) / length if length else 0.0


def first_ms(counts: Counts, window: Window, step_ms: float = 100) -> float | None:
    """When the first record of a window was counted, to the step; None if there was none."""
    time = window.from_ms
    while time <= window.to_ms:
        if counts.within(Window(window.from_ms, time)) > 0:
            return time
        time += step_ms
    return None


def cold_start_s(
    counts: Counts, window: Window, warm: float, share: float = 0.8, span_ms: float = 1000
) -> float | None:
    """Seconds from a window's begin until the rate of a second is a share of the warm one.

    Args:
        counts: Of records.
        window: From the first record that the source gave out.
        warm: Records a second.
        share: How much of it is as good as warm.
        span_ms: How long the rate is taken over; the answer is the end of that time.

    Returns:
        None if that did not happen within the window, or nothing was warm.
    """
    time = window.from_ms + span_ms
    while time <= window.to_ms:
        if counts.within(Window(time - span_ms, time)) * 1000 / span_ms >= share * warm > 0:
            return (time - window.from_ms) / 1000
        time += 100
    return None
