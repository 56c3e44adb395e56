"""The error tree: what can be caught how, and what a message looks like."""

from __future__ import annotations

import inspect
import pickle

import pytest

from pyflink_dynamodb import errors
from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidAttributeValueError,
    InvalidConfigurationError,
    JarNotFoundError,
    MissingKeyError,
    PyFlinkDynamoDbError,
    UnsupportedTypeError,
    VersionMismatchError,
)


def test_every_error_descends_from_the_one_base() -> None:
    classes = [cls for _, cls in inspect.getmembers(errors, inspect.isclass)]
    raised = [cls for cls in classes if cls.__module__ == errors.__name__]
    assert len(raised) > 8
    assert all(issubclass(cls, PyFlinkDynamoDbError) for cls in raised)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (InvalidConfigurationError, ValueError),
        (UnsupportedTypeError, TypeError),
        (InvalidAttributeValueError, ValueError),
        (MissingKeyError, ValueError),
    ],
)
def test_an_error_is_also_the_builtin_that_a_caller_expects(
    error: type[Exception], builtin: type[Exception]
) -> None:
    assert issubclass(error, builtin)


def test_one_problem_is_the_message_and_several_are_a_list_of_all() -> None:
    assert str(InvalidConfigurationError(["table_name is missing"])) == "table_name is missing"
    several = InvalidConfigurationError(["table_name is missing", "max_batch_size is 26"])
    assert several.problems == ("table_name is missing", "max_batch_size is 26")
    assert str(several) == (
        "2 problems in the configuration:\n  - table_name is missing\n  - max_batch_size is 26"
    )


def test_a_text_given_for_the_problems_is_one_problem_and_not_its_letters() -> None:
    assert InvalidConfigurationError("no region").problems == ("no region",)


def test_a_path_grows_from_the_inside() -> None:
    error = ConversionError("NaN is no number", "float")
    assert str(error) == "$: NaN is no number"
    error.under_name("price")
    error.under_index(3)
    error.under_name("lines")
    assert error.path == "$.lines[3].price"
    assert str(error) == "$.lines[3].price: NaN is no number"
    assert "$.lines[3].price" in repr(error)


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("user_id", ".user_id"),
        ("user-id", ".user-id"),
        ("a.b", "['a.b']"),
        ("with blank", "['with blank']"),
        ("", "['']"),
        ("line\nbreak", r"['line\nbreak']"),
        ("\ud800", r"['\ud800']"),
        ("é", "['é']"),
        ("x" * 65_535, f"['{'x' * 80}']"),
    ],
)
def test_a_path_stays_one_short_readable_line_whatever_the_name(name: str, segment: str) -> None:
    error = ConversionError("problem")
    error.under_name(name)
    assert error.path == f"${segment}"


def test_an_error_survives_pickling_whole() -> None:
    conversion = InvalidAttributeValueError("problem", "float")
    conversion.under_name("price")
    for error in (
        conversion,
        InvalidConfigurationError(["a", "b"]),
        JarNotFoundError(["/one", "/two"], "build it"),
        VersionMismatchError("jar 1", "package 2", "install both alike"),
    ):
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error)
        assert str(copy) == str(error)
        assert vars(copy) == vars(error)


def test_a_missing_jar_names_every_place_and_the_remedy() -> None:
    error = JarNotFoundError(["/one", "/two"], "run `make jar`")
    assert str(error) == ("the connector's jar was not found; searched: /one, /two; run `make jar`")


def test_a_version_mismatch_names_both_versions_and_the_remedy() -> None:
    error = VersionMismatchError("PyFlink 1.19.1", "pyflink-dynamodb 0.1", "install PyFlink 1.20")
    assert str(error) == (
        "PyFlink 1.19.1 does not work with pyflink-dynamodb 0.1; install PyFlink 1.20"
    )
