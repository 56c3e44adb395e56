"""What a user writes against the public API; checked by `mypy --strict`, and never run."""

# ruff: noqa: ARG002, ARG005, FA100 - what users of Python 3.9 write

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Optional, Union

from pyflink.common import Row, Types
from typing_extensions import assert_type

from pyflink_dynamodb import (
    AsEpoch,
    AsJson,
    AsPickle,
    AsSet,
    Attribute,
    BeanElementConverter,
    DataclassElementConverter,
    DefaultElementConverter,
    DynamoDbSink,
    DynamoDbSinkBuilder,
    DynamoDbStreamsSource,
    DynamoDbStreamsSourceBuilder,
    ElementConverter,
    Flatten,
    HashShardAssigner,
    Ignore,
    IgnoreNulls,
    NewImageSchema,
    PartitionKey,
    RejectionPolicy,
    RowElementConverter,
    SortKey,
    StreamRecord,
    StreamRowSchema,
    TimeToLive,
    TypeInformedElementConverter,
    UserIdentity,
    VersionAttribute,
    WriteRequest,
    from_item,
    register_type,
)


class Address(NamedTuple):
    street: str


class Money:
    cents: int = 0


class MoneyCodec:
    def encode(self, value: Money) -> int:
        return value.cents

    def decode(self, stored: int) -> Money:
        return Money()


@dataclass
class Order:
    user_id: Annotated[str, PartitionKey()]
    at: Annotated[datetime.datetime, SortKey(), AsEpoch("ms"), Attribute(name="@")]
    total: Annotated[Money, Attribute(codec=MoneyCodec())]
    home: Annotated[Address, Flatten()]
    work: Annotated[Optional[Address], IgnoreNulls()] = None
    tags: Annotated[tuple[str, ...], AsSet()] = ()
    document: Annotated[Any, AsJson()] = None
    anything: Annotated[object, AsPickle()] = None
    secret: Annotated[str, Ignore()] = ""
    version: Annotated[Optional[int], VersionAttribute()] = None
    until: Annotated[Optional[int], TimeToLive(datetime.timedelta(days=1), of="at")] = None


def takes_orders(converter: ElementConverter[Order]) -> None:
    assert_type(converter(from_item(Order, {})), Union[WriteRequest, Mapping[str, object]])


def as_dict(order: Order) -> dict[str, object]:
    return {"user_id": order.user_id}


def as_request(order: Order) -> WriteRequest:
    return WriteRequest.delete({"user_id": order.user_id})


def of_row(row: Row) -> WriteRequest:
    return WriteRequest.nothing()


def to_text(order: Order) -> str:
    return order.user_id


def of_text(text: str) -> dict[str, object]:
    return {"text": text}


takes_orders(as_dict)
takes_orders(as_request)
takes_orders(lambda order: {"user_id": order.user_id})
takes_orders(DefaultElementConverter(ignore_nulls=True))
takes_orders(DataclassElementConverter(Order))
takes_orders(BeanElementConverter(Order, ignore_nulls=True))
takes_orders(TypeInformedElementConverter(Types.MAP(Types.STRING(), Types.LONG())))
takes_orders(to_text)  # type: ignore[arg-type]
takes_orders(of_text)  # type: ignore[arg-type]
takes_orders(BeanElementConverter(Address))  # type: ignore[arg-type]

rows: ElementConverter[Row] = RowElementConverter(["user_id"])
rows = of_row

assert_type(DataclassElementConverter(Order), DataclassElementConverter[Order])
assert_type(BeanElementConverter(Order), BeanElementConverter[Order])
assert_type(BeanElementConverter(Order)(from_item(Order, {})), WriteRequest)
assert_type(WriteRequest.put({"a": 1}), WriteRequest)
assert_type(from_item(Order, {"user_id": {"S": "u1"}}), Order)
assert_type(from_item(Address, {"street": "x"}), Address)
from_item("Order", {})  # type: ignore[arg-type]

register_type(Money, lambda money: money.cents, lambda stored: Money())
register_type(Money, lambda money: money.dollars)  # type: ignore[attr-defined]
register_type(Money, lambda money: money.cents, lambda stored: stored.no_check)

Attribute(codec=Money())  # type: ignore[arg-type]
TimeToLive(after=5)  # type: ignore[arg-type]

builder = DynamoDbSink.builder()
assert_type(builder, DynamoDbSinkBuilder)
assert_type(
    builder.set_element_converter(as_dict).set_rejection_policy(RejectionPolicy.skip()).build(),
    DynamoDbSink,
)

changes = DynamoDbStreamsSource.builder()
assert_type(changes, DynamoDbStreamsSourceBuilder)
assert_type(
    changes.set_table_name("orders")
    .set_source_config({"flink.shard.discovery.intervalmillis": datetime.timedelta(seconds=5)})
    .set_deserialization_schema(NewImageSchema(Order))
    .set_dynamodb_streams_shard_assigner(HashShardAssigner())
    .set_on_data_loss("continue")
    .set_bounded("now")
    .build(),
    DynamoDbStreamsSource,
)


def to_key(change: StreamRecord) -> object:
    return change.keys["user_id"]


changes.set_deserialization_schema(to_key)
changes.set_deserialization_schema(lambda change: change.event_name)
changes.set_deserialization_schema(StreamRowSchema(Types.ROW_NAMED(["a"], [Types.INT()]), ["a"]))
changes.set_deserialization_schema(to_text)  # type: ignore[arg-type]
changes.set_deserialization_schema(7)  # type: ignore[arg-type]
changes.set_dynamodb_streams_shard_assigner("org.example.MyAssigner")
changes.set_dynamodb_streams_shard_assigner(7)  # type: ignore[arg-type]
assert_type(NewImageSchema(Order), NewImageSchema[Order])


def reads(change: StreamRecord) -> None:
    assert_type(change.event_name, Literal["INSERT", "MODIFY", "REMOVE"])
    assert_type(change.new(Order), Optional[Order])
    assert_type(change.old_image, Optional[dict[str, Any]])
    assert_type(change.creation_time, datetime.datetime)
    assert_type(change.user_identity, Optional[UserIdentity])
    assert_type(change.to_write_request(), WriteRequest)
    change.event_name = "INSERT"  # type: ignore[misc]
