"""The kinds of record class, in one list, `KINDS`; a new one is a new row there.

attrs and pydantic are known by what they leave in a class, and not imported.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.type_hint import evaluated, owner_of
from pyflink_dynamodb.type_rule import type_name


class RawField(NamedTuple):
    """A field as a kind of class describes it.

    Attributes:
        name: What Python calls it.
        annotation: Its type, perhaps as text; None without one.
        read: The expression that reads it from `record`.
        argument: What the constructor calls it; None if it is set afterwards.
        required: Whether the constructor does without it.
    """

    name: str
    annotation: object
    read: str
    argument: str | None
    required: bool


def is_named_tuple(cls: type) -> bool:
    """Whether a class is a tuple with field names."""
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


class Kind(NamedTuple):
    """A kind of record class.

    Attributes:
        fields: The fields of a class; None for a class that is not of this kind.
        construct: A class to its way from arguments to an instance.
    """

    fields: Callable[[Any], list[RawField] | None]
    construct: Callable[[Any], Callable[..., Any]]


def _dataclass_fields(cls: Any) -> list[RawField] | None:
    if not dataclasses.is_dataclass(cls):
        return None
    # `dataclasses.fields` knows a field by the identity of a marker, and finds none in a class that
    # cloudpickle before 3.0 sent by value (its issue 386), as it sends every class of `__main__` to
    # PyFlink's workers. The same holds for the marker of a missing default.
    found: Any = cls.__dataclass_fields__.values()
    no_fields = ("_FIELD_CLASSVAR", "_FIELD_INITVAR")
    missing = type(dataclasses.MISSING)
    return [
        RawField(
            f.name,
            f.type,
            f"record.{f.name}",
            f.name if f.init else None,
            f.init and isinstance(f.default, missing) and isinstance(f.default_factory, missing),
        )
        for f in found
        if repr(f._field_type) not in no_fields  # noqa: SLF001
    ]


def _attrs_fields(cls: Any) -> list[RawField] | None:
    if not hasattr(cls, "__attrs_attrs__"):
        return None
    return [
        RawField(
            a.name,
            a.type,
            f"record.{a.name}",
            (getattr(a, "alias", None) or a.name.lstrip("_")) if a.init else None,
            a.init and getattr(a.default, "name", "") == "NOTHING",
        )
        for a in cls.__attrs_attrs__
    ]


def _pydantic_fields(cls: Any) -> list[RawField] | None:
    if hasattr(cls, "model_fields") and hasattr(cls, "model_construct"):
        if cls.model_config.get("extra") == "allow":
            raise InvalidConfigurationError(
                f"{type_name(cls)}: with extra='allow' it has attributes that no field declares; "
                "declare them, or give the sink a function that makes dicts"
            )
        return [
            RawField(
                name,
                typing.Annotated[(field.annotation, *field.metadata)]
                if field.metadata
                else field.annotation,
                f"record.{name}",
                name,
                field.is_required(),
            )
            for name, field in cls.model_fields.items()
        ]
    if hasattr(cls, "__fields__") and hasattr(cls, "__validators__"):  # version 1
        hints = _annotations(cls)
        return [
            RawField(name, hints.get(name), f"record.{name}", name, bool(field.required))
            for name, field in cls.__fields__.items()
        ]
    return None


def _pydantic_construct(cls: Any) -> Callable[..., Any]:
    # Without validation: what was stored was valid, and a validator need not take its own result.
    construct: Callable[..., Any] = getattr(cls, "model_construct", None) or cls.construct
    return construct


def _named_tuple_fields(cls: Any) -> list[RawField] | None:
    if not is_named_tuple(cls):
        return None
    hints = _annotations(cls)
    return [
        RawField(name, hints.get(name), f"record[{index}]", name, name not in cls._field_defaults)
        for index, name in enumerate(cls._fields)
    ]


def _bean_fields(cls: Any) -> list[RawField] | None:
    """The annotated attributes and properties of a plain class, private ones left out."""
    # What derives from a builtin class, or says that it is a mapping, is that first.
    builtin = any(base is not object and base.__module__ == "builtins" for base in cls.__mro__)
    if builtin or issubclass(cls, Mapping):
        return None
    hints = {
        name: hint
        for name, hint in _annotations(cls).items()
        if typing.get_origin(evaluated(owner_of(cls, name), hint)) is not typing.ClassVar
        and evaluated(owner_of(cls, name), hint) is not typing.ClassVar
    }
    properties = {
        name: thing
        for base in reversed(cls.__mro__)
        for name, thing in vars(base).items()
        if isinstance(thing, property)
    }
    for name, thing in properties.items():
        hints[name] = getattr(thing.fget, "__annotations__", {}).get("return")
    try:
        parameters = inspect.signature(cls).parameters
    except (TypeError, ValueError):
        parameters = {}  # type: ignore[assignment]
    return [
        RawField(
            name,
            hint,
            f"record.{name}",
            name if name in parameters else None,
            name in parameters and parameters[name].default is inspect.Parameter.empty,
        )
        for name, hint in hints.items()
        if not name.startswith("_")
    ] or None


def _annotations(cls: type) -> dict[str, object]:
    found: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        found.update(vars(base).get("__annotations__", {}))
    return found


BEAN = Kind(_bean_fields, lambda cls: cls)
KINDS = (
    Kind(_dataclass_fields, lambda cls: cls),
    Kind(_attrs_fields, lambda cls: cls),
    Kind(_pydantic_fields, _pydantic_construct),
    Kind(_named_tuple_fields, lambda cls: cls),
    BEAN,
)
