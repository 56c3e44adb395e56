"""Element converters, and the encoder that runs in the stream."""

from __future__ import annotations

import collections
import dataclasses
import json
import math
import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import (  # noqa: UP035 - what users of Python 3.9 write
    Any,
    Callable,
    ClassVar,
    Dict,
    List,
    NamedTuple,
    Optional,
    Union,
)

import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyflink.common import Row, RowKind, Types, typeinfo
from strategies import ITEMS, VALUES, attribute_value, item_on_the_wire, wire

from pyflink_dynamodb import (
    BeanElementConverter,
    DataclassElementConverter,
    DefaultElementConverter,
    RowElementConverter,
    TypeInformedElementConverter,
    WriteRequest,
)
from pyflink_dynamodb.attribute_value import to_attribute_value
from pyflink_dynamodb.converters import ElementEncoder, converter_for_type
from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidAttributeValueError,
    InvalidConfigurationError,
    UnsupportedTypeError,
)

# Stands for what no message, rejection or repr may repeat.
SECRET = "4111-1111-1111-1111"
NULL = {"NULL": True}


@dataclasses.dataclass
class Line:
    sku: str
    price: float = 0.0


@dataclasses.dataclass
class Order:
    """Every form of annotation that the encoder may make something of, or nothing."""

    user_id: str
    count: int = 0
    price: float = 1.5
    paid: bool = False
    note: Optional[str] = None  # noqa: UP045 - what users of Python 3.9 write
    either: Union[int, str, None] = 0  # noqa: UP007 - as above
    anything: Any = None
    amount: Decimal = Decimal("1.50")
    data: bytes = b""
    first: Optional[Line] = None  # noqa: UP045 - as above
    lines: List[Line] = dataclasses.field(default_factory=list)  # noqa: UP006 - as above
    by_sku: Dict[str, Line] = dataclasses.field(default_factory=dict)  # noqa: UP006 - as above


@dataclasses.dataclass
class Unresolved:
    """Annotations that cannot be evaluated: not here, or not by every Python."""

    user_id: str
    count: int | None = 0
    price: NotImported = 1.5  # type: ignore[name-defined] # noqa: F821
    paid: bool = False


@dataclasses.dataclass
class Derived(Line):
    extra: int = 1


class Undecorated(Line):
    """A dataclass by inheritance alone."""


@dataclasses.dataclass
class Slotted:
    __slots__ = ("price", "sku")
    sku: str
    price: float


@dataclasses.dataclass
class Odd:
    """Class variables and arguments of __init__ are no fields."""

    limit: ClassVar[int] = 5
    seed: dataclasses.InitVar[int] = 7


@dataclasses.dataclass
class Empty:
    pass


class Position(NamedTuple):
    sku: str
    price: Optional[float] = None  # noqa: UP045 - as above


Untyped = collections.namedtuple("Untyped", ["sku", "price"])  # noqa: PYI024 - users have them


class Bean:
    sku: str

    def __init__(self) -> None:
        self.sku = "a"


class SecretError(Exception):
    pass


def item(element: object, converter: Any = None) -> dict[str, Any]:
    """What is put, as it is on the wire."""
    encode = ElementEncoder(converter or DefaultElementConverter(), reject_failures=False)
    put = json.loads(encode(element))
    assert list(put) == ["PutRequest"]
    return dict(put["PutRequest"]["Item"])


def requests(element: object, converter: Any = None, *, reject: bool = False) -> list[Any]:
    encode = ElementEncoder(converter or DefaultElementConverter(), reject)
    return list(json.loads(b"[" + encode(element) + b"]"))


def fields(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


# --- dataclasses: the generated encoder against the table ---


@given(st.data(), st.sampled_from([Order, Unresolved, Line]), st.booleans())
def test_a_dataclass_is_its_fields_whatever_its_annotations_promise(
    data: st.DataObject, cls: type, ignore_nulls: bool
) -> None:
    names = [field.name for field in dataclasses.fields(cls)]
    values = data.draw(st.fixed_dictionaries(dict.fromkeys(names, VALUES)))
    expected = {n: v for n, v in values.items() if not (ignore_nulls and v is None)}
    converters: list[Any] = [
        DefaultElementConverter(ignore_nulls),
        DataclassElementConverter(cls, ignore_nulls),
    ]
    for converter in converters:
        record = cls(**values)
        assert item(record, converter) == item_on_the_wire(expected)
        # The converter's own answer, which the encoder does without.
        assert converter(record).to_json() == ElementEncoder(converter, False)(record)


CORNERS: list[Any] = [
    *(None, True, False, 0, 1, -1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**38 - 1, 10**40),
    *(0.0, -0.0, 1.5, -1.5, 1e-130, -1e-130, 1e22, 1e125, 9.99e125, "", "text", "é", b"", b"\xff"),
    *(Decimal("1E+30"), [], {}, (1,), {"a"}, Line("a"), Position("a"), {"a": Line("b")}),
]


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Order)])
@pytest.mark.parametrize("value", CORNERS)
def test_every_field_takes_every_value_as_the_table_says(name: str, value: Any) -> None:
    order = dataclasses.replace(Order("u1"), **{name: value})
    assert item(order)[name] == wire(to_attribute_value(value))


@pytest.mark.parametrize(
    "value", [math.nan, -math.inf, 1e126, 9e-131, int("1" * 39), Decimal("NaN"), object(), set()]
)
@pytest.mark.parametrize("cls", [Order, Unresolved, Line])
def test_every_field_refuses_what_the_table_refuses(cls: type, value: object) -> None:
    for name in [field.name for field in dataclasses.fields(cls)][1:]:
        record = dataclasses.replace(cls("u1"), **{name: value})
        for ignore_nulls in (False, True):
            with pytest.raises(ConversionError) as raised:
                item(record, DefaultElementConverter(ignore_nulls))
            assert raised.value.path == f"$.{name}"


def test_nested_dataclasses_in_fields_lists_and_dicts() -> None:
    order = Order("u1", first=Line("a", 1.5), lines=[Line("b")], by_sku={"c": Derived("c")})
    line = {"sku": {"S": "b"}, "price": {"N": "0.0"}}
    derived = {"sku": {"S": "c"}, "price": {"N": "0.0"}, "extra": {"N": "1"}}
    converted = item(order, DataclassElementConverter(Order))
    assert converted["first"] == {"M": {"sku": {"S": "a"}, "price": {"N": "1.5"}}}
    assert converted["lines"] == {"L": [{"M": line}]}
    assert converted["by_sku"] == {"M": {"c": {"M": derived}}}


def test_a_faulty_field_of_a_nested_dataclass_is_named_by_its_path() -> None:
    order = Order("u1", lines=[Line("a"), Line("b", math.nan)])
    with pytest.raises(InvalidAttributeValueError) as raised:
        item(order)
    assert str(raised.value).startswith("$.lines[1].price: NaN and infinity")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Derived("a", 1.0, 2), {"sku": {"S": "a"}, "price": {"N": "1.0"}, "extra": {"N": "2"}}),
        (Undecorated("a", 1.0), {"sku": {"S": "a"}, "price": {"N": "1.0"}}),
        (Slotted("a", 1.0), {"sku": {"S": "a"}, "price": {"N": "1.0"}}),
        (Empty(), {}),
        (Odd(), {}),
    ],
)
def test_inheritance_slots_and_no_fields_at_all(record: Any, expected: dict[str, Any]) -> None:
    assert item(record) == expected
    assert item(record, DataclassElementConverter(type(record))) == expected
    assert item({"nested": record}) == {"nested": {"M": expected}}


def test_a_dataclass_converter_takes_derived_classes_with_all_their_fields() -> None:
    converter = DataclassElementConverter(Line)
    assert item(Derived("a", 1.0, 2), converter)["extra"] == {"N": "2"}
    assert item(Undecorated("a", 1.0), converter) == item(Line("a", 1.0), converter)


@pytest.mark.parametrize("element", [Order("u1"), {"sku": SECRET}, Row(sku=SECRET), SECRET, None])
def test_a_dataclass_converter_refuses_other_classes_by_both_names(element: object) -> None:
    with pytest.raises(UnsupportedTypeError) as raised:
        item(element, DataclassElementConverter(Line))
    assert "test_converters.Line" in str(raised.value)
    assert type(element).__name__.replace("NoneType", "None") in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_dataclass_converter_takes_a_class_of_an_earlier_run_by_its_name() -> None:
    """Elements in a job's state carry the class that `__main__` had when they were pickled."""
    earlier = dataclasses.make_dataclass("Line", ["sku", "price", "gone"])
    earlier.__module__ = Line.__module__
    converted = item(earlier("a", 1.5, None), DataclassElementConverter(Line))
    assert converted == {"sku": {"S": "a"}, "price": {"N": "1.5"}, "gone": NULL}


@pytest.mark.parametrize("no_dataclass", [Bean, dict, Line("a"), Position, "Line", None])
def test_a_dataclass_converter_of_no_dataclass_is_refused_at_once(no_dataclass: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="@dataclass"):
        DataclassElementConverter(no_dataclass)


def test_a_field_without_a_value_is_named() -> None:
    slotted = Slotted("a", 1.0)
    del slotted.price
    with pytest.raises(InvalidAttributeValueError, match=r"^\$\.price: the field has no value"):
        item(slotted)


def test_an_attribute_error_that_is_not_about_the_field_stays_what_it_is() -> None:
    class Strange(dict[str, int]):
        def items(self) -> Any:
            raise AttributeError("its own")

    with pytest.raises(AttributeError, match="its own"):
        item(Order("u1", anything=Strange()))


# --- dicts, named tuples, write requests ---


@given(ITEMS)
def test_a_dict_is_its_entries(record: dict[str, Any]) -> None:
    assert item(record) == item_on_the_wire(record)
    short = {name: value for name, value in record.items() if value is not None}
    assert item(record, DefaultElementConverter(ignore_nulls=True)) == item_on_the_wire(short)


@given(VALUES, VALUES)
def test_a_named_tuple_is_one_record(sku: Any, price: Any) -> None:
    for cls in (Position, Untyped):
        expected = {"sku": wire(attribute_value(sku)), "price": wire(attribute_value(price))}
        assert item(cls(sku, price)) == expected


def test_an_element_that_is_a_write_request_goes_out_as_it_is() -> None:
    delete = WriteRequest.delete({"sku": "a"})
    assert requests(delete) == [{"DeleteRequest": {"Key": {"sku": {"S": "a"}}}}]
    assert requests([delete, WriteRequest.nothing()]) == requests(delete)
    assert requests(WriteRequest.nothing()) == []


@pytest.mark.parametrize("element", [SECRET, 5, None, Bean(), b"x", {1}, Line, range(2)])
def test_what_is_no_record_is_refused_with_the_remedy(element: object) -> None:
    with pytest.raises(UnsupportedTypeError, match="element converter") as raised:
        item(element)
    assert raised.value.path == "$"
    assert SECRET not in str(raised.value)


# --- rows ---

NAMED = Row(sku="a", price=1.5)
ITEM = {"sku": {"S": "a"}, "price": {"N": "1.5"}}


def with_names(row: Row, names: list[str]) -> Row:
    row.set_field_names(names)
    return row


@pytest.mark.parametrize("converter", [DefaultElementConverter(), RowElementConverter()])
def test_a_row_with_names_needs_nothing_else(converter: Any) -> None:
    assert item(NAMED, converter) == ITEM
    assert item(Row("sku", "price")("a", 1.5), converter) == ITEM
    assert item(with_names(Row("a", 1.5), ["sku", "price"]), converter) == ITEM


@pytest.mark.parametrize("converter", [DefaultElementConverter(), RowElementConverter()])
@pytest.mark.parametrize("row", [Row("a", 1.5), with_names(Row("a", 1.5), ["f0", "f1"])])
def test_a_row_without_names_is_refused_with_the_remedy(row: Row, converter: Any) -> None:
    """With the names that Flink makes up, too: a coder adds them, a chained function does not."""
    with pytest.raises(UnsupportedTypeError, match=r"ROW_NAMED.*RowElementConverter") as raised:
        item(row, converter)
    assert raised.value.path == "$"
    with pytest.raises(UnsupportedTypeError) as raised:
        item({"nested": row}, DefaultElementConverter())
    assert raised.value.path == "$.nested"


@pytest.mark.parametrize(
    "row",
    [
        Row("a", 1.5),
        with_names(Row("a", 1.5), ["f0", "f1"]),
        NAMED,
        Row(price=1.5, sku="a"),
    ],
)
def test_given_names_are_used_by_position_or_by_the_rows_own_names(row: Row) -> None:
    assert item(row, RowElementConverter(["sku", "price"])) == ITEM


def test_names_that_flink_makes_up_are_used_where_they_are_given() -> None:
    converted = item(Row("a", 1.5), RowElementConverter(["f0", "f1"]))
    assert converted == {"f0": ITEM["sku"], "f1": ITEM["price"]}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (Row("a"), "1 values and 2 field names"),
        (Row("a", 1.5, 2), "3 values and 2 field names"),
        (Row(sku="a", cost=1.5), "sku, cost.*sku, price"),
        (Row(sku="a"), "sku.*sku, price"),
        (Row(sku="a", price=1.5, more=1), "sku, price, more"),
        (with_names(Row("a", 1.5), ["sku"]), "2 values and 1 field names"),
    ],
)
def test_rows_that_do_not_fit_the_given_names_are_refused(row: Row, problem: str) -> None:
    with pytest.raises(UnsupportedTypeError, match=problem):
        item(row, RowElementConverter(["sku", "price"]))


@pytest.mark.parametrize("names", [["sku", "sku"], ["sku"], ["sku", "price", "more"]])
def test_a_row_whose_own_names_do_not_fit_its_values_is_refused(names: list[str]) -> None:
    with pytest.raises(UnsupportedTypeError, match="a name of its own"):
        item(with_names(Row("a", 1.5), names))


@pytest.mark.parametrize("names", ["sku", [], ["sku", "sku"]])
def test_names_that_cannot_be_are_refused_at_once(names: Any) -> None:
    with pytest.raises(InvalidConfigurationError, match="field_names"):
        RowElementConverter(names)


@pytest.mark.parametrize(
    "converter",
    [DefaultElementConverter(), RowElementConverter(), RowElementConverter(["sku", "price"])],
)
def test_the_kind_of_a_row_decides_what_is_written(converter: Any) -> None:
    def of_kind(kind: RowKind) -> Row:
        return Row.of_kind(kind, sku="a", price=1.5)

    put, delete = {"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": ITEM}}
    assert requests(of_kind(RowKind.INSERT), converter) == [put]
    assert requests(of_kind(RowKind.UPDATE_AFTER), converter) == [put]
    assert requests(of_kind(RowKind.DELETE), converter) == [delete]
    assert requests(of_kind(RowKind.UPDATE_BEFORE), converter) == []
    changelog = [RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER, RowKind.DELETE]
    assert requests([of_kind(kind) for kind in changelog], converter) == [put, put, delete]
    assert ElementEncoder(converter, False)([of_kind(RowKind.UPDATE_BEFORE)] * 2) == b""


@pytest.mark.parametrize("converter", [DefaultElementConverter, RowElementConverter])
def test_ignored_nulls_of_a_row(converter: Any) -> None:
    row = Row(sku="a", price=None, nested=Row(x=None))
    nested = {"nested": {"M": {"x": NULL}}}
    assert item(row, converter()) == {"sku": {"S": "a"}, "price": NULL, **nested}
    assert item(row, converter(ignore_nulls=True)) == {"sku": {"S": "a"}, **nested}


@pytest.mark.parametrize("element", [{"sku": SECRET}, Line(SECRET), SECRET])
def test_a_row_converter_refuses_what_is_no_row(element: object) -> None:
    with pytest.raises(UnsupportedTypeError, match="takes Row") as raised:
        item(element, RowElementConverter())
    assert SECRET not in str(raised.value)


# --- the converter that a stream's type asks for ---

ADDRESS = Types.ROW_NAMED(["street"], [Types.STRING()])
TYPED = Types.ROW_NAMED(
    ["sku", "to", "via", "by"],
    [
        *(Types.STRING(), ADDRESS, Types.LIST(ADDRESS)),
        Types.MAP(Types.STRING(), Types.OBJECT_ARRAY(ADDRESS)),
    ],
)
STREET = {"M": {"street": {"S": "x"}}}
TYPED_ITEM = {
    "sku": {"S": "a"},
    "to": STREET,
    "via": {"L": [STREET]},
    "by": {"M": {"k": {"L": [STREET, NULL]}}},
}


@pytest.mark.parametrize("type_info", [TYPED, typeinfo.ExternalTypeInfo(TYPED)])
def test_rows_are_named_by_the_streams_type_at_every_depth(type_info: Any) -> None:
    """A coder names a row and those in it; between two chained functions they come unnamed."""
    converter = converter_for_type(type_info)
    unnamed = Row("a", Row("x"), [Row("x")], {"k": (Row("x"), None)})
    inner = Row(street="x")
    named = Row(by={"k": [inner, None]}, via=[inner], to=inner, sku="a")
    for row in (unnamed, named):
        assert item(row, converter) == TYPED_ITEM
        assert requests([row, row], converter) == [{"PutRequest": {"Item": TYPED_ITEM}}] * 2


@pytest.mark.parametrize("wrapped", [Types.LIST, Types.OBJECT_ARRAY, typeinfo.ExternalTypeInfo])
def test_a_list_of_rows_is_typed_by_its_members(wrapped: Callable[[Any], Any]) -> None:
    converter = converter_for_type(wrapped(ADDRESS))
    assert requests([Row("x")], converter) == [{"PutRequest": {"Item": {"street": {"S": "x"}}}}]


@pytest.mark.parametrize(
    "type_info",
    [
        Types.PICKLED_BYTE_ARRAY(),
        Types.LIST(Types.PICKLED_BYTE_ARRAY()),
        Types.MAP(Types.STRING(), Types.LONG()),
        Types.LIST(Types.MAP(Types.STRING(), Types.LONG())),
    ],
)
def test_untyped_streams_and_maps_are_taken_by_the_elements_own_class(type_info: Any) -> None:
    assert type(converter_for_type(type_info)) is DefaultElementConverter


@pytest.mark.parametrize(
    "type_info",
    [
        *(Types.INT(), Types.STRING(), Types.BIG_INT(), Types.SQL_TIMESTAMP()),
        *(Types.TUPLE([Types.STRING(), Types.INT()]), Types.PRIMITIVE_ARRAY(Types.BYTE())),
        *(Types.LIST(Types.STRING()), Types.BASIC_ARRAY(Types.STRING())),
        *(Types.LIST(Types.LIST(ADDRESS)), typeinfo.ExternalTypeInfo(Types.LONG())),
    ],
)
def test_a_type_that_no_record_can_have_is_refused_with_the_remedy(type_info: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match=r"element converter.*ROW_NAMED") as raised:
        converter_for_type(type_info)
    assert raised.value.path == "$"


def named_field(field_type: Any) -> Any:
    return Types.ROW_NAMED(["sku", "field"], [Types.STRING(), field_type])


@pytest.mark.parametrize(
    ("type_info", "message"),
    [
        (Types.ROW([Types.STRING()]), r"^\$: a row type without field names.*RowElementConverter"),
        (Types.ROW_NAMED(["f0", "f1"], [Types.STRING()] * 2), r"^\$: a row type without field n"),
        (named_field(Types.ROW([Types.STRING()])), r"^\$\.field: a row type without field names"),
        (named_field(Types.BIG_INT()), r"^\$\.field: Types.BIG_INT.*BIG_DEC"),
        (named_field(Types.LIST(named_field(Types.BIG_INT()))), r"^\$\.field\.field: Types.BIG_I"),
        (named_field(Types.MAP(Types.INT(), Types.INT())), r"^\$\.field: a map whose keys are no"),
        (Types.MAP(Types.INT(), Types.INT()), r"^\$: a map whose keys are no strings"),
        (Types.MAP(Types.STRING(), Types.BIG_INT()), r"^\$: Types.BIG_INT"),
    ],
)
def test_a_type_whose_records_could_not_be_written_is_refused(type_info: Any, message: str) -> None:
    with pytest.raises(UnsupportedTypeError, match=message):
        converter_for_type(type_info)


@pytest.mark.parametrize("rows", [Types.LIST, lambda type_info: type_info])
def test_a_converter_of_a_type_takes_its_elements(rows: Any) -> None:
    converter = TypeInformedElementConverter(rows(ADDRESS))
    expected = [{"PutRequest": {"Item": {"street": {"S": "x"}}}}]
    assert requests([Row("x")], converter) == expected
    assert requests(Row("x"), converter) == expected
    assert repr(converter) == "TypeInformedElementConverter(RowElementConverter([street]))"
    untyped = TypeInformedElementConverter(Types.PICKLED_BYTE_ARRAY())
    assert item({"sku": "a", "price": 1.5}, untyped) == ITEM
    assert untyped({"sku": "a"}) == WriteRequest.put({"sku": "a"})
    with pytest.raises(UnsupportedTypeError, match="ROW_NAMED"):
        TypeInformedElementConverter(Types.INT())


# --- several records in one element ---


@given(st.lists(ITEMS, max_size=5))
def test_a_list_or_a_plain_tuple_is_several_records(records: list[dict[str, Any]]) -> None:
    expected = [{"PutRequest": {"Item": item_on_the_wire(record)}} for record in records]
    for element in (records, tuple(records)):
        assert requests(element) == expected
        assert requests(element, lambda record: record) == expected
    encode = ElementEncoder(DefaultElementConverter(), reject_failures=False)
    assert encode(records) == b",".join(map(encode, records))


def test_classes_may_be_mixed_in_a_list() -> None:
    expected = {"PutRequest": {"Item": ITEM}}
    mixed = [Line("a", 1.5), {"sku": "a", "price": 1.5}, NAMED, Position("a", 1.5)]
    assert requests(mixed) == [expected] * 4


@pytest.mark.parametrize("element", [[], ()])
def test_an_empty_list_writes_nothing(element: object) -> None:
    assert ElementEncoder(DefaultElementConverter(), reject_failures=False)(element) == b""


BAD = Line(SECRET, math.nan)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_bad_record_of_a_list_fails_the_job_and_is_named_by_its_place(position: int) -> None:
    records = [Line("a"), Line("b")]
    records.insert(position, BAD)
    with pytest.raises(InvalidAttributeValueError) as raised:
        requests(records)
    assert raised.value.path == f"$[{position}].price"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_bad_record_of_a_list_is_rejected_and_its_neighbours_are_written(position: int) -> None:
    records = [Line("a"), Line("b")]
    expected = requests(records)
    records.insert(position, BAD)
    expected.insert(
        position,
        {
            "Rejected": {
                "request": {
                    "python_type": "test_converters.Line",
                    "path": f"$[{position}].price",
                },
                "error_code": "InvalidAttributeValueError",
                "error_message": f"$[{position}].price: NaN and infinity are no DynamoDB numbers; "
                "pass None for a missing value",
            }
        },
    )
    assert requests(records, reject=True) == expected
    assert requests(tuple(records), reject=True) == expected


@pytest.mark.parametrize("nested", [[], (), [{"a": 1}]])
def test_a_list_within_a_list_is_refused(nested: object) -> None:
    with pytest.raises(UnsupportedTypeError, match="flatten") as raised:
        requests([{"a": 1}, nested])
    assert raised.value.path == "$[1]"
    (good, bad) = requests([{"a": 1}, nested], reject=True)
    assert good == {"PutRequest": {"Item": {"a": {"N": "1"}}}}
    assert bad["Rejected"]["error_code"] == "UnsupportedTypeError"


@pytest.mark.parametrize("element", [("hello", 1), ("ab", "cd"), (None, {"a": 1}), (b"ab",)])
@pytest.mark.parametrize(
    "converter", [DefaultElementConverter(), lambda t: {"word": t[0], "count": t[1]}]
)
def test_a_tuple_that_looks_like_one_record_is_not_taken_apart(
    element: tuple[Any, ...], converter: Any
) -> None:
    """A function for ("ab", 1) would make {"word": "a", "count": "b"} of "ab"."""
    with pytest.raises(UnsupportedTypeError, match="if the tuple is one record"):
        requests(element, converter)


def test_a_list_of_scalars_is_for_the_users_function() -> None:
    assert requests(["a", "b"], lambda word: {"word": word}) == [
        {"PutRequest": {"Item": {"word": {"S": "a"}}}},
        {"PutRequest": {"Item": {"word": {"S": "b"}}}},
    ]


# --- any function as an element converter ---


def test_a_function_may_return_a_dict_or_a_write_request() -> None:
    put = {"PutRequest": {"Item": {"id": {"N": "5"}}}}
    assert requests(5, lambda n: {"id": n}) == [put]
    assert requests(5, lambda n: collections.OrderedDict(id=n)) == [put]
    assert requests(5, lambda n: collections.ChainMap({"id": n})) == [put]
    assert requests(5, lambda n: WriteRequest.put({"id": n})) == [put]
    assert requests(5, lambda n: WriteRequest.delete({"id": n})) == [
        {"DeleteRequest": {"Key": {"id": {"N": "5"}}}}
    ]
    assert requests([5, 6], lambda _: WriteRequest.nothing()) == []


@pytest.mark.parametrize(
    "result", [None, 5, SECRET, [{"id": 1}], ({"id": 1},), Line(SECRET), b"{}", Row(a=SECRET)]
)
def test_a_function_that_returns_something_else_is_told_what_to_return(result: object) -> None:
    with pytest.raises(UnsupportedTypeError, match="return a dict or a WriteRequest") as raised:
        requests({"a": 1}, lambda _: result)
    assert SECRET not in str(raised.value)
    assert ("None" if result is None else type(result).__name__) in str(raised.value)
    (rejected,) = requests({"a": 1}, lambda _: result, reject=True)
    assert rejected["Rejected"]["request"] == {"python_type": "dict", "path": "$"}


def test_a_fault_in_what_a_function_returns_has_its_path() -> None:
    with pytest.raises(InvalidAttributeValueError, match=r"^\$\.lines\[1\]: NaN"):
        requests(5, lambda _: {"lines": [1, math.nan]})


def raising(error: BaseException) -> Callable[[object], dict[str, object]]:
    def convert(_: object) -> dict[str, object]:
        raise error

    return convert


def test_what_a_function_raises_fails_the_job_unchanged() -> None:
    with pytest.raises(SecretError, match=SECRET):
        requests({"a": 1}, raising(SecretError(SECRET)))


def test_what_a_function_raises_is_rejected_by_its_type_and_never_its_text() -> None:
    encode = ElementEncoder(raising(SecretError(SECRET)), reject_failures=True)
    for element, path in (({"a": SECRET}, "$"), ([{"a": SECRET}], "$[0]")):
        wire_form = encode(element)
        assert SECRET.encode() not in wire_form
        assert json.loads(wire_form) == {
            "Rejected": {
                "request": {"python_type": "dict", "path": path},
                "error_code": "ConversionError",
                "error_message": f"{path}: converting the record raised "
                "test_converters.SecretError; handle it in the element converter, or filter such "
                "elements before the sink",
            }
        }


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("element", [{"a": 1}, [{"a": 1}]])
def test_what_says_nothing_about_the_record_is_never_a_rejection(
    error: type[BaseException], element: object
) -> None:
    with pytest.raises(error):
        requests(element, raising(error()), reject=True)


def test_a_class_derived_from_a_ready_converter_is_called() -> None:
    class Upper(DefaultElementConverter):
        def __call__(self, element: object) -> WriteRequest:
            return WriteRequest.put({"line": repr(element).upper()})

    class Renamed(DataclassElementConverter[Line]):
        def __call__(self, element: Line) -> WriteRequest:
            return WriteRequest.put({"renamed": element.sku})

    assert item({"a": 1}, Upper()) == {"line": {"S": "{'A': 1}"}}
    assert item(Line("a"), Renamed(Line)) == {"renamed": {"S": "a"}}


# --- rejections ---


def test_a_record_that_cannot_be_converted_is_rejected_without_its_values() -> None:
    wire_form = ElementEncoder(DefaultElementConverter(), reject_failures=True)(BAD)
    assert SECRET.encode() not in wire_form
    assert json.loads(wire_form) == {
        "Rejected": {
            "request": {"python_type": "test_converters.Line", "path": "$.price"},
            "error_code": "InvalidAttributeValueError",
            "error_message": "$.price: NaN and infinity are no DynamoDB numbers; pass None for a "
            "missing value",
        }
    }


@pytest.mark.parametrize(
    ("element", "path"),
    [
        (Line("\ud800"), "$.sku"),
        ({"sku": "\ud800"}, "$.sku"),
        ({"a": {"\ud800": math.nan}}, r"$.a['\ud800']"),
        (Row(sku=["\ud800"]), "$.sku[0]"),
        ([{}, Line("\ud800")], "$[1].sku"),
    ],
)
def test_text_that_utf_8_cannot_hold_is_rejected_with_its_path(element: object, path: str) -> None:
    rejected = requests(element, reject=True)[-1]["Rejected"]
    assert rejected["request"]["path"] == path
    assert rejected["error_code"] == "InvalidAttributeValueError"


def test_a_rejected_record_leaves_nothing_behind_for_the_next() -> None:
    encode = ElementEncoder(DataclassElementConverter(Line), reject_failures=True)
    good = encode(Line("a"))
    bad = encode(BAD)
    assert [encode(Line("a")), encode(BAD), encode(BAD), encode(Line("a"))] == [
        *(good, bad, bad, good)
    ]


# --- what PyFlink does to an encoder ---


def test_an_encoder_works_in_another_process_after_it_was_used_here() -> None:
    """A job's own classes are in `__main__`, which cloudpickle sends by value."""

    @dataclasses.dataclass
    class Local:
        sku: str
        line: Optional[Local]  # noqa: UP045 - what users of Python 3.9 write
        price: float = 1.5
        limit: ClassVar[int] = 5

    class LocalBean:
        sku: str = "a"

    class LocalTuple(NamedTuple):
        sku: str

    local = [Local("a", Local("b", None))]
    named = [Row(sku="a", price=1.5)]
    work: list[tuple[ElementEncoder, list[Any]]] = [
        (ElementEncoder(DefaultElementConverter(ignore_nulls=True), False), local),
        (ElementEncoder(DataclassElementConverter(Local), True), local),
        (ElementEncoder(lambda record: {"sku": record.sku, "line": record.line}, True), local),
        (ElementEncoder(DefaultElementConverter(), False), [LocalTuple("c"), *named, {"d": 1}]),
        (ElementEncoder(RowElementConverter(["sku", "price"]), True), named),
        (ElementEncoder(converter_for_type(ADDRESS), True), [Row("x")]),
        (ElementEncoder(TypeInformedElementConverter(ADDRESS), True), [Row("x")]),
        (ElementEncoder(BeanElementConverter(LocalBean), True), [LocalBean()]),
    ]
    expected = [encode(element) for encode, element in work]
    assert not any(b"Rejected" in written for written in expected)
    rejecting = ElementEncoder(DefaultElementConverter(), True)
    work.append((rejecting, [{"price": math.nan}]))
    expected.append(rejecting([{"price": math.nan}]))
    program = "import pickle, sys\n"
    program += "work = pickle.load(sys.stdin.buffer)\n"
    program += (
        "sys.stdout.buffer.write(pickle.dumps([encode(element) for encode, element in work]))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        input=cloudpickle.dumps(work),
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    assert pickle.loads(other.stdout) == expected


def test_what_is_pickled_does_not_grow_with_use() -> None:
    encode = ElementEncoder(DefaultElementConverter(), reject_failures=False)
    before = cloudpickle.dumps(encode)
    encode(Line("a"))
    assert cloudpickle.dumps(encode) == before


@pytest.mark.parametrize(
    ("converter", "expected"),
    [
        (DefaultElementConverter(), "DefaultElementConverter()"),
        (DefaultElementConverter(ignore_nulls=True), "DefaultElementConverter(ignore_nulls=True)"),
        (DataclassElementConverter(Line), "DataclassElementConverter(Line)"),
        (
            DataclassElementConverter(Line, ignore_nulls=True),
            "DataclassElementConverter(Line, ignore_nulls=True)",
        ),
        (RowElementConverter(), "RowElementConverter()"),
        (RowElementConverter(["sku", "price"]), "RowElementConverter([sku, price])"),
    ],
)
def test_a_converter_is_readable_in_an_operators_name(converter: object, expected: str) -> None:
    assert repr(converter) == expected


def test_nothing_here_starts_a_jvm() -> None:
    program = (
        "from pyflink.common import Row, Types\n"
        "from pyflink_dynamodb.converters import ElementEncoder, converter_for_type\n"
        "named = Types.ROW_NAMED(['a', 'b'], [Types.STRING(), Types.LIST(Types.INT())])\n"
        "assert ElementEncoder(converter_for_type(named), True)(Row('x', [1]))\n"
        "try:\n"
        "    converter_for_type(Types.ROW([Types.STRING()]))\n"
        "except TypeError as error:\n"
        "    print(error)\n"
        "from pyflink import java_gateway\n"
        "assert java_gateway._gateway is None\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        check=True,
        text=True,
    )
    assert "without field names" in other.stdout
