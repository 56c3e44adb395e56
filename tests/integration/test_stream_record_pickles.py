"""The pickle that stands for a stream record is an object for Python's functions in either mode."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import pytest
from pyflink.common import Types
from pyflink.datastream import DataStream
from pyflink.java_gateway import get_gateway

from pyflink_dynamodb import NewImageSchema, StreamRecord, StreamRecordSchema

RECORD = {
    "eventID": "e1",
    "eventName": "INSERT",
    "dynamodb": {
        "ApproximateCreationDateTime": 1795268040.000,
        "Keys": {"pk": {"S": "k"}},
        "NewImage": {"pk": {"S": "k"}, "n": {"N": "7"}},
        "SequenceNumber": "000000000000000000001",
        "SizeBytes": 7,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    },
}


@dataclass
class Order:
    pk: str
    n: int


def twice(order: Order) -> tuple[str, int]:
    return order.pk, 2 * order.n


def by_key(record: StreamRecord) -> str:
    return str(record.keys["pk"])


def name_and_image(record: StreamRecord) -> tuple[str, Any]:
    return record.event_name, record.new_image


def stream_of(env: Any, schema: Any) -> DataStream:
    """A stream of one element as the JVM of a streams source makes it."""
    options = schema.java_options()
    text = json.dumps(RECORD).encode()
    element = options["prefix"] + b"B" + struct.pack("<I", len(text)) + text + options["suffix"]
    elements = get_gateway().jvm.java.util.ArrayList([element])
    pickled = Types.PICKLED_BYTE_ARRAY().get_java_type_info()
    return DataStream(env._j_stream_execution_environment.fromCollection(elements, pickled))


@pytest.mark.parametrize("mode", ["process", "thread"])
def test_functions_get_objects(mode: str, environment: Any) -> None:
    """Also behind a shuffle, for which PyFlink pickles them once more."""
    env = environment(mode)

    with stream_of(env, NewImageSchema(Order)).map(twice).execute_and_collect() as found:
        assert list(found) == [("k", 14)]
    keyed = stream_of(env, StreamRecordSchema()).key_by(by_key).map(name_and_image)
    with keyed.execute_and_collect() as found:
        assert list(found) == [("INSERT", {"pk": "k", "n": 7})]
