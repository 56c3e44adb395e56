"""`FaultyEndpoint` in front of DynamoDB Local: what it records is what is in the table."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, Callable

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pyflink_dynamodb.testing import create_table, faults, scan_items
from pyflink_dynamodb.testing.faults import Fault
from pyflink_dynamodb.testing.faulty_endpoint import FaultyEndpoint

Write = dict[str, Any]


@pytest.fixture
def endpoint(dynamodb_local: Any) -> Iterator[FaultyEndpoint]:
    """One that lets everything through until a test sets a script."""
    with FaultyEndpoint(dynamodb_local.endpoint) as made:
        yield made


@pytest.fixture
def new_client(dynamodb_local: Any) -> Iterator[Callable[..., Any]]:
    """Make boto3 clients of an endpoint that try once."""
    clients = []

    def make(endpoint: FaultyEndpoint, timeout: float = 20.0) -> Any:
        properties = dynamodb_local.properties
        config = Config(retries={"total_max_attempts": 1}, read_timeout=timeout, proxies={})
        clients.append(
            boto3.client(
                "dynamodb",
                endpoint_url=endpoint.endpoint,
                region_name=properties["aws.region"],
                aws_access_key_id=properties["aws.credentials.provider.basic.accesskeyid"],
                aws_secret_access_key=properties["aws.credentials.provider.basic.secretkey"],
                config=config,
            )
        )
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def table(dynamodb_client: Any) -> str:
    """A new table with the key `user`."""
    name = f"table-{uuid.uuid4().hex}"
    create_table(dynamodb_client, name, "user")
    return name


def _put(user: str, **more: Any) -> Write:
    return {"PutRequest": {"Item": {"user": {"S": user}, **more}}}


def _delete(user: str) -> Write:
    return {"DeleteRequest": {"Key": {"user": {"S": user}}}}


def _write(client: Any, table: str, *writes: Write) -> Any:
    return client.batch_write_item(RequestItems={table: list(writes)})["UnprocessedItems"]


def _error_code(client: Any, table: str, *writes: Write) -> str:
    with pytest.raises(ClientError) as refusal:
        _write(client, table, *writes)
    return str(refusal.value.response["Error"]["Code"])


def _users(dynamodb_client: Any, table: str) -> set[str]:
    return {item["user"] for item in scan_items(dynamodb_client, table)}


def test_without_faults_it_changes_nothing(
    endpoint: FaultyEndpoint, new_client: Any, table: str, dynamodb_client: Any
) -> None:
    """Items arrive whole, answers come back whole, and reads work through it as well."""
    client = new_client(endpoint)
    item = {"user": {"S": "ü"}, "blob": {"B": b"\x00\xff"}, "list": {"L": [{"N": "1"}]}}
    answer = client.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": item}}, _put("b", note={"S": "x" * 70_000})]},
        ReturnConsumedCapacity="TOTAL",
    )
    _write(client, table, _delete("b"))

    assert answer["UnprocessedItems"] == {}
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 70.0
    assert client.scan(TableName=table)["Items"] == [item]
    assert client.scan(TableName=table)["Items"] == dynamodb_client.scan(TableName=table)["Items"]
    applied = endpoint.record.applied_by_key(table)
    assert [write.kind for write in applied["b",]] == ["put", "delete"]
    assert applied["ü",][0].item["blob"] == {"B": "AP8="}


def test_keys_are_told_from_other_attributes(
    endpoint: FaultyEndpoint, new_client: Any, dynamodb_client: Any
) -> None:
    """The service is asked for the schema; the partition key comes first, typed."""
    name = f"table-{uuid.uuid4().hex}"
    create_table(dynamodb_client, name, "z", "a", {"z": "B", "a": "N"})
    key = {"z": {"B": b"\xff"}, "a": {"N": "1.50"}}
    _write(new_client(endpoint), name, {"PutRequest": {"Item": {**key, "other": {"S": "x"}}}})

    assert endpoint.record.batch_writes[0].keys == ((b"\xff", Decimal("1.5")),)
    assert [request.operation for request in endpoint.record.requests] == ["BatchWriteItem"]


def test_unprocessed_items_are_not_in_the_table(
    endpoint: FaultyEndpoint, new_client: Any, table: str, dynamodb_client: Any
) -> None:
    """And the others are; sent again until none comes back, all are."""
    client = new_client(endpoint)
    endpoint.script = [faults.unprocessed(0.5)]
    writes = [_put(f"user-{number}") for number in range(25)]
    left = _write(client, table, *writes)[table]
    returned = {write["PutRequest"]["Item"]["user"]["S"] for write in left}

    assert 3 < len(returned) < 22
    assert _users(dynamodb_client, table) == {f"user-{number}" for number in range(25)} - returned
    while left:
        left = _write(client, table, *left).get(table)
    assert len(_users(dynamodb_client, table)) == 25
    assert all(len(writes) == 1 for writes in endpoint.record.applied_by_key(table).values())


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        (faults.internal_error(), False),
        (faults.internal_error(applied=True), True),
        (faults.reset(), False),
        (faults.reset(applied=True), True),
        (faults.malformed_json(applied=False), False),
        (faults.malformed_json(), True),
        (faults.throttle(), False),
        (faults.outage(0.1), False),
    ],
)
def test_a_failed_request_may_have_been_applied(
    endpoint: FaultyEndpoint,
    new_client: Any,
    table: str,
    dynamodb_client: Any,
    fault: Fault,
    applied: bool,
) -> None:
    """The table has it exactly if the record says so."""
    endpoint.script = [fault]
    # botocore takes JSON that it cannot read for an answer without members.
    with pytest.raises((ClientError, BotoCoreError, KeyError)):
        _write(new_client(endpoint), table, _put("a"), _put("b"))

    assert _users(dynamodb_client, table) == ({"a", "b"} if applied else set())
    assert endpoint.record.batch_writes[0].applied == ((0, 1) if applied else ())


@pytest.mark.parametrize("absent", [False, True])
def test_a_missing_entry_means_that_all_was_written(
    endpoint: FaultyEndpoint, new_client: Any, table: str, dynamodb_client: Any, absent: bool
) -> None:
    """Only the answer is odd."""
    endpoint.script = [faults.missing_entry(absent=absent)]
    answer = new_client(endpoint).batch_write_item(RequestItems={table: [_put("a")]})

    assert answer.get("UnprocessedItems") == (None if absent else {"another-table": []})
    assert _users(dynamodb_client, table) == {"a"}


def test_an_answer_that_names_nothing_unprocessed_leaves_nothing_unwritten(
    endpoint: FaultyEndpoint, new_client: Any, table: str, dynamodb_client: Any
) -> None:
    """Two faults that meet on a request do not make the endpoint lose an item."""
    endpoint.script = [faults.unprocessed(), faults.missing_entry()]
    new_client(endpoint).batch_write_item(RequestItems={table: [_put("a")]})

    assert _users(dynamodb_client, table) == {"a"}
    assert endpoint.record.batch_writes[0].applied == (0,)


def test_refusals_look_like_the_services_own(
    endpoint: FaultyEndpoint, new_client: Any, table: str, dynamodb_client: Any
) -> None:
    """A client reads their codes as it reads those of the service."""
    client = new_client(endpoint)
    endpoint.script = [
        faults.throttle(count=1),
        faults.throughput_exceeded(count=1),
        faults.access_denied(count=1),
        faults.expired_token(),
        faults.invalid_signature(count=1),
        faults.table_not_found(count=1),
        faults.error("RequestLimitExceeded", count=1),
    ]
    assert [_error_code(client, table, _put("a")) for _ in range(7)] == [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "ResourceNotFoundException",
        "RequestLimitExceeded",
    ]
    assert _users(dynamodb_client, table) == set()
    assert _write(client, table, _put("a")) == {}


def test_one_poisoned_item_refuses_its_batch(
    endpoint: FaultyEndpoint, new_client: Any, table: str, dynamodb_client: Any
) -> None:
    """Nothing of such a batch is written, and without the item all is."""
    client = new_client(endpoint)
    endpoint.script = [faults.poison("bad")]

    assert _error_code(client, table, _put("a"), _put("bad"), _put("c")) == "ValidationException"
    assert _users(dynamodb_client, table) == set()
    assert _write(client, table, _put("a"), _put("c")) == {}
    assert _users(dynamodb_client, table) == {"a", "c"}


@pytest.mark.parametrize(
    "fault", [None, faults.missing_entry(), faults.internal_error(applied=True)]
)
def test_what_the_service_refuses_is_refused(
    endpoint: FaultyEndpoint, new_client: Any, table: str, fault: Fault | None
) -> None:
    """A scripted answer never claims a write that the service did not take."""
    endpoint.script = [] if fault is None else [fault]
    client = new_client(endpoint)

    assert _error_code(client, table, _put("a"), _put("a")) == "ValidationException"
    assert _error_code(client, "no-such-table", _put("a")) == "ResourceNotFoundException"
    assert endpoint.record.applied_by_key(table) == {}
    assert endpoint.record.outcomes == {"ValidationException": 1, "ResourceNotFoundException": 1}


def test_a_table_made_later_is_known_then(
    endpoint: FaultyEndpoint, new_client: Any, dynamodb_client: Any
) -> None:
    """That it was missing once is not remembered."""
    name = f"table-{uuid.uuid4().hex}"
    client = new_client(endpoint)
    assert _error_code(client, name, _put("a")) == "ResourceNotFoundException"
    create_table(dynamodb_client, name, "user")
    _write(client, name, _put("a"))

    assert [request.keys for request in endpoint.record.batch_writes] == [((),), (("a",),)]


def test_a_write_is_applied_after_its_client_has_left(
    endpoint: FaultyEndpoint, new_client: Any, table: str, dynamodb_client: Any
) -> None:
    """The stale write lands on top of the newer one, and the record shows it."""
    endpoint.script = [faults.delay(2.0, count=1)]
    with pytest.raises(BotoCoreError):
        _write(new_client(endpoint, timeout=0.3), table, _put("a", v={"S": "old"}))
    _write(new_client(endpoint), table, _put("a", v={"S": "new"}))
    endpoint.wait_until_idle()

    assert scan_items(dynamodb_client, table) == [{"user": "a", "v": "old"}]
    versions = [write.item["v"]["S"] for write in endpoint.record.applied_by_key(table)["a",]]
    assert versions == ["new", "old"]
    assert endpoint.record.overlaps == []


def test_a_service_that_is_gone_is_a_failure_of_the_service(new_client: Any, table: str) -> None:
    """DynamoDB Local stopped: the client sees 503."""
    with FaultyEndpoint("http://127.0.0.1:1") as endpoint:
        assert _error_code(new_client(endpoint), table, _put("a")) == "ServiceUnavailable"


def test_the_records_order_is_the_tables_even_where_requests_overlap(
    endpoint: FaultyEndpoint, new_client: Any, table: str, dynamodb_client: Any
) -> None:
    """Eight careless writers of five keys: the last write of the record is the item."""
    client = new_client(endpoint)

    def write(number: int) -> None:
        keys = random.Random(number).sample("abcde", 3)
        _write(client, table, *[_put(key, v={"N": str(number)}) for key in keys])

    for _ in range(3):
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(write, range(40)))
        applied = endpoint.record.applied_by_key(table)
        last = {key[0]: int(str(writes[-1].item["v"]["N"])) for key, writes in applied.items()}
        assert {item["user"]: item["v"] for item in scan_items(dynamodb_client, table)} == last

    assert len(endpoint.record.overlaps) > 10
    assert endpoint.record.max_concurrency > 1


@pytest.mark.parametrize("seed", range(3))
def test_a_careful_client_loses_nothing_under_faults(
    endpoint: FaultyEndpoint, new_client: Any, table: str, dynamodb_client: Any, seed: int
) -> None:
    """One writer per key that repeats until it succeeds: every write, in order, no overlap."""
    endpoint.script = [
        faults.delay((0.0, 0.01), share=0.5, seed=seed),
        faults.unprocessed(0.3, seed=seed),
        faults.outage(0.2, nth=30),
        faults.throttle(share=0.1, seed=seed),
        faults.internal_error(applied=True, share=0.1, seed=seed + 1),
        faults.reset(share=0.1, seed=seed + 2),
        faults.reset(applied=True, share=0.1, seed=seed + 3),
    ]
    client = new_client(endpoint)
    deadline = time.monotonic() + 60

    def send(user: str) -> None:
        for version in range(20):
            left = [_put(user, v={"N": str(version)}), _put(f"{user}-too", v={"N": str(version)})]
            while left:
                assert time.monotonic() < deadline
                try:
                    left = _write(client, table, *left).get(table, [])
                except (ClientError, BotoCoreError):
                    time.sleep(0.01)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(send, "abcd"))

    applied = endpoint.record.applied_by_key(table)
    versions = {
        key: list(dict.fromkeys(int(str(write.item["v"]["N"])) for write in writes))
        for key, writes in applied.items()
    }
    assert versions == {
        (f"{user}{end}",): list(range(20)) for user in "abcd" for end in ("", "-too")
    }
    items = scan_items(dynamodb_client, table)
    assert {(item["user"],): item["v"] for item in items} == dict.fromkeys(versions, 19)
    assert endpoint.record.overlaps == []
    outcomes = {"ok", "unprocessed", "throttle", "internal_error", "reset", "outage"}
    assert endpoint.record.outcomes.keys() == outcomes
