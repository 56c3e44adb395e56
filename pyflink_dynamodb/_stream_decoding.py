"""What turns a stream record into a Python object, where PyFlink reads a pickled element.

The JVM puts each record's JSON between two constants, `PREFIX...` and `SUFFIX`, which make a pickle
of it: a call of `decode` with the schema and the JSON. Whoever loads the pickle, be it PyFlink's
worker process or the interpreter in the task manager, has the object; no operator stands between.
"""

from __future__ import annotations

import struct
import traceback
from typing import Any, Callable

import cloudpickle

from pyflink_dynamodb.errors import (
    InvalidConfigurationError,
    PyFlinkDynamoDbError,
    StreamRecordError,
)
from pyflink_dynamodb.registered_type import registrations, take_over
from pyflink_dynamodb.stream_record import StreamRecord
from pyflink_dynamodb.type_hint import names_of_main, remember_names_of_main
from pyflink_dynamodb.type_rule import type_name

RecordFunction = Callable[[StreamRecord], Any]

# A worker serves one job, an interpreter in a task manager many, one after the other.
_MAX_FUNCTIONS = 256
_FUNCTIONS: dict[bytes, RecordFunction] = {}

# Opcodes of pickle, protocol 4 (PEP 3154 and `pickletools`).
_PROTOCOL = b"\x80\x04"
_GLOBAL = b"c"
_BINBYTES = b"B"
_TUPLE2_REDUCE_STOP = b"\x86R."

SUFFIX = _TUPLE2_REDUCE_STOP
"""What follows the JSON."""


def prefix(schema: bytes) -> bytes:
    """What stands before the opcode, length and bytes of the JSON.

    Args:
        schema: As `schema_bytes` gives it; empty for the record itself.
    """
    where = f"{decode.__module__}\n{decode.__qualname__}\n".encode("ascii")
    return _PROTOCOL + _GLOBAL + where + _BINBYTES + struct.pack("<I", len(schema)) + schema


def schema_bytes(function: RecordFunction) -> bytes:
    """A function of a stream record as bytes, for other processes.

    Classes and functions of the job's main script go by value, others by their names. Registered
    types go with them.

    Raises:
        InvalidConfigurationError: It cannot be pickled.
    """
    try:
        pickled: bytes = cloudpickle.dumps((names_of_main(), registrations(), function), protocol=4)
        return pickled  # noqa: TRY300
    except Exception as error:
        raise InvalidConfigurationError(
            f"deserialization_schema cannot be sent to Flink's workers: pickling it raised "
            f"{type_name(type(error))}; what it holds must be picklable, so open files, locks "
            "and connections where it is called"
        ) from error


def decode(schema: bytes, json: bytes) -> Any:
    """What a stream record is to a schema; called by unpickling an element.

    Args:
        schema: As `schema_bytes` gives it; empty for the record itself.
        json: The record as GetRecords gives it.

    Raises:
        WireFormatError: This is no stream record.
        StreamRecordError: The schema's function failed.
    """
    record = StreamRecord(json)
    if not schema:
        return record
    function = _FUNCTIONS.get(schema) or _loaded(schema)
    try:
        return function(record)
    except StreamRecordError:
        raise  # it names the record
    except PyFlinkDynamoDbError as error:
        what = str(error)
    except Exception as error:  # noqa: BLE001 - whatever the user's own code raises
        # Its type and place only: the text may quote a value.
        last = traceback.extract_tb(error.__traceback__)[-1]
        what = (
            f"the schema's function raised {type_name(type(error))} in {last.name} ({last.filename}"
            f", line {last.lineno})"
        )
    raise StreamRecordError(
        f"the stream record {record.sequence_number} ({record.event_name}): {what}"
    )


def _loaded(schema: bytes) -> RecordFunction:
    names, registered, function = cloudpickle.loads(schema)
    remember_names_of_main(names)
    take_over(registered)
    if len(_FUNCTIONS) >= _MAX_FUNCTIONS:
        _FUNCTIONS.clear()
    _FUNCTIONS[schema] = function
    return function  # type: ignore[no-any-return] # cloudpickle is untyped
