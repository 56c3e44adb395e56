"""Markers on the fields of a class: what they contradict, and the key that they declare."""

# ruff: noqa: FA100 - what users of Python 3.9 write

import dataclasses
import datetime
import enum
import json
import pickle
import subprocess
import sys
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, List, NamedTuple, Optional, Union  # noqa: UP035

import cloudpickle
import pytest

from pyflink_dynamodb import (
    AsEpoch,
    AsJson,
    AsPickle,
    AsSet,
    Attribute,
    BeanElementConverter,
    DataclassElementConverter,
    DefaultElementConverter,
    Flatten,
    Ignore,
    PartitionKey,
    SortKey,
    TimeToLive,
    VersionAttribute,
    WriteRequest,
    from_item,
)
from pyflink_dynamodb.converters import ElementEncoder
from pyflink_dynamodb.errors import InvalidConfigurationError, UnsupportedTypeError
from pyflink_dynamodb.key_schema import key_schema

# Stands for what no message may repeat.
SECRET = "4111-1111-1111-1111"


def made(**hints: Any) -> type:
    return dataclasses.make_dataclass("Made", list(hints.items()))


class Codec:
    def encode(self, value: Any) -> object:
        return str(value)

    def decode(self, stored: Any) -> object:
        return int(stored)


@dataclasses.dataclass
class Inner:
    street: Optional[str] = None


@dataclasses.dataclass
class Within:
    inner: Annotated[Optional["Within"], Flatten()] = None


KEY = Annotated[str, PartitionKey()]


@pytest.mark.parametrize(
    ("hints", "problem"),
    [
        ({"a": KEY, "b": Annotated[str, PartitionKey()]}, "Made.b: PartitionKey.* a and b"),
        (
            {"p": KEY, "a": Annotated[str, SortKey()], "b": Annotated[str, SortKey()]},
            "Made.b: SortKey.* a and b",
        ),
        ({"a": Annotated[str, SortKey()]}, "Made.a: SortKey.* needs a partition key"),
        ({"a": Annotated[str, PartitionKey(), SortKey()]}, "Made.a: .*not both"),
        ({"a": Annotated[Optional[str], PartitionKey()]}, "Made.a: a key is never None"),
        ({"a": Optional[Annotated[str, PartitionKey()]]}, "Made.a: a key is never None"),
        ({"a": Annotated[bool, PartitionKey()]}, "Made.a: a key is a string, a number or bin"),
        ({"a": Annotated[list[str], PartitionKey()]}, "Made.a: a key is a string, a number"),
        ({"a": Annotated[int, PartitionKey(), VersionAttribute()]}, "cannot be on a key"),
        ({"a": Annotated[str, PartitionKey(), Ignore()]}, r"Made.a: Ignore\(\) contradicts"),
        ({"a": Annotated[str, Ignore(), AsJson()]}, r"Made.a: Ignore\(\) contradicts"),
        ({"a": Annotated[str, AsJson(), AsPickle()]}, r"AsJson\(\) and AsPickle\(\) contradict"),
        ({"a": Annotated[int, AsEpoch(), TimeToLive()]}, "contradict each other"),
        ({"a": Annotated[str, Attribute(codec=Codec()), AsSet()]}, "contradict each other"),
        ({"a": Annotated[Inner, Flatten(), Attribute(name="b")]}, "no use for Attribute"),
        ({"a": Annotated[str, Flatten()]}, "Made.a: Flatten.* is for a nested dataclass"),
        ({"a": Annotated[Inner, Flatten()], "street": str}, "Made.a: .*'street' already"),
        ({"a": Annotated[str, Attribute(name="b")], "b": str}, "Made.b: .*'b' already"),
        ({"a": Annotated[str, VersionAttribute()]}, "Made.a: VersionAttribute.* is for an int"),
        (
            {"a": Annotated[int, VersionAttribute()], "b": Annotated[int, VersionAttribute()]},
            "Made.b: VersionAttribute.* a and b",
        ),
        (
            {"a": Annotated[int, TimeToLive()], "b": Annotated[int, TimeToLive()]},
            "Made.b: TimeToLive.* a and b",
        ),
        (
            {"a": Annotated[Optional[int], TimeToLive(datetime.timedelta(1), "c")]},
            "Made.a: TimeToLive.* names another field",
        ),
        (
            {"a": Annotated[Optional[int], TimeToLive(datetime.timedelta(1), "a")]},
            "Made.a: TimeToLive.* names another field",
        ),
        ({"a": Annotated[str, PartitionKey]}, r"Made.a: PartitionKey lacks its \(\)"),
        ({"a": Annotated[str, AsJson(), AsJson()]}, "Made.a: AsJson.* stands there twice"),
        ({"a": list[Annotated[datetime.date, AsEpoch()]]}, "markers stand on the whole field"),
        ({"a": dict[str, List[KEY]]}, "markers stand on the whole field"),  # noqa: UP006
    ],
)
def test_markers_that_contradict_are_one_clear_error_when_the_class_is_met(
    hints: dict[str, Any], problem: str
) -> None:
    cls = made(**hints)
    for converter in (BeanElementConverter, DataclassElementConverter):
        with pytest.raises(InvalidConfigurationError, match=problem) as raised:
            converter(cls)
        assert len(raised.value.problems) == 1
    record = cls(*[SECRET] * len(hints))
    with pytest.raises(InvalidConfigurationError, match=problem):
        WriteRequest.put(record).to_json()
    for reject in (True, False):
        # It is no fault of the record, so that the policy for records does not apply.
        with pytest.raises(InvalidConfigurationError, match=problem) as raised:
            ElementEncoder(DefaultElementConverter(), reject)([record])
        assert SECRET not in str(raised.value)


def test_a_class_flattened_into_itself_is_refused() -> None:
    with pytest.raises(InvalidConfigurationError, match=r"Within.inner: .*not for a class within"):
        BeanElementConverter(Within)


def test_all_problems_of_a_class_are_listed_at_once() -> None:
    cls = made(a=Annotated[Optional[str], PartitionKey()], b=Annotated[str, VersionAttribute()])
    with pytest.raises(InvalidConfigurationError) as raised:
        BeanElementConverter(cls)
    assert len(raised.value.problems) == 2


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Attribute(name=""), "1 to 65,535 bytes"),
        (lambda: Attribute(name="x" * 65_536), "1 to 65,535 bytes"),
        (lambda: Attribute(name=5), "1 to 65,535 bytes"),  # type: ignore[arg-type]
        (lambda: Attribute(codec="x"), "encode and decode"),  # type: ignore[arg-type]
        (lambda: AsEpoch("hours"), "s, ms, us, ns"),
        (lambda: TimeToLive(after=datetime.timedelta(1)), "both after"),
        (lambda: TimeToLive(of="a"), "both after"),
        (lambda: TimeToLive(5, "a"), "both after"),  # type: ignore[arg-type]
    ],
)
def test_a_marker_that_cannot_be_is_refused_at_once(make: Any, problem: str) -> None:
    with pytest.raises(InvalidConfigurationError, match=problem):
        make()


def test_markers_are_values() -> None:
    for marker in (PartitionKey(), Attribute(name="a"), AsEpoch("ms"), TimeToLive()):
        assert pickle.loads(pickle.dumps(marker)) == marker
        with pytest.raises(dataclasses.FrozenInstanceError):
            marker.name = "b"  # type: ignore[misc,union-attr]


# --- the primary key ---


class Colour(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    ("hint", "tag"),
    [
        *[(cls, "S") for cls in (str, uuid.UUID, datetime.date, datetime.datetime)],
        *[(cls, "N") for cls in (int, float, Decimal, datetime.timedelta, Colour)],
        *[(cls, "B") for cls in (bytes, bytearray)],
        (Annotated[datetime.datetime, AsEpoch()], "N"),
        (Annotated[list[str], AsJson()], "S"),
        (Annotated[Any, AsPickle()], "B"),
        (Annotated[int, Attribute(codec=Codec())], None),
        (Any, None),
        ("NotImported", None),
    ],
)
def test_the_type_of_a_key_is_known_from_its_field(hint: Any, tag: Optional[str]) -> None:
    annotation = hint if isinstance(hint, str) else Annotated[hint, PartitionKey()]
    if isinstance(hint, str):
        annotation = f"Annotated[{hint}, PartitionKey()]"
    schema = key_schema(made(a=annotation, b=int))
    assert schema == (("a", tag), None)


def test_a_primary_key_has_the_attributes_names_and_may_be_flattened() -> None:
    class Key(NamedTuple):
        user: Annotated[str, PartitionKey(), Attribute(name="pk")]
        at: Annotated[int, SortKey()]

    assert key_schema(Key) == (("pk", "S"), ("at", "N"))
    assert key_schema(made(key=Annotated[Key, Flatten()], a=int)) == (("pk", "S"), ("at", "N"))
    assert key_schema(made(key=Key)) is None
    assert key_schema(dict) is None


# --- annotations as text, and classes of `__main__` ---


def test_class_variables_and_foreign_metadata_are_let_be() -> None:
    @dataclasses.dataclass
    class Record:
        limit: ClassVar[Annotated[int, Ignore()]] = 5
        a: Annotated[int, "a note"] = 1

    class Bean:
        limit: ClassVar[int] = 5
        a: Annotated[int, PartitionKey()] = 1

    for record in (Record(), Bean()):
        encoded = ElementEncoder(DefaultElementConverter(), reject_failures=False)(record)
        assert json.loads(encoded)["PutRequest"]["Item"] == {"a": {"N": "1"}}


JOB = """
from __future__ import annotations
import dataclasses, datetime, sys
from typing import Annotated, Optional
import cloudpickle
import pyflink_dynamodb
from pyflink_dynamodb import *
from pyflink_dynamodb.converters import ElementEncoder

Hidden = Annotated[str, pyflink_dynamodb.Ignore()]

class Money:
    def __init__(self, cents): self.cents = cents

register_type(Money, lambda money: money.cents, Money)

@dataclasses.dataclass
class Line:
    sku: str
    price: Optional[Money] = None

@dataclasses.dataclass
class Order:
    id: Annotated[str, PartitionKey()]
    at: Annotated[datetime.datetime, AsEpoch()]
    line: Annotated[Line, Flatten(), IgnoreNulls()]
    secret: Annotated[Optional[Money], Ignore()] = None
    hidden: Annotated[str, {marker}] = "hidden"
    alias: Hidden = "hidden"

class Bean:
    def __init__(self): self.id, self.price = "b", Money(5)
    id: str
    price: Money

at = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
order = Order("o", at, Line("a", Money(7)), Money(9))
work = [(ElementEncoder(converter, False), order)
        for converter in (DefaultElementConverter(), DataclassElementConverter(Order))]
work.append((ElementEncoder(BeanElementConverter(Bean), False), Bean()))
sys.stdout.buffer.write(cloudpickle.dumps(work))
"""
WORKER = """
import pickle, sys
for encode, element in pickle.load(sys.stdin.buffer):
    try:
        print(encode(element).decode())
    except Exception as error:
        print(type(error).__name__, error)
"""


def in_a_worker(tmp_path: Path, marker: str) -> list[str]:
    """What the encoders of a job give in a process whose `__main__` is another."""
    root = Path(__file__).parents[2]
    job = tmp_path / "job.py"
    job.write_text(JOB.replace("{marker}", marker))
    environ = {"PYTHONPATH": str(root), "PATH": ""}
    sent = subprocess.run(
        [sys.executable, job], stdout=subprocess.PIPE, check=True, env=environ
    ).stdout
    answer = subprocess.run(
        [sys.executable, "-c", WORKER], input=sent, stdout=subprocess.PIPE, check=True, env=environ
    )
    return answer.stdout.decode().splitlines()


def test_markers_and_registered_types_of_the_main_script_reach_a_worker(tmp_path: Path) -> None:
    """Its annotations are text, and the worker's `__main__` lacks most of the names in them."""
    item = '"id":{"S":"o"},"at":{"N":"1577836800"},"sku":{"S":"a"},"price":{"N":"7"}'
    order = f'{{"PutRequest":{{"Item":{{{item}}}}}}}'
    bean = '{"PutRequest":{"Item":{"id":{"S":"b"},"price":{"N":"5"}}}}'
    assert in_a_worker(tmp_path, "Ignore()") == [order, order, bean]


def test_a_marker_that_a_worker_cannot_find_is_refused_and_not_forgotten(tmp_path: Path) -> None:
    default, named, _ = in_a_worker(tmp_path, "pyflink_dynamodb.Ignore()")
    for answer in (default, named):
        assert answer.startswith(
            "InvalidConfigurationError __main__.Order.hidden: pyflink_dynamodb"
        )
        assert 'hidden"' not in answer


def test_what_no_python_can_evaluate_is_refused_only_if_it_has_markers() -> None:
    good = made(id=str, odd="1 +")
    encode = ElementEncoder(DefaultElementConverter(), reject_failures=False)
    assert json.loads(encode(good("a", 5)))["PutRequest"]["Item"]["odd"] == {"N": "5"}
    bad = made(id=str, odd="Annotated[1 +")
    with pytest.raises(InvalidConfigurationError, match="evaluated by this Python"):
        encode(bad("a", SECRET))


@pytest.mark.parametrize("no_class", [Inner("x"), "Inner", None, dict, str, int, object])
def test_a_bean_converter_of_no_class_with_fields_is_refused_at_once(no_class: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="takes a class with annotated"):
        BeanElementConverter(no_class)


def test_a_bean_converter_refuses_other_classes_and_is_readable() -> None:
    converter = BeanElementConverter(Inner, ignore_nulls=True)
    assert repr(converter) == "BeanElementConverter(Inner, ignore_nulls=True)"
    with pytest.raises(UnsupportedTypeError, match=r"takes test_annotations\.Inner, not dict"):
        converter({"street": SECRET})  # type: ignore[arg-type]
    assert pickle.loads(cloudpickle.dumps(converter))(Inner()).to_json() == (
        b'{"PutRequest":{"Item":{}}}'
    )


def test_reading_meets_a_class_as_writing_does() -> None:
    cls = made(a=Annotated[str, AsJson(), AsPickle()])
    with pytest.raises(InvalidConfigurationError, match="contradict"):
        from_item(cls, {"a": "x"})


def test_unions_of_marked_arms_have_their_marker() -> None:
    cls = made(id=str, at=Union[Annotated[datetime.date, AsEpoch()], None])
    encode = ElementEncoder(DefaultElementConverter(), reject_failures=False)
    item = json.loads(encode(cls("a", datetime.date(1970, 1, 2))))["PutRequest"]["Item"]
    assert item["at"] == {"N": "86400"}
    assert from_item(cls, item) == cls("a", datetime.date(1970, 1, 2))
