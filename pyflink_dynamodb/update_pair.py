"""Updates that change the primary key, of which two records tell: UPDATE_BEFORE and UPDATE_AFTER.

The old item has to be deleted, unless the next record is an UPDATE_AFTER of the same key. As a
function in Python is not told of a checkpoint, it must not keep a delete to itself: an element that
ends with UPDATE_BEFORE ends with its delete, between two line breaks, which the JVM's operator
behind the encoder holds back. The next element begins with a space if that delete is to be dropped.
Otherwise, and before a checkpoint and at the end of the input, the operator sends it on. To JSON
both marks are white space, and a delete that is sent in vain does no harm: the put of its key comes
behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyflink_dynamodb.record import is_row
from pyflink_dynamodb.write_request import WriteRequest

# `HeldDelete` in Java knows the same marks; orjson writes neither of them around a request.
_HELD = b"\n%b\n"
_SETTLED = b" "


class UpdatePair:
    """Follows the records of one stream, in their order.

    Args:
        key_names: The primary key's attributes. With none, UPDATE_BEFORE is left out.
    """

    def __init__(self, key_names: Sequence[str]) -> None:
        self._key_names = key_names
        self._delete = b""
        self._is_held = False
        self._due = b""
        self._settled = False

    @property
    def is_open(self) -> bool:
        """Whether the last record was an UPDATE_BEFORE."""
        return bool(self._delete)

    def follow(self, record: object, request: WriteRequest | None) -> None:
        """Take notice of the next record.

        Args:
            record: As it came.
            request: What the element converter made of it; None if it refused the record.
        """
        before, is_held, after, settled = self._delete, self._is_held, b"", False
        if self._key_names and request is not None and request.is_update_before:
            after = request.key_json(self._key_names)
        elif before and _is_update_after(record):
            key = b"" if request is None else request.key_json(self._key_names)
            # An update whose key cannot be told is refused, and must not cost the old item.
            settled = key in (before, b"")
        self._delete, self._is_held = after, False
        if before and is_held:
            self._settled = settled
        elif before and not settled:
            self._due = before

    def due(self) -> bytes:
        """The delete that goes in front of the record that was followed last; often empty."""
        due, self._due = self._due, b""
        return due

    def element(self, requests: Sequence[bytes]) -> bytes:
        """The wire form of an element by that of its requests, some of which may be empty."""
        parts = [request for request in requests if request]
        if self._delete and not self._is_held:
            self._is_held = True
            parts.append(_HELD % self._delete)
        wire = b",".join(parts)
        if self._settled:
            self._settled = False
            return _SETTLED + wire
        return wire


def _is_update_after(record: Any) -> bool:
    return is_row(type(record)) and record.get_row_kind().name == "UPDATE_AFTER"
