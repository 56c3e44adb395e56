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

from pyflink_dynamodb.attribute_value import (
    MembersEncoder,
    encode_pairs,
    generated_names,
    is_named_tuple,
    is_row,
    members_encoder,
    named_values,
    row_names,
    type_name,
)
from pyflink_dynamodb.errors import (
    ConversionError,
    InvalidConfigurationError,
    UnsupportedTypeError,
)
from pyflink_dynamodb.write_request import WriteRequest, put_json

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

    A dict, dataclass, named tuple or `Row` with field names is put, a `Row` of kind DELETE is
    deleted, and a `WriteRequest` stays what it is.

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


class DataclassElementConverter(Generic[T]):
    """Takes instances of one dataclass, or of classes derived from it.

    Args:
        cls: The dataclass.
        ignore_nulls: Leave out attributes that are None, instead of writing NULL.

    Raises:
        UnsupportedTypeError: `cls` is no dataclass.
    """

    def __init__(self, cls: type[T], ignore_nulls: bool = False) -> None:
        anything: object = cls
        if not (isinstance(anything, type) and dataclasses.is_dataclass(anything)):
            given = type_name(anything) if isinstance(anything, type) else _called(anything)
            raise UnsupportedTypeError(
                f"DataclassElementConverter takes a class made by @dataclass, not {given}; "
                "decorate the class, or give the sink a function that makes dicts"
            )
        self._cls = cls
        self._ignore_nulls = ignore_nulls

    def __call__(self, element: T) -> WriteRequest:
        """Convert one element."""
        if not self._takes(type(element)):
            raise UnsupportedTypeError(
                f"this sink's converter takes {type_name(self._cls)}, not {_called(element)}; "
                "without a converter the sink takes elements of several classes",
                type_name(type(element)),
            )
        return WriteRequest.put(element, self._ignore_nulls)

    def _takes(self, cls: type) -> bool:
        # By name, too: cloudpickle sends a class of `__main__` by value, and an element that was
        # pickled by an earlier run of the job (into its state, say) brings that run's class along.
        names = (self._cls.__module__, self._cls.__name__)
        return any((c.__module__, c.__name__) == names for c in cls.__mro__)

    def __repr__(self) -> str:
        return _described(self, [self._cls.__qualname__], self._ignore_nulls)


class RowElementConverter:
    """Takes PyFlink's `Row`: put, or deleted by key if its kind is DELETE.

    A row of kind UPDATE_BEFORE is left out, since UPDATE_AFTER follows it.

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
        self._naming: _RowNaming | None = None
        self._ignore_nulls = ignore_nulls
        if field_names is not None:
            names = list(field_names)
            if isinstance(field_names, str) or len(set(names)) < len(names) or not names:
                raise InvalidConfigurationError(
                    ["field_names: give a list with one name for each field, each name once"]
                )
            self._naming = _RowNaming(names)

    @classmethod
    def _of_type(cls, row_type: Any) -> RowElementConverter:
        converter = cls()
        converter._naming = _row_naming(row_type)
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


def converter_for_type(type_info: TypeInformation) -> ElementConverter[Any]:
    """Choose the element converter by the stream's type.

    Args:
        type_info: What an element is, or a list or array of what a record is.

    Raises:
        UnsupportedTypeError: no record can be of this type.
    """
    from pyflink.common import typeinfo

    record = _unwrapped(type_info)
    if isinstance(record, (typeinfo.ListTypeInfo, typeinfo.ObjectArrayTypeInfo)):
        record = _member_type(record)
    if isinstance(record, typeinfo.PickledBytesTypeInfo):
        return DefaultElementConverter()
    if isinstance(record, typeinfo.RowTypeInfo):
        return RowElementConverter._of_type(record)
    if isinstance(record, typeinfo.MapTypeInfo):
        _naming(record)
        return DefaultElementConverter()
    raise UnsupportedTypeError(
        f"an element of type {type_info!r} has no attribute names; give the sink an element "
        "converter, or map the elements to rows (output_type=Types.ROW_NAMED(...)) or to dicts "
        "(no output_type)"
    )


class ElementEncoder:
    """What runs in the stream: one element to its write requests on the wire.

    A list or plain tuple is several records, whose requests are joined by commas. When it is
    pickled, the encoders that it found stay behind.

    Args:
        converter: Turns one record into a write request.
        reject_failures: Make a record that cannot be converted a rejection, which the writer
            treats by its policy, instead of raising.
    """

    def __init__(self, converter: ElementConverter[Any], reject_failures: bool) -> None:
        self._converter = converter
        self._reject_failures = reject_failures
        self._members_encoders: dict[type, MembersEncoder] = {}

    def __call__(self, element: object) -> bytes:
        """Encode one element; nothing to write gives no bytes."""
        try:
            encode_members = self._members_encoders.get(type(element))
            if encode_members is not None:  # the common case, in as few calls as it takes
                return put_json(encode_members(element, 1))
            if _is_several(type(element)):
                return self._encode_each(element)
            return self._encode_record(element)
        except Exception as error:
            if not self._reject_failures or isinstance(error, MemoryError):
                raise
            return _rejection(element, error, "$")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return ElementEncoder, (self._converter, self._reject_failures)

    def _encode_each(self, records: Any) -> bytes:
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
                if not self._reject_failures or isinstance(error, MemoryError):
                    raise
                request = _rejection(record, error, f"$[{index}]")
            if request:
                requests.append(request)
        return b",".join(requests)

    def _encode_record(self, record: object) -> bytes:
        encode_members = self._members_encoders.get(type(record))
        if encode_members is None:
            if _is_several(type(record)):
                raise UnsupportedTypeError(
                    f"{_called(record)} within a list of records; flatten it",
                    type_name(type(record)),
                )
            encode_members = _short_way(self._converter, type(record))
            if encode_members is None:
                return self._encode_converted(record)
            self._members_encoders[type(record)] = encode_members
        return put_json(encode_members(record, 1))

    def _encode_converted(self, record: object) -> bytes:
        request = self._converter(record)
        if isinstance(request, WriteRequest):
            return request.to_json()
        if isinstance(request, (dict, Mapping)):  # dict first: asking an ABC takes longer
            return put_json(encode_pairs(request.items(), 1))
        raise UnsupportedTypeError(
            f"the element converter returned {_called(request)}; return a dict or a WriteRequest "
            "(WriteRequest.nothing() to write nothing)",
            type_name(type(record)),
        )


_SCALARS = (
    *(str, bytes, bytearray, memoryview, int, float, decimal.Decimal, uuid.UUID, type(None)),
    *(datetime.date, datetime.time, datetime.timedelta),
)


def _is_several(cls: type) -> bool:
    return issubclass(cls, (list, tuple)) and not is_named_tuple(cls)


def _short_way(converter: ElementConverter[Any], cls: type) -> MembersEncoder | None:
    """A ready converter's way to an item without a `WriteRequest`, for a class that is put."""
    # Not for a class derived from a ready converter, whose __call__ may be another.
    if type(converter) is DataclassElementConverter and converter._takes(cls):
        return members_encoder(cls, converter._ignore_nulls)
    if type(converter) is DefaultElementConverter and not is_row(cls):
        return members_encoder(cls, converter._ignore_nulls)
    return None


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
        return WriteRequest.nothing()
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


# --- names for the rows of a typed stream ---
#
# A PyFlink coder gives a row the names of its type. Between two chained functions there is no
# coder, and a row has the names it was made with, often none, and so have the rows within it.


@dataclasses.dataclass(frozen=True)
class _RowNaming:
    """A row to a dict by the names of its type."""

    names: list[str]
    nested: Mapping[int, _Naming] = dataclasses.field(default_factory=dict)

    def __call__(self, row: Any) -> Any:
        if not is_row(type(row)):
            return row  # None, or what the encoder has its own opinion about
        values = list(row)
        own = row_names(row)
        if own is not None and own != self.names:
            by_name = named_values(own, values)
            if set(own) != set(self.names):
                raise UnsupportedTypeError(
                    f"the row's fields are {', '.join(own)}, the declared ones "
                    f"{', '.join(self.names)}; name them alike",
                    type_name(type(row)),
                )
            values = [by_name[name] for name in self.names]
        for index, naming in self.nested.items():
            if index < len(values):
                values[index] = naming(values[index])
        return named_values(self.names, values)


@dataclasses.dataclass(frozen=True)
class _MemberNaming:
    """A list or map of rows, however deep, to one of dicts."""

    member: _Naming

    def __call__(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self.member(member) for name, member in value.items()}
        if _is_several(type(value)):
            return [self.member(member) for member in value]
        return value


_Naming = Callable[[Any], Any]


def _unwrapped(type_info: Any) -> Any:
    """The type within the wrapper that PyFlink puts around a table's rows."""
    from pyflink.common.typeinfo import ExternalTypeInfo

    return type_info._type_info if isinstance(type_info, ExternalTypeInfo) else type_info


def _member_type(type_info: Any) -> Any:
    """What a list, array or map consists of."""
    from pyflink.common import typeinfo

    if isinstance(type_info, typeinfo.ListTypeInfo):
        return _unwrapped(type_info.elem_type)
    if isinstance(type_info, typeinfo.MapTypeInfo):
        return _unwrapped(type_info._value_type_info)
    return _unwrapped(type_info._element_type)


def _row_naming(row_type: Any) -> _RowNaming:
    types = [_unwrapped(field) for field in row_type.get_field_types()]
    # Not get_field_names(), which starts a JVM to ask for names that were not given.
    names = row_type._field_names
    if not names or names == generated_names(len(types)):
        raise UnsupportedTypeError(
            "a row type without field names; declare it with Types.ROW_NAMED, or for the element "
            "itself pass RowElementConverter(field_names=[...])"
        )
    nested = {}
    for index, field_type in enumerate(types):
        try:
            naming = _naming(field_type)
        except UnsupportedTypeError as error:
            error.under_name(names[index])
            raise
        if naming is not None:
            nested[index] = naming
    return _RowNaming(list(names), nested)


def _naming(type_info: Any) -> _Naming | None:
    """How to name the rows within a value of the type; None where there are none."""
    from pyflink.common import typeinfo

    if isinstance(type_info, typeinfo.RowTypeInfo):
        return _row_naming(type_info)
    if isinstance(type_info, (typeinfo.ListTypeInfo, typeinfo.ObjectArrayTypeInfo)):
        member = _naming(_member_type(type_info))
        return None if member is None else _MemberNaming(member)
    if isinstance(type_info, typeinfo.MapTypeInfo):
        if _unwrapped(type_info._key_type_info) != typeinfo.Types.STRING():
            raise UnsupportedTypeError(
                "a map whose keys are no strings; attribute names are, so declare "
                "Types.MAP(Types.STRING(), ...)"
            )
        member = _naming(_member_type(type_info))
        return None if member is None else _MemberNaming(member)
    if type_info == typeinfo.Types.BIG_INT():
        raise UnsupportedTypeError(
            "Types.BIG_INT does not come through PyFlink whole (Python and Java write it "
            "differently); declare Types.BIG_DEC or Types.STRING"
        )
    return None
