"""The operations of DynamoDB Streams on a table in memory."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Callable, NamedTuple

import orjson

from pyflink_dynamodb.testing._answers import error_body
from pyflink_dynamodb.testing._shards import Shard, Stream
from pyflink_dynamodb.testing._streamed_table import StreamedTable
from pyflink_dynamodb.testing.scripted_record import ScriptedRecord, sequence_text

LISTINGS = ("parents first", "children first", "shuffled")
# API Reference of DescribeStream, ListStreams and GetRecords.
MAX_LISTED = 100
MAX_RECORDS = 1_000
MAX_PAGE_BYTES = 1024 * 1024
ITERATOR_LIFE_S = 15 * 60.0

Request = Mapping[str, Any]


class Answered(NamedTuple):
    """What a request comes to.

    Attributes:
        status: The HTTP status.
        body: The JSON.
        outcome: "ok", or the code of the refusal.
        records: The records in it.
    """

    status: int
    body: bytes
    outcome: str = "ok"
    records: Sequence[ScriptedRecord] = ()


@dataclass
class Behaviour:
    """What services differ in, and tests may set.

    Attributes:
        at_timestamp: Whether iterators can be had by time.
        iterator_life_s: Age at which an iterator is refused.
        shards_per_page: Shards that DescribeStream lists at once, 1 to 100.
        listing: The order in which it does, one of `LISTINGS`.
        max_records: Records of a page, 1 to 1,000.
        empty_end: Whether the last records of a closed shard come with a next iterator, which
            leads to an empty page without one.
    """

    at_timestamp: bool = True
    iterator_life_s: float = ITERATOR_LIFE_S
    shards_per_page: int = MAX_LISTED
    listing: str = "parents first"
    max_records: int = MAX_RECORDS
    empty_end: bool = False


class _RefusedError(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class _Iterator(NamedTuple):
    stream_arn: str
    shard_id: str
    position: int
    issued: float
    generation: int

    def encode(self) -> str:
        inner = base64.b64encode(orjson.dumps([str(part) for part in self[1:]])).decode()
        return f"{self.stream_arn}|1|{inner}"

    @classmethod
    def decode(cls, text: object) -> _Iterator:
        try:
            arn, _, inner = str(text).split("|")
            shard_id, position, issued, generation = orjson.loads(base64.b64decode(inner))
            return cls(arn, shard_id, int(position), float(issued), int(generation))
        except (ValueError, binascii.Error) as error:
            raise _RefusedError("ValidationException", "Invalid ShardIterator") from error


class StreamService:
    """Answers requests from a table; the caller sees to it that nobody changes it meanwhile.

    Args:
        table: Where the streams are.
        behaviour: How it answers; may be changed at any time.
    """

    def __init__(self, table: StreamedTable, behaviour: Behaviour) -> None:
        self._table = table
        self.behaviour = behaviour
        self._generation = 0
        self._operations = {
            "DynamoDBStreams_20120810.ListStreams": self._list_streams,
            "DynamoDBStreams_20120810.DescribeStream": self._describe_stream,
            "DynamoDBStreams_20120810.GetShardIterator": self._get_shard_iterator,
            "DynamoDBStreams_20120810.GetRecords": self._get_records,
            "DynamoDB_20120810.DescribeTable": self._describe_table,
        }

    def expire_iterators(self) -> None:
        """Refuse all iterators that were issued so far."""
        self._generation += 1

    def answer(self, target: str, body: bytes) -> Answered:
        """Answer a request.

        Args:
            target: Its X-Amz-Target.
            body: Its JSON.
        """
        self._table.rotate_old_shards()
        try:
            return self._operation(target)(_parsed(body))
        except _RefusedError as refusal:
            refused = error_body(refusal.code, str(refusal))
            return Answered(refusal.status, refused, refusal.code)

    def _operation(self, target: str) -> Callable[[Request], Answered]:
        operation = self._operations.get(target)
        if operation is None:
            raise _RefusedError("UnknownOperationException", "There is no such operation here.")
        return operation

    def _list_streams(self, request: Request) -> Answered:
        listed = self._table.streams
        if request.get("TableName", self._table.name) != self._table.name:
            listed = []
        start = request.get("ExclusiveStartStreamArn")
        if start is not None:
            arns = [stream.form.stream_arn for stream in listed]
            listed = listed[arns.index(start) + 1 :] if start in arns else []
        most = _limit(request, MAX_LISTED)
        answer: dict[str, Any] = {
            "Streams": [
                {
                    "StreamArn": stream.form.stream_arn,
                    "TableName": self._table.name,
                    "StreamLabel": stream.label,
                }
                for stream in listed[:most]
            ]
        }
        if len(listed) > most:
            answer["LastEvaluatedStreamArn"] = listed[most - 1].form.stream_arn
        return _success(answer)

    def _describe_table(self, request: Request) -> Answered:
        table = self._table
        # A name or an ARN, as the service takes either.
        if str(request.get("TableName")).rpartition("/")[2] != table.name:
            raise _RefusedError(
                "ResourceNotFoundException", "Requested resource not found: Table not found"
            )
        latest = table.latest
        description: dict[str, Any] = {
            "TableName": table.name,
            "TableArn": latest.form.stream_arn.partition("/stream/")[0],
            "TableStatus": "ACTIVE",
            "KeySchema": self._key_schema(),
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": key_type}
                for name, key_type in table.key_types.items()
            ],
            "LatestStreamArn": latest.form.stream_arn,
            "LatestStreamLabel": latest.label,
        }
        if latest.enabled:
            description["StreamSpecification"] = {
                "StreamEnabled": True,
                "StreamViewType": latest.form.view_type,
            }
        return _success({"Table": description})

    def _describe_stream(self, request: Request) -> Answered:
        stream = self._stream(request)
        listed = self._listed(stream)
        start = request.get("ExclusiveStartShardId")
        if start is not None:
            names = [shard.shard_id for shard in listed]
            if start not in names:
                raise _RefusedError("ValidationException", "Invalid ExclusiveStartShardId")
            listed = listed[names.index(start) + 1 :]
        listed = [shard for shard in listed if not shard.vanished]
        wanted = request.get("ShardFilter")
        if wanted is not None:
            if wanted.get("Type") != "CHILD_SHARDS":
                raise _RefusedError("ValidationException", "Invalid ShardFilter")
            listed = [shard for shard in listed if shard.parent_id == wanted.get("ShardId")]
        most = min(_limit(request, MAX_LISTED), self.behaviour.shards_per_page)
        shown = []
        for shard in listed[:most]:
            if shard.hidden_for:
                shard.hidden_for -= 1
            else:
                shown.append(_describe(shard))
        description = {
            "StreamArn": stream.form.stream_arn,
            "StreamLabel": stream.label,
            "StreamStatus": "ENABLED" if stream.enabled else "DISABLED",
            "StreamViewType": stream.form.view_type,
            "CreationRequestDateTime": stream.created,
            "TableName": self._table.name,
            "KeySchema": self._key_schema(),
            "Shards": shown,
        }
        if len(listed) > most:
            description["LastEvaluatedShardId"] = listed[most - 1].shard_id
        return _success({"StreamDescription": description})

    def _get_shard_iterator(self, request: Request) -> Answered:
        stream = self._stream(request)
        shard = self._shard(stream, request.get("ShardId"))
        position = self._position(shard, request)
        return _success({"ShardIterator": self._iterator(stream, shard, position)})

    def _position(self, shard: Shard, request: Request) -> int:
        kind = request.get("ShardIteratorType")
        if kind == "TRIM_HORIZON":
            return shard.trim_horizon
        if kind == "LATEST":
            return max(shard.end, shard.trim_horizon)
        if kind == "AT_TIMESTAMP":
            return self._position_at(shard, request.get("Timestamp"))
        if kind not in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
            raise _RefusedError("ValidationException", "Invalid ShardIteratorType")
        text = str(request.get("SequenceNumber"))
        if not (text.isascii() and text.isdigit() and 21 <= len(text) <= 40):
            raise _RefusedError("ValidationException", "Invalid SequenceNumber")
        number = int(text)
        if number < shard.starting or (shard.ending is not None and number > shard.ending):
            raise _RefusedError("ValidationException", "Invalid SequenceNumber for the shard")
        position = number if kind == "AFTER_SEQUENCE_NUMBER" else number - 1
        _check_not_trimmed(shard, position)
        return position

    def _position_at(self, shard: Shard, time: object) -> int:
        if not self.behaviour.at_timestamp:
            # As DynamoDB Local answers it.
            message = (
                "The request processing has failed because of an unknown error, exception or"
                " failure."
            )
            raise _RefusedError("InternalFailure", message, 500)
        if not isinstance(time, (int, float)) or time > self._table.clock():
            raise _RefusedError("ValidationException", "Invalid Timestamp, or in the future")
        return shard.position_at(time)

    def _get_records(self, request: Request) -> Answered:
        iterator = _Iterator.decode(request.get("ShardIterator"))
        stream = self._stream({"StreamArn": iterator.stream_arn})
        shard = self._shard(stream, iterator.shard_id)
        most = min(_limit(request, MAX_RECORDS), self.behaviour.max_records)
        age = self._table.clock() - iterator.issued
        if iterator.generation < self._generation or age > self.behaviour.iterator_life_s:
            raise _RefusedError("ExpiredIteratorException", "Iterator expired")
        _check_not_trimmed(shard, iterator.position)
        records: Sequence[ScriptedRecord] = ()
        if shard.empty_for:
            shard.empty_for -= 1
        else:
            records = _page(shard.after(iterator.position, most))
        position = records[-1].sequence_number if records else iterator.position
        parts = [b'{"Records":[', b",".join([record.json for record in records]), b"]"]
        at_end = shard.ending is not None and position >= shard.end
        if not at_end or (records and self.behaviour.empty_end):
            following = self._iterator(stream, shard, position)
            parts += [b',"NextShardIterator":', orjson.dumps(following)]
        return Answered(HTTPStatus.OK, b"".join([*parts, b"}"]), records=records)

    def _iterator(self, stream: Stream, shard: Shard, position: int) -> str:
        now = self._table.clock()
        arn = stream.form.stream_arn
        return _Iterator(arn, shard.shard_id, position, now, self._generation).encode()

    def _stream(self, request: Request) -> Stream:
        stream = self._table.stream(request.get("StreamArn"))
        if stream is None:
            raise _RefusedError(
                "ResourceNotFoundException", "Requested resource not found: Stream not found"
            )
        return stream

    def _shard(self, stream: Stream, shard_id: object) -> Shard:
        shard = stream.shards.get(str(shard_id))
        if shard is None or shard.vanished:
            raise _RefusedError(
                "ResourceNotFoundException", "Requested resource not found: Shard does not exist"
            )
        return shard

    def _listed(self, stream: Stream) -> list[Shard]:
        shards = list(stream.shards.values())
        if self.behaviour.listing == "children first":
            shards.reverse()
        elif self.behaviour.listing == "shuffled":
            # The same in every call, or pages would not fit together.
            shards.sort(key=lambda shard: hashlib.blake2b(shard.shard_id.encode()).digest())
        return shards

    def _key_schema(self) -> list[dict[str, str]]:
        roles = zip(self._table.key_types, ("HASH", "RANGE"))
        return [{"AttributeName": name, "KeyType": role} for name, role in roles]


def subject(operation: str, body: bytes) -> tuple[str, str]:
    """The shard that a request is for, and the type of the iterator that it asks for."""
    try:
        request = orjson.loads(body)
        if operation == "GetRecords":
            return _Iterator.decode(request["ShardIterator"]).shard_id, ""
        if operation == "GetShardIterator":
            return str(request["ShardId"]), str(request["ShardIteratorType"])
    except (_RefusedError, orjson.JSONDecodeError, KeyError, TypeError):
        pass  # for the service to refuse
    return "", ""


def _parsed(body: bytes) -> Request:
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _RefusedError("SerializationException", "The body is no JSON.") from error
    if not isinstance(request, dict):
        raise _RefusedError("SerializationException", "The body is no JSON object.")
    return request


def _limit(request: Request, highest: int) -> int:
    limit = request.get("Limit", highest)
    if not isinstance(limit, int) or not 1 <= limit <= highest:
        raise _RefusedError("ValidationException", f"Limit must be a number from 1 to {highest}")
    return limit


def _check_not_trimmed(shard: Shard, position: int) -> None:
    if position < shard.trimmed_to:
        raise _RefusedError(
            "TrimmedDataAccessException", "The data you are trying to access has been trimmed."
        )


def _page(records: Sequence[ScriptedRecord]) -> Sequence[ScriptedRecord]:
    """As many of the records as fit into a page, one at least."""
    size = 0
    for count, record in enumerate(records):
        size += record.size_bytes
        if size > MAX_PAGE_BYTES and count:
            return records[:count]
    return records


def _describe(shard: Shard) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": sequence_text(shard.starting)}
    if shard.ending is not None:
        numbers["EndingSequenceNumber"] = sequence_text(shard.ending)
    description: dict[str, Any] = {"ShardId": shard.shard_id, "SequenceNumberRange": numbers}
    if shard.parent_id is not None:
        description["ParentShardId"] = shard.parent_id
    return description


def _success(answer: object) -> Answered:
    return Answered(HTTPStatus.OK, orjson.dumps(answer))
