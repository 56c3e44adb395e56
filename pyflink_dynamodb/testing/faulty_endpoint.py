"""An endpoint in front of DynamoDB Local at which things go wrong as scripted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import orjson

from pyflink_dynamodb.errors import InvalidConfigurationError, WireFormatError
from pyflink_dynamodb.testing._answers import (
    ALL_PROCESSED,
    CannedService,
    error,
    error_code,
    new_answer,
    operation_of,
)
from pyflink_dynamodb.testing._http import Connection, Listener, Message, Upstream
from pyflink_dynamodb.testing._loopback_server import LoopbackServer
from pyflink_dynamodb.testing._script import Plan, Script
from pyflink_dynamodb.testing.faults import Answer, Fault, Outage, Reset
from pyflink_dynamodb.testing.request_record import (
    BATCH_WRITE,
    RecordedRequest,
    RequestRecord,
    TableKey,
    Write,
    decode_writes,
    parse_request_items,
)

# What belongs to one connection, or would have the service answer in a form nobody here reads.
_NOT_FORWARDED = {
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "expect",
}


class FaultyEndpoint(LoopbackServer):
    """An HTTP endpoint in front of a real DynamoDB that fails as scripted and records all.

        with FaultyEndpoint(local.endpoint, script=[faults.throttle(share=0.1)]) as endpoint:
            run_job({**local.properties, "aws.endpoint": endpoint.endpoint})
        assert endpoint.record.overlaps == []
        assert endpoint.record.outcomes["throttle"] > 0

    Requests that no fault strikes go to the service behind it, and its answers come back
    unchanged. The service must not check signatures, since those are made for this endpoint's
    address: DynamoDB Local does not. Writes of one key are applied one request after the other,
    also where a client has several of them open, so that the record's order is the table's.

    Without a service behind it, it answers every BatchWriteItem with success and DescribeTable
    with the schemas given: a service as fast, or with `faults.delay` as slow, as one likes.

    It listens on 127.0.0.1 only and serves from one thread of its own, from `start` (or `with`)
    to `stop`. With the same seed, script and order of requests the same requests are struck.

    Args:
        upstream: The service's URL, such as "http://127.0.0.1:8000"; None for none.
        script: What goes wrong; see `pyflink_dynamodb.testing.faults`.
        seed: Seed of every fault that has none of its own.
        tables: Key attributes and their types by table, partition key first, such as
            {"orders": {"user_id": "S", "number": "N"}}. Needed without `upstream`; with it,
            the service is asked.
        keep_requests: False keeps figures only, for runs too long to keep every request.

    Attributes:
        record: What was received and what became of it.

    Raises:
        InvalidConfigurationError: Neither `upstream` nor `tables`.
    """

    _thread_name = "faulty-endpoint"

    def __init__(
        self,
        upstream: str | None = None,
        script: Sequence[Fault] = (),
        *,
        seed: int = 0,
        tables: Mapping[str, Mapping[str, str]] | None = None,
        keep_requests: bool = True,
    ) -> None:
        if upstream is None and not tables:
            raise InvalidConfigurationError(
                ["without an upstream the tables must be given: tables={name: {key: type}}"]
            )
        super().__init__()
        self.record = RequestRecord(keep_requests)
        self._seed = seed
        self._script = Script(script, seed)
        self._key_names: dict[str, Sequence[str]] = {
            table: tuple(schema) for table, schema in (tables or {}).items()
        }
        self._service: Upstream | CannedService = (
            CannedService(tables or {}) if upstream is None else Upstream(upstream)
        )
        self._arrived = 0
        self._open: dict[Connection, RecordedRequest] = {}
        self._applying: dict[TableKey, asyncio.Event] = {}

    @property
    def script(self) -> Sequence[Fault]:
        """What goes wrong. May be set while running; counts and windows then start anew."""
        return self._script.faults

    @script.setter
    def script(self, script: Sequence[Fault]) -> None:
        self._script = Script(script, self._seed)

    # Everything below runs on the endpoint's own thread.

    def _lose(self, connection: Connection) -> None:
        request = self._open.pop(connection, None)
        if request is not None:
            self.record.abandon(request)

    async def _serve(self, listener: Listener) -> None:
        await super()._serve(listener)
        self._service.close()
        await asyncio.sleep(0)  # lets the closed connections be taken out of the event loop

    async def _answer_request(self, connection: Connection, message: Message) -> None:
        request, writes = await self._record(connection, message)
        if await self._is_down():
            self._cut_off(connection, request, "outage")
            return
        plan = self._script.plan(request.operation, request.keys)
        request.faults = plan.faults
        await self._follow(plan, connection, message, request, writes)

    async def _record(
        self, connection: Connection, message: Message
    ) -> tuple[RecordedRequest, list[Write]]:
        self._arrived += 1
        number, started = self._arrived, time.monotonic()
        operation = operation_of(message)
        tables: Sequence[str] = ()
        writes: list[Write] = []
        if operation == BATCH_WRITE:
            try:
                request_items = parse_request_items(message.body)
                tables = list(request_items)
                for table in tables:
                    if table not in self._key_names:
                        await self._learn_key_names(table, message)
                writes = decode_writes(request_items, self._key_names)
            except WireFormatError:
                pass  # for the service to refuse
        request = RecordedRequest(
            number=number,
            operation=operation,
            table=tables[0] if tables else "",
            keys=tuple([write.key for write in writes]),
            body=message.body,
            started=started,
            key_names=self._key_names,
        )
        holds = frozenset([(write.table, write.key) for write in writes if write.key])
        self._open[connection] = request
        self.record.arrive(request, holds, connection.peer_left)
        return request, writes

    async def _learn_key_names(self, table: str, message: Message) -> None:
        # With the client's own credentials, since DynamoDB Local has a database for each.
        headers = {**message.headers, "x-amz-target": "DynamoDB_20120810.DescribeTable"}
        body = orjson.dumps({"TableName": table})
        answer = await self._ask(Message(message.start, headers, body))
        if answer.status == HTTPStatus.OK:
            # The service puts the partition key first.
            schema = orjson.loads(answer.body)["Table"]["KeySchema"]
            self._key_names[table] = tuple(element["AttributeName"] for element in schema)

    async def _follow(
        self,
        plan: Plan,
        connection: Connection,
        message: Message,
        request: RecordedRequest,
        writes: list[Write],
    ) -> None:
        decision = plan.decision
        if isinstance(decision, Outage):
            self._begin_outage(decision)
            if decision.hang:
                await asyncio.sleep(decision.seconds)
            self._cut_off(connection, request, plan.faults[-1])
            return
        if plan.wait_before:
            await asyncio.sleep(plan.wait_before)
            if request.ended is not None and not request.abandoned:
                # The service went down with this request in hand.
                self._cut_off(connection, request, "outage")
                return
        answer = None
        if decision is None or decision.applied:
            answer = await self._apply(plan, message, request, writes)
        if plan.wait_after:
            await asyncio.sleep(plan.wait_after)
        if isinstance(decision, Reset):
            self._cut_off(connection, request, plan.faults[-1])
            return
        self._answer(plan, answer, connection, request)
        if message.headers.get("connection", "").lower() == "close":
            connection.end()

    def _answer(
        self, plan: Plan, answer: Message | None, connection: Connection, request: RecordedRequest
    ) -> None:
        # What the service refused was not applied, so its refusal goes before a scripted answer.
        if answer is not None and answer.status >= HTTPStatus.BAD_REQUEST:
            outcome = error_code(answer)
        elif isinstance(plan.decision, Answer):
            outcome = plan.faults[-1]
            answer = new_answer(
                plan.decision.status, plan.decision.body, plan.decision.clock_offset
            )
        else:
            outcome = "unprocessed" if plan.unprocessed else "ok"
        assert answer is not None
        # Recorded first: whoever has the answer may ask the record at once.
        self._open.pop(connection, None)
        self.record.finish(request, outcome, answered=True)
        connection.send(answer.encode())

    def _cut_off(self, connection: Connection, request: RecordedRequest, outcome: str) -> None:
        self._open.pop(connection, None)
        self.record.finish(request, outcome, answered=False)
        connection.reset()

    def _cut_off_all(self) -> None:
        for request in self._open.values():
            self.record.cut_off(request)

    async def _apply(
        self, plan: Plan, message: Message, request: RecordedRequest, writes: list[Write]
    ) -> Message:
        if isinstance(plan.decision, Answer) and plan.decision.status == HTTPStatus.OK:
            # It names no item as unprocessed, so none may stay unwritten.
            plan.unprocessed.clear()
        sent = [n for n in range(len(writes)) if n not in plan.unprocessed]
        if plan.unprocessed:
            message = message._replace(body=_with_writes(message.body, [writes[n] for n in sent]))
        if sent:
            turn = asyncio.Event()
            holds = {(writes[n].table, writes[n].key) for n in sent}
            while not self._applying.keys().isdisjoint(holds):
                await next(self._applying[held] for held in holds if held in self._applying).wait()
            self._applying.update(dict.fromkeys(holds, turn))
            try:
                answer = await self._ask(message)
                if answer.status == HTTPStatus.OK:
                    left = _unwritten(answer.body, self._key_names)
                    self.record.apply(
                        request,
                        [n for n in sent if (writes[n].table, writes[n].key) not in left],
                    )
            finally:
                for held in holds:
                    del self._applying[held]
                turn.set()
        elif plan.unprocessed:
            answer = new_answer(HTTPStatus.OK, ALL_PROCESSED)
        else:
            answer = await self._ask(message)
        if plan.unprocessed and answer.status == HTTPStatus.OK:
            returned = [writes[n] for n in sorted(plan.unprocessed)]
            body = _with_unprocessed(answer.body, returned, plan.unprocessed_table)
            answer = new_answer(HTTPStatus.OK, body)
        return answer

    async def _ask(self, message: Message) -> Message:
        try:
            answer = await self._service.exchange(
                message._replace(headers=_forwarded(message.headers))
            )
        except OSError:
            return error(503, "ServiceUnavailable", "The service behind the endpoint is gone.")
        return answer._replace(headers=_forwarded(answer.headers))


def _forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name not in _NOT_FORWARDED}


def _with_writes(body: bytes, writes: Sequence[Write]) -> bytes:
    request_items: dict[str, list[object]] = {}
    for write in writes:
        request_items.setdefault(write.table, []).append(write.to_request())
    return orjson.dumps({**orjson.loads(body), "RequestItems": request_items})


def _with_unprocessed(body: bytes, writes: Sequence[Write], table: str | None) -> bytes:
    answer = orjson.loads(body)
    unprocessed = answer.setdefault("UnprocessedItems", {})
    for write in writes:
        unprocessed.setdefault(table or write.table, []).append(write.to_request())
    return orjson.dumps(answer)


def _unwritten(body: bytes, key_names: Mapping[str, Sequence[str]]) -> set[TableKey]:
    """What the service itself left unprocessed; DynamoDB Local never does."""
    unprocessed = orjson.loads(body).get("UnprocessedItems")
    if not unprocessed:
        return set()
    return {(write.table, write.key) for write in decode_writes(unprocessed, key_names)}
