"""What the scenarios write to a stream, and which of it they expect."""

from __future__ import annotations

import time

AGE_S = 200


class Writer:
    """Writes items whose numbers go on rising, to keys in turn."""

    def __init__(self, stream, keys=20):
        self.stream = stream
        self.keys = keys
        self.written = 0

    def __call__(self, count, *, seconds=0.0):
        """Write so many, one after the other within a time, and return their records."""
        records = []
        for _ in range(count):
            key = f"k{self.written % self.keys}"
            records.append(self.stream.put(key, {"n": self.written}))
            self.written += 1
            if seconds:
                time.sleep(seconds / count)
        return records


def ago(seconds):
    """A clock that is behind by so much; before the epoch of no test."""
    return lambda: time.time() - seconds


def without(lost):
    """Expect all records but some."""
    numbers = {record.sequence_number for record in lost}
    return lambda record: record.sequence_number not in numbers


def only(records):
    """Expect some records and no others."""
    numbers = {record.sequence_number for record in records}
    return lambda record: record.sequence_number in numbers


def younger_than(seconds):
    """Expect what is younger now."""
    start = time.time() - seconds
    return lambda record: record.creation_time >= start
