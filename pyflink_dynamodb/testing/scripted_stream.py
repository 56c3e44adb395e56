"""A DynamoDB Streams service in memory whose shards, records and faults a test decides."""

from __future__ import annotations

import asyncio
import importlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing._answers import new_answer, operation_of
from pyflink_dynamodb.testing._http import Connection, Message
from pyflink_dynamodb.testing._loopback_server import LoopbackServer
from pyflink_dynamodb.testing._script import Plan, Script
from pyflink_dynamodb.testing._shards import Shard
from pyflink_dynamodb.testing._stream_service import (
    ITERATOR_LIFE_S,
    LISTINGS,
    MAX_LISTED,
    MAX_RECORDS,
    Answered,
    Behaviour,
    StreamService,
    subject,
)
from pyflink_dynamodb.testing._streamed_table import StreamedTable
from pyflink_dynamodb.testing.faults import Answer, Fault, Outage, Reset, Unprocessed
from pyflink_dynamodb.testing.scripted_record import ScriptedRecord
from pyflink_dynamodb.testing.stream_calls import GET_RECORDS, StreamCall, StreamCalls

_ACCESS_KEY = "local"


class ScriptedStream(LoopbackServer):
    """A table with a stream, over real HTTP, for the tests of whatever reads streams.

        with ScriptedStream(shards=2, script=[faults.throttle(share=0.1)]) as stream:
            stream.put("user-1", {"name": "Ada"})
            (shard, _) = stream.shards()
            stream.split(shard, 3)
            run_job({**stream.properties, "flink.stream.initpos": "TRIM_HORIZON"}, stream.arn)
        assert all(stream.calls.deliveries(record) for record in stream.records)

    It answers ListStreams, DescribeStream, GetShardIterator and GetRecords as the service does,
    and DescribeTable, which names the stream. It checks no signatures, and takes no writes but
    those of the methods below, which any thread may call at any time. The changes of one key
    stay in order: they go to one shard, and on to its child when it is closed.

    It listens on 127.0.0.1 only and serves from one thread of its own, from `start` (or `with`)
    to `stop`.

    Args:
        table: The table's name.
        key_types: "S", "N" or "B" by key attribute, partition key first; {"pk": "S"} unless given.
        view_type: What the records hold of an item.
        script: What goes wrong; see `pyflink_dynamodb.testing.faults`. Without the limit
            `operation` a fault strikes GetRecords alone; the limit `key` is a shard's name.
        shards: How many a stream begins with.
        region: In the ARN and the records.
        rotate_every_s: Replace shards by a child after so many seconds; None for never.
        rotate_every_records: Replace a shard by a child when it has so many records.
        at_timestamp: Whether iterators can be had by time; otherwise that is answered with
            InternalFailure, as by DynamoDB Local.
        iterator_life_s: Age in seconds at which an iterator is refused.
        shards_per_page: Shards that DescribeStream lists at once, 1 to 100.
        listing: Its order: "parents first" as they were opened, "children first", or "shuffled".
        max_records: Records of a page, 1 to 1,000.
        empty_end: A closed shard ends with an empty page of its own.
        exponent_times: Creation times are written as 1.79526804E9.
        first_sequence_number: Sequence numbers begin there: with 10**21 - 50_000 they soon have
            a digit more.
        seed: Where names and numbers come from, and which requests faults with a share strike.
        clock: What it takes for the time, in seconds since the epoch, for creation times, Date
            headers and the age of iterators and shards.

    Attributes:
        calls: What it was asked.

    Raises:
        InvalidConfigurationError: An argument that cannot be.
    """

    _thread_name = "scripted-stream"

    def __init__(
        self,
        table: str = "orders",
        key_types: Mapping[str, str] | None = None,
        *,
        view_type: str = "NEW_AND_OLD_IMAGES",
        script: Sequence[Fault] = (),
        shards: int = 1,
        region: str = "us-east-1",
        rotate_every_s: float | None = None,
        rotate_every_records: int | None = None,
        at_timestamp: bool = True,
        iterator_life_s: float = ITERATOR_LIFE_S,
        shards_per_page: int = MAX_LISTED,
        listing: str = "parents first",
        max_records: int = MAX_RECORDS,
        empty_end: bool = False,
        exponent_times: bool = False,
        first_sequence_number: int = 10**20,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        problems = []
        if shards < 1:
            problems.append("shards: a stream begins with 1 at least")
        if not 1 <= shards_per_page <= MAX_LISTED:
            problems.append(f"shards_per_page: give 1 to {MAX_LISTED}")
        if not 1 <= max_records <= MAX_RECORDS:
            problems.append(f"max_records: give 1 to {MAX_RECORDS}")
        if listing not in LISTINGS:
            problems.append(f"listing: there is no {listing!r}; give one of {', '.join(LISTINGS)}")
        if problems:
            raise InvalidConfigurationError(problems)
        self.calls = StreamCalls()
        self._seed = seed
        self._region = region
        self._table = StreamedTable(
            table,
            {"pk": "S"} if key_types is None else key_types,
            view_type,
            shards=shards,
            region=region,
            first_sequence_number=first_sequence_number,
            rotate_every_s=rotate_every_s,
            rotate_every_records=rotate_every_records,
            exponent_times=exponent_times,
            seed=seed,
            clock=clock,
        )
        behaviour = Behaviour(
            at_timestamp, iterator_life_s, shards_per_page, listing, max_records, empty_end
        )
        self._service = StreamService(self._table, behaviour)
        # Held by whoever reads or changes the table: the test's threads and the server's own.
        self._lock = threading.Lock()
        self._open: dict[Connection, StreamCall] = {}
        self.script = script

    @property
    def script(self) -> Sequence[Fault]:
        """What goes wrong. May be set while running; counts and windows then start anew."""
        return self._script.faults

    @script.setter
    def script(self, script: Sequence[Fault]) -> None:
        if any(isinstance(fault.effect, Unprocessed) for fault in script):
            raise InvalidConfigurationError(["unprocessed: only writes can be; see FaultyEndpoint"])
        self._script = Script(script, self._seed, GET_RECORDS)

    @property
    def clock(self) -> Callable[[], float]:
        """What it takes for the time. May be set while running."""
        return self._table.clock

    @clock.setter
    def clock(self, clock: Callable[[], float]) -> None:
        with self._lock:
            self._table.clock = clock

    @property
    def rotate_every_s(self) -> float | None:
        """The age at which shards are replaced. May be set while running."""
        return self._table.rotate_every_s

    @rotate_every_s.setter
    def rotate_every_s(self, seconds: float | None) -> None:
        with self._lock:
            self._table.rotate_every_s = seconds

    @property
    def table(self) -> str:
        """The table's name."""
        return self._table.name

    @property
    def arn(self) -> str:
        """The ARN of the newest stream."""
        return self._table.latest.form.stream_arn

    @property
    def properties(self) -> dict[str, str]:
        """What a source's configuration needs to read here."""
        return {
            "aws.region": self._region,
            "aws.endpoint": self.endpoint,
            "aws.credentials.provider": "BASIC",
            "aws.credentials.provider.basic.accesskeyid": _ACCESS_KEY,
            "aws.credentials.provider.basic.secretkey": _ACCESS_KEY,
        }

    @property
    def records(self) -> list[ScriptedRecord]:
        """The records of all changes so far, of all streams, in order; trimmed ones too."""
        with self._lock:
            return list(self._table.records)

    def client(self) -> Any:
        """A new boto3 client of this stream, which does not try again by itself."""
        config = importlib.import_module("botocore.config").Config(
            # A proxy from the environment cannot reach this machine's loopback interface.
            proxies={},
            retries={"total_max_attempts": 1, "mode": "standard"},
        )
        return importlib.import_module("boto3").client(
            "dynamodbstreams",
            endpoint_url=self.endpoint,
            region_name=self._region,
            aws_access_key_id=_ACCESS_KEY,
            aws_secret_access_key=_ACCESS_KEY,
            config=config,
        )

    def put(
        self, key: object, attributes: Mapping[str, Any] | None = None
    ) -> ScriptedRecord | None:
        """Put an item and return the record; None if the item was the same before.

        Also None while no stream is enabled.

        Args:
            key: The partition key's value, or the values of partition and sort key in a tuple.
            attributes: All other attributes as Python values.
        """
        with self._lock:
            return self._table.put(key, attributes or {})

    def delete(self, key: object, *, by_ttl: bool = False) -> ScriptedRecord | None:
        """Delete an item and return the record; None if there was no such item.

        Args:
            key: As for `put`.
            by_ttl: As Time to Live does it: the record says so.
        """
        with self._lock:
            return self._table.delete(key, by_ttl=by_ttl)

    def shards(self, *, closed: bool = False) -> list[str]:
        """Names of the newest stream's open shards, or of all that are left, oldest first."""
        with self._lock:
            return [
                shard.shard_id
                for shard in self._table.latest.shards.values()
                if (shard.ending is None or closed) and not shard.vanished
            ]

    def shard_of(self, key: object) -> str:
        """The open shard that the next change of a key goes to."""
        with self._lock:
            return self._table.shard_of(key).shard_id

    def split(self, shard_id: str, children: int = 2) -> list[str]:
        """Close a shard and return the names of its children, who share its keys."""
        with self._lock:
            stream = self._table.latest
            return stream.replace(stream.shard(shard_id), children, self._table.clock())

    def rotate(self, shard_id: str) -> str:
        """Close a shard and return the name of its only child."""
        (child,) = self.split(shard_id, 1)
        return child

    def trim(self, shard_id: str, upto: int | None = None) -> None:
        """Take away the oldest records of a shard.

        A position in front of one of them is then refused with TrimmedDataAccessException. The
        position right after the last of them is not: nothing is missing there.

        Args:
            shard_id: The shard.
            upto: Sequence number of the last record to go; None for all there are.
        """
        with self._lock:
            shard = self._shard(shard_id)
            shard.trim(shard.end if upto is None else upto)

    def vanish(self, shard_id: str) -> None:
        """Take away a shard; one that is open is replaced by a child first."""
        with self._lock:
            stream = self._table.latest
            shard = self._shard(shard_id)
            if shard.ending is None:
                stream.replace(shard, 1, self._table.clock())
            shard.vanished = True

    def hide(self, shard_id: str, answers: int = 1) -> None:
        """Leave a shard out of the next answers of DescribeStream that would have listed it."""
        with self._lock:
            self._shard(shard_id).hidden_for = answers

    def empty_pages(self, shard_id: str, pages: int = 1) -> None:
        """Answer the next GetRecords of a shard with no records, though there are some."""
        with self._lock:
            self._shard(shard_id).empty_for = pages

    def disable(self) -> None:
        """Disable the stream: its shards are closed, and changes make no records."""
        with self._lock:
            self._table.latest.close()

    def enable(self, view_type: str | None = None) -> str:
        """Make a new stream of the table after `disable` and return its ARN.

        The old one stays readable.

        Args:
            view_type: That of the old one unless given.
        """
        with self._lock:
            return self._table.enable(view_type).form.stream_arn

    def expire_iterators(self) -> None:
        """Refuse all iterators that were issued so far with ExpiredIteratorException."""
        with self._lock:
            self._service.expire_iterators()

    def _shard(self, shard_id: str) -> Shard:
        for stream in self._table.streams:
            if shard_id in stream.shards:
                return stream.shard(shard_id)
        return self._table.latest.shard(shard_id)

    # Everything below runs on the server's own thread.

    def _lose(self, connection: Connection) -> None:
        call = self._open.pop(connection, None)
        if call is not None:
            self.calls.end(call, "abandoned")

    def _cut_off_all(self) -> None:
        outcome = "outage" if time.monotonic() < self._down_until else "stopped"
        for call in self._open.values():
            self.calls.end(call, outcome)

    def _cut_off(self, connection: Connection, call: StreamCall, outcome: str) -> None:
        self._open.pop(connection, None)
        self.calls.end(call, outcome)
        connection.reset()

    async def _answer_request(self, connection: Connection, message: Message) -> None:
        operation = operation_of(message)
        shard_id, iterator_type = subject(operation, message.body)
        call = self.calls.begin(operation, shard_id, iterator_type)
        self._open[connection] = call
        if await self._is_down():
            self._cut_off(connection, call, "outage")
            return
        plan = self._script.plan(operation, [(shard_id,)] if shard_id else [])
        call.faults = plan.faults
        if isinstance(plan.decision, Outage):
            self._begin_outage(plan.decision)
            if plan.decision.hang:
                await asyncio.sleep(plan.decision.seconds)
            self._cut_off(connection, call, plan.faults[-1])
            return
        await asyncio.sleep(plan.wait_before)
        answered = self._answered(plan, message)
        await asyncio.sleep(plan.wait_after)
        if isinstance(plan.decision, Reset):
            self._cut_off(connection, call, plan.faults[-1])
            return
        offset = self._table.clock() - time.time()
        if isinstance(plan.decision, Answer):
            offset += plan.decision.clock_offset
        # Recorded first: whoever has the answer may ask for the calls at once.
        self._open.pop(connection, None)
        if call.ended is None:
            self.calls.end(call, answered.outcome, answered.records)
        connection.send(new_answer(answered.status, answered.body, offset).encode())
        if message.headers.get("connection", "").lower() == "close":
            connection.end()

    def _answered(self, plan: Plan, message: Message) -> Answered:
        if isinstance(plan.decision, Answer):
            return Answered(plan.decision.status, plan.decision.body, plan.faults[-1])
        with self._lock:
            return self._service.answer(message.headers.get("x-amz-target", ""), message.body)
