"""What it costs to turn one record into a write request: each converter, by hand, and boto3.

    python -m benchmarks.encoding

The same flat record of five fields in every form. All are timed in turn, round after round, and
the fastest round of each counts: whatever else the machine did can only have made it slower.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
import timeit
from collections import namedtuple
from decimal import Decimal
from typing import Annotated, Any, Callable

import attrs
import orjson
import pydantic
from boto3.dynamodb.types import TypeSerializer
from pyflink.common import Row
from rich.console import Console
from rich.table import Table

from pyflink_dynamodb import (
    BeanElementConverter,
    DataclassElementConverter,
    DefaultElementConverter,
    PartitionKey,
    RowElementConverter,
    WriteRequest,
)
from pyflink_dynamodb.converters import ElementEncoder

ROUNDS, RECORDS = 300, 1_000
VALUES: dict[str, Any] = {
    "order_id": "o-1234567",
    "customer": "customer-99",
    "quantity": 7,
    "price": 12.5,
    "paid": True,
}


@dataclasses.dataclass
class Order:
    """The record as people write it."""

    order_id: str
    customer: str
    quantity: int
    price: float
    paid: bool


@dataclasses.dataclass
class MarkedOrder:
    """The same with its key declared."""

    order_id: Annotated[str, PartitionKey()]
    customer: str
    quantity: int
    price: float
    paid: bool


@dataclasses.dataclass
class ExactOrder(Order):
    """boto3 takes no float."""

    price: Decimal  # type: ignore[assignment]


@attrs.define
class AttrsOrder:
    """The same as attrs class."""

    order_id: str
    customer: str
    quantity: int
    price: float
    paid: bool


class PydanticOrder(pydantic.BaseModel):
    """The same as pydantic model."""

    order_id: str
    customer: str
    quantity: int
    price: float
    paid: bool


class Bean:
    """The same as a plain class."""

    order_id: str
    customer: str
    quantity: int
    price: float
    paid: bool

    def __init__(self) -> None:
        self.__dict__.update(VALUES)


NamedOrder = namedtuple("NamedOrder", VALUES)  # type: ignore[misc] # noqa: PYI024 - untyped on purpose


def by_hand(order: Order) -> bytes:
    """What the fastest hand-written code does."""
    return orjson.dumps(
        {
            "PutRequest": {
                "Item": {
                    "order_id": {"S": order.order_id},
                    "customer": {"S": order.customer},
                    "quantity": {"N": str(order.quantity)},
                    "price": {"N": str(order.price)},
                    "paid": {"BOOL": order.paid},
                }
            }
        }
    )


def with_boto3(order: ExactOrder) -> dict[str, Any]:
    """What boto3's resource does; the JSON is still to come."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in dataclasses.asdict(order).items()}


def put_dict(order: Order) -> WriteRequest:
    """A converter of the user's own."""
    return WriteRequest.put({"order_id": order.order_id, "customer": order.customer})


def cases() -> dict[str, tuple[Callable[[Any], object], Any]]:
    """By name: what encodes, and what is encoded."""
    default = DefaultElementConverter()
    given: dict[str, tuple[Any, Any]] = {
        "dataclass": (DataclassElementConverter(Order), Order(**VALUES)),
        "dataclass, no converter named": (default, Order(**VALUES)),
        "dataclass with its key marked": (default, MarkedOrder(**VALUES)),
        "attrs class": (default, AttrsOrder(**VALUES)),
        "pydantic model": (default, PydanticOrder(**VALUES)),
        "plain class": (BeanElementConverter(Bean), Bean()),
        "named tuple": (default, NamedOrder(**VALUES)),
        "dict": (default, VALUES),
        "Row": (RowElementConverter(), Row(**VALUES)),
        "own function, 2 fields": (put_dict, Order(**VALUES)),
    }
    encoders = {name: (ElementEncoder(c, False), record) for name, (c, record) in given.items()}
    exact = ExactOrder(**{**VALUES, "price": Decimal("12.5")})
    return {
        "by hand, and orjson": (by_hand, Order(**VALUES)),
        **encoders,
        "boto3's TypeSerializer and asdict": (with_boto3, exact),
    }


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Microseconds a record, by name; by hand first, boto3 last."""
    timed = cases()
    timers = {
        name: timeit.Timer(functools.partial(encode, record))
        for name, (encode, record) in timed.items()
    }
    best = dict.fromkeys(timed, float("inf"))
    for _ in range(rounds):
        for name, timer in timers.items():
            best[name] = min(best[name], timer.timeit(RECORDS) / RECORDS * 1e6)
    return best


def main() -> None:
    """Time all and print the table."""
    best = measure()
    hand, *_, boto3 = best.values()
    table = Table("", "us a record", "times by hand", "times faster than boto3")
    for name, microseconds in best.items():
        table.add_row(
            name, f"{microseconds:.2f}", f"{microseconds / hand:.2f}", f"{boto3 / microseconds:.1f}"
        )
    console = Console(width=None if sys.stdout.isatty() else 100)
    console.print(table)


if __name__ == "__main__":
    main()
