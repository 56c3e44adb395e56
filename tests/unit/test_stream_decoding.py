"""The pickle that the JVM makes of a record, and what comes of loading it."""

from __future__ import annotations

import io
import pickle
import pickletools
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ITEMS, item_on_the_wire
from stream_records import NUMBER, stream_record

from pyflink_dynamodb import (
    InvalidConfigurationError,
    NewImageSchema,
    StreamRecord,
    StreamRecordError,
    StreamRecordSchema,
    _stream_decoding,
    register_type,
    registered_type,
)
from pyflink_dynamodb.attribute_value import forget_encoders
from pyflink_dynamodb.stream_schema import stream_schema

SECRET = "s3cret-value"


@pytest.fixture(autouse=True)
def _unregistered() -> Iterator[None]:
    """What a test registers is forgotten after it."""
    before = registered_type.registrations()
    yield
    registered_type._REGISTRATIONS.clear()
    registered_type._REGISTRATIONS.update(before)
    forget_encoders()


def as_the_jvm_does(schema: Any, json_text: bytes) -> bytes:
    """Prefix, opcode, length, JSON, suffix."""
    options = schema.java_options()
    length = struct.pack("<I", len(json_text))
    return bytes(options["prefix"] + b"B" + length + json_text + options["suffix"])


@dataclass
class Order:
    pk: str
    total: Decimal


@given(ITEMS)
def test_a_record_comes_out_of_the_pickle(item: dict[str, Any]) -> None:
    """Whatever its JSON holds, by either loader that PyFlink uses."""
    json_text = stream_record(new=item_on_the_wire(item))
    pickled = as_the_jvm_does(StreamRecordSchema(), json_text)

    assert pickle.loads(pickled) == cloudpickle.loads(pickled) == StreamRecord(json_text)


@given(st.binary(max_size=3_000))
def test_the_constants_are_opcodes_of_protocol_4(schema: bytes) -> None:
    """A call of `decode` with two byte strings, whatever bytes they are, and nothing else."""
    pickled = _stream_decoding.prefix(schema) + b"B\3\0\0\0abc" + _stream_decoding.SUFFIX

    found = [(opcode.name, argument) for opcode, argument, _ in pickletools.genops(pickled)]

    assert found == [
        ("PROTO", 4),
        ("GLOBAL", "pyflink_dynamodb._stream_decoding decode"),
        ("BINBYTES", schema),
        ("BINBYTES", b"abc"),
        ("TUPLE2", None),
        ("REDUCE", None),
        ("STOP", None),
    ]
    assert max(opcode.proto for opcode, _, _ in pickletools.genops(pickled)) <= 4
    pickletools.dis(pickled, out=io.StringIO())  # which checks the stack, too


def test_the_new_image_becomes_an_object() -> None:
    """Of the class that the schema names."""
    image = {"pk": {"S": "k"}, "total": {"N": "1.5"}}
    pickled = as_the_jvm_does(NewImageSchema(Order), stream_record(new=image))

    assert pickle.loads(pickled) == Order("k", Decimal("1.5"))


def test_a_function_is_called_with_the_record() -> None:
    """What it returns is the element."""
    schema = stream_schema(lambda record: (record.event_name, record.keys["pk"]))

    assert pickle.loads(as_the_jvm_does(schema, stream_record())) == ("MODIFY", "k")


def test_a_schema_is_unpickled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes are in every element."""
    loads = []
    monkeypatch.setattr(
        cloudpickle, "loads", lambda pickled: (loads.append(1), pickle.loads(pickled))[1]
    )
    pickled = as_the_jvm_does(stream_schema(lambda record: record.event_name), stream_record())

    assert [pickle.loads(pickled) for _ in range(5)] == ["MODIFY"] * 5
    assert len(loads) == 1


def test_a_worker_that_serves_many_jobs_keeps_few_schemas() -> None:
    """An interpreter in a task manager may live for years."""
    for number in range(600):
        schema = _stream_decoding.schema_bytes(lambda _record, number=number: number)
        assert _stream_decoding.decode(schema, stream_record()) == number

    assert len(_stream_decoding._FUNCTIONS) <= 256


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents


def test_what_the_main_script_declares_reaches_another_process(tmp_path: Path) -> None:
    """Classes by value, with registered types and annotations that only the script can read."""
    script = tmp_path / "job.py"
    script.write_text(
        """
from __future__ import annotations
import sys
from dataclasses import dataclass
from typing import Annotated
from pyflink_dynamodb import Attribute, NewImageSchema, register_type

class Money:
    def __init__(self, cents):
        self.cents = cents

register_type(Money, lambda money: money.cents, Money)
Total = Annotated[Money, Attribute(name="t")]

@dataclass
class Order:
    pk: str
    total: Total

options = NewImageSchema(Order).java_options()
sys.stdout.buffer.write(options["prefix"])
""",
        encoding="utf-8",
    )
    prefix = subprocess.run([sys.executable, script], capture_output=True, check=True).stdout
    image = {"pk": {"S": "k"}, "t": {"N": "150"}}
    json_text = stream_record(new=image)
    pickled = prefix + b"B" + struct.pack("<I", len(json_text)) + json_text + b"\x86R."

    order = pickle.loads(pickled)

    assert (type(order).__name__, order.pk, order.total.cents) == ("Order", "k", 150)


def test_what_cannot_be_pickled_is_named_where_the_source_is_attached() -> None:
    """With the remedy."""
    lock = threading.Lock()

    with pytest.raises(InvalidConfigurationError, match="deserialization_schema cannot be sent"):
        stream_schema(lambda _record: lock).java_options()


def failing(record: StreamRecord) -> Any:
    raise ValueError(f"bad value {record.keys['pk']}")


def not_fitting(record: StreamRecord) -> Any:
    return record.new(Order)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (failing, rf"{NUMBER} \(MODIFY\): the schema's function raised ValueError in failing \("),
        (not_fitting, rf"{NUMBER} \(MODIFY\): \$\.total: what the item has here is no"),
        (lambda record: record.old(Order), f"{NUMBER} has no old image"),
    ],
)
def test_a_failure_names_the_record_and_none_of_its_values(
    function: Any, says: str, tmp_path: Path
) -> None:
    """Nor does what Python prints of it, which ends in Flink's logs."""
    image = {"pk": {"S": SECRET}, "total": {"S": SECRET}}
    pickled = as_the_jvm_does(
        stream_schema(function), stream_record(keys={"pk": {"S": SECRET}}, new=image)
    )
    file = tmp_path / "element"
    file.write_bytes(pickled)
    program = f"import pathlib, pickle; pickle.loads(pathlib.Path({str(file)!r}).read_bytes())"

    with pytest.raises(StreamRecordError, match=says):
        pickle.loads(pickled)
    printed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent,  # where the functions are found by name
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    assert "pyflink_dynamodb.errors.StreamRecordError: the stream record" in printed
    assert SECRET not in printed


def test_registered_types_are_read() -> None:
    """As everywhere in the package."""
    register_type(Money, lambda money: money.cents, Money)

    @dataclass
    class Account:
        pk: str
        balance: Money

    image = {"pk": {"S": "k"}, "balance": {"N": "5"}}
    account: Any = pickle.loads(as_the_jvm_does(NewImageSchema(Account), stream_record(new=image)))
    assert account.balance.cents == 5
