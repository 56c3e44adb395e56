"""What a `ScriptedStream` was asked, and the questions tests ask about that."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pyflink_dynamodb.testing.scripted_record import ScriptedRecord

GET_RECORDS = "GetRecords"


@dataclass
class StreamCall:
    """One request.

    Attributes:
        number: From 1, in the order in which requests arrived.
        operation: Such as "GetRecords".
        shard_id: The shard it is for; empty if for none.
        started: When it had arrived, of `time.monotonic()`.
        iterator_type: Of GetShardIterator, such as "LATEST"; else empty.
        ended: When it was answered or cut off; None while it is open.
        outcome: "ok", the name of a fault, or the code of a refusal; empty while it is open.
        records: How many records it was answered with.
        faults: Names of the faults that struck it.
    """

    number: int
    operation: str
    shard_id: str
    started: float
    iterator_type: str = ""
    ended: float | None = None
    outcome: str = ""
    records: int = 0
    faults: tuple[str, ...] = ()


class StreamCalls:
    """All requests in the order in which they arrived."""

    def __init__(self) -> None:
        self._calls: list[StreamCall] = []
        self._deliveries: Counter[tuple[str, int]] = Counter()

    def begin(self, operation: str, shard_id: str, iterator_type: str) -> StreamCall:
        """Note a request that has arrived."""
        call = StreamCall(
            len(self._calls) + 1, operation, shard_id, time.monotonic(), iterator_type
        )
        self._calls.append(call)
        return call

    def end(self, call: StreamCall, outcome: str, records: Sequence[ScriptedRecord] = ()) -> None:
        """Note how a request ended; nothing if it had ended."""
        if call.ended is not None:
            return
        call.ended = time.monotonic()
        call.outcome = outcome
        call.records = len(records)
        self._deliveries.update((record.stream_arn, record.sequence_number) for record in records)

    def of(self, operation: str | None = None, shard_id: str | None = None) -> list[StreamCall]:
        """The requests of an operation, for a shard; None for any."""
        return [
            call
            for call in list(self._calls)
            if operation in (None, call.operation) and shard_id in (None, call.shard_id)
        ]

    def outcomes(self, operation: str | None = GET_RECORDS) -> Counter[str]:
        """How often a request of an operation ended in which way."""
        return Counter(call.outcome for call in self.of(operation))

    def deliveries(self, record: ScriptedRecord) -> int:
        """How often a record was sent."""
        return self._deliveries[record.stream_arn, record.sequence_number]

    def busiest(self, seconds: float = 1.0, operation: str = GET_RECORDS) -> dict[str, int]:
        """The most requests that arrived within so many seconds, by shard.

        Clients that keep to a number a second send the next one a second after the first of them,
        and the network may bring it a little earlier: ask for somewhat less than a second.
        """
        times: dict[str, list[float]] = defaultdict(list)
        for call in self.of(operation):
            times[call.shard_id].append(call.started)
        most: dict[str, int] = {}
        for shard_id, moments in times.items():
            first = 0
            for last, moment in enumerate(moments):
                while moment - moments[first] >= seconds:
                    first += 1
                most[shard_id] = max(most.get(shard_id, 0), last - first + 1)
        return most
