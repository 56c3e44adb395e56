"""What the records of a stream become: the schemas of a streams source."""

# ruff: noqa: SLF001 - PyFlink keeps what its types consist of in private attributes

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar

from pyflink_dynamodb._stream_decoding import SUFFIX, prefix, schema_bytes
from pyflink_dynamodb.errors import InvalidConfigurationError, PyFlinkDynamoDbError
from pyflink_dynamodb.record import is_row
from pyflink_dynamodb.record_class import record_class
from pyflink_dynamodb.row_type import naming_of
from pyflink_dynamodb.stream_record import StreamRecord
from pyflink_dynamodb.type_rule import type_name

if TYPE_CHECKING:
    from pyflink.common.typeinfo import RowTypeInfo

T = TypeVar("T")


class StreamRecordSchema:
    """Each change as a `StreamRecord`; the default."""

    def java_options(self) -> dict[str, Any]:
        """As `DynamoDbStreamsSource.of` in Java takes it."""
        return _python_options(b"")

    def __repr__(self) -> str:
        return "StreamRecordSchema()"


class StreamRecordJsonSchema:
    """Each change as a str: the record's own JSON, as DynamoDB Streams sends it.

    The stream's type is `Types.STRING()`, and no Python process takes part in reading.
    """

    def java_options(self) -> dict[str, Any]:
        """As `DynamoDbStreamsSource.of` in Java takes it."""
        return {"kind": "json"}

    def __repr__(self) -> str:
        return "StreamRecordJsonSchema()"


class NewImageSchema(Generic[T]):
    """Each item as it is after its change, as an object, by `from_item`.

    Items that are removed are left out. The stream's view type must be NEW_IMAGE or
    NEW_AND_OLD_IMAGES; another fails the job when it starts.

    Args:
        cls: A dataclass, attrs class, pydantic model, named tuple, bean, `Row` or dict.

    Raises:
        InvalidConfigurationError: No item can become an instance of `cls`, or the markers in its
            annotations contradict each other.
    """

    def __init__(self, cls: type[T]) -> None:
        anything: object = cls
        known = isinstance(anything, type) and (
            is_row(anything) or issubclass(anything, dict) or record_class(anything, bean=True)
        )
        if not known:
            given = type_name(anything) if isinstance(anything, type) else "no class"
            raise InvalidConfigurationError(
                "NewImageSchema takes a dataclass, attrs class, pydantic model, named tuple, class "
                f"with annotated fields, Row or dict; this is {given}"
            )
        self._cls = cls

    def java_options(self) -> dict[str, Any]:
        """As `DynamoDbStreamsSource.of` in Java takes it."""
        return {**_python_options(schema_bytes(_NewImage(self._cls))), "newImageOnly": True}

    def __repr__(self) -> str:
        return f"NewImageSchema({self._cls.__qualname__})"


@dataclasses.dataclass(frozen=True)
class _NewImage:
    """What runs in the worker."""

    cls: type

    def __call__(self, record: StreamRecord) -> object:
        return record.new(self.cls)


class StreamRowSchema:
    """Each change as one or two typed rows with their RowKind, made in the JVM.

    A new item is an INSERT. A changed one is UPDATE_BEFORE and UPDATE_AFTER where the stream has
    both images, and UPDATE_AFTER where it has new ones only. A removed one is a DELETE with the old
    image, or with the key and nulls. Attributes without a field are left out, those that are
    missing are null, one that does not fit its field fails the job.

    Args:
        type_info: A row type with field names: `Types.ROW_NAMED([...], [...])`.
        primary_key: The fields that are the table's primary key, the partition key first. Compared
            with the table's when the job starts. Default: the table's own.

    Raises:
        InvalidConfigurationError: Lists every problem of the two at once.
    """

    def __init__(self, type_info: RowTypeInfo, primary_key: Sequence[str] | None = None) -> None:
        problems = _row_problems(type_info, primary_key)
        if problems:
            raise InvalidConfigurationError(problems)
        self._type_info = type_info
        self._primary_key = tuple(primary_key or ())

    def java_options(self) -> dict[str, Any]:
        """As `DynamoDbStreamsSource.of` in Java takes it."""
        return {
            "kind": "row",
            "typeInfo": self._type_info.get_java_type_info(),
            "primaryKey": list(self._primary_key),
        }

    def __repr__(self) -> str:
        return f"StreamRowSchema([{', '.join(self._type_info._field_names)}])"


def _row_problems(type_info: Any, primary_key: Any) -> list[str]:
    from pyflink.common.typeinfo import RowTypeInfo

    if not isinstance(type_info, RowTypeInfo) or not type_info._field_names:
        return ["StreamRowSchema: type_info is a row type with names: Types.ROW_NAMED([...], ...)"]
    problems = []
    names = list(type_info._field_names)
    if len(set(names)) < len(names) or len(names) != len(type_info.get_field_types()):
        problems.append("StreamRowSchema: type_info names each field, each name once")
    for name, field_type in zip(names, type_info.get_field_types()):
        try:
            naming_of(field_type)
        except PyFlinkDynamoDbError as error:
            # Its path begins at the field.
            problems.append(f"StreamRowSchema: {name}{str(error)[1:]}")
    if primary_key is None:
        return problems
    keys = list(primary_key) if isinstance(primary_key, (list, tuple)) else []
    if not 1 <= len(keys) <= 2 or not all(isinstance(key, str) for key in keys):
        problems.append("StreamRowSchema: primary_key is a list of one or two field names")
    problems.extend(
        f"StreamRowSchema: primary_key names {key!r}, which is no field of type_info"
        for key in keys
        if isinstance(key, str) and key not in names
    )
    if len(set(map(str, keys))) < len(keys):
        problems.append("StreamRowSchema: primary_key names a field twice")
    return problems


@dataclasses.dataclass(frozen=True)
class FunctionSchema:
    """A function of the user's own, from a `StreamRecord` to an element."""

    function: Callable[[StreamRecord], Any]

    def java_options(self) -> dict[str, Any]:
        """As `DynamoDbStreamsSource.of` in Java takes it."""
        return _python_options(schema_bytes(self.function))

    def __repr__(self) -> str:
        return f"FunctionSchema({getattr(self.function, '__name__', type(self.function).__name__)})"


@dataclasses.dataclass(frozen=True, repr=False)
class FlinkSchema:
    """A DeserializationSchema of Flink's, which is given the record's JSON."""

    schema: Any

    def java_options(self) -> dict[str, Any]:
        """As `DynamoDbStreamsSource.of` in Java takes it."""
        return {"kind": "flink", "schema": self.schema._j_deserialization_schema}

    def __repr__(self) -> str:
        return f"FlinkSchema({type(self.schema).__name__})"


_READY = (StreamRecordSchema, StreamRecordJsonSchema, NewImageSchema, StreamRowSchema)


def stream_schema(given: Any) -> Any:
    """The schema that a user means.

    Args:
        given: A ready schema, a function of a `StreamRecord`, a DeserializationSchema of PyFlink's,
            or None for the default.

    Raises:
        InvalidConfigurationError: It is none of these.
    """
    from pyflink.common.serialization import DeserializationSchema

    if given is None:
        return StreamRecordSchema()
    if isinstance(given, (*_READY, FunctionSchema, FlinkSchema)):
        return given
    if isinstance(given, DeserializationSchema) and given._j_deserialization_schema is not None:
        return FlinkSchema(given)
    if isinstance(given, type):
        # It could be called, but what it would make of a record is hardly what was meant.
        remedy = (
            f"pass {given.__name__}(...)"
            if given in _READY
            else f"pass NewImageSchema({given.__name__}) for its instances"
        )
        raise InvalidConfigurationError(f"deserialization_schema is a class; {remedy}")
    if callable(given):
        return FunctionSchema(given)
    raise InvalidConfigurationError(
        "deserialization_schema must be StreamRecordSchema(), StreamRecordJsonSchema(), "
        "NewImageSchema(cls), StreamRowSchema(type_info), a function of a StreamRecord, or a "
        f"DeserializationSchema; {type(given).__name__} is none of them"
    )


def _python_options(schema: bytes) -> dict[str, Any]:
    return {
        "kind": "python",
        "prefix": prefix(schema),
        "suffix": SUFFIX,
        "newImageOnly": False,
    }
