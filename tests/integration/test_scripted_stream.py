"""`ScriptedStream` beside DynamoDB Local: the same changes, answers of the same shape."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterator
from typing import Any, Callable

import boto3
import orjson
import pytest
from botocore.exceptions import ClientError

from pyflink_dynamodb.attribute_value import to_attribute_value
from pyflink_dynamodb.testing import ScriptedStream
from pyflink_dynamodb.testing.scripted_record import VIEW_TYPES

# None is a delete. The fourth and the sixth change nothing.
CHANGES = [
    ("a", {"n": 1, "text": "äöü", "data": b"\x00\xff", "truth": True, "nothing": None}),
    ("b", {"list": [1, "x"], "map": {"k": b"v"}, "names": {"x", "yy"}}),
    ("a", {"n": 2}),
    ("a", {"n": 2}),
    ("b", None),
    ("c", None),
    ("a", None),
]
IMAGES = ("Keys", "NewImage", "OldImage")


class Side:
    """One of the two, through a client that keeps the bodies of its answers."""

    def __init__(self, endpoint: str, arn: str) -> None:
        self.arn = arn
        self.bodies: list[Any] = []
        self.client = boto3.client(
            "dynamodbstreams",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        self.client.meta.events.register("before-parse.dynamodb-streams.*", self._keep)

    def _keep(self, response_dict: Any, **_: Any) -> None:
        if response_dict["status_code"] != 200:
            return  # DynamoDB Local sends no checksum with a refusal
        headers = {name.lower(): text for name, text in response_dict["headers"].items()}
        assert int(headers["x-amz-crc32"]) == zlib.crc32(response_dict["body"])
        assert headers["date"].endswith(" GMT")
        assert headers["content-type"] == "application/x-amz-json-1.0"
        self.bodies.append(orjson.loads(response_dict["body"]))

    def iterator(self, shard: str, kind: str = "TRIM_HORIZON", **arguments: Any) -> str:
        answer = self.client.get_shard_iterator(
            StreamArn=self.arn, ShardId=shard, ShardIteratorType=kind, **arguments
        )
        return str(answer["ShardIterator"])

    def shards(self) -> list[dict[str, Any]]:
        description = self.client.describe_stream(StreamArn=self.arn)["StreamDescription"]
        shards: list[dict[str, Any]] = description["Shards"]
        return shards

    def code(self, operation: str, **arguments: Any) -> str:
        """The code with which a request is refused."""
        with pytest.raises(ClientError) as refusal:
            getattr(self.client, operation)(**arguments)
        return str(refusal.value.response["Error"]["Code"])


@pytest.fixture
def sides(dynamodb_local: Any, dynamodb_client: Any) -> Iterator[Callable[..., list[Side]]]:
    """Let the changes happen to a stream of each, and return both: DynamoDB Local's first."""
    streams: list[ScriptedStream] = []

    def make(view_type: str = "NEW_AND_OLD_IMAGES", *, disabled: bool = False) -> list[Side]:
        table = f"table-{uuid.uuid4().hex}"
        dynamodb_client.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view_type},
        )
        stream = ScriptedStream(table, view_type=view_type)
        streams.append(stream)
        stream.start()
        for key, attributes in CHANGES:
            keys = {"pk": {"S": key}}
            if attributes is None:
                stream.delete(key)
                dynamodb_client.delete_item(TableName=table, Key=keys)
            else:
                stream.put(key, attributes)
                item = {name: to_attribute_value(value) for name, value in attributes.items()}
                dynamodb_client.put_item(TableName=table, Item={**keys, **item})
        arn = dynamodb_client.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        if disabled:
            stream.disable()
            off = {"StreamEnabled": False}
            dynamodb_client.update_table(TableName=table, StreamSpecification=off)
        return [Side(dynamodb_local.endpoint, arn), Side(stream.endpoint, stream.arn)]

    yield make
    for stream in streams:
        stream.stop()


def shape(answer: Any) -> Any:
    """Names and types of the members; attribute values as they are, sets in any order."""
    if isinstance(answer, dict):
        return {
            name: _sorted_sets(value) if name in IMAGES else shape(value)
            for name, value in answer.items()
        }
    if isinstance(answer, list):
        return [shape(member) for member in answer]
    return "number" if isinstance(answer, (int, float)) else type(answer).__name__


def _sorted_sets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: sorted(member) if name in ("SS", "NS", "BS") else _sorted_sets(member)
            for name, member in value.items()
        }
    return [_sorted_sets(member) for member in value] if isinstance(value, list) else value


def same_shapes(local: Side, ours: Side) -> None:
    """Every answer so far."""
    assert len(local.bodies) == len(ours.bodies) > 0
    for one, other in zip(local.bodies, ours.bodies):
        assert shape(other) == shape(one)


@pytest.mark.parametrize("view_type", VIEW_TYPES)
def test_the_answers_have_the_shapes_of_dynamodb_locals(sides: Any, view_type: str) -> None:
    """All members of all four operations, with the same records, images and sizes in them."""
    pages = []
    local, ours = sides(view_type)
    for side in (local, ours):
        (shard,) = side.shards()
        shard_id = shard["ShardId"]
        side.client.list_streams(TableName=side.arn.split("/")[1])
        first = side.client.get_records(ShardIterator=side.iterator(shard_id), Limit=2)
        second = side.client.get_records(ShardIterator=first["NextShardIterator"])
        pages.append([*first["Records"], *second["Records"]])
        number = first["Records"][1]["dynamodb"]["SequenceNumber"]
        for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
            iterator = side.iterator(shard_id, kind, SequenceNumber=number)
            side.client.get_records(ShardIterator=iterator)
        side.client.get_records(ShardIterator=side.iterator(shard_id, "LATEST"))

    same_shapes(local, ours)
    for one, other in zip(*pages):
        assert other["eventName"] == one["eventName"]
        for name in ("SizeBytes", "StreamViewType"):
            assert other["dynamodb"][name] == one["dynamodb"][name]
    assert [len(page) for page in pages] == [5, 5]


def test_a_disabled_stream_is_like_dynamodb_locals(sides: Any) -> None:
    """Described with its end, and readable up to there."""
    local, ours = sides(disabled=True)
    lengths = []
    for side in (local, ours):
        (shard,) = side.shards()
        iterator: str | None = side.iterator(shard["ShardId"])
        lengths.append(0)
        while iterator is not None:
            answer = side.client.get_records(ShardIterator=iterator)
            iterator = answer.get("NextShardIterator")
            lengths[-1] += len(answer["Records"])

    assert lengths == [5, 5]
    assert shape(ours.bodies[0]) == shape(local.bodies[0])


def test_refusals_are_like_dynamodb_locals(sides: Any) -> None:
    """The same codes for what does not exist or cannot be."""
    codes = []
    for side in sides():
        (shard,) = side.shards()
        known = {"StreamArn": side.arn, "ShardId": shard["ShardId"]}
        other = "shardId-00000000000000000001-00000001"
        start = {"ShardIteratorType": "TRIM_HORIZON"}
        iterator = side.iterator(shard["ShardId"])
        codes.append(
            [
                side.code("get_shard_iterator", **{**known, "StreamArn": side.arn + "x"}, **start),
                side.code("get_shard_iterator", **{**known, "ShardId": other}, **start),
                side.code("describe_stream", StreamArn=side.arn + "x"),
                side.code("describe_stream", StreamArn=side.arn, Limit=101),
                side.code("get_records", ShardIterator=iterator, Limit=1_001),
                side.code("get_records", ShardIterator="nothing"),
            ]
        )

    assert codes[1] == codes[0]
