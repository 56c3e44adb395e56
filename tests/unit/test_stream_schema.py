"""What the records of a stream may become, and what is refused before there is a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pyflink.common import Row, Types

from pyflink_dynamodb import (
    InvalidConfigurationError,
    NewImageSchema,
    StreamRecordJsonSchema,
    StreamRecordSchema,
    StreamRowSchema,
)
from pyflink_dynamodb.stream_schema import stream_schema

ROW = Types.ROW_NAMED(["pk", "n"], [Types.STRING(), Types.LONG()])


@dataclass
class Order:
    pk: str


@pytest.mark.parametrize(
    ("type_info", "primary_key", "says"),
    [
        (Types.STRING(), None, ["Types.ROW_NAMED"]),
        (Types.ROW([Types.STRING()]), None, ["Types.ROW_NAMED"]),
        (None, None, ["Types.ROW_NAMED"]),
        (Types.ROW_NAMED(["a", "a"], [Types.INT(), Types.INT()]), None, ["each name once"]),
        (Types.ROW_NAMED(["a"], [Types.BIG_INT()]), None, ["a: Types.BIG_INT does not come"]),
        (
            Types.ROW_NAMED(["a"], [Types.MAP(Types.INT(), Types.INT())]),
            ["b"],
            ["a: a map whose keys are no strings", "'b', which is no field"],
        ),
        (ROW, "pk", ["primary_key is a list"]),
        (ROW, [], ["primary_key is a list"]),
        (ROW, ["pk", "n", "pk"], ["one or two", "twice"]),
        (ROW, ["pk", 7], ["primary_key is a list"]),
        (ROW, ["pk", "pk"], ["twice"]),
    ],
)
def test_a_row_type_that_cannot_be_filled_is_refused(
    type_info: Any, primary_key: Any, says: list[str]
) -> None:
    """Every problem at once."""
    with pytest.raises(InvalidConfigurationError) as caught:
        StreamRowSchema(type_info, primary_key)

    assert len(caught.value.problems) == len(says)
    for part, problem in zip(says, caught.value.problems):
        assert part in problem


@pytest.mark.parametrize("primary_key", [None, ["pk"], ("pk", "n")])
def test_a_row_type_with_names_is_taken(primary_key: Any) -> None:
    """With the key, or without."""
    assert repr(StreamRowSchema(ROW, primary_key)) == "StreamRowSchema([pk, n])"


@pytest.mark.parametrize("cls", [Order, dict, Row])
def test_an_image_can_be_of_any_class_that_from_item_makes(cls: type) -> None:
    """It is sent to the workers, and records without a new image stay behind."""
    options = NewImageSchema(cls).java_options()

    assert (options["kind"], options["newImageOnly"]) == ("python", True)


@pytest.mark.parametrize("given", [int, "Order", None, Order("x")])
def test_an_image_cannot_be_of_another(given: Any) -> None:
    """It says what would do."""
    with pytest.raises(InvalidConfigurationError, match="NewImageSchema takes a dataclass"):
        NewImageSchema(given)


def test_the_json_stays_in_the_jvm() -> None:
    """And the default is the record."""
    assert StreamRecordJsonSchema().java_options() == {"kind": "json"}
    assert stream_schema(None).java_options() == StreamRecordSchema().java_options()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (StreamRecordSchema, r"pass StreamRecordSchema\(\.\.\.\)"),
        (Order, r"pass NewImageSchema\(Order\)"),
        ("json", "str is none of them"),
        (7, "int is none of them"),
    ],
)
def test_what_is_no_schema_is_refused(given: Any, says: str) -> None:
    """Above all a class, which could be called, but not with what was meant."""
    with pytest.raises(InvalidConfigurationError, match=says):
        stream_schema(given)


def test_a_repr_shows_names_only() -> None:
    """A function may hold a secret, or be at another address at each run."""
    assert repr(NewImageSchema(Order)) == "NewImageSchema(Order)"
    assert repr(stream_schema(Order("s3cret").__eq__)) == "FunctionSchema(__eq__)"
    assert repr(StreamRecordJsonSchema()) == "StreamRecordJsonSchema()"
