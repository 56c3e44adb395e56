"""`FaultyEndpoint` over real connections, answering by itself: no DynamoDB behind it."""

from __future__ import annotations

import asyncio
import gc
import http.client
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing import faults
from pyflink_dynamodb.testing._http import Listener, MessageReader
from pyflink_dynamodb.testing.faults import Fault
from pyflink_dynamodb.testing.faulty_endpoint import FaultyEndpoint

TABLES = {"orders": {"user": "S", "number": "N"}}


@pytest.fixture
def endpoint() -> Iterator[FaultyEndpoint]:
    """One that answers everything with success until a test sets a script."""
    with FaultyEndpoint(tables=TABLES) as made:
        yield made


class Client:
    """One connection, kept between its requests, with no retries of its own."""

    def __init__(self, endpoint: FaultyEndpoint, timeout: float = 10.0) -> None:
        self._connection = http.client.HTTPConnection(_address(endpoint), timeout=timeout)
        self.headers: dict[str, str] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def send(self, operation: str, body: bytes, **headers: str) -> None:
        """Send a request and do not wait."""
        target = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        self._connection.request("POST", "/", body, {**target, **headers})

    def receive(self) -> tuple[int, Any]:
        """Wait for the answer: status, and the body parsed if its checksum is right."""
        answer = self._connection.getresponse()
        body = answer.read()
        self.headers = {name.lower(): text for name, text in answer.getheaders()}
        assert int(self.headers["x-amz-crc32"]) == zlib.crc32(body)
        return answer.status, orjson.loads(body)

    def write(self, *users: str) -> tuple[int, Any]:
        """Put an item for each user and wait for the answer."""
        self.send("BatchWriteItem", _body(*users))
        return self.receive()


def _address(endpoint: FaultyEndpoint) -> str:
    return urlsplit(endpoint.endpoint).netloc


def _body(*users: str) -> bytes:
    return orjson.dumps({"RequestItems": {"orders": [_put(user) for user in users]}})


def _put(user: str) -> dict[str, Any]:
    return {"PutRequest": {"Item": {"user": {"S": user}, "number": {"N": "1"}}}}


def _wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_answers_by_itself_and_records_what_it_got(endpoint: FaultyEndpoint) -> None:
    """A kept connection carries any number of requests."""
    with Client(endpoint) as client:
        for users in (["a", "b"], ["c"]):
            assert client.write(*users) == (200, {"UnprocessedItems": {}})

    first, second = endpoint.record.batch_writes
    assert first.keys == (("a", 1), ("b", 1))
    assert first.applied == (0, 1)
    assert first.body == _body("a", "b")
    assert first.size == len(_body("a", "b"))
    assert (first.number, first.table, first.outcome) == (1, "orders", "ok")
    assert first.answered
    assert first.ended is not None
    assert first.started < first.ended < second.started
    assert list(endpoint.record.applied_by_key("orders")) == [("a", 1), ("b", 1), ("c", 1)]


def test_it_describes_the_tables_it_was_given(endpoint: FaultyEndpoint) -> None:
    """Enough for a client to learn the key schema; other tables do not exist."""
    with Client(endpoint) as client:
        client.send("DescribeTable", b'{"TableName":"orders"}')
        status, answer = client.receive()
        client.send("DescribeTable", b'{"TableName":"others"}')
        assert client.receive()[0] == 400
        client.send("BatchWriteItem", b'{"RequestItems":{"others":[]}}')
        assert client.receive()[1]["__type"].endswith("#ResourceNotFoundException")
        client.send("BatchWriteItem", b"nonsense")
        assert client.receive()[1]["__type"].endswith("#SerializationException")
        client.send("Scan", b"{}")
        assert client.receive()[1]["__type"].endswith("#UnknownOperationException")

    assert status == 200
    assert answer["Table"]["TableStatus"] == "ACTIVE"
    assert answer["Table"]["KeySchema"] == [
        {"AttributeName": "user", "KeyType": "HASH"},
        {"AttributeName": "number", "KeyType": "RANGE"},
    ]
    assert {"AttributeName": "number", "AttributeType": "N"} in answer["Table"][
        "AttributeDefinitions"
    ]
    outcomes = [request.outcome for request in endpoint.record.requests]
    assert outcomes[:2] == ["ok", "ResourceNotFoundException"]
    assert endpoint.record.outcomes == {"ResourceNotFoundException": 1, "SerializationException": 1}


def test_without_an_upstream_the_tables_must_be_given() -> None:
    """It could not tell keys from other attributes."""
    with pytest.raises(InvalidConfigurationError, match="tables"):
        FaultyEndpoint()


@pytest.mark.parametrize("step", [1, 2, 7, 10_000])
def test_messages_may_arrive_in_any_pieces(step: int) -> None:
    """Byte by byte or several at once, by length or in chunks."""
    body = _body("a", "b")
    head = b"POST / HTTP/1.1\r\nX-Amz-Target:BatchWriteItem\r\n"
    whole = head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    pieces = b"%x;note\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (9, body[:9], len(body) - 9, body[9:])
    sent = (whole + head + b"Transfer-Encoding: chunked\r\n\r\n" + pieces) * 2
    reader = MessageReader()
    messages = []
    for start in range(0, len(sent), step):
        reader.feed(sent[start : start + step])
        while (message := reader.next()) is not None:
            messages.append(message)

    assert [message.body for message in messages] == [body] * 4
    assert [message.start for message in messages] == ["POST / HTTP/1.1"] * 4
    assert [message.headers["x-amz-target"] for message in messages] == ["BatchWriteItem"] * 4


def test_requests_sent_ahead_wait_for_their_turn(endpoint: FaultyEndpoint) -> None:
    """One connection has one open request at a time."""
    endpoint.script = [faults.delay(0.2)]
    body = _body("a")
    head = b"POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.BatchWriteItem\r\n"
    request = head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    with socket.create_connection(("127.0.0.1", int(_address(endpoint).split(":")[1]))) as plug:
        plug.sendall(request)
        _wait_for(lambda: endpoint.record.requests)
        plug.sendall(request * 2)
        _wait_for(lambda: endpoint.record.outcomes["ok"] == 3)

    assert endpoint.record.max_concurrency == 1
    assert endpoint.record.overlaps == []


def test_what_is_not_http_is_cut_off(endpoint: FaultyEndpoint) -> None:
    """And harms nobody else."""
    with socket.create_connection(("127.0.0.1", int(_address(endpoint).split(":")[1]))) as plug:
        plug.sendall(b"GET / HTTP/1.1\r\ncontent-length: many\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            plug.recv(1)
    with Client(endpoint) as client:
        assert client.write("a")[0] == 200


def test_a_client_may_ask_for_the_connection_to_be_closed(endpoint: FaultyEndpoint) -> None:
    """In order, after the answer."""
    with Client(endpoint) as client:
        client.send("BatchWriteItem", _body("a"), Connection="close")
        plug = client._connection.sock
        assert client.receive()[0] == 200
        assert plug.recv(1) == b""


def test_64_connections_are_served_at_once(endpoint: FaultyEndpoint) -> None:
    """With a second for every answer, one after the other they would take a minute."""
    endpoint.script = [faults.delay(1.0)]
    started = time.monotonic()
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(endpoint)) for _ in range(64)]
        for number, client in enumerate(clients):
            client.send("BatchWriteItem", _body(f"user-{number}"))
        assert [client.receive()[0] for client in clients] == [200] * 64

    assert time.monotonic() - started < 20
    assert endpoint.record.max_concurrency == 64
    assert endpoint.record.overlaps == []


def test_unprocessed_items_come_back_as_they_were_sent(endpoint: FaultyEndpoint) -> None:
    """Under the table's name, or another one; the others are applied."""
    endpoint.script = [faults.unprocessed(key="b")]
    with Client(endpoint) as client:
        assert client.write("a", "b", "c")[1] == {"UnprocessedItems": {"orders": [_put("b")]}}
        assert client.write("b")[1] == {"UnprocessedItems": {"orders": [_put("b")]}}
        assert client.write("a", "c")[1] == {"UnprocessedItems": {}}
        endpoint.script = [faults.unprocessed(key=("a", 1), under_table="arn:orders")]
        assert client.write("a", "c")[1] == {"UnprocessedItems": {"arn:orders": [_put("a")]}}

    assert [request.applied for request in endpoint.record.requests] == [(0, 2), (), (0, 1), (1,)]
    assert endpoint.record.outcomes == {"unprocessed": 3, "ok": 1}


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (faults.missing_entry(), {"UnprocessedItems": {"another-table": []}}),
        (faults.missing_entry(absent=True), {}),
    ],
)
def test_the_tables_entry_may_be_missing(
    endpoint: FaultyEndpoint, fault: Fault, answer: dict[str, Any]
) -> None:
    """All is written; the answer only looks odd."""
    endpoint.script = [fault]
    with Client(endpoint) as client:
        assert client.write("a", "b") == (200, answer)

    assert endpoint.record.requests[0].applied == (0, 1)


def test_malformed_json_has_the_right_checksum(endpoint: FaultyEndpoint) -> None:
    """Or a client that checks sums would never see the JSON."""
    endpoint.script = [faults.malformed_json()]
    with Client(endpoint) as client, pytest.raises(orjson.JSONDecodeError):
        client.write("a")

    assert endpoint.record.requests[0].applied == (0,)


def test_one_poisoned_item_refuses_its_batch(endpoint: FaultyEndpoint) -> None:
    """Whoever is with it; alone it is refused too, and the others without it are not."""
    endpoint.script = [faults.poison(lambda key: key[0] == "bad")]
    with Client(endpoint) as client:
        for users, status in ((["a", "bad"], 400), (["a"], 200), (["bad"], 400)):
            assert client.write(*users)[0] == status

    assert [request.applied for request in endpoint.record.requests] == [(), (0,), ()]
    assert endpoint.record.outcomes == {"poison": 2, "ok": 1}


def test_the_date_may_look_like_a_wrong_clock(endpoint: FaultyEndpoint) -> None:
    """A client whose clock is an hour off sees a Date an hour away."""
    endpoint.script = [faults.invalid_signature(clock_offset=-3_600)]
    with Client(endpoint) as client:
        assert client.write("a")[0] == 400
        date = parsedate_to_datetime(client.headers["date"]).timestamp()

    assert 3_590 < time.time() - date < 3_610


@pytest.mark.parametrize("applied", [False, True])
def test_a_reset_is_no_orderly_end(endpoint: FaultyEndpoint, applied: bool) -> None:
    """The client sees ECONNRESET, before or after its write was applied."""
    endpoint.script = [faults.reset(applied=applied)]
    with Client(endpoint) as client, pytest.raises(ConnectionResetError):
        client.write("a")

    (request,) = endpoint.record.requests
    assert request.applied == ((0,) if applied else ())
    assert request.outcome == "reset"
    assert not request.answered
    assert not request.abandoned


def test_a_write_is_applied_although_its_client_has_left(endpoint: FaultyEndpoint) -> None:
    """The endpoint notices the leaving at once and goes on all the same."""
    endpoint.script = [faults.delay(1.0)]
    with Client(endpoint) as client:
        client.send("BatchWriteItem", _body("a"))
        _wait_for(lambda: endpoint.record.requests)
    _wait_for(lambda: endpoint.record.requests[0].abandoned)
    (request,) = endpoint.record.requests
    assert request.applied_at is None
    endpoint.wait_until_idle()

    assert request.ended is not None
    assert request.applied_at is not None
    assert request.ended < request.applied_at
    assert request.outcome == "ok"
    assert not request.answered


def test_a_late_answer_is_of_a_write_applied_at_once(endpoint: FaultyEndpoint) -> None:
    """Half a second lies between the two."""
    endpoint.script = [faults.late_answer(0.5)]
    with Client(endpoint) as client:
        client.write("a")
    (request,) = endpoint.record.requests

    assert request.applied_at is not None
    assert request.ended is not None
    assert request.ended - request.applied_at >= 0.5
    assert request.faults == ("late_answer",)


def test_waiting_for_idleness_has_an_end(endpoint: FaultyEndpoint) -> None:
    """A test that waits for a request held back too long says so."""
    endpoint.script = [faults.delay(5)]
    with Client(endpoint) as client:
        client.send("BatchWriteItem", _body("a"))
        _wait_for(lambda: endpoint.record.requests)
        with pytest.raises(TimeoutError, match="1 requests"):
            endpoint.wait_until_idle(0.05)


def test_a_key_in_two_open_requests_is_seen(endpoint: FaultyEndpoint) -> None:
    """With the numbers of both."""
    endpoint.script = [faults.delay(1.0)]
    with Client(endpoint) as one, Client(endpoint) as other:
        one.send("BatchWriteItem", _body("a", "b"))
        _wait_for(lambda: endpoint.record.requests)
        other.send("BatchWriteItem", _body("b", "c"))
        assert one.receive()[0] == other.receive()[0] == 200

    assert endpoint.record.overlaps == [("orders", ("b", 1), 1, 2)]
    assert endpoint.record.max_concurrency == 2


def test_giving_up_and_sending_again_is_no_overlap(endpoint: FaultyEndpoint) -> None:
    """However fast the next connection is: the first was closed before."""
    endpoint.script = [faults.delay(1.0)]
    clients = [Client(endpoint) for _ in range(50)]
    for sent, client in enumerate(clients):
        client.send("BatchWriteItem", _body("a"))
        _wait_for(lambda sent=sent: len(endpoint.record.requests) == sent + 1)
        client._connection.close()
    endpoint.wait_until_idle()

    assert endpoint.record.overlaps == []
    assert endpoint.record.max_concurrency == 1
    assert all(request.abandoned for request in endpoint.record.requests)


def test_an_outage_closes_the_port_and_ends(endpoint: FaultyEndpoint) -> None:
    """Open connections are reset, their writes dropped; the port is the same afterwards."""
    before = endpoint.endpoint
    endpoint.script = [faults.delay(2.0, key="slow"), faults.outage(2.0, key="last")]
    with Client(endpoint) as slow, Client(endpoint) as last:
        slow.send("BatchWriteItem", _body("slow"))
        _wait_for(lambda: endpoint.record.requests)
        for client in (last, slow):
            with pytest.raises(ConnectionResetError):
                client.write("last") if client is last else client.receive()
    down = time.monotonic()
    with Client(endpoint) as client, pytest.raises(ConnectionRefusedError):
        client.write("a")
    while time.monotonic() < down + 10:
        try:
            with Client(endpoint) as client:
                assert client.write("a")[0] == 200
            break
        except ConnectionRefusedError:
            time.sleep(0.01)

    assert time.monotonic() - down > 0.5
    assert endpoint.endpoint == before
    endpoint.wait_until_idle()
    assert list(endpoint.record.applied_by_key("orders")) == [("a", 1)]
    assert [request.outcome for request in endpoint.record.requests] == ["outage", "outage", "ok"]


@pytest.mark.parametrize("turns", range(5))
def test_a_port_that_closes_leaves_no_connection_open(turns: int) -> None:
    """Whatever the turn of the event loop in which a connection is being set up."""

    async def close_after(turns: int) -> bytes:
        listener = Listener(lambda *_: None, lambda *_: None)
        listener.open()
        client = socket.create_connection(("127.0.0.1", listener.port))
        with client:
            client.setblocking(False)
            for _ in range(turns):
                await asyncio.sleep(0)
            listener.refuse()
            try:
                receiving = asyncio.get_running_loop().sock_recv(client, 1)
                return await asyncio.wait_for(receiving, timeout=5)
            except ConnectionResetError:
                return b""
            finally:
                listener.close()
                await listener.wait_closed()

    gc.disable()  # it would close what was forgotten
    try:
        assert asyncio.run(close_after(turns)) == b""
    finally:
        gc.enable()


def test_an_outage_may_take_requests_and_never_answer(endpoint: FaultyEndpoint) -> None:
    """New connections too; at its end they are reset, and nothing of it was applied."""
    endpoint.script = [faults.outage(2.0, hang=True)]
    with Client(endpoint, timeout=0.2) as hurried, pytest.raises(OSError, match="timed out"):
        hurried.write("a")
    with Client(endpoint) as patient, pytest.raises(ConnectionResetError):
        patient.write("b")
    with Client(endpoint) as client:
        assert client.write("c")[0] == 200

    assert list(endpoint.record.applied_by_key("orders")) == [("c", 1)]
    hung, also_hung, fine = endpoint.record.requests
    assert hung.abandoned
    assert not also_hung.abandoned
    assert also_hung.ended is not None
    assert also_hung.ended - also_hung.started > 0.2
    assert [hung.outcome, also_hung.outcome, fine.outcome] == ["outage", "outage", "ok"]


def test_the_script_may_change_while_it_runs(endpoint: FaultyEndpoint) -> None:
    """From the next request on, with counts begun anew."""
    script = [faults.throttle(count=1)]
    with Client(endpoint) as client:
        for _ in range(2):
            endpoint.script = script
            assert [client.write("a")[0] for _ in range(3)] == [400, 200, 200]
        endpoint.script = []
        assert client.write("a")[0] == 200

    assert len(endpoint.script) == 0


def test_the_seed_of_the_endpoint_is_that_of_its_script() -> None:
    """Two endpoints with one seed throttle the same requests, those of another do not."""

    def statuses(seed: int) -> list[int]:
        script = [faults.throttle(share=0.5)]
        with (
            FaultyEndpoint(tables=TABLES, script=script, seed=seed) as made,
            Client(made) as client,
        ):
            first = [client.write("a")[0] for _ in range(30)]
            made.script = script
            assert first == [client.write("a")[0] for _ in range(30)]
            return first

    assert statuses(1) == statuses(1) != statuses(2)


def test_a_failure_of_the_script_itself_comes_to_light() -> None:
    """A key predicate that raises must not look like a fault of the service."""
    made = FaultyEndpoint(tables=TABLES, script=[faults.poison(lambda key: key[9])])
    with (
        pytest.raises(RuntimeError, match="failed to handle") as failure,
        made,
        Client(made) as client,
        pytest.raises(ConnectionResetError),
    ):
        client.write("a")

    assert isinstance(failure.value.__cause__, IndexError)


def test_stopping_leaves_nothing_behind() -> None:
    """No port, no thread, no write that would be applied later."""
    before = threading.active_count()
    endpoint = FaultyEndpoint(tables=TABLES, script=[faults.delay(60)])
    with pytest.raises(LookupError):
        endpoint.endpoint  # noqa: B018
    endpoint.start()
    with Client(endpoint) as client:
        client.send("BatchWriteItem", _body("a"))
        _wait_for(lambda: endpoint.record.requests)
        endpoint.stop()
        with pytest.raises(ConnectionResetError):
            client.receive()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(_address(endpoint).split(":")[1])))
    endpoint.stop()

    assert threading.active_count() == before
    assert not endpoint.record.requests[0].abandoned
    assert endpoint.record.applied_by_key("orders") == {}


def test_it_listens_on_the_loopback_interface_alone(endpoint: FaultyEndpoint) -> None:
    """It answers without credentials and is nobody else's business."""
    port = int(_address(endpoint).split(":")[1])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)
