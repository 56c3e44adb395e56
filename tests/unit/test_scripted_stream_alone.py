"""`ScriptedStream` over real HTTP, with boto3 as the client, which knows the answers' shapes."""

from __future__ import annotations

import http.client
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing import ScriptedStream, faults
from pyflink_dynamodb.testing.scripted_record import ScriptedRecord, item_size


class Clock:
    """A time that passes when a test says so."""

    def __init__(self, now: float = 1_795_268_040.75) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Reader:
    """The four operations, and what becomes of a whole shard."""

    def __init__(self, stream: ScriptedStream) -> None:
        self.stream = stream
        self.client = stream.client()
        # The newest botocore for Python 3.9 is too old to know iterators by time, and would cut
        # what it takes for a time to whole seconds.
        shapes = self.client.meta.service_model._service_description["shapes"]
        shapes["Seconds"] = {"type": "double"}
        shapes["GetShardIteratorInput"]["members"]["Timestamp"] = {"shape": "Seconds"}

    def description(self, arn: str | None = None, **arguments: Any) -> dict[str, Any]:
        answer = self.client.describe_stream(StreamArn=arn or self.stream.arn, **arguments)
        description: dict[str, Any] = answer["StreamDescription"]
        return description

    def shards(self, **arguments: Any) -> list[str]:
        return [shard["ShardId"] for shard in self.description(**arguments)["Shards"]]

    def iterator(self, shard: str, kind: str = "TRIM_HORIZON", **arguments: Any) -> str:
        answer = self.client.get_shard_iterator(
            **{"StreamArn": self.stream.arn, **arguments}, ShardId=shard, ShardIteratorType=kind
        )
        return str(answer["ShardIterator"])

    def page(self, iterator: str, **arguments: Any) -> tuple[list[dict[str, Any]], str | None]:
        answer = self.client.get_records(ShardIterator=iterator, **arguments)
        return answer["Records"], answer.get("NextShardIterator")

    def all(self, shard: str, kind: str = "TRIM_HORIZON", **arguments: Any) -> list[int]:
        """Sequence numbers from a position to the end, or to the first empty page."""
        found = []
        iterator: str | None = self.iterator(shard, kind, **arguments)
        while iterator is not None:
            records, iterator = self.page(iterator)
            found += [int(record["dynamodb"]["SequenceNumber"]) for record in records]
            if not records:
                break
        return found


@pytest.fixture
def stream() -> Iterator[ScriptedStream]:
    """One with a single shard."""
    with ScriptedStream() as made:
        yield made


@pytest.fixture
def reader(stream: ScriptedStream) -> Reader:
    return Reader(stream)


def only_shard(stream: ScriptedStream) -> str:
    (shard,) = stream.shards()
    return shard


def put(stream: ScriptedStream, key: object, **attributes: Any) -> ScriptedRecord:
    record = stream.put(key, attributes)
    assert record is not None
    return record


def refusal(code: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


def numbers(records: list[ScriptedRecord]) -> list[int]:
    return [record.sequence_number for record in records]


def test_changes_are_records_with_both_images(stream: ScriptedStream, reader: Reader) -> None:
    """INSERT, MODIFY and REMOVE, with the values as they were given."""
    put(stream, "a", n=1, data=b"\x00\xff")
    put(stream, "a", n=Decimal("2.5"))
    assert stream.delete("a") is not None

    records, following = reader.page(reader.iterator(only_shard(stream)))

    assert following is not None
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    changes = [record["dynamodb"] for record in records]
    first = {"pk": {"S": "a"}, "n": {"N": "1"}, "data": {"B": b"\x00\xff"}}
    second = {"pk": {"S": "a"}, "n": {"N": "2.5"}}
    assert [change.get("OldImage") for change in changes] == [None, first, second]
    assert [change.get("NewImage") for change in changes] == [first, second, None]
    assert [change["Keys"] for change in changes] == [{"pk": {"S": "a"}}] * 3
    assert [change["SizeBytes"] for change in changes] == [15, 21, 9]
    assert [each.new_image for each in stream.records][:2] == [
        {"pk": "a", "n": 1, "data": b"\x00\xff"},
        {"pk": "a", "n": Decimal("2.5")},
    ]
    assert {record.key for record in stream.records} == {("a",)}


def test_what_changes_nothing_makes_no_record(stream: ScriptedStream, reader: Reader) -> None:
    """As with the service: an equal item put again, and a delete of nothing."""
    assert stream.put("a", {"n": 1}) is not None
    assert stream.put("a", {"n": 1}) is None
    assert stream.delete("b") is None
    assert len(reader.all(only_shard(stream))) == 1


@pytest.mark.parametrize(
    ("view_type", "images"),
    [
        ("KEYS_ONLY", [set(), set(), set()]),
        ("NEW_IMAGE", [{"NewImage"}, {"NewImage"}, set()]),
        ("OLD_IMAGE", [set(), {"OldImage"}, {"OldImage"}]),
        ("NEW_AND_OLD_IMAGES", [{"NewImage"}, {"NewImage", "OldImage"}, {"OldImage"}]),
    ],
)
def test_a_view_type_decides_the_images(view_type: str, images: list[set[str]]) -> None:
    """Records hold the images that their stream's view type names, where there are any."""
    with ScriptedStream(view_type=view_type) as stream:
        reader = Reader(stream)
        put(stream, "a", n=1)
        put(stream, "a", n=2)
        stream.delete("a")
        records, _ = reader.page(reader.iterator(only_shard(stream)))
        assert reader.description()["StreamViewType"] == view_type

    changes = [record["dynamodb"] for record in records]
    assert [{"NewImage", "OldImage"} & change.keys() for change in changes] == images
    assert {change["StreamViewType"] for change in changes} == {view_type}


def test_a_deletion_by_time_to_live_says_so(stream: ScriptedStream, reader: Reader) -> None:
    """Those of Time to Live name the service, all others nobody."""
    for key in ("a", "b"):
        put(stream, key)
    stream.delete("a", by_ttl=True)
    stream.delete("b")

    records, _ = reader.page(reader.iterator(only_shard(stream)))

    service = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert [record.get("userIdentity") for record in records] == [None, None, service, None]


@pytest.mark.parametrize("exponent_times", [False, True])
def test_creation_times_are_whole_seconds(exponent_times: bool) -> None:
    """Of the stream's clock, in either form in which the service writes numbers."""
    clock = Clock(1_795_268_040.75)
    with ScriptedStream(clock=clock, exponent_times=exponent_times) as stream:
        reader = Reader(stream)
        put(stream, "a")
        clock.now += 1
        put(stream, "b")
        records, _ = reader.page(reader.iterator(only_shard(stream)))

    times = [record["dynamodb"]["ApproximateCreationDateTime"] for record in records]
    assert [time.timestamp() for time in times] == [1_795_268_040, 1_795_268_041]
    assert (b"1.79526804E9" in stream.records[0].json) is exponent_times


def test_sequence_numbers_are_text_of_21_digits_or_more_and_rise() -> None:
    """Compared as text they would not."""
    with ScriptedStream(first_sequence_number=10**21 - 3_000) as stream:
        reader = Reader(stream)
        for number in range(100):
            put(stream, "a", n=number)
        records, _ = reader.page(reader.iterator(only_shard(stream)))

    texts = [record["dynamodb"]["SequenceNumber"] for record in records]
    assert {len(text) for text in texts} == {21, 22}
    assert list(map(int, texts)) == sorted(map(int, texts)) == numbers(stream.records)
    assert texts != sorted(texts)


def test_answers_have_the_services_headers(stream: ScriptedStream) -> None:
    """A checksum of the body, and the time of the stream's clock."""
    clock = Clock()
    stream.clock = clock
    body = orjson.dumps({"StreamArn": stream.arn})
    connection = http.client.HTTPConnection(urlsplit(stream.endpoint).netloc, timeout=10)
    target = "DynamoDBStreams_20120810.DescribeStream"
    connection.request("POST", "/", body, {"X-Amz-Target": target})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()

    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(text)
    assert answer.headers["content-type"] == "application/x-amz-json-1.0"
    date = parsedate_to_datetime(answer.headers["date"]).timestamp()
    assert date == pytest.approx(clock.now, abs=1.5)


def test_pages_are_bounded_in_records(stream: ScriptedStream, reader: Reader) -> None:
    """1,000 unless a limit says less; the next iterator goes on where the page ended."""
    for number in range(1_010):
        put(stream, f"k{number}")

    first, following = reader.page(reader.iterator(only_shard(stream)))
    assert following is not None
    second, following = reader.page(following, Limit=4)
    assert following is not None
    third, _ = reader.page(following)

    assert [len(first), len(second), len(third)] == [1_000, 4, 6]
    found = [int(record["dynamodb"]["SequenceNumber"]) for record in [*first, *second, *third]]
    assert found == numbers(stream.records)
    with refusal("ValidationException"):
        reader.page(following, Limit=1_001)


def test_pages_may_be_shorter() -> None:
    """With fewer records than a client asks for, as the service may give."""
    with ScriptedStream(max_records=3) as stream:
        reader = Reader(stream)
        for number in range(4):
            put(stream, f"k{number}")
        records, following = reader.page(reader.iterator(only_shard(stream)), Limit=10)
        assert len(records) == 3
        assert len(reader.page(str(following))[0]) == 1


def test_pages_are_bounded_in_bytes(stream: ScriptedStream, reader: Reader) -> None:
    """1 MB, one record at least."""
    put(stream, "huge", text="x" * 1_100_000)
    for number in range(5):
        put(stream, f"k{number}", text="x" * 300_000)
    lengths = []
    iterator: str | None = reader.iterator(only_shard(stream))
    for _ in range(4):
        assert iterator is not None
        records, iterator = reader.page(iterator)
        lengths.append(len(records))

    assert lengths == [1, 3, 2, 0]


def test_iterators_of_all_five_types(stream: ScriptedStream, reader: Reader) -> None:
    """Each begins where its name says."""
    clock = Clock()
    stream.clock = clock
    shard = only_shard(stream)
    written = []
    for number in range(5):
        written.append(put(stream, "a", n=number).sequence_number)
        clock.now += 10
    latest = reader.iterator(shard, "LATEST")
    written.append(put(stream, "a", n=5).sequence_number)
    third = f"{written[2]:021d}"

    assert reader.all(shard) == written
    assert reader.all(shard, "AT_SEQUENCE_NUMBER", SequenceNumber=third) == written[2:]
    assert reader.all(shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber=third) == written[3:]
    records, _ = reader.page(latest)
    assert [int(record["dynamodb"]["SequenceNumber"]) for record in records] == written[5:]
    exactly = stream.records[2].creation_time
    for moment, first in ((0, 0), (exactly, 2), (exactly + 0.5, 3), (int(clock.now), 5)):
        assert reader.all(shard, "AT_TIMESTAMP", Timestamp=moment) == written[first:]
    with refusal("ValidationException"):
        reader.iterator(shard, "AT_TIMESTAMP", Timestamp=clock.now + 60)
    with refusal("ValidationException"):
        reader.iterator(shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber="9" * 22 + "x")
    with refusal("ValidationException"):
        reader.iterator(shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber="0" * 20 + "7")


def test_iterators_by_time_may_be_missing() -> None:
    """As with DynamoDB Local."""
    with ScriptedStream(at_timestamp=False) as stream, refusal("InternalFailure") as failure:
        Reader(stream).iterator(only_shard(stream), "AT_TIMESTAMP", Timestamp=1.0)
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


@pytest.mark.parametrize("empty_end", [False, True])
def test_a_closed_shard_ends_and_an_open_one_does_not(empty_end: bool) -> None:
    """With the last records or with an empty page there is no next iterator."""
    with ScriptedStream(empty_end=empty_end) as stream:
        reader = Reader(stream)
        shard = only_shard(stream)
        put(stream, "a")
        records, following = reader.page(reader.iterator(shard))
        assert (len(records), following is None) == (1, False)
        child = stream.rotate(shard)
        assert reader.page(str(following)) == ([], None)
        records, following = reader.page(reader.iterator(shard))
        assert (len(records), following is None) == (1, not empty_end)
        if following is not None:
            assert reader.page(following) == ([], None)
        for _ in range(3):
            assert reader.page(reader.iterator(child))[1] is not None


def test_a_split_shares_the_keys_and_keeps_their_order() -> None:
    """Each change goes to a descendant of the shard that had the one before it."""
    with ScriptedStream(shards=2, seed=3) as stream:
        reader = Reader(stream)
        for number in range(600):
            put(stream, f"k{number % 60}", n=number)
            if number == 150:
                children = stream.split(stream.shards()[0], 3)
            if number == 300:
                stream.rotate(children[0])
            if number == 450:
                stream.split(children[1])
        shards = {shard["ShardId"]: shard for shard in reader.description()["Shards"]}

        assert len(shards) == 8
        parents = {name: shard.get("ParentShardId") for name, shard in shards.items()}
        assert sum(parent is None for parent in parents.values()) == 2
        assert list(shards) == sorted(shards)  # a child is younger than its parent
        last: dict[Any, str] = {}
        for record in stream.records:
            here: str | None = record.shard_id
            before = last.get(record.key, here)
            while here is not None and here != before:
                here = parents[here]
            assert here == before
            last[record.key] = record.shard_id
        assert all(stream.shard_of(key) in stream.shards() for (key,) in last)
        assert len({record.shard_id for record in stream.records}) == 8
        for name, shard in shards.items():
            bounds = shard["SequenceNumberRange"]
            found = reader.all(name)
            assert found == numbers([each for each in stream.records if each.shard_id == name])
            assert int(bounds["StartingSequenceNumber"]) <= found[0]
            assert ("EndingSequenceNumber" in bounds) == (name not in stream.shards())
            assert found[-1] <= int(bounds.get("EndingSequenceNumber", "9" * 40))


def test_shards_rotate_by_themselves() -> None:
    """After so many records, or when they are so old."""
    clock = Clock()
    with ScriptedStream(rotate_every_records=10, clock=clock) as stream:
        for number in range(95):
            put(stream, "a", n=number)
        counts = [stream.records[n].shard_id for n in range(0, 95, 10)]
        assert len(set(counts)) == len(stream.shards(closed=True)) == 10
    with ScriptedStream(shards=3, rotate_every_s=5, clock=clock) as stream:
        reader = Reader(stream)
        assert len(reader.shards()) == 3
        clock.now += 4.9
        assert len(reader.shards()) == 3
        clock.now += 0.2
        assert len(reader.shards()) == 6
        stream.rotate_every_s = None
        clock.now += 100
        assert len(reader.shards()) == 6


def test_descriptions_come_in_pages_and_300_shards_are_no_problem() -> None:
    """At most 100 shards each, or fewer by limit; `LastEvaluatedShardId` leads on."""
    with ScriptedStream(shards=300) as stream:
        reader = Reader(stream)
        found: list[str] = []
        pages = 0
        start: dict[str, Any] = {}
        while True:
            description = reader.description(**start)
            found += [shard["ShardId"] for shard in description["Shards"]]
            pages += 1
            if "LastEvaluatedShardId" not in description:
                break
            start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}
        assert (pages, found) == (3, stream.shards())
        assert len(reader.shards(Limit=7)) == 7
        with refusal("ValidationException"):
            reader.shards(Limit=101)
        for number in range(3_000):
            put(stream, f"k{number}")
        assert sum(len(reader.all(shard)) for shard in found) == 3_000


@pytest.mark.parametrize("listing", ["parents first", "children first", "shuffled"])
def test_the_order_of_a_listing(listing: str) -> None:
    """All shards once, over all pages, whatever the order."""
    with ScriptedStream(listing=listing, shards_per_page=3) as stream:
        reader = Reader(stream)
        for shard in [only_shard(stream), *stream.split(only_shard(stream), 4)]:
            if shard in stream.shards():
                stream.split(shard)
        created = stream.shards(closed=True)
        pages = reader.client.describe_stream
        found = []
        start: dict[str, Any] = {}
        while True:
            description = pages(StreamArn=stream.arn, **start)["StreamDescription"]
            found += [shard["ShardId"] for shard in description["Shards"]]
            if "LastEvaluatedShardId" not in description:
                break
            start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}

    assert sorted(found) == sorted(created)
    assert (found == created) == (listing == "parents first")
    assert (found == created[::-1]) == (listing == "children first")


def test_children_can_be_asked_for(stream: ScriptedStream, reader: Reader) -> None:
    """By the filter that the service has for it."""
    shard = only_shard(stream)
    children = stream.split(shard, 3)
    stream.rotate(children[0])

    assert reader.shards(ShardFilter={"Type": "CHILD_SHARDS", "ShardId": shard}) == children
    nothing = {"Type": "CHILD_SHARDS", "ShardId": children[2]}
    assert reader.shards(ShardFilter=nothing) == []


def test_a_hidden_shard_is_left_out_for_a_while(stream: ScriptedStream, reader: Reader) -> None:
    """Of as many answers as asked; it can be read all the time."""
    parent = only_shard(stream)
    child = stream.rotate(parent)
    stream.hide(child, answers=2)
    stream.hide(parent, answers=1)

    assert [reader.shards() for _ in range(3)] == [[], [parent], [parent, child]]
    stream.hide(child)
    assert reader.all(child) == []


def test_a_trimmed_position_is_refused(stream: ScriptedStream, reader: Reader) -> None:
    """By iterators and by what they lead to; from the trim horizon the rest is left."""
    shard = only_shard(stream)
    written = [put(stream, "a", n=number).sequence_number for number in range(6)]
    texts = [f"{number:021d}" for number in written]
    early = reader.iterator(shard)
    stream.trim(shard, upto=written[2])

    for kind, text in (("AFTER", texts[1]), ("AT", texts[2])):
        with refusal("TrimmedDataAccessException"):
            reader.iterator(shard, f"{kind}_SEQUENCE_NUMBER", SequenceNumber=text)
    with refusal("TrimmedDataAccessException"):
        reader.page(early)
    assert reader.all(shard) == written[3:]
    assert reader.all(shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber=texts[2]) == written[3:]
    assert reader.all(shard, "AT_TIMESTAMP", Timestamp=0) == written[3:]
    stream.trim(shard)
    assert reader.all(shard) == []


def test_a_vanished_shard_is_unknown(stream: ScriptedStream, reader: Reader) -> None:
    """Not listed, no iterators, and those there were lead nowhere; its child is left."""
    shard = only_shard(stream)
    put(stream, "a")
    iterator = reader.iterator(shard)
    stream.vanish(shard)

    with refusal("ResourceNotFoundException"):
        reader.page(iterator)
    with refusal("ResourceNotFoundException"):
        reader.iterator(shard)
    (left,) = reader.description()["Shards"]
    assert left["ParentShardId"] == shard
    assert stream.shards() == [left["ShardId"]]
    assert put(stream, "a", n=1).shard_id == left["ShardId"]


def test_a_disabled_stream_can_be_read_and_a_new_one_has_a_new_arn(
    stream: ScriptedStream, reader: Reader
) -> None:
    """What changes in between is in neither; the new one's view type may be another."""
    old, shard = stream.arn, only_shard(stream)
    first = put(stream, "a", n=1)
    stream.disable()
    assert stream.put("a", {"n": 2}) is None
    description = reader.description()
    assert description["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in description["Shards"][0]["SequenceNumberRange"]

    new = stream.enable("NEW_IMAGE")

    assert new == stream.arn != old
    second = put(stream, "a", n=3)
    assert second.event_name == "MODIFY"
    assert second.sequence_number > first.sequence_number
    assert reader.all(shard, StreamArn=old) == [first.sequence_number]
    assert reader.all(only_shard(stream)) == [second.sequence_number]
    assert second.old_image == {"pk": "a", "n": 2}
    listed = reader.client.list_streams(TableName=stream.table, Limit=1)
    assert [each["StreamArn"] for each in listed["Streams"]] == [old]
    rest = reader.client.list_streams(ExclusiveStartStreamArn=listed["LastEvaluatedStreamArn"])
    assert [each["StreamArn"] for each in rest["Streams"]] == [new]
    assert reader.client.list_streams(TableName="other")["Streams"] == []
    with pytest.raises(InvalidConfigurationError, match="disable it first"):
        stream.enable()


def test_the_table_names_its_latest_stream(stream: ScriptedStream) -> None:
    """To a client of DynamoDB, at the same address."""
    boto3 = pytest.importorskip("boto3")
    client = boto3.client(
        "dynamodb",
        endpoint_url=stream.endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )

    table = client.describe_table(TableName=stream.table)["Table"]

    assert table["LatestStreamArn"] == stream.arn
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    with refusal("ResourceNotFoundException"):
        client.describe_table(TableName="other")


def test_iterators_expire(stream: ScriptedStream, reader: Reader) -> None:
    """With age by the stream's clock, 15 minutes, or all at once when a test wants it."""
    shard = only_shard(stream)
    put(stream, "a")
    iterator = reader.iterator(shard)
    stream.expire_iterators()
    with refusal("ExpiredIteratorException"):
        reader.page(iterator)
    iterator = reader.iterator(shard)
    now = time.time()
    stream.clock = lambda: now + 890
    records, following = reader.page(iterator)
    assert (len(records), following is None) == (1, False)
    stream.clock = lambda: now + 910
    with refusal("ExpiredIteratorException"):
        reader.page(iterator)
    assert reader.page(str(following))[0] == []


def test_pages_may_be_empty_though_there_are_records(
    stream: ScriptedStream, reader: Reader
) -> None:
    """As often as asked; none of the records is passed over."""
    put(stream, "a")
    shard = only_shard(stream)
    stream.rotate(shard)
    stream.empty_pages(shard, pages=2)

    iterator: str | None = reader.iterator(shard)
    lengths = []
    while iterator is not None:
        records, iterator = reader.page(iterator)
        lengths.append(len(records))
    assert lengths == [0, 0, 1]


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (faults.limit_exceeded, "LimitExceededException", 400),
        (faults.throughput_exceeded, "ProvisionedThroughputExceededException", 400),
        (faults.throttle, "ThrottlingException", 400),
        (faults.internal_error, "InternalServerError", 500),
    ],
)
def test_faults_strike_get_records_unless_told_otherwise(
    stream: ScriptedStream, reader: Reader, fault: Any, code: str, status: int
) -> None:
    """With the count and the operation of the limits; the records come afterwards."""
    put(stream, "a")
    shard = only_shard(stream)
    stream.script = [fault(count=2), fault(operation="DescribeStream", nth=2)]
    iterator = reader.iterator(shard)
    for _ in range(2):
        with refusal(code) as failure:
            reader.page(iterator)
        assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == status

    assert len(reader.page(iterator)[0]) == 1
    assert reader.shards() == [shard]
    with refusal(code):
        reader.shards()
    assert stream.calls.outcomes() == {fault.__name__: 2, "ok": 1}


def test_a_fault_can_be_one_shards() -> None:
    """The limit `key` names it."""
    with ScriptedStream(shards=2) as stream:
        reader = Reader(stream)
        first, second = stream.shards()
        stream.script = [faults.internal_error(key=first, operation=None)]
        with refusal("InternalServerError"):
            reader.iterator(first)
        assert reader.all(second) == []


def test_connections_may_be_reset_and_refused(stream: ScriptedStream, reader: Reader) -> None:
    """And work again afterwards."""
    iterator = reader.iterator(only_shard(stream))
    stream.script = [faults.reset(count=1), faults.outage(0.3)]
    for _ in range(2):
        with pytest.raises(ConnectionClosedError):
            reader.page(iterator)
    with pytest.raises(EndpointConnectionError):
        reader.page(iterator)
    deadline = time.monotonic() + 10
    answered = False
    while not answered:
        assert time.monotonic() < deadline
        try:
            answered = reader.page(iterator)[0] == []
        except EndpointConnectionError:
            time.sleep(0.02)
    assert stream.calls.outcomes() == {"reset": 1, "outage": 1, "ok": 1}


def test_answers_may_be_slow(stream: ScriptedStream, reader: Reader) -> None:
    """A delay comes before the records are looked up, a late answer after."""
    shard = only_shard(stream)
    for fault, expected in ((faults.delay, 1), (faults.late_answer, 0)):
        iterator = reader.iterator(shard, "LATEST")
        stream.script = [fault(0.4)]
        found: list[int] = []
        call = threading.Thread(target=lambda: found.append(len(reader.page(iterator)[0])))  # noqa: B023
        before = len(stream.calls.of("GetRecords"))
        call.start()
        while len(stream.calls.of("GetRecords")) == before:
            time.sleep(0.002)
        if fault is faults.late_answer:
            time.sleep(0.1)  # less than the delay, more than the way to the look-up
        put(stream, fault.__name__)
        call.join()
        assert found == [expected]
        last = stream.calls.of("GetRecords")[-1]
        assert last.ended is not None
        assert last.ended - last.started >= 0.4


def test_calls_are_kept_and_counted() -> None:
    """Which, for what, with which end, how many within a second; and what was sent how often."""
    with ScriptedStream(shards=2) as stream:
        reader = Reader(stream)
        first, second = stream.shards()
        records = [put(stream, f"k{number}") for number in range(20)]
        reader.all(first)
        reader.all(first)
        for _ in range(4):
            reader.page(reader.iterator(second, "LATEST"))

        deliveries = {each.shard_id: stream.calls.deliveries(each) for each in records}
        assert deliveries == {first: 2, second: 0}
        assert stream.calls.busiest(60) == {first: 4, second: 4}
        assert stream.calls.busiest(1e-9) == {first: 1, second: 1}
        assert stream.calls.busiest(60, "DescribeStream") == {}
        kinds = [call.iterator_type for call in stream.calls.of("GetShardIterator")]
        assert kinds == ["TRIM_HORIZON"] * 2 + ["LATEST"] * 4
        assert [call.number for call in stream.calls.of()] == list(range(1, 15))
        assert sum(call.records for call in stream.calls.of(shard_id=first)) == 2 * len(
            [each for each in records if each.shard_id == first]
        )


def test_what_is_no_request_is_refused(stream: ScriptedStream, reader: Reader) -> None:
    """With the service's codes; nothing of it disturbs the next request."""
    connection = http.client.HTTPConnection(urlsplit(stream.endpoint).netloc, timeout=10)

    def ask(target: str, body: bytes) -> str:
        connection.request("POST", "/", body, {"X-Amz-Target": target})
        answer = connection.getresponse()
        assert answer.status == 400
        return str(orjson.loads(answer.read())["__type"]).rpartition("#")[2]

    prefix = "DynamoDBStreams_20120810."
    assert ask("DynamoDB_20120810.GetRecords", b"{}") == "UnknownOperationException"
    assert ask(prefix + "PutItem", b"{}") == "UnknownOperationException"
    assert ask(prefix + "GetRecords", b"{") == "SerializationException"
    assert ask(prefix + "GetRecords", b"[]") == "SerializationException"
    assert ask(prefix + "GetRecords", b'{"ShardIterator":"x"}') == "ValidationException"
    assert ask(prefix + "DescribeStream", b"{}") == "ResourceNotFoundException"
    connection.close()
    with refusal("ResourceNotFoundException"):
        reader.iterator("shardId-00000001795268614771-f64b687f")
    with refusal("ResourceNotFoundException"):
        reader.description(arn=stream.arn + "x")
    assert reader.shards() == stream.shards()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"shards": 0}, "shards"),
        ({"shards_per_page": 101}, "shards_per_page"),
        ({"max_records": 0}, "max_records"),
        ({"listing": "sorted"}, "listing"),
        ({"view_type": "NEW_IMAGES"}, "view type 'NEW_IMAGES'"),
        ({"script": [faults.unprocessed()]}, "unprocessed"),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments: dict[str, Any], problem: str) -> None:
    """When it is made, not when it is asked."""
    with pytest.raises(InvalidConfigurationError, match=problem):
        ScriptedStream(**arguments)


def test_changes_and_shards_that_cannot_be_are_refused(stream: ScriptedStream) -> None:
    """Keys of other types, parts of the key among the attributes, shards closed or unknown."""
    with pytest.raises(InvalidConfigurationError, match="types \\['N'\\]"):
        stream.put(1)
    with pytest.raises(InvalidConfigurationError, match="parts of the key"):
        stream.put("a", {"pk": "b"})
    shard = only_shard(stream)
    stream.rotate(shard)
    with pytest.raises(InvalidConfigurationError, match="open shard"):
        stream.rotate(shard)
    with pytest.raises(InvalidConfigurationError, match="no shard 'x'"):
        stream.trim("x")
    stream.disable()
    with pytest.raises(InvalidConfigurationError, match="no shard is open"):
        stream.shard_of("a")


def test_two_with_one_seed_are_alike() -> None:
    """Names, numbers and the requests that faults strike."""

    def run(seed: int) -> tuple[list[bytes], list[str]]:
        script = [faults.internal_error(share=0.5)]
        with ScriptedStream(seed=seed, script=script, clock=Clock(), shards=2) as stream:
            reader = Reader(stream)
            records = [put(stream, f"k{number}") for number in range(5)]
            iterator = reader.iterator(stream.shards()[0])
            for _ in range(20):
                try:
                    reader.page(iterator)
                except ClientError:
                    continue
            return [each.json for each in records], [each.outcome for each in stream.calls.of()]

    assert run(1) == run(1)
    assert run(1)[0] != run(2)[0]
    assert run(1)[1] != run(2)[1]


def test_a_composite_key_keeps_its_order(reader: Reader) -> None:
    """Partition key first, numbers and binary values included."""
    with ScriptedStream(key_types={"user": "B", "day": "N"}) as stream:
        reader = Reader(stream)
        put(stream, (b"a", 7), n=1)
        records, _ = reader.page(reader.iterator(only_shard(stream)))

        assert records[0]["dynamodb"]["Keys"] == {"user": {"B": b"a"}, "day": {"N": "7"}}
        assert stream.records[0].key == (b"a", 7)
        schema = [element["AttributeName"] for element in reader.description()["KeySchema"]]
        assert schema == ["user", "day"]


def test_sizes_are_the_services() -> None:
    """Names and values by the rules for item sizes."""
    for value, size in (
        ({"S": "äx"}, 3),
        ({"N": "0"}, 1),
        ({"N": "-12.50"}, 4),
        ({"B": b"abc"}, 3),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "100"]}, 4),
        ({"L": [{"S": "a"}, {"N": "1"}]}, 8),
        ({"M": {"k": {"S": "a"}}}, 6),
    ):
        assert item_size({"name": value}) == len("name") + size


def test_descriptions_say_when_the_stream_was_made() -> None:
    """Its label, which is the end of the ARN, and a date."""
    with ScriptedStream(clock=Clock(1_795_268_040.75)) as stream:
        description = Reader(stream).description()

    assert description["StreamLabel"] == "2026-11-21T13:34:00.750"
    assert stream.arn.endswith("/stream/" + description["StreamLabel"])
    moment = datetime(2026, 11, 21, 13, 34, 0, 750_000, timezone.utc)
    assert description["CreationRequestDateTime"] == moment
