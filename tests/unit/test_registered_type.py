"""Types of the user's own."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Optional

import pytest

from pyflink_dynamodb import (
    AsPickle,
    DefaultElementConverter,
    PartitionKey,
    errors,
    from_item,
    register_type,
)
from pyflink_dynamodb import registered_type as module
from pyflink_dynamodb.attribute_value import forget_encoders, to_attribute_value
from pyflink_dynamodb.converters import ElementEncoder, _unpickled
from pyflink_dynamodb.key_schema import attribute_type, key_schema

# Stands for what no message may repeat.
SECRET = "4111-1111-1111-1111"


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and self.cents == other.cents

    __hash__ = None  # type: ignore[assignment]


class Euro(Money):
    pass


class Shade(enum.Enum):
    DARK = (0, 0, 0)


@dataclasses.dataclass
class Price:
    id: str
    money: Optional[Money] = None  # noqa: UP045 - what users of Python 3.9 write
    others: list[Money] = dataclasses.field(default_factory=list)


@pytest.fixture(autouse=True)
def _unregistered() -> Iterator[None]:
    """What a test registers is forgotten after it."""
    before = module.registrations()
    yield
    module._REGISTRATIONS.clear()
    module._REGISTRATIONS.update(before)
    forget_encoders()


def encode(value: Any) -> object:
    return value.cents


def written(record: object) -> dict[str, Any]:
    encoder = ElementEncoder(DefaultElementConverter(), reject_failures=False)
    return dict(json.loads(encoder(record))["PutRequest"]["Item"])


def test_a_registered_type_goes_both_ways_wherever_it_stands() -> None:
    register_type(Money, encode, Money)
    price = Price("a", Money(5), [Money(6)])
    item = written(price)
    assert item["money"] == {"N": "5"}
    assert item["others"] == {"L": [{"N": "6"}]}
    assert from_item(Price, item) == price
    assert to_attribute_value(Euro(7)) == {"N": "7"}


def test_a_registration_holds_for_classes_that_were_met_before() -> None:
    with pytest.raises(errors.UnsupportedTypeError, match=r"register_type\(\.\.\.\)"):
        written(Price("a", Money(5)))
    with pytest.raises(errors.UnsupportedTypeError):
        to_attribute_value(Shade.DARK)
    register_type(Money, encode)
    register_type(Shade, lambda shade: list(shade.value), lambda stored: Shade(tuple(stored)))
    assert written(Price("a", Money(5)))["money"] == {"N": "5"}
    assert to_attribute_value(Shade.DARK)["L"] == [{"N": "0"}] * 3
    cls = dataclasses.make_dataclass("Made", [("shade", Shade)])
    assert from_item(cls, written(cls(Shade.DARK))) == cls(Shade.DARK)


def test_a_record_class_within_a_record_may_be_stored_otherwise() -> None:
    register_type(Price, lambda price: price.id, Price)
    assert to_attribute_value([Price("a")]) == {"L": [{"S": "a"}]}
    assert written(Price("a"))["id"] == {"S": "a"}


def test_registering_the_same_again_is_fine_and_another_is_refused() -> None:
    register_type(Money, encode, Money)
    register_type(Money, encode, Money)
    with pytest.raises(errors.InvalidConfigurationError, match=r"Money is registered already"):
        register_type(Money, lambda money: str(money.cents), Money)
    with pytest.raises(errors.InvalidConfigurationError, match=r"Money is registered already"):
        register_type(Money, encode)


@pytest.mark.parametrize("cls", [int, str, bool, list, dict, type(None), Decimal])
def test_a_type_that_has_a_rule_of_this_package_is_refused(cls: type) -> None:
    with pytest.raises(errors.InvalidConfigurationError, match="as it is for everybody"):
        register_type(cls, str)


@pytest.mark.parametrize("arguments", [("Money", encode), (Money, "x"), (Money, encode, "x")])
def test_arguments_that_cannot_be_are_refused(arguments: Any) -> None:
    with pytest.raises(errors.InvalidConfigurationError, match="register_type: "):
        register_type(*arguments)


def test_an_encode_function_that_gives_the_same_class_is_no_endless_loop() -> None:
    register_type(Money, lambda money: money)
    with pytest.raises(errors.UnsupportedTypeError, match="the same class") as raised:
        written(Price("a", Money(5)))
    assert raised.value.path == "$.money"


def test_what_an_encode_function_gives_is_checked_like_any_value() -> None:
    register_type(Money, lambda _: {"a": [SECRET, set()]})
    with pytest.raises(errors.InvalidAttributeValueError) as raised:
        written(Price("a", Money(5)))
    assert raised.value.path == "$.money.a[1]"
    assert SECRET not in str(raised.value)


def test_reading_without_a_decode_function_is_refused_and_a_failing_one_named() -> None:
    register_type(Money, encode)
    with pytest.raises(errors.ConversionError, match=r"^\$\.money: .*without a decode function"):
        from_item(Price, {"id": "a", "money": 5})
    register_type(Shade, str, lambda stored: {}[stored])
    cls = dataclasses.make_dataclass("Made", [("shade", Shade)])
    with pytest.raises(errors.ConversionError, match=r"^\$\.shade: what the item has") as raised:
        from_item(cls, {"shade": SECRET})
    assert SECRET not in str(raised.value)


def test_what_is_registered_here_stays_when_an_encoder_arrives() -> None:
    """Functions that were pickled by value are not equal to themselves."""
    register_type(Money, encode, Money)
    _, (names, registered, *others) = ElementEncoder(
        DefaultElementConverter(), reject_failures=False
    ).__reduce__()
    assert registered[Money] == (encode, Money)
    arrived = {**registered, Money: module._Registration(lambda _: "other", None)}
    _unpickled(names, arrived, *others)
    assert to_attribute_value(Money(5)) == {"N": "5"}


class UserId(str):
    """Stored otherwise than the text that it derives from."""

    __slots__ = ()


class Tier(enum.Enum):
    FREE = "free"


class Device(UserId):
    """Has the rule of its base."""

    __slots__ = ()


@pytest.mark.parametrize(("cls", "registered"), [(UserId, UserId), (Device, UserId), (Tier, Tier)])
def test_the_type_of_a_registered_key_is_not_guessed(cls: type, registered: type) -> None:
    """What its functions give decides, also where the class was looked at before."""
    keyed = dataclasses.make_dataclass("Keyed", [("id", Annotated[cls, PartitionKey()])])
    assert key_schema(keyed) == (("id", "S"), None)
    register_type(registered, encode)
    assert key_schema(keyed) == (("id", None), None)
    assert attribute_type(keyed, "id") is None


def test_a_marker_tells_the_type_of_a_key_of_a_registered_class() -> None:
    """It goes before the registered rule."""
    register_type(UserId, encode)
    hint = Annotated[UserId, AsPickle(), PartitionKey()]
    keyed = dataclasses.make_dataclass("Keyed", [("id", hint)])
    assert key_schema(keyed) == (("id", "B"), None)
