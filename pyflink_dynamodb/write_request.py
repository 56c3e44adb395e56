"""A write request, and its form on the wire: AWS's own JSON, as UTF-8 bytes.

    {"PutRequest":{"Item":{"user_id":{"S":"u1"},"n":{"N":"7"}}}}
    {"DeleteRequest":{"Key":{"user_id":{"S":"u1"}}}}

Zero bytes mean that there is nothing to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from orjson import JSONEncodeError, dumps

from pyflink_dynamodb.attribute_value import (
    Members,
    base64_text,
    checked_members,
    from_attribute_value,
)
from pyflink_dynamodb.errors import ConversionError, UnsupportedTypeError
from pyflink_dynamodb.key_schema import key_fields
from pyflink_dynamodb.record import MembersEncoder, is_row, members_encoder, row_members
from pyflink_dynamodb.type_rule import AttributeValue, type_name


class WriteRequest:
    """One write to the table; made by `put`, `delete` or `nothing`.

    `RowElementConverter` makes one more, of a row that an update replaces.
    """

    # No dataclass: those are records, and a request that ends inside a record is a mistake.
    __slots__ = ("_attributes", "_bean", "_ignore_nulls", "_operation")

    def __init__(
        self,
        operation: Literal["put", "delete", "nothing", "update_before"],
        attributes: object,
        ignore_nulls: bool,
        bean: bool = False,
    ) -> None:
        self._operation = operation
        self._attributes = attributes
        self._ignore_nulls = ignore_nulls
        self._bean = bean

    @classmethod
    def put(cls, item: object, ignore_nulls: bool = False) -> WriteRequest:
        """Write an item, in place of the one with the same key if there is one.

        Args:
            item: The whole item: a dict, dataclass, attrs class, pydantic model, named tuple,
                `Row` with field names, or plain class with a marker in its annotations.
            ignore_nulls: Leave out attributes that are None, instead of writing NULL. What is
                nested in an attribute stays as it is.
        """
        return cls("put", item, ignore_nulls)

    @classmethod
    def delete(cls, key: object) -> WriteRequest:
        """Delete the item with this key.

        Args:
            key: The primary key's attributes, in the forms of an item. Further attributes do no
                harm: a delete goes by key only.
        """
        return cls("delete", key, ignore_nulls=False)

    @classmethod
    def nothing(cls) -> WriteRequest:
        """Write nothing for an element, on purpose."""
        return cls("nothing", None, ignore_nulls=False)

    @classmethod
    def _of_attribute_values(
        cls, operation: Literal["put", "delete"], members: Members
    ) -> WriteRequest:
        """A request of what has been read: exact, and encoded without being decoded first."""
        return cls(operation, _AttributeValues(members), ignore_nulls=False)

    @property
    def is_update_before(self) -> bool:
        """Whether the record is what an update replaces: nothing to write if its key stays."""
        return self._operation == "update_before"

    def key_json(self, key_names: Iterable[str]) -> bytes:
        """The wire form of a delete of the item; empty if its key cannot be told.

        Args:
            key_names: The primary key's attributes. Of a `Row` or dict no others are looked at.
        """
        try:
            record = self._attributes
            if is_row(type(record)):
                record = row_members(record)  # type: ignore[arg-type]
            if isinstance(record, Mapping):
                record = {name: record[name] for name in key_names}
            encode = members_encoder(type(record), bean=self._bean)
            members = {} if encode is None else encode(record, 1)
            return delete_json({name: members[name] for name in key_names})
        except (ConversionError, KeyError):
            return b""

    def to_json(self) -> bytes:
        """The request's wire form; empty where there is nothing to write.

        Raises:
            UnsupportedTypeError: the item or key is no record, or holds a type without a rule.
            InvalidAttributeValueError: an attribute is a value that DynamoDB cannot hold.
            InvalidConfigurationError: the markers in a class's annotations contradict each other.
        """
        if self._operation in ("nothing", "update_before"):
            return b""
        if isinstance(self._attributes, _AttributeValues):
            return self._json_of(self._attributes)
        encode = item_encoder(type(self._attributes), self._ignore_nulls, self._bean)
        if encode is None:
            name = type_name(type(self._attributes))
            raise UnsupportedTypeError(
                f"{name} is no record; write a dict, dataclass, attrs class, pydantic model, named "
                "tuple, Row, or class with a marker in its annotations, or give the sink an "
                "element converter, such as BeanElementConverter",
                name,
            )
        return self._json_of(encode(self._attributes, 1))

    def _json_of(self, members: Members) -> bytes:
        return put_json(members) if self._operation == "put" else delete_json(members)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WriteRequest):
            return NotImplemented
        # Not by `_bean`, which says who made it.
        names = ("_operation", "_ignore_nulls")
        if any(getattr(self, name) != getattr(other, name) for name in names):
            return False
        return bool(_plain(self._attributes) == _plain(other._attributes))

    __hash__ = None  # type: ignore[assignment] # it may hold a dict

    def __repr__(self) -> str:
        # Without values: a repr ends in logs.
        return f"WriteRequest.{self._operation}({type_name(type(self._attributes))})"


class _AttributeValues(dict[str, AttributeValue]):
    """Members that are attribute values already, as they came over the wire."""


def _plain(attributes: object) -> object:
    if isinstance(attributes, _AttributeValues):
        return from_attribute_value({"M": attributes})
    return attributes


def item_encoder(
    cls: type, ignore_nulls: bool = False, bean: bool = False
) -> MembersEncoder | None:
    """What `members_encoder` gives for a class whose instances are whole items.

    Raises:
        InvalidConfigurationError: As there, and for a sort key without a partition key.
    """
    encode = members_encoder(cls, ignore_nulls, bean)
    if encode is not None:
        key_fields(cls, bean)
    return encode


def put_json(item: Members) -> bytes:
    """The wire form of a put."""
    try:
        return dumps({"PutRequest": {"Item": item}}, base64_text)
    except JSONEncodeError:
        checked_members(item)
        raise


def delete_json(key: Members) -> bytes:
    """The wire form of a delete."""
    try:
        return dumps({"DeleteRequest": {"Key": key}}, base64_text)
    except JSONEncodeError:
        checked_members(key)
        raise
