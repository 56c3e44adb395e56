"""Items read back to the class that they were written from."""

# ruff: noqa: UP007, UP045, RUF009 - what users of Python 3.9 write

from __future__ import annotations

import collections
import dataclasses
import datetime
import enum
import json
import pickle
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    TypeVar,
    Union,
)

import attrs
import boto3.dynamodb.types
import numpy
import numpy.typing
import pandas
import pydantic
import pydantic.v1
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyflink.common import Row
from strategies import BINARY, DECIMALS, FLOATS, INTEGERS, NAMES, TEXT

from pyflink_dynamodb import (
    AsEpoch,
    AsJson,
    AsPickle,
    AsSet,
    Attribute,
    BeanElementConverter,
    DefaultElementConverter,
    Flatten,
    Ignore,
    IgnoreNulls,
    PartitionKey,
    SortKey,
    TimeToLive,
    VersionAttribute,
    from_item,
)
from pyflink_dynamodb.attribute_value import from_attribute_value, to_attribute_value
from pyflink_dynamodb.converters import ElementEncoder
from pyflink_dynamodb.errors import ConversionError, InvalidConfigurationError

# Stands for what no message may repeat.
SECRET = "4111-1111-1111-1111"
HOUR = datetime.timedelta(hours=1)
UTC = datetime.timezone.utc


class Status(enum.Enum):
    OPEN = "open"
    CLOSED = 2


class Priority(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Position(NamedTuple):
    x: int
    y: Optional[float] = None


@dataclasses.dataclass(frozen=True)
class Line:
    sku: str
    price: Optional[Decimal] = None


@dataclasses.dataclass
class Address:
    street: Optional[str]
    city: Annotated[Optional[str], Attribute(name="town")] = None


class Hex:
    """A codec: an int as hexadecimal text."""

    def encode(self, value: int) -> str:
        return f"{value:x}"

    def decode(self, stored: str) -> int:
        return int(stored, 16)


UserId = NewType("UserId", str)


@dataclasses.dataclass
class Everything:
    """Every type, and every marker that loses nothing."""

    user_id: Annotated[UserId, PartitionKey()]
    at: Annotated[datetime.datetime, SortKey(), AsEpoch("us"), Attribute(name="@")]
    flag: bool
    whole: int
    exact: Decimal
    real: float
    text: str
    data: bytes
    array: bytearray
    uid: uuid.UUID
    status: Status
    priority: Priority
    date: datetime.date
    time: datetime.time
    naive: datetime.datetime
    aware: datetime.datetime
    delta: datetime.timedelta
    maybe: Optional[int]
    either: Union[int, str, None]
    numbers: list[int]
    pair: tuple[str, Decimal]
    many: tuple[Position, ...]
    words: set[str]
    counts: frozenset[int]
    blobs: set[bytes]
    uids: set[uuid.UUID]
    by_name: dict[str, Line]
    lines: list[Line]
    position: Position
    sparse: Annotated[Address, IgnoreNulls()]
    home: Annotated[Address, Flatten()]
    hexed: Annotated[int, Attribute(codec=Hex())]
    tags: Annotated[list[str], AsSet()]
    day: Annotated[Optional[datetime.date], AsEpoch()]
    until: Annotated[Optional[int], TimeToLive()]
    document: Annotated[dict[str, Any], AsJson()]
    anything: Annotated[Any, AsPickle()]
    literal: Literal["a", "b"]
    single: numpy.float32
    small: numpy.int8
    moment: numpy.datetime64
    inner: Optional[Everything] = None
    hidden: Annotated[str, Ignore()] = "default"
    computed: int = dataclasses.field(init=False, default=0)


TIMES = st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30))  # noqa: DTZ001
OFFSETS = st.timedeltas(-23 * HOUR, 23 * HOUR).map(datetime.timezone)
AWARE = st.builds(lambda time, zone: time.replace(tzinfo=zone), TIMES, OFFSETS)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
LINES = st.builds(Line, TEXT, st.none() | DECIMALS)
POSITIONS = st.builds(Position, INTEGERS, st.none() | FLOATS)
ADDRESSES = st.builds(Address, st.none() | TEXT, st.none() | TEXT)
SIMPLE = {
    "user_id": st.text(min_size=1, max_size=9),
    "at": AWARE,
    "flag": st.booleans(),
    "whole": INTEGERS,
    "exact": DECIMALS,
    "real": FLOATS,
    "text": TEXT,
    "data": BINARY,
    "array": BINARY.map(bytearray),
    "uid": st.uuids(),
    "status": st.sampled_from(Status),
    "priority": st.sampled_from(Priority),
    "date": st.dates(),
    "time": st.times(),
    "naive": TIMES,
    "aware": AWARE,
    "delta": st.timedeltas(),
    "maybe": st.none() | INTEGERS,
    "either": st.none() | INTEGERS | TEXT,
    "numbers": st.lists(INTEGERS, max_size=3),
    "pair": st.tuples(TEXT, DECIMALS),
    "many": st.lists(POSITIONS, max_size=3).map(tuple),
    "words": st.sets(TEXT, min_size=1, max_size=3),
    "counts": st.frozensets(INTEGERS, min_size=1, max_size=3),
    "blobs": st.sets(BINARY, min_size=1, max_size=3),
    "uids": st.sets(st.uuids(), min_size=1, max_size=2),
    "by_name": st.dictionaries(NAMES, LINES, max_size=3),
    "lines": st.lists(LINES, max_size=3),
    "position": POSITIONS,
    "sparse": ADDRESSES,
    "home": ADDRESSES,
    "hexed": st.integers(),
    "tags": st.sets(TEXT, max_size=3).map(sorted),
    "day": st.none() | st.dates(),
    "until": st.none() | INTEGERS,
    "document": st.dictionaries(TEXT, JSON, max_size=3),
    "anything": st.none() | st.just({1: {2j}}) | st.binary(),
    "literal": st.sampled_from("ab"),
    "single": st.floats(width=32, min_value=-(2.0**99), max_value=2.0**99)
    .filter(lambda number: number == 0 or abs(number) > 1e-30)
    .map(numpy.float32),
    "small": st.integers(-128, 127).map(numpy.int8),
    "moment": st.integers(-(2**62), 2**62).map(lambda n: numpy.datetime64(n, "ns")),
}
EVERYTHING = st.builds(Everything, **SIMPLE, inner=st.none() | st.builds(Everything, **SIMPLE))


def written(record: object, converter: Any = None) -> dict[str, Any]:
    """The item on the wire."""
    encode = ElementEncoder(converter or DefaultElementConverter(), reject_failures=False)
    return dict(json.loads(encode(record))["PutRequest"]["Item"])


def forms(record: object, converter: Any = None) -> list[dict[str, Any]]:
    """The item as the wire, a client, boto3's Table and `scan_items` have it."""
    item = written(record, converter)
    plain = {name: from_attribute_value(value) for name, value in item.items()}
    client = {name: to_attribute_value(value) for name, value in plain.items()}
    read = boto3.dynamodb.types.TypeDeserializer().deserialize
    return [item, plain, client, {name: read(value) for name, value in client.items()}]


def fields(record: Any) -> dict[str, Any]:
    return {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}


@settings(max_examples=60)
@given(EVERYTHING)
def test_everything_reads_back_as_it_was_written(record: Everything) -> None:
    for item in forms(record):
        read = from_item(Everything, item)
        assert read == record
        for name, value in fields(record).items():
            assert type(getattr(read, name)) is type(value), name
        assert str(read.exact) == str(record.exact) or record.exact in (0, int(record.exact))
        for name in ("aware", "naive"):
            assert getattr(read, name).utcoffset() == getattr(record, name).utcoffset()


@given(st.builds(Everything, **SIMPLE), st.booleans())
def test_every_form_of_an_item_reads_alike_with_nulls_left_out_too(
    record: Everything, ignore_nulls: bool
) -> None:
    converter = DefaultElementConverter(ignore_nulls)
    assert [from_item(Everything, item) for item in forms(record, converter)] == [record] * 4


# --- classes made up ---

TYPES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    *[(int, INTEGERS), (str, TEXT), (Decimal, DECIMALS), (float, FLOATS), (bool, st.booleans())],
    *[(bytes, BINARY), (uuid.UUID, st.uuids()), (datetime.date, st.dates())],
    *[
        (datetime.time, st.times()),
        (datetime.datetime, AWARE),
        (datetime.timedelta, st.timedeltas()),
    ],
    *[(Status, st.sampled_from(Status)), (Priority, st.sampled_from(Priority)), (Line, LINES)],
    *[(Position, POSITIONS)],
]


@st.composite
def typed(draw: st.DrawFn, depth: int = 2) -> tuple[Any, st.SearchStrategy[Any]]:
    """A type, and what its values are."""
    kind = draw(st.integers(0, 6 if depth else 0))
    if kind <= 2:
        return draw(st.sampled_from(TYPES))
    hint, values = draw(typed(depth - 1))
    if kind == 3:
        return Optional[hint], st.none() | values
    if kind == 4:
        return list[hint], st.lists(values, max_size=3)
    if kind == 5:
        return tuple[hint, ...], st.lists(values, max_size=3).map(tuple)
    return dict[str, hint], st.dictionaries(NAMES, values, max_size=3)


MAKERS: list[Any] = [
    lambda hints: dataclasses.make_dataclass("Made", list(hints.items())),
    lambda hints: dataclasses.make_dataclass("Made", list(hints.items()), frozen=True),
    lambda hints: attrs.make_class("Made", {n: attrs.field(type=h) for n, h in hints.items()}),
    lambda hints: NamedTuple("Made", list(hints.items())),
    lambda hints: pydantic.create_model("Made", **{n: (h, ...) for n, h in hints.items()}),
    lambda hints: pydantic.v1.create_model("Made", **{n: (h, ...) for n, h in hints.items()}),
]


# Old and new models of pydantic within each other are rare, and its own business.
@pytest.mark.filterwarnings("ignore:`__get_validators__` is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Mixing V1 models and V2 models:UserWarning")
@settings(max_examples=80)
@given(st.data(), st.sampled_from(MAKERS))
def test_any_class_of_any_types_reads_back(data: st.DataObject, make: Any) -> None:
    """Of every kind of class."""
    names = data.draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, min_size=1))
    types = {name: data.draw(typed()) for name in names}
    cls = make({name: hint for name, (hint, _) in types.items()})
    values = {name: data.draw(values) for name, (_, values) in types.items()}
    # A model may be given values that it would take apart, such as a dataclass of its own making.
    new = getattr(cls, "model_construct", None) or getattr(cls, "construct", None) or cls
    record = new(**values)
    for item in forms(record):
        assert from_item(cls, item) == record
    assert from_item(cls, written({"nested": record})["nested"]["M"]) == record
    converter = BeanElementConverter(cls)
    assert written(record, converter) == written(record)


# --- kinds of class ---


@attrs.define
class Attrs:
    user_id: Annotated[str, PartitionKey()]
    _private: int = 3
    note: Annotated[Optional[str], Attribute(name="remark")] = None
    made: int = attrs.field(init=False, default=7)


class Model(pydantic.BaseModel):
    user_id: Annotated[str, PartitionKey(), pydantic.Field(min_length=1)]
    count: int = pydantic.Field(default=0, alias="n")
    when: Annotated[Optional[datetime.datetime], AsEpoch("ms")] = None
    line: Optional[Line] = None
    secret: Annotated[str, Ignore()] = "default"


class OldModel(pydantic.v1.BaseModel):
    user_id: Annotated[str, PartitionKey()]
    count: int = 0
    secret: Annotated[str, Ignore()] = "default"


class Bean:
    """Annotated attributes, and properties, one of which cannot be set."""

    limit: int = 5
    user_id: Annotated[str, PartitionKey()]
    _hidden: str = "hidden"

    def __init__(self) -> None:
        self._price = Decimal(0)

    @property
    def price(self) -> Annotated[Decimal, Attribute(name="cost")]:
        return self._price

    @price.setter
    def price(self, price: Decimal) -> None:
        self._price = price

    @property
    def double(self) -> Decimal:
        return self._price * 2

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bean) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


class Unmarked:
    """A class that only a converter of its own takes."""

    def __init__(self, sku: str, *, price: Optional[int] = None) -> None:
        self.sku = sku
        self._price = price

    sku: str

    @property
    def price(self) -> Optional[int]:
        return self._price

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unmarked) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


def test_an_attrs_class_both_ways() -> None:
    record = Attrs("u1", 4, "x")
    record.made = 9
    expected = {"user_id": {"S": "u1"}, "_private": {"N": "4"}, "remark": {"S": "x"}}
    assert written(record) == {**expected, "made": {"N": "9"}}
    assert from_item(Attrs, written(record)) == record
    assert from_item(Attrs, {"user_id": "u1"}) == Attrs("u1")


def test_a_pydantic_model_both_ways_by_its_fields_names() -> None:
    when = datetime.datetime(2020, 1, 1, tzinfo=UTC)
    record = Model(user_id="u1", n=3, when=when, line=Line("a"), secret=SECRET)
    item = written(record)
    assert item["count"] == {"N": "3"}
    assert item["when"] == {"N": "1577836800000"}
    assert "secret" not in item
    assert from_item(Model, item) == record.model_copy(update={"secret": "default"})
    old = OldModel(user_id="u1", secret=SECRET)
    assert written(old) == {"user_id": {"S": "u1"}, "count": {"N": "0"}}
    assert from_item(OldModel, written(old)) == OldModel(user_id="u1")


def test_a_model_of_undeclared_attributes_is_refused() -> None:
    class Open(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="allow")
        user_id: str

    with pytest.raises(InvalidConfigurationError, match=r"Open: with extra='allow'"):
        written(Open(user_id="u1", more=SECRET))


def test_a_bean_both_ways() -> None:
    bean = Bean()
    bean.user_id, bean.price = "u1", Decimal("1.5")
    item = written(bean)
    assert item == {
        "limit": {"N": "5"},
        "user_id": {"S": "u1"},
        "cost": {"N": "1.5"},
        "double": {"N": "3.0"},
    }
    read = from_item(Bean, item)
    assert (read.user_id, read.price, read.limit) == ("u1", bean.price, 5)
    assert written(read) == item


def test_a_plain_class_without_markers_is_taken_by_its_own_converter_only() -> None:
    record = Unmarked("a", price=3)
    item = {"sku": {"S": "a"}, "price": {"N": "3"}}
    assert written(record, BeanElementConverter(Unmarked)) == item
    assert BeanElementConverter(Unmarked)(record).to_json() == ElementEncoder(
        BeanElementConverter(Unmarked), reject_failures=False
    )(record)
    assert from_item(Unmarked, item) == record
    with pytest.raises(ConversionError, match="BeanElementConverter"):
        written(record)
    with pytest.raises(ConversionError, match=r"^\$\.nested: no DynamoDB type"):
        written({"nested": record})


def test_dicts_and_rows_are_read_as_plain_values() -> None:
    item = {"id": {"S": "u1"}, "lines": {"L": [{"M": {"n": {"N": "1"}}}]}}
    plain = {"id": "u1", "lines": [{"n": 1}]}
    for cls in (dict, collections.OrderedDict):
        assert from_item(cls, item) == from_item(cls, plain) == plain
    assert from_item(Row, item) == Row(id="u1", lines=[{"n": 1}])


def test_a_number_of_boto3s_table_reads_as_from_any_other_form() -> None:
    item = {"id": "u1", "whole": Decimal(7), "list": [Decimal("7.0")], "binary": bytearray(b"x")}
    read = from_item(dict, item)
    assert {name: type(value) for name, value in read.items()} == {
        "id": str,
        "whole": int,
        "list": list,
        "binary": bytes,
    }
    assert str(read["list"][0]) == "7.0"


# --- the two forms of an item ---


def test_a_map_that_looks_like_an_attribute_value_is_told_apart_by_the_key() -> None:
    """No key attribute is a map, so that one of the plain values is no dict."""

    @dataclasses.dataclass
    class Record:
        id: str
        m: dict[str, Any]

    record = Record("u1", {"S": "x"})
    for item in forms(record):
        assert from_item(dict, item)["m"] == {"S": "x"}


def test_what_is_no_attribute_value_is_named_by_its_attribute() -> None:
    with pytest.raises(ConversionError) as raised:
        from_item(Line, {"sku": {"S": "a"}, "price": {"N": SECRET}})
    assert raised.value.path == "$.price"
    assert SECRET not in str(raised.value)


# --- markers ---


@dataclasses.dataclass
class Life:
    created: datetime.datetime
    expires: Annotated[
        Union[int, datetime.datetime, None],
        TimeToLive(after=datetime.timedelta(days=1), of="created"),
    ] = None
    version: Annotated[Optional[int], VersionAttribute()] = None


NOON = datetime.datetime(2020, 1, 1, 12, 0, 0, 999_999, tzinfo=datetime.timezone(HOUR))


@pytest.mark.parametrize(
    ("expires", "expected"),
    [(None, 1577876400 + 86_400), (5, 5), (NOON, 1577876400)],
)
def test_a_time_to_live_is_given_or_follows_from_another_field(expires: Any, expected: int) -> None:
    item = written(Life(NOON, expires))
    assert item["expires"] == {"N": str(expected)}
    assert from_item(Life, item).expires == expected


def test_a_time_to_live_follows_from_seconds_or_from_nothing() -> None:
    created: Any = 10
    assert written(Life(created))["expires"] == {"N": "86410"}
    created = None
    assert written(Life(created))["expires"] == {"NULL": True}
    assert "expires" not in written(Life(created), DefaultElementConverter(ignore_nulls=True))


@pytest.mark.parametrize("missing", [pandas.NaT, pandas.NA])
def test_what_pandas_calls_missing_counts_as_none_in_a_time_to_live(missing: Any) -> None:
    """The field is then counted from the other; without that, there is no time to live."""
    assert written(Life(NOON, missing)) == written(Life(NOON, None))
    assert written(Life(missing))["expires"] == {"NULL": True}
    assert written(Life(missing, missing))["expires"] == {"NULL": True}
    assert "expires" not in written(Life(missing), DefaultElementConverter(ignore_nulls=True))


def test_a_time_to_live_as_datetime_reads_as_one() -> None:
    @dataclasses.dataclass
    class Session:
        until: Annotated[datetime.datetime, TimeToLive()]

    read = from_item(Session, {"until": 1577876400})
    assert read.until == NOON.replace(microsecond=0)
    assert read.until.utcoffset() == datetime.timedelta(0)


@pytest.mark.parametrize(("version", "stored"), [(None, 1), (1, 2), (-1, 0)])
def test_a_version_is_written_as_the_next_and_read_as_it_is(
    version: Optional[int], stored: int
) -> None:
    item = written(Life(NOON, version=version))
    assert item["version"] == {"N": str(stored)}
    assert from_item(Life, item).version == stored


@dataclasses.dataclass
class Nested:
    sparse: Annotated[Any, IgnoreNulls()] = None
    full: Optional[Address] = None
    flat: Annotated[Optional[Address], Flatten()] = None
    tags: Annotated[Optional[tuple[int, ...]], AsSet()] = ()


def test_nulls_are_ignored_in_the_nested_object_and_nowhere_else() -> None:
    sparse = Address(None, "x")
    item = written(Nested(sparse=sparse, full=Address(None, "y")))
    assert item["sparse"] == {"M": {"town": {"S": "x"}}}
    assert item["full"] == {"M": {"street": {"NULL": True}, "town": {"S": "y"}}}
    assert written(Nested(sparse={"a": None, "b": {"c": None}}))["sparse"] == {
        "M": {"b": {"M": {"c": {"NULL": True}}}}
    }
    assert written(Nested())["sparse"] == {"NULL": True}


def test_a_flattened_object_is_part_of_the_item() -> None:
    flat = Nested(flat=Address("s", None))
    assert written(flat)["town"] == {"NULL": True}
    assert written(flat)["street"] == {"S": "s"}
    assert from_item(Nested, written(flat)) == flat
    assert "town" not in written(flat, DefaultElementConverter(ignore_nulls=True))
    assert from_item(Nested, written(Nested())).flat is None


def test_a_derived_flattened_object_that_hides_an_attribute_is_refused() -> None:
    @dataclasses.dataclass
    class Wider(Address):
        tags: str = SECRET

    with pytest.raises(ConversionError, match=r"^\$\.flat: the nested object.*same name") as raised:
        written(Nested(flat=Wider("s"), tags=(1,)))
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("tags", "stored", "back"),
    [
        ([2, 1], {"NS": ["1", "2"]}, (1, 2)),
        ((3,), {"NS": ["3"]}, (3,)),
        ([], None, ()),
        (None, {"NULL": True}, None),
    ],
)
def test_a_list_as_a_set(tags: Any, stored: Any, back: Any) -> None:
    item = written(Nested(tags=tags))
    assert item.get("tags") == stored
    assert from_item(Nested, item).tags == back


# --- faults on the way out ---


@dataclasses.dataclass
class Faulty:
    second: Annotated[Any, AsEpoch()] = None
    nano: Annotated[Any, AsEpoch("ns")] = None
    until: Annotated[Any, TimeToLive()] = None
    version: Annotated[Optional[int], VersionAttribute()] = None
    tags: Annotated[Any, AsSet()] = None
    document: Annotated[Any, AsJson()] = None
    anything: Annotated[Any, AsPickle()] = None
    sparse: Annotated[Any, IgnoreNulls()] = None


NAIVE = datetime.datetime(2020, 1, 1)  # noqa: DTZ001
LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("name", "value", "path", "problem"),
    [
        ("second", NOON, "$.second", "no whole number of the unit 's'"),
        ("second", NAIVE, "$.second", "without a time zone"),
        ("second", SECRET, "$.second", "for a date or datetime"),
        ("until", NAIVE, "$.until", "without a time zone"),
        ("until", True, "$.until", "int of seconds or an aware datetime"),
        ("until", 1.5, "$.until", "int of seconds or an aware datetime"),
        ("version", True, "$.version", "a version is an int"),
        ("version", "1", "$.version", "a version is an int"),
        ("tags", {"a": 1}, "$.tags", "for a list, tuple or set"),
        ("tags", [1, "a"], "$.tags", "only strings, only numbers"),
        ("tags", [1, 1], "$.tags", "the same to DynamoDB"),
        ("document", {"a": [1, {2}]}, "$.document.a[1]", "no JSON"),
        ("document", {"a": {1: 2}}, "$.document.a", "a name in JSON is a str"),
        ("document", [float("nan")], "$.document[0]", "no JSON"),
        ("document", [NOON], "$.document[0]", "no JSON"),
        ("document", LOOP, "$.document", "too deep for JSON"),
        ("anything", lambda: SECRET, "$.anything", "pickling it raised"),
        ("sparse", 5, "$.sparse", "for a nested record"),
    ],
)
def test_a_value_that_its_marker_cannot_store_is_refused(
    name: str, value: Any, path: str, problem: str
) -> None:
    with pytest.raises(ConversionError, match=problem) as raised:
        written(Faulty(**{name: value}))
    assert raised.value.path.startswith(path)
    assert SECRET not in str(raised.value)


def test_a_time_that_the_other_field_lacks_is_named() -> None:
    with pytest.raises(ConversionError, match=r"^\$\.expires: the field 'created'.*time zone"):
        written(Life(NAIVE))


@given(st.integers(0, 10**6), st.sampled_from(["s", "ms", "us", "ns"]))
def test_an_epoch_is_exact_or_refused(microseconds: int, unit: str) -> None:
    cls = dataclasses.make_dataclass("Made", [("at", Annotated[datetime.datetime, AsEpoch(unit)])])
    at = datetime.datetime(2020, 1, 1, tzinfo=UTC) + datetime.timedelta(microseconds=microseconds)
    size = {"s": 10**6, "ms": 10**3}.get(unit, 1)
    if microseconds % size:
        with pytest.raises(ConversionError, match="no whole number"):
            written(cls(at))
    else:
        assert from_item(cls, written(cls(at))) == cls(at)


@pytest.mark.parametrize("name", ["second", "until", "version", "tags", "document", "sparse"])
@pytest.mark.parametrize("missing", [pandas.NA, pandas.NaT, None])
def test_what_is_missing_is_none_to_a_marker_too(name: str, missing: Any) -> None:
    item = written(Faulty(**{name: missing}))
    if (name, missing) != ("version", None):
        assert item[name] == {"NULL": True}
    assert name not in written(Faulty(**{name: pandas.NA}), DefaultElementConverter(True))


def test_an_epoch_of_nanoseconds_keeps_those_of_pandas() -> None:
    at = pandas.Timestamp("2020-01-01T00:00:00.000000007Z")
    assert written(Faulty(nano=at))["nano"] == {"N": "1577836800000000007"}
    with pytest.raises(ConversionError, match="no whole number"):
        written(Faulty(second=at))


# --- faults on the way back ---


@dataclasses.dataclass
class Strict:
    text: str = ""
    whole: int = 0
    real: float = 0.0
    exact: Decimal = Decimal(0)
    flag: bool = False
    data: bytes = b""
    uid: Optional[uuid.UUID] = None
    status: Status = Status.OPEN
    date: datetime.date = datetime.date.min
    at: Optional[datetime.datetime] = None
    delta: datetime.timedelta = HOUR
    numbers: list[int] = dataclasses.field(default_factory=list)
    pair: tuple[int, str] = (0, "")
    words: Optional[set[str]] = None
    names: dict[str, int] = dataclasses.field(default_factory=dict)
    line: Optional[Line] = None
    either: Union[int, datetime.date] = 0
    small: numpy.int8 = numpy.int8(0)
    single: numpy.float32 = numpy.float32(0)
    letter: Literal["a"] = "a"
    epoch: Annotated[Optional[datetime.date], AsEpoch()] = None
    hexed: Annotated[int, Attribute(codec=Hex())] = 0
    document: Annotated[Any, AsJson()] = None
    pickled: Annotated[Any, AsPickle()] = None
    unknown: Optional[complex] = None
    many: Sequence[int] = ()
    by: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        *[("text", value, "$.text") for value in (5, None, b"x", ["a"], True)],
        *[("whole", value, "$.whole") for value in (SECRET, None, True, Decimal("1.5"))],
        *[("real", value, "$.real") for value in (SECRET, 2**53 + 1, True, Decimal("1E+999"))],
        *[("exact", value, "$.exact") for value in (SECRET, True, None)],
        *[("flag", value, "$.flag") for value in (0, 1, "true", None)],
        *[("data", value, "$.data") for value in (SECRET, 5, [1])],
        *[("uid", value, "$.uid") for value in (SECRET, 5)],
        *[("status", value, "$.status") for value in (SECRET, 3, True)],
        *[("date", value, "$.date") for value in (SECRET, 5)],
        *[("at", value, "$.at") for value in (SECRET, "2020-01-01T00:00:00.0000000071")],
        *[("delta", value, "$.delta") for value in (1, SECRET, Decimal("0.5"))],
        ("numbers", [1, SECRET], "$.numbers[1]"),
        ("numbers", SECRET, "$.numbers"),
        ("pair", [1], "$.pair"),
        ("pair", [SECRET, "a"], "$.pair[0]"),
        ("words", {1}, "$.words[0]"),
        ("words", SECRET, "$.words"),
        ("names", {"a": 1, "b": SECRET}, "$.names.b"),
        ("names", [1], "$.names[0]"),
        ("line", {"sku": 5}, "$.line.sku"),
        ("line", {"price": 5}, "$.line.sku"),
        ("line", SECRET, "$.line"),
        ("either", SECRET, "$.either"),
        *[("small", value, "$.small") for value in (128, SECRET, Decimal("1.5"))],
        *[("single", value, "$.single") for value in (SECRET, Decimal("1E+99"))],
        ("letter", SECRET, "$.letter"),
        ("epoch", 1, "$.epoch"),
        ("epoch", 10**30, "$.epoch"),
        ("hexed", SECRET, "$.hexed"),
        ("document", SECRET, "$.document"),
        ("pickled", SECRET, "$.pickled"),
        ("unknown", 5, "$.unknown"),
        ("many", SECRET, "$.many"),
        ("by", SECRET, "$.by"),
    ],
)
def test_what_does_not_fit_its_field_is_refused_with_its_path(
    name: str, value: Any, path: str
) -> None:
    item = {"id": "u1", name: value}
    with pytest.raises(ConversionError) as raised:
        from_item(Strict, item)
    assert raised.value.path == path
    assert SECRET not in f"{raised.value}{raised.value!r}"
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_a_missing_attribute_has_the_default_or_none_or_is_refused() -> None:
    assert from_item(Strict, {"id": "u1"}) == Strict()
    assert from_item(Position, {"x": 1}) == Position(1)
    assert from_item(Address, {"id": 1}) == Address(None)
    with pytest.raises(ConversionError, match=r"^\$\.sku: the item has no such attribute"):
        from_item(Line, {"id": 1})


def test_a_constructor_that_fails_is_named_without_the_value() -> None:
    @dataclasses.dataclass
    class Checked:
        text: str

        def __post_init__(self) -> None:
            raise ValueError(self.text)

    with pytest.raises(ConversionError, match="raised ValueError") as raised:
        from_item(Checked, {"text": SECRET})
    assert SECRET not in str(raised.value)


def test_a_type_that_cannot_be_evaluated_is_refused() -> None:
    @dataclasses.dataclass
    class Unresolved:
        line: NotImported  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(ConversionError, match=r"^\$\.line: the field's type NotImported cannot"):
        from_item(Unresolved, {"line": 1})


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (Union[int, float], 7, 7),
        (Union[int, float], 7.0, 7.0),
        (Union[float, int], 7, 7),
        (Union[datetime.date, datetime.datetime], NAIVE, NAIVE),
        (Union[datetime.datetime, datetime.date], NAIVE.date(), NAIVE.date()),
        (Union[str, bytes], b"x", b"x"),
        (Union[Position, Line], Line("a"), Line("a")),
        (Union[list[int], dict[str, int], None], {"a": 1}, {"a": 1}),
    ],
)
def test_the_type_of_a_union_that_would_be_written_so_wins(
    hint: Any, value: Any, expected: Any
) -> None:
    cls = dataclasses.make_dataclass("Made", [("id", str), ("value", hint)])
    read = from_item(cls, written(cls("u1", value)))
    assert read == cls("u1", expected)
    assert type(read.value) is type(expected)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("03:00:00Z", 0),
        ("03:00:00.5Z", 500_000),
        ("03:00:00.1230+00:00", 123_000),
        ("03:00:00,000007Z", 7),
        ("03:00:00.123456000Z", 123_456),
        ("04:00:00.00001+01:00:00.000000", 10),
    ],
)
def test_times_that_others_wrote_are_read(text: str, microsecond: int) -> None:
    """On every Python, with as many digits as the writer likes, if no more are needed."""
    cls = dataclasses.make_dataclass("Made", [("at", datetime.datetime)])
    expected = datetime.datetime(2020, 1, 2, 3, microsecond=microsecond, tzinfo=UTC)
    assert from_item(cls, {"at": f"2020-01-02T{text}"}).at == expected
    with pytest.raises(ConversionError):
        from_item(cls, {"at": "2020-01-02T03:00:00.0000001Z"})


N = TypeVar("N", bound=int)


class Box(pydantic.BaseModel, Generic[N]):
    content: N


def test_a_type_variable_is_its_bound() -> None:
    assert from_item(Box, {"content": 5}).content == 5
    assert from_item(Box[int], {"content": 5}) == Box[int](content=5)


# --- arrays ---


@dataclasses.dataclass
class Arrays:
    plain: numpy.ndarray
    typed: numpy.typing.NDArray[numpy.float32]


@pytest.mark.parametrize(
    "array",
    [
        numpy.arange(6).reshape(2, 3),
        numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)),
        numpy.array(5),
        numpy.zeros((0, 3)),
        numpy.array([True, False]),
        numpy.array(["a", "bc"]),
    ],
)
def test_arrays_read_back(array: Any) -> None:
    record = Arrays(array, numpy.array([[0.1], [1e30]], numpy.float32))
    for item in forms(record):
        read = from_item(Arrays, item)
        assert numpy.array_equal(read.plain, array)
        assert read.plain.shape == array.shape
        assert read.typed.dtype == numpy.float32
        assert numpy.array_equal(read.typed, record.typed)
    assert written(record)["typed"]["M"]["elements"] == {"L": [{"N": "0.1"}, {"N": "1e+30"}]}


@pytest.mark.parametrize(
    "stored", [SECRET, {"shape": [2]}, {"shape": [3], "elements": [1]}, {"shape": 1, "elements": 1}]
)
def test_what_is_no_array_is_refused(stored: Any) -> None:
    with pytest.raises(ConversionError) as raised:
        from_item(Arrays, {"id": "a", "plain": stored})
    assert raised.value.path == "$.plain"


def test_pickled_fields_are_the_only_ones_that_are_unpickled() -> None:
    data = pickle.dumps({"a"})
    assert from_item(Strict, {"id": 1, "data": data}).data == data
    assert from_item(Strict, {"id": 1, "pickled": data}).pickled == {"a"}
