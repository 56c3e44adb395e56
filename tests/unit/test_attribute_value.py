"""The type table: Python values to attribute values and back."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import math
import types
import uuid
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import DECIMALS, FLOATS, INTEGERS, VALUES, attribute_value, exact, reading

from pyflink_dynamodb.attribute_value import from_attribute_value, to_attribute_value
from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidAttributeValueError,
    UnsupportedTypeError,
    WireFormatError,
)

# Stands for what no message may repeat.
SECRET = "4111-1111-1111-1111"


class Status(enum.Enum):
    OPEN = "open"
    CLOSED = 2
    GONE = 2.5


class Channel(str, enum.Enum):
    WEB = "web"


class Priority(enum.IntEnum):
    LOW = 1


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Line:
    sku: str
    price: float | None = None


class LoudText(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"

    __repr__ = __str__


class LoudFloat(float):
    def __repr__(self) -> str:
        return "LoudFloat(1.5)"


class LoudInt(int):
    def __repr__(self) -> str:
        return "LoudInt(7)"


class NotATime(datetime.datetime):
    """Like pandas.NaT: a datetime by class, equal to nothing, not even to itself."""

    __hash__ = datetime.datetime.__hash__

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True


@given(VALUES)
def test_every_value_becomes_what_the_table_says(value: Any) -> None:
    assert to_attribute_value(value) == attribute_value(value)


@given(VALUES)
def test_every_value_reads_back_as_its_equal(value: Any) -> None:
    assert from_attribute_value(to_attribute_value(value)) == reading(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, {"BOOL": True}),
        (1, {"N": "1"}),
        (10**37, {"N": "1" + "0" * 37}),
        (int("9" * 38), {"N": "9" * 38}),
        (-int("9" * 38), {"N": "-" + "9" * 38}),
        (10**125, {"N": "1" + "0" * 125}),
        (-(10**125), {"N": "-1" + "0" * 125}),
        (0.1, {"N": "0.1"}),
        (1e22, {"N": "1e+22"}),
        (-0.0, {"N": "-0.0"}),
        (Decimal("1.50"), {"N": "1.50"}),
        (Decimal("1E+30"), {"N": "1E+30"}),
        (Decimal("1." + "0" * 50), {"N": "1." + "0" * 50}),
        (Decimal("0E+999"), {"N": "0"}),
        (LoudText("plain"), {"S": "plain"}),
        (LoudFloat(1.5), {"N": "1.5"}),
        (LoudInt(7), {"N": "7"}),
        (Status.OPEN, {"S": "open"}),
        (Status.CLOSED, {"N": "2"}),
        (Priority.LOW, {"N": "1"}),
        (Channel.WEB, {"S": "web"}),
        (uuid.UUID(int=1), {"S": "00000000-0000-0000-0000-000000000001"}),
        (b"\xff\x00", {"B": b"\xff\x00"}),
        (bytearray(b"x"), {"B": b"x"}),
        (memoryview(b"abcd")[::2], {"B": b"ac"}),
        (datetime.date(2013, 1, 2), {"S": "2013-01-02"}),
        (datetime.datetime(2013, 1, 2, 3, 4), {"S": "2013-01-02T03:04:00"}),  # noqa: DTZ001
        (
            datetime.datetime(2013, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
            {"S": "2013-01-02T00:00:00+02:00"},
        ),
        (datetime.timedelta(days=-1, microseconds=1), {"N": "-86399999999000"}),
        ((1, "a"), {"L": [{"N": "1"}, {"S": "a"}]}),
        (Point(1, 2), {"M": {"x": {"N": "1"}, "y": {"N": "2"}}}),
        (Line("a"), {"M": {"sku": {"S": "a"}, "price": {"NULL": True}}}),
        (collections.OrderedDict(a=1), {"M": {"a": {"N": "1"}}}),
        (types.MappingProxyType({"a": 1}), {"M": {"a": {"N": "1"}}}),
        ({LoudText("a"): 1}, {"M": {"a": {"N": "1"}}}),
        ({1, Decimal("2.5")}, {"NS": ["1", "2.5"]}),
        ({"b", "", "a"}, {"SS": ["", "a", "b"]}),
        ([], {"L": []}),
        ({}, {"M": {}}),
        ("", {"S": ""}),
        (b"", {"B": b""}),
    ],
)
def test_the_corners_of_the_table(value: object, expected: dict[str, Any]) -> None:
    converted = to_attribute_value(value)
    assert converted == expected
    ((tag, content),) = converted.items()
    ((_, expected_content),) = expected.items()
    assert type(content) is type(expected_content), tag


def test_a_list_is_no_set() -> None:
    """Its order, repeated members, None and lists within it stay; it may be empty."""
    assert to_attribute_value(["b", "a", "b", None, [], [b"x"]]) == {
        "L": [
            *({"S": text} for text in "bab"),
            {"NULL": True},
            {"L": []},
            {"L": [{"B": b"x"}]},
        ]
    }


@pytest.mark.parametrize("value", [True, False])
def test_a_bool_is_never_a_number(value: bool) -> None:
    assert to_attribute_value(value) == {"BOOL": value}
    assert to_attribute_value({"a": [value]}) == {"M": {"a": {"L": [{"BOOL": value}]}}}
    with pytest.raises(UnsupportedTypeError):
        to_attribute_value({value})


@given(INTEGERS)
@example(10**38 - 1)
@example(2**63)
@example(-(2**63) - 1)
def test_integers_up_to_38_digits_are_exact(number: int) -> None:
    result = from_attribute_value(to_attribute_value(number))
    assert result == number
    assert type(result) is int


@given(FLOATS)
def test_floats_are_their_shortest_exact_text(number: float) -> None:
    text = to_attribute_value(number)["N"]
    assert text == repr(number)
    assert math.copysign(1, float(str(text))) == math.copysign(1, number)


@given(DECIMALS)
def test_decimals_lose_nothing(number: Decimal) -> None:
    assert Decimal(str(to_attribute_value(number)["N"])) == number


@given(st.integers(10**38, 10**39 - 1).filter(lambda n: n % 10), st.integers(-100, 80))
def test_a_39th_significant_digit_is_refused(digits: int, exponent: int) -> None:
    for number in (digits, -digits, exact(digits, exponent)):
        with pytest.raises(InvalidAttributeValueError, match="38 significant digits"):
            to_attribute_value(number)


def test_a_narrow_decimal_context_of_the_job_changes_nothing() -> None:
    number = Decimal("1." + "2" * 37)
    with decimal.localcontext() as context:
        context.prec = 3
        assert to_attribute_value(number) == {"N": str(number)}
        assert to_attribute_value({number, 1}) == {"NS": sorted(["1", str(number)])}
        assert from_attribute_value({"N": str(number)}) == number


@pytest.mark.parametrize(
    "number",
    [
        *(10**126, -(10**126), 1e126, -1e126, 1e308, 9e-131, 5e-324),
        # Python itself refuses to print this one, in a test's name as well.
        pytest.param(10**5000, id="5001 digits"),
        *(Decimal("1E+126"), Decimal("1E-131"), Decimal("-9.9E-131"), Decimal("1E+999999")),
    ],
)
def test_a_magnitude_that_dynamodb_has_not_is_refused(number: object) -> None:
    with pytest.raises(InvalidAttributeValueError, match="1E-130"):
        to_attribute_value(number)


@pytest.mark.parametrize(
    "number",
    [
        *(math.nan, math.inf, -math.inf, LoudFloat("nan")),
        *map(Decimal, ("NaN", "-NaN", "sNaN", "Infinity", "-Infinity")),
    ],
)
def test_nan_and_infinity_are_refused(number: object) -> None:
    with pytest.raises(InvalidAttributeValueError) as raised:
        to_attribute_value({"lines": [{}, {"price": number}]})
    assert str(raised.value) == (
        "$.lines[1].price: NaN and infinity are no DynamoDB numbers; pass None for a missing value"
    )


def nested(levels: int, innermost: Any, in_dicts: bool) -> Any:
    for _ in range(levels):
        innermost = {"n": innermost} if in_dicts else [innermost]
    return innermost


@pytest.mark.parametrize("in_dicts", [True, False])
@pytest.mark.parametrize("innermost", ["leaf", {"a"}, b"x"])
def test_32_levels_are_accepted_and_33_are_not(innermost: object, in_dicts: bool) -> None:
    """The attribute itself is the first level, as DynamoDB counts."""
    assert to_attribute_value(nested(31, innermost, in_dicts))
    with pytest.raises(InvalidAttributeValueError, match="32 levels") as raised:
        to_attribute_value(nested(32, innermost, in_dicts))
    assert raised.value.path == "$" + (".n" if in_dicts else "[0]") * 31


@pytest.mark.parametrize("empty", [[], {}, (), Line("a"), Point(1, 2)])
def test_an_empty_list_or_a_record_takes_a_level_too(empty: object) -> None:
    assert to_attribute_value(nested(30, empty, in_dicts=True))
    with pytest.raises(InvalidAttributeValueError, match="32 levels"):
        to_attribute_value(nested(31, empty, in_dicts=True))


def test_a_list_that_contains_itself_is_too_deep_and_no_endless_loop() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(InvalidAttributeValueError, match="32 levels"):
        to_attribute_value(loop)


def test_a_fault_deep_in_nested_records_is_found_at_once() -> None:
    """Not by trying every level again for each level above it."""

    @dataclasses.dataclass
    class Node:
        child: object

    node: object = object()
    for _ in range(30):
        node = Node(node)
    with pytest.raises(UnsupportedTypeError) as raised:
        to_attribute_value(node)
    assert raised.value.path == "$" + ".child" * 30


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (set(), "no empty set"),
        ({1, "a"}, "only strings, only numbers or only binary"),
        ({None}, "only strings, only numbers or only binary"),
        ({(1,)}, "only strings, only numbers or only binary"),
        ({0.1, Decimal("0.1")}, "the same to DynamoDB"),
        ({0.1, Decimal("0.10")}, "the same to DynamoDB"),
        ({str(uuid.UUID(int=1)), uuid.UUID(int=1)}, "the same to DynamoDB"),
        ({math.nan}, "NaN"),
    ],
)
def test_a_set_that_dynamodb_has_not_is_refused(value: object, problem: str) -> None:
    with pytest.raises(ConversionError, match=problem) as raised:
        to_attribute_value({"tags": value})
    assert raised.value.path == "$.tags"


@pytest.mark.parametrize(
    ("value", "python_type"),
    [
        (object(), "object"),
        (1 + 2j, "complex"),
        (Line, "type"),
        (range(3), "range"),
        (iter([1]), "list_iterator"),
        (Status.GONE, "test_attribute_value.Status"),
    ],
)
def test_what_has_no_rule_is_refused_by_the_name_of_its_type(
    value: object, python_type: str
) -> None:
    with pytest.raises(UnsupportedTypeError) as raised:
        to_attribute_value([{"deep": value}])
    assert raised.value.path == "$[0].deep"
    assert raised.value.python_type == python_type
    assert python_type in str(raised.value)


def test_a_timedelta_with_more_than_python_knows_of_is_refused() -> None:
    class WithNanoseconds(datetime.timedelta):
        nanoseconds = 7

    with pytest.raises(UnsupportedTypeError, match="WithNanoseconds"):
        to_attribute_value(WithNanoseconds(1))


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidAttributeValueError, match="missing value"):
        to_attribute_value(NotATime(2013, 1, 1))


@pytest.mark.parametrize("key", [1, None, b"a", ("a",)])
def test_a_dict_key_that_is_no_text_is_refused(key: object) -> None:
    with pytest.raises(UnsupportedTypeError, match="an attribute name is a str") as raised:
        to_attribute_value({"counts": {key: 1}})
    assert raised.value.path == "$.counts"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("\ud800", "$"),
        ({"a": ["", {"b": "x\udfff"}]}, "$.a[1].b"),
        ({"a": {"\ud800": 1}}, r"$.a['\ud800']"),
        ({"a": {"x\ud800"}}, "$.a"),
    ],
)
def test_text_that_utf_8_cannot_hold_is_refused_with_its_path(value: object, path: str) -> None:
    with pytest.raises(InvalidAttributeValueError, match="lone surrogate") as raised:
        to_attribute_value(value)
    assert raised.value.path == path
    assert raised.value.__suppress_context__


def test_a_field_that_was_never_set_is_named() -> None:
    class Base:
        __slots__ = ("count", "sku")

    @dataclasses.dataclass
    class Slotted(Base):
        sku: str
        count: int

    line = Slotted("a", 1)
    del line.count
    with pytest.raises(InvalidAttributeValueError, match="has no value") as raised:
        to_attribute_value([line])
    assert raised.value.path == "$[0].count"


BAD_LEAVES = st.sampled_from(
    [math.nan, 10**126, 1.5j, object(), set(), {1: SECRET}, {1, SECRET}, SECRET + "\ud800"]
)
STEPS = st.lists(st.sampled_from(["index", "name", "record"]), max_size=10)


@given(BAD_LEAVES, STEPS)
def test_every_fault_names_its_path_and_repeats_no_value(leaf: object, steps: list[str]) -> None:
    value: Any = leaf
    path = ""
    for step in steps:
        if step == "index":
            value, path = [SECRET, value], f"[1]{path}"
        elif step == "name":
            value, path = {"before": SECRET, "here": value}, f".here{path}"
        else:
            value, path = Line(sku=SECRET, price=value), f".price{path}"
    with pytest.raises(ConversionError) as raised:
        to_attribute_value(value)
    assert raised.value.path == f"${path}"
    assert str(raised.value).startswith(f"${path}: ")
    assert SECRET not in f"{raised.value} {raised.value!r}"


def test_what_a_user_does_to_a_result_does_not_reach_the_next() -> None:
    record = {"a": None, "b": True, "c": [False], "d": Line("x")}
    first: Any = to_attribute_value(record)
    expected = to_attribute_value(record)
    first["M"]["a"]["NULL"] = "changed"
    first["M"]["b"]["BOOL"] = "changed"
    first["M"]["c"]["L"][0]["BOOL"] = "changed"
    first["M"]["d"]["M"]["price"]["NULL"] = "changed"
    assert to_attribute_value(record) == expected
    assert to_attribute_value(None) == {"NULL": True}


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ({"N": "7"}, 7),
        ({"N": "-0"}, 0),
        ({"N": "+3"}, 3),
        ({"N": "1.50"}, Decimal("1.50")),
        ({"N": "1E+3"}, Decimal(1000)),
        ({"B": b"\xff"}, b"\xff"),
        ({"B": bytearray(b"\xff")}, b"\xff"),
        ({"B": "/w=="}, b"\xff"),
        ({"BS": ["/w==", b"a"]}, {b"\xff", b"a"}),
        ({"NS": ["1", "2.5"]}, {1, Decimal("2.5")}),
        ({"SS": ["a"]}, {"a"}),
        ({"NULL": True}, None),
        ({"L": ({"S": "a"},)}, ["a"]),
    ],
)
def test_reading(given_value: dict[str, Any], expected: object) -> None:
    result = from_attribute_value(given_value)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    "no_attribute_value",
    [
        *({}, {"S": "a", "N": "1"}, "S", None, [], {"X": SECRET}, {1: SECRET}),
        *({"S": 1}, {"N": 1}, {"N": SECRET}, {"N": "NaN"}, {"N": "9" * 5000 + "x"}),
        *({"B": 5}, {"B": "?"}, {"B": "/w="}, {"BOOL": 1}, {"NULL": False}, {"NULL": None}),
        *({"L": "ab"}, {"L": [SECRET]}, {"M": []}, {"M": {"a": SECRET}}),
        *({"SS": "ab"}, {"SS": [1]}, {"NS": [SECRET]}, {"BS": [SECRET]}),
    ],
)
def test_reading_what_is_no_attribute_value_is_an_error_without_the_value(
    no_attribute_value: Any,
) -> None:
    with pytest.raises(WireFormatError) as raised:
        from_attribute_value(no_attribute_value)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
