"""What a `FaultyEndpoint` saw: every request, and the questions tests ask about them."""

from __future__ import annotations

import base64
import binascii
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Callable, NamedTuple

import orjson

from pyflink_dynamodb.errors import WireFormatError

BATCH_WRITE = "BatchWriteItem"

Key = tuple[object, ...]
"""A primary key: one value per key attribute, partition key first.

S is str, N is Decimal, B is bytes, so that keys of different types are never equal and
`("u1", 7)` equals the key of `{"user": {"S": "u1"}, "n": {"N": "7.0"}}`. A key attribute that
is missing, or is none of the three types, is None. Empty where the table is not known.
"""

TableKey = tuple[str, Key]
Attributes = Mapping[str, Mapping[str, object]]
RequestItems = Mapping[str, Sequence[Mapping[str, Mapping[str, Attributes]]]]


class Write(NamedTuple):
    """One put or delete inside a BatchWriteItem request.

    Attributes:
        table: Table name or ARN, as the client gave it.
        kind: "put" or "delete".
        key: The primary key.
        item: The item of a put or the key of a delete, in attribute values as sent.
    """

    table: str
    kind: str
    key: Key
    item: Attributes

    def to_request(self) -> dict[str, object]:
        """The write request in the service's JSON form."""
        if self.kind == "put":
            return {"PutRequest": {"Item": self.item}}
        return {"DeleteRequest": {"Key": self.item}}


def parse_request_items(body: bytes) -> RequestItems:
    """The write requests of a BatchWriteItem body, by table.

    Raises:
        WireFormatError: The body is no such request.
    """
    try:
        request_items = orjson.loads(body)["RequestItems"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise WireFormatError("the body is not a BatchWriteItem request") from error
    if not isinstance(request_items, dict):
        raise WireFormatError("the body is not a BatchWriteItem request")
    return request_items


def decode_writes(
    request_items: RequestItems, key_names: Mapping[str, Sequence[str]]
) -> list[Write]:
    """The writes of a BatchWriteItem request, in the order in which they were sent.

    Args:
        request_items: The write requests by table, as parsed from JSON.
        key_names: Key attributes by table, partition key first.

    Raises:
        WireFormatError: These are not put and delete requests.
    """
    writes = []
    try:
        for table, requests in request_items.items():
            names = key_names.get(table, ())
            for request in requests:
                if "PutRequest" in request:
                    kind, item = "put", request["PutRequest"]["Item"]
                else:
                    kind, item = "delete", request["DeleteRequest"]["Key"]
                key = tuple([_key_value(item.get(name)) for name in names])
                writes.append(Write(table, kind, key, item))
    except (AttributeError, KeyError, TypeError) as error:
        raise WireFormatError("RequestItems holds something else than writes") from error
    return writes


def _key_value(value: Mapping[str, object] | None) -> object:
    # A client under test may send anything: what is no key is recorded as None, and it is for
    # the service to refuse it.
    if value is None or len(value) != 1:
        return None
    text = value.get("S")
    if text is not None:
        return text if isinstance(text, str) else None
    ((tag, content),) = value.items()
    if not isinstance(content, str):
        return None
    try:
        if tag == "N":
            number = Decimal(content)
            return number if number.is_finite() else None
        if tag == "B":
            return base64.b64decode(content, validate=True)
    except (InvalidOperation, binascii.Error):
        pass
    return None


@dataclass(eq=False)
class RecordedRequest:
    """One request, from its arrival to its answer. Times are of `time.monotonic()`.

    Attributes:
        number: Order of arrival, from 1.
        operation: Such as "BatchWriteItem".
        table: The first (for this package's sink: the only) table of a BatchWriteItem.
        keys: Primary key of every write, in the order in which they were sent.
        body: The request as sent.
        started: When all of it had arrived.
        concurrency: BatchWriteItem requests open at that moment, itself included.
        ended: When the client got its answer, was cut off or was found to have left; None
            while open.
        outcome: "ok", "unprocessed" (some of the items), the name of the fault that decided
            the answer, or the error code with which the service refused. "open" until then.
        faults: Names of all faults that fired on it, delays included.
        answered: Whether an answer was sent to a client that was still there.
        abandoned: Whether the client closed its connection before the answer.
        applied: Positions (in `keys`) of the writes that reached the table.
        applied_at: When they had, None if none did.
    """

    number: int
    operation: str
    table: str
    keys: tuple[Key, ...] = field(repr=False)
    body: bytes = field(repr=False)
    started: float
    key_names: Mapping[str, Sequence[str]] = field(repr=False)
    concurrency: int = 0
    ended: float | None = None
    outcome: str = "open"
    faults: tuple[str, ...] = ()
    answered: bool = False
    abandoned: bool = False
    applied: tuple[int, ...] = field(default=(), repr=False)
    applied_at: float | None = None

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body)

    @property
    def writes(self) -> list[Write]:
        """What was sent, in order; decoded anew at every call."""
        if not self.keys:
            return []
        return decode_writes(parse_request_items(self.body), self.key_names)

    @property
    def applied_writes(self) -> list[Write]:
        """What reached the table, in order."""
        writes = self.writes
        return [writes[position] for position in self.applied]


class Overlap(NamedTuple):
    """A key that two open requests held at once.

    Attributes:
        table: The table.
        key: The primary key.
        first: Number of the request that was open.
        second: Number of the request that arrived meanwhile.
    """

    table: str
    key: Key
    first: int
    second: int


class RequestRecord:
    """Every request an endpoint received, and what became of it.

    The figures (`max_concurrency`, `overlaps`, `outcomes` and so on) are of BatchWriteItem
    requests and are kept up as requests arrive; they hold whether requests are kept or not. A
    request is open from the moment all of it has arrived until just before its answer is sent,
    so a client that waits for an answer before it sends the key again never shows an overlap.
    A client that gave up has closed its request, from the moment it closed the connection.

    May be read from any thread while the endpoint runs. Only the endpoint writes to it.

    Args:
        keep_requests: False forgets the requests themselves, for runs too long to keep them.

    Attributes:
        max_concurrency: Most requests open at once.
        max_batch_size: Most writes in one request.
        max_bytes: Bytes of the largest body.
        batch_sizes: Number of requests by number of writes in them.
        outcomes: Number of requests by outcome; see `RecordedRequest.outcome`.
        overlaps: Every time a key was in two open requests at once. Empty is what the sink
            promises.
    """

    def __init__(self, keep_requests: bool = True) -> None:
        self.max_concurrency = 0
        self.max_batch_size = 0
        self.max_bytes = 0
        self.batch_sizes: Counter[int] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.overlaps: list[Overlap] = []
        self._keep = keep_requests
        self._requests: list[RecordedRequest] = []
        self._applications: list[RecordedRequest] = []
        self._open: dict[RecordedRequest, _OpenRequest] = {}
        self._holders: dict[TableKey, RecordedRequest] = {}

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests of all operations, in order of arrival."""
        self._need_requests()
        return list(self._requests)

    @property
    def batch_writes(self) -> list[RecordedRequest]:
        """The BatchWriteItem requests, in order of arrival."""
        return [request for request in self.requests if request.operation == BATCH_WRITE]

    def sent_by_key(self, table: str) -> dict[Key, list[Write]]:
        """Every write that was sent, repeated ones included, by key, in order of arrival."""
        sent: dict[Key, list[Write]] = {}
        for request in self.requests:
            for write in request.writes:
                if write.table == table:
                    sent.setdefault(write.key, []).append(write)
        return sent

    def applied_by_key(self, table: str) -> dict[Key, list[Write]]:
        """The writes that reached the table, by key, in the order in which they did.

        Writes of one key are applied one request after the other, so this is the order in the
        table and the last of them is its present state.
        """
        self._need_requests()
        applied: dict[Key, list[Write]] = {}
        for request in list(self._applications):
            for write in request.applied_writes:
                if write.table == table:
                    applied.setdefault(write.key, []).append(write)
        return applied

    def _need_requests(self) -> None:
        if not self._keep:
            raise LookupError(
                "this endpoint keeps figures only, no requests; start it with keep_requests=True"
            )

    def arrive(
        self,
        request: RecordedRequest,
        holds: frozenset[TableKey],
        client_left: Callable[[], bool],
    ) -> None:
        """Record an arrival.

        Args:
            request: The request.
            holds: Table and key of all its writes.
            client_left: Whether its client has closed the connection by now.
        """
        if self._keep:
            self._requests.append(request)
        if request.operation != BATCH_WRITE:
            return
        doubled = [held for held in holds if held in self._holders]
        if doubled or len(self._open) >= self.max_concurrency:
            # A client that gave up and at once sent again may be seen before its leaving is.
            for other, state in list(self._open.items()):
                if state.client_left():
                    self.abandon(other)
        if doubled and client_left():
            # Read so late that its client has given up, and been heard with the next one before.
            self.abandon(request)
        else:
            for table, key in doubled:
                holder = self._holders.get((table, key))
                if holder is not None:
                    self.overlaps.append(Overlap(table, key, holder.number, request.number))
            self._holders.update(dict.fromkeys(holds, request))
            self._open[request] = _OpenRequest(holds, client_left)
        request.concurrency = len(self._open)
        self.max_concurrency = max(self.max_concurrency, request.concurrency)
        self.max_batch_size = max(self.max_batch_size, len(request.keys))
        self.max_bytes = max(self.max_bytes, request.size)
        self.batch_sizes[len(request.keys)] += 1

    def apply(self, request: RecordedRequest, positions: Sequence[int]) -> None:
        """Record that the writes at these positions have reached the table."""
        request.applied = tuple(positions)
        request.applied_at = time.monotonic()
        if self._keep:
            self._applications.append(request)

    def abandon(self, request: RecordedRequest) -> None:
        """Record that the client has left without waiting for the answer."""
        if request.ended is None:
            request.abandoned = True
            self._close(request)

    def cut_off(self, request: RecordedRequest) -> None:
        """Record that the connection was closed on the client."""
        if request.ended is None:
            self._close(request)

    def finish(self, request: RecordedRequest, outcome: str, answered: bool) -> None:
        """Record that nothing more will happen to a request.

        Args:
            request: The request.
            outcome: See `RecordedRequest.outcome`.
            answered: Whether an answer is about to be sent, if the client is still there.
        """
        if request.ended is None:
            request.answered = answered
            self._close(request)
        request.outcome = outcome
        if request.operation == BATCH_WRITE:
            self.outcomes[outcome] += 1

    def _close(self, request: RecordedRequest) -> None:
        request.ended = time.monotonic()
        state = self._open.pop(request, None)
        if state is not None:
            for held in state.holds:
                if self._holders.get(held) is request:
                    del self._holders[held]


class _OpenRequest(NamedTuple):
    holds: frozenset[TableKey]
    client_left: Callable[[], bool]
