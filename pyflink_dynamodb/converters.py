"""Stream elements to write requests, and on to bytes.

An element converter is any callable from an element to a `WriteRequest`, or to a dict, which is
put. `ElementEncoder` is what runs in the stream: it calls the converter, takes lists apart and
deals with records that cannot be converted.
"""

# ruff: noqa: SLF001 - PyFlink keeps what its types consist of in private attributes

from __future__ import annotations

import dataclasses
import datetime
import decimal
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, Generic, Protocol, TypeVar

import orjson

from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidConfigurationError,
    UnsupportedTypeError,
)
from pyflink_dynamodb.plain_record import PutEncoder, put_encoder
from pyflink_dynamodb.record import is_row
from pyflink_dynamodb.record_class import record_class
from pyflink_dynamodb.registered_type import registrations, take_over
from pyflink_dynamodb.row_type import (
    RowNaming,
    is_several,
    member_type,
    naming_of,
    row_naming,
    unwrapped,
)
from pyflink_dynamodb.type_hint import names_of_main, remember_names_of_main
from pyflink_dynamodb.type_rule import type_name
from pyflink_dynamodb.update_pair import UpdatePair
from pyflink_dynamodb.write_request import WriteRequest, item_encoder

if TYPE_CHECKING:
    from pyflink.common import Row
    from pyflink.common.typeinfo import TypeInformation

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class ElementConverter(Protocol[T_contra]):
    """Turns one element into one write request; any function of this shape is one.

    It is pickled and sent to Flink's workers.
    """

    def __call__(self, element: T_contra, /) -> WriteRequest | Mapping[str, object]:
        """Convert one element; a dict is an item to put."""
        ...


class DefaultElementConverter:
    """Takes every element that has names for its attributes, by the element's own class.

    A dict, dataclass, attrs class, pydantic model, named tuple, `Row` with field names, or plain
    class with a marker in its annotations is put, a `Row` of kind DELETE is deleted, and a
    `WriteRequest` stays what it is.

    Args:
        ignore_nulls: Leave out attributes that are None, instead of writing NULL.
    """

    def __init__(self, ignore_nulls: bool = False) -> None:
        self._ignore_nulls = ignore_nulls

    def __call__(self, element: object) -> WriteRequest:
        """Convert one element."""
        if isinstance(element, WriteRequest):
            return element
        if is_row(type(element)):
            return _row_request(element, element, self._ignore_nulls)
        return WriteRequest.put(element, self._ignore_nulls)

    def __repr__(self) -> str:
        return _described(self, [], self._ignore_nulls)


class BeanElementConverter(Generic[T]):
    """Takes instances of one class with fields, or of classes derived from it.

    That is a dataclass, attrs class, pydantic model, named tuple, or a plain class: of that, the
    annotated attributes and the properties whose names do not begin with an underscore.

    Args:
        cls: The class.
        ignore_nulls: Leave out attributes that are None, instead of writing NULL.

    Raises:
        UnsupportedTypeError: `cls` has no fields.
        InvalidConfigurationError: The markers in its annotations contradict each other.
    """

    def __init__(self, cls: type[T], ignore_nulls: bool = False) -> None:
        anything: object = cls
        if not (isinstance(anything, type) and self._can_be(anything)):
            given = type_name(anything) if isinstance(anything, type) else _called(anything)
            raise UnsupportedTypeError(
                f"{type(self).__name__} takes {self._takes_only}, not {given}; change the class, "
                "or give the sink a function that makes dicts"
            )
        item_encoder(cls, ignore_nulls, bean=True)
        self._cls = cls
        self._ignore_nulls = ignore_nulls

    _takes_only = "a class with annotated attributes or properties"

    @staticmethod
    def _can_be(bean: type) -> bool:
        return record_class(bean, bean=True) is not None

    def __call__(self, element: T) -> WriteRequest:
        """Convert one element."""
        if not self._takes(type(element)):
            raise UnsupportedTypeError(
                f"this sink's converter takes {type_name(self._cls)}, not {_called(element)}; "
                "without a converter the sink takes elements of several classes",
                type_name(type(element)),
            )
        return WriteRequest("put", element, self._ignore_nulls, bean=True)

    def _takes(self, cls: type) -> bool:
        # By name, too: cloudpickle sends a class of `__main__` by value, and an element that was
        # pickled by an earlier run of the job (into its state, say) brings that run's class along.
        names = (self._cls.__module__, self._cls.__name__)
        return any((c.__module__, c.__name__) == names for c in cls.__mro__)

    def __repr__(self) -> str:
        return _described(self, [self._cls.__qualname__], self._ignore_nulls)


class DataclassElementConverter(BeanElementConverter[T]):
    """Takes instances of one dataclass, or of classes derived from it.

    Args:
        cls: The dataclass.
        ignore_nulls: Leave out attributes that are None, instead of writing NULL.

    Raises:
        UnsupportedTypeError: `cls` is no dataclass.
        InvalidConfigurationError: The markers in its annotations contradict each other.
    """

    _takes_only = "a class made by @dataclass"

    @staticmethod
    def _can_be(bean: type) -> bool:
        return dataclasses.is_dataclass(bean)


class RowElementConverter:
    """Takes PyFlink's `Row`: put, or deleted by key if its kind is DELETE.

    A row of kind UPDATE_BEFORE is left out, since UPDATE_AFTER follows it. Where an update
    changes the primary key, the sink deletes the item of the old key, if it knows the table's key
    (`set_key_schema`, `set_overwrite_by_partition_keys`): unless the next row is an UPDATE_AFTER of
    the same key.

    Args:
        field_names: The attributes' names in the order of the row's fields, for rows that have no
            names. A row that has names must have exactly these, in any order.
        ignore_nulls: Leave out attributes that are None, instead of writing NULL.

    Raises:
        InvalidConfigurationError: `field_names` holds a name twice or no names.
    """

    def __init__(
        self, field_names: Sequence[str] | None = None, ignore_nulls: bool = False
    ) -> None:
        self._naming: RowNaming | None = None
        self._ignore_nulls = ignore_nulls
        if field_names is not None:
            names = list(field_names)
            if isinstance(field_names, str) or len(set(names)) < len(names) or not names:
                raise InvalidConfigurationError(
                    ["field_names: give a list with one name for each field, each name once"]
                )
            self._naming = RowNaming(names)

    @classmethod
    def _of_type(cls, row_type: Any) -> RowElementConverter:
        converter = cls()
        converter._naming = row_naming(row_type)
        return converter

    def __call__(self, element: Row) -> WriteRequest:
        """Convert one row."""
        if not is_row(type(element)):
            raise UnsupportedTypeError(
                f"RowElementConverter takes Row, not {_called(element)}; without a converter the "
                "sink takes elements of several classes",
                type_name(type(element)),
            )
        record = element if self._naming is None else self._naming(element)
        return _row_request(element, record, self._ignore_nulls)

    def __repr__(self) -> str:
        names = [] if self._naming is None else [f"[{', '.join(self._naming.names)}]"]
        return _described(self, names, self._ignore_nulls)


class TypeInformedElementConverter:
    """Takes elements of a PyFlink type, such as rows that come without the names of their type.

    What a stream's own type does without a converter, for streams that do not declare it.

    Args:
        type_info: What an element is, or a list or array of what a record is.

    Raises:
        UnsupportedTypeError: No record can be of this type.
    """

    def __init__(self, type_info: TypeInformation) -> None:
        self._converter = converter_for_type(type_info)

    def __call__(self, element: object) -> WriteRequest | Mapping[str, object]:
        """Convert one element."""
        return self._converter(element)

    def __repr__(self) -> str:
        return f"TypeInformedElementConverter({self._converter!r})"


def converter_for_type(type_info: TypeInformation) -> ElementConverter[Any]:
    """Choose the element converter by the stream's type.

    Args:
        type_info: What an element is, or a list or array of what a record is.

    Raises:
        UnsupportedTypeError: no record can be of this type.
    """
    from pyflink.common import typeinfo

    record = unwrapped(type_info)
    if isinstance(record, (typeinfo.ListTypeInfo, typeinfo.ObjectArrayTypeInfo)):
        record = member_type(record)
    if isinstance(record, typeinfo.PickledBytesTypeInfo):
        return DefaultElementConverter()
    if isinstance(record, typeinfo.RowTypeInfo):
        return RowElementConverter._of_type(record)
    if isinstance(record, typeinfo.MapTypeInfo):
        naming_of(record)
        return DefaultElementConverter()
    raise UnsupportedTypeError(
        f"an element of type {type_info!r} has no attribute names; give the sink an element "
        "converter, or map the elements to rows (output_type=Types.ROW_NAMED(...)) or to dicts "
        "(no output_type)"
    )


class ElementEncoder:
    """What runs in the stream: one element to its write requests on the wire.

    A list or plain tuple is several records, whose requests are joined by commas. When it is
    pickled, the encoders that it found stay behind, and the registered types go with it.

    Args:
        converter: Turns one record into a write request.
        reject_failures: Make a record that cannot be converted a rejection, which the writer
            treats by its policy, instead of raising.
        key_names: The primary key's attributes, for updates that change it. With them, the JVM's
            operator for deletes that are held back has to stand behind the encoder.
    """

    def __init__(
        self,
        converter: ElementConverter[Any],
        reject_failures: bool,
        key_names: Sequence[str] = (),
    ) -> None:
        self._converter = converter
        self._reject_failures = reject_failures
        self._key_names = tuple(key_names)
        self._updates = UpdatePair(self._key_names)
        self._put_encoders: dict[type, PutEncoder] = {}

    def __call__(self, element: object) -> bytes:
        """Encode one element; nothing to write gives no bytes."""
        try:
            encode_put = self._put_encoders.get(type(element))
            if encode_put is not None:  # the common case, in as few calls as it takes
                return encode_put(element)
            if is_several(type(element)):
                return self._updates.element(self._encode_each(element))
            request = self._encode_record(element)
        except Exception as error:
            if not self._reject_failures or isinstance(error, _NO_REJECTION):
                raise
            request = _rejection(element, error, "$")
        if not self._key_names:
            return request
        return self._updates.element([self._updates.due(), request])

    def __reduce__(self) -> tuple[Callable[..., ElementEncoder], tuple[object, ...]]:
        return _unpickled, (
            names_of_main(),
            registrations(),
            self._converter,
            self._reject_failures,
            self._key_names,
        )

    def _encode_each(self, records: Any) -> list[bytes]:
        of_tuple = isinstance(records, tuple)
        requests = []
        for index, record in enumerate(records):
            try:
                if of_tuple:
                    _refuse_scalar(record)
                request = self._encode_record(record)
            except Exception as error:
                if isinstance(error, ConversionError):
                    error.under_index(index)
                if not self._reject_failures or isinstance(error, _NO_REJECTION):
                    raise
                request = _rejection(record, error, f"$[{index}]")
            requests += [self._updates.due(), request]
        return requests

    def _encode_record(self, record: object) -> bytes:
        encode_put = self._put_encoders.get(type(record))
        if encode_put is None:
            if is_several(type(record)):
                raise UnsupportedTypeError(
                    f"{_called(record)} within a list of records; flatten it",
                    type_name(type(record)),
                )
            encode_put = _short_way(self._converter, type(record))
            if encode_put is not None:
                self._put_encoders[type(record)] = encode_put
        if encode_put is None or self._updates.is_open:
            return self._encode_converted(record)
        return encode_put(record)

    def _encode_converted(self, record: object) -> bytes:
        if not self._key_names:  # no update to follow
            return self._converted(record).to_json()
        request: WriteRequest | None = None
        try:
            request = self._converted(record)
        finally:
            self._updates.follow(record, request)
        return request.to_json()

    def _converted(self, record: object) -> WriteRequest:
        request = self._converter(record)
        if isinstance(request, WriteRequest):
            return request
        if isinstance(request, (dict, Mapping)):  # dict first: asking an ABC takes longer
            return WriteRequest.put(dict(request.items()))
        raise UnsupportedTypeError(
            f"the element converter returned {_called(request)}; return a dict or a WriteRequest "
            "(WriteRequest.nothing() to write nothing)",
            type_name(type(record)),
        )


# What says nothing about a record: a class whose annotations are wrong is wrong for all of them.
_NO_REJECTION = (MemoryError, InvalidConfigurationError)

_SCALARS = (
    *(str, bytes, bytearray, memoryview, int, float, decimal.Decimal, uuid.UUID, type(None)),
    *(datetime.date, datetime.time, datetime.timedelta),
)


def _unpickled(
    names: dict[str, object],
    registered: dict[type, Any],
    converter: ElementConverter[Any],
    reject_failures: bool,
    key_names: tuple[str, ...],
) -> ElementEncoder:
    remember_names_of_main(names)
    take_over(registered)
    return ElementEncoder(converter, reject_failures, key_names)


def _short_way(converter: ElementConverter[Any], cls: type) -> PutEncoder | None:
    """A ready converter's way to a put without a `WriteRequest`, for a class that is put."""
    # Not for a class derived from a ready converter, whose __call__ may be another.
    if isinstance(converter, BeanElementConverter) and _is_ready(converter):
        takes = converter._takes(cls)
        return put_encoder(cls, converter._ignore_nulls, bean=True) if takes else None
    if type(converter) is DefaultElementConverter and not is_row(cls):
        return put_encoder(cls, converter._ignore_nulls)
    if type(converter) is TypeInformedElementConverter:
        return _short_way(converter._converter, cls)
    return None


def _is_ready(converter: object) -> bool:
    return type(converter) in (BeanElementConverter, DataclassElementConverter)


def _refuse_scalar(record: object) -> None:
    if isinstance(record, _SCALARS):
        # A function written for the element ("a", 1) would take "a" too, and make nonsense of it.
        raise UnsupportedTypeError(
            f"a plain tuple is several records, and {_called(record)} is none; if the tuple is one "
            "record, map it to a dict or a named tuple",
            type_name(type(record)),
        )


def _row_request(row: Row, record: object, ignore_nulls: bool) -> WriteRequest:
    """The request that a row's kind asks for."""
    kind = row.get_row_kind().name
    if kind == "DELETE":
        return WriteRequest.delete(record)
    if kind == "UPDATE_BEFORE":
        return WriteRequest("update_before", record, ignore_nulls=False)
    return WriteRequest.put(record, ignore_nulls)


def _rejection(record: object, error: Exception, path: str) -> bytes:
    """The wire form of a record that could not be converted."""
    if isinstance(error, ConversionError):
        code, path, message = type(error).__name__, error.path, str(error)
    else:
        # Its type only: the text of an exception that is not ours may quote the record.
        code = ConversionError.__name__
        message = (
            f"{path}: converting the record raised {type_name(type(error))}; handle it in the "
            "element converter, or filter such elements before the sink"
        )
    request = {"python_type": type_name(type(record)), "path": path}
    rejected = {"request": request, "error_code": code, "error_message": message}
    return orjson.dumps({"Rejected": rejected})


def _called(value: object) -> str:
    """What a message calls a value: by its class, never itself."""
    return "None" if value is None else type_name(type(value))


def _described(converter: object, arguments: list[str], ignore_nulls: bool) -> str:
    arguments = [*arguments, "ignore_nulls=True"] if ignore_nulls else arguments
    return f"{type(converter).__name__}({', '.join(arguments)})"
