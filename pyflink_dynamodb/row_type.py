"""Names for the rows of a typed stream.

A PyFlink coder gives a row the names of its type. Between two chained functions there is no
coder, and a row has the names it was made with, often none, and so have the rows within it.
"""

# ruff: noqa: SLF001 - PyFlink keeps what its types consist of in private attributes

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Callable

from pyflink_dynamodb.errors import UnsupportedTypeError
from pyflink_dynamodb.number import shortest_single
from pyflink_dynamodb.record import generated_names, is_row, named_values, row_names
from pyflink_dynamodb.record_kind import is_named_tuple
from pyflink_dynamodb.type_rule import type_name


def is_several(cls: type) -> bool:
    """Whether an element of the class is several records: a list or plain tuple."""
    return issubclass(cls, (list, tuple)) and not is_named_tuple(cls)


@dataclasses.dataclass(frozen=True)
class RowNaming:
    """A row to a dict by the names of its type."""

    names: list[str]
    nested: Mapping[int, _Naming] = dataclasses.field(default_factory=dict)

    def __call__(self, row: Any) -> Any:
        """Name one row, and those within it."""
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
        if is_several(type(value)):
            return [self.member(member) for member in value]
        return value


_Naming = Callable[[Any], Any]


def unwrapped(type_info: Any) -> Any:
    """The type within the wrapper that PyFlink puts around a table's rows."""
    from pyflink.common.typeinfo import ExternalTypeInfo

    return type_info._type_info if isinstance(type_info, ExternalTypeInfo) else type_info


def member_type(type_info: Any) -> Any:
    """What a list, array or map consists of."""
    from pyflink.common import typeinfo

    if isinstance(type_info, typeinfo.ListTypeInfo):
        return unwrapped(type_info.elem_type)
    if isinstance(type_info, typeinfo.MapTypeInfo):
        return unwrapped(type_info._value_type_info)
    return unwrapped(type_info._element_type)


def row_naming(row_type: Any) -> RowNaming:
    """How to name the rows of a row type.

    Raises:
        UnsupportedTypeError: A row type in it has no names, or a field could not be written.
    """
    types = [unwrapped(field) for field in row_type.get_field_types()]
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
            naming = naming_of(field_type)
        except UnsupportedTypeError as error:
            error.under_name(names[index])
            raise
        if naming is not None:
            nested[index] = naming
    return RowNaming(list(names), nested)


def naming_of(type_info: Any) -> _Naming | None:
    """How to name the rows within a value of the type; None where there is nothing to do.

    A FLOAT, too, needs its type to be written right.
    """
    from pyflink.common import typeinfo

    arrays = (
        *(typeinfo.ListTypeInfo, typeinfo.ObjectArrayTypeInfo),
        *(typeinfo.BasicArrayTypeInfo, typeinfo.PrimitiveArrayTypeInfo),
    )
    if type_info == typeinfo.Types.FLOAT():
        return shortest_single
    if isinstance(type_info, typeinfo.RowTypeInfo):
        return row_naming(type_info)
    if isinstance(type_info, arrays):
        member = naming_of(member_type(type_info))
        return None if member is None else _MemberNaming(member)
    if isinstance(type_info, typeinfo.MapTypeInfo):
        if unwrapped(type_info._key_type_info) != typeinfo.Types.STRING():
            raise UnsupportedTypeError(
                "a map whose keys are no strings; attribute names are, so declare "
                "Types.MAP(Types.STRING(), ...)"
            )
        member = naming_of(member_type(type_info))
        return None if member is None else _MemberNaming(member)
    if type_info == typeinfo.Types.BIG_INT():
        raise UnsupportedTypeError(
            "Types.BIG_INT does not come through PyFlink whole (Python and Java write it "
            "differently); declare Types.BIG_DEC or Types.STRING"
        )
    return None
