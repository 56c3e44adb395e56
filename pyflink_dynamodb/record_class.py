"""What a record class consists of: its fields, their types, and the markers on them.

The kinds of class are a list, `_KINDS`; a new one is a new row there. attrs and pydantic are known
by what they leave in a class, and not imported.
"""

from __future__ import annotations

import builtins
import dataclasses
import inspect
import sys
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Callable, NamedTuple

from pyflink_dynamodb import annotations as _markers
from pyflink_dynamodb.annotations import (
    AsEpoch,
    AsJson,
    AsPickle,
    AsSet,
    Attribute,
    Flatten,
    Ignore,
    IgnoreNulls,
    PartitionKey,
    SortKey,
    TimeToLive,
    VersionAttribute,
)
from pyflink_dynamodb.errors import InvalidConfigurationError
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


class Field(NamedTuple):
    """A field of a record class.

    Attributes:
        name: What Python calls it.
        attribute: What the item calls it.
        hint: Its type without markers; text, or with unknown names, where it cannot be evaluated.
        optional: Whether it may be None by its type.
        markers: Its markers by their class.
        raw: What its kind of class says of it.
    """

    name: str
    attribute: str
    hint: object
    optional: bool
    markers: Mapping[type, Any]
    raw: RawField


class RecordClass(NamedTuple):
    """A class whose instances are records.

    Attributes:
        fields: All of them, ignored ones included.
        construct: The class's way from arguments to an instance.
    """

    fields: tuple[Field, ...]
    construct: Callable[..., Any]


def record_class(cls: type, bean: bool = False, outer: tuple[type, ...] = ()) -> RecordClass | None:
    """What a class with fields consists of; None for every other class.

    Args:
        cls: A dataclass, attrs class, pydantic model or named tuple, or a plain class with at
            least one marker in its annotations.
        bean: Take a plain class without markers, too.
        outer: The classes that it is flattened into.

    Raises:
        InvalidConfigurationError: The markers contradict each other; lists every problem.
    """
    known = _RECORD_CLASSES.get((cls, bean), _NOT_MET)
    if known is _NOT_MET:
        for kind in _KINDS:
            raw = kind.fields(cls)
            if raw is not None:
                break
        known = None if raw is None else _described(cls, kind, raw, bean, outer)
        _RECORD_CLASSES[cls, bean] = known
    return typing.cast("RecordClass | None", known)


def _described(
    cls: type, kind: _Kind, raw: list[RawField], bean: bool, outer: tuple[type, ...]
) -> RecordClass | None:
    problems: list[str] = []
    fields = tuple(_field(cls, each, problems) for each in raw)
    if kind is _BEAN and not bean and not any(field.markers for field in fields):
        return None
    problems += _problems((cls, *outer), fields)
    if problems:
        name = type_name(cls)
        raise InvalidConfigurationError([f"{name}.{problem}" for problem in problems])
    return RecordClass(fields, kind.construct(cls))


def is_named_tuple(cls: type) -> bool:
    """Whether a class is a tuple with field names."""
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def all_fields(cls: type, bean: bool = False) -> Iterator[Field]:
    """The fields of a class that become attributes, those of flattened objects among them."""
    record = record_class(cls, bean)
    for field in record.fields if record else ():
        if Flatten in field.markers:
            inner = class_of(field.hint)
            yield from all_fields(inner) if inner is not None else ()
        elif Ignore not in field.markers:
            yield field


def class_of(hint: object) -> type | None:
    """The one class that a type stands for, None aside; None if it is none, or is not known."""
    arms = [arm for arm in union_arms(hint) if arm is not type(None)]
    if len(arms) != 1:
        return None
    (arm,) = arms
    if isinstance(arm, type) and typing.get_origin(arm) is None:
        return arm
    origin = typing.get_origin(arm)
    return origin if isinstance(origin, type) else None


def union_arms(hint: object) -> tuple[object, ...]:
    """What a Union consists of; another type is its only arm."""
    origin = typing.get_origin(hint)
    if origin is typing.Union or getattr(origin, "__name__", "") == "UnionType":
        return typing.get_args(hint)
    return (hint,)


# --- annotations ---


class Unknown:
    """Stands for a name that cannot be found: in a worker, `__main__` is not the job's own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Unknown:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_arguments: object, **_named: object) -> Unknown:
        return self

    def __getitem__(self, _item: object) -> Unknown:
        return self

    def __or__(self, _other: object) -> Unknown:
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return self._name


class _Names(dict[str, Any]):
    """Where the text of an annotation finds what it names."""

    def __init__(self, cls: type) -> None:
        super().__init__({cls.__name__: cls})
        module = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
        self._spaces = (module, vars(typing), vars(_markers), vars(builtins))

    def __missing__(self, name: str) -> object:
        return next((space[name] for space in self._spaces if name in space), Unknown(name))


def evaluated(cls: type, annotation: object) -> object:
    """An annotation of a class, evaluated if it is text; text that cannot be stays as it is."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, {"__builtins__": {}}, _Names(cls))  # noqa: S307 - the user's own code
    except Exception:  # noqa: BLE001 - whatever it is, it is text that this Python cannot evaluate
        return annotation


def _owner(cls: type, name: str) -> type:
    """The class that declares a field, in whose module its annotation is to be evaluated."""
    return next((c for c in cls.__mro__ if name in vars(c).get("__annotations__", {})), cls)


def _field(cls: type, raw: RawField, problems: list[str]) -> Field:
    hint = evaluated(_owner(cls, raw.name), raw.annotation)
    metadata: list[object] = []
    if typing.get_origin(hint) is typing.Annotated:
        metadata.extend(hint.__metadata__)  # type: ignore[attr-defined]
        hint = typing.get_args(hint)[0]
    arms = []
    for arm in union_arms(hint):
        if typing.get_origin(arm) is typing.Annotated:
            metadata.extend(arm.__metadata__)  # type: ignore[attr-defined]
            arms.append(typing.get_args(arm)[0])
        else:
            arms.append(arm)
    if len(arms) > 1:
        hint = typing.Union[tuple(arms)]
    markers: dict[type, Any] = {}
    for marker in metadata:
        if marker in _markers.MARKERS:
            problems.append(f"{raw.name}: {typing.cast('type', marker).__name__} lacks its ()")
        elif isinstance(marker, Unknown):
            problems.append(
                f"{raw.name}: {marker!r} in its annotation cannot be found here; import the name "
                "in a module, not in the job's main script, or leave out `from __future__ import "
                "annotations`"
            )
        elif isinstance(marker, _markers.MARKERS):
            if type(marker) in markers:
                problems.append(f"{raw.name}: {type(marker).__name__}() stands there twice")
            markers[type(marker)] = marker
    if (isinstance(hint, str) and "Annotated" in hint) or _has_markers_within(hint):
        problems.append(
            f"{raw.name}: markers stand on the whole field and are evaluated by this Python: "
            "Annotated[Optional[T], ...]"
        )
    name = markers[Attribute].name if Attribute in markers else None
    return Field(raw.name, name or raw.name, hint, type(None) in arms, markers, raw)


def _has_markers_within(hint: object) -> bool:
    return any(
        isinstance(marker, _markers.MARKERS)
        for inner in typing.get_args(hint)
        for marker in getattr(inner, "__metadata__", ())
    ) or any(map(_has_markers_within, typing.get_args(hint)))


# --- what markers contradict ---

# How a value is stored; a field has one of them.
_FORMS = (Flatten, IgnoreNulls, VersionAttribute, TimeToLive, AsSet, AsEpoch, AsJson, AsPickle)
# What no key can be.
_NO_KEY = (Flatten, IgnoreNulls, VersionAttribute, AsSet)


def _problems(classes: tuple[type, ...], fields: tuple[Field, ...]) -> list[str]:
    problems = []
    for field in fields:
        problems += [f"{field.name}: {problem}" for problem in _contradictions(field, fields)]
    flat = [field for field in fields if Flatten in field.markers]
    for field in flat:
        inner = class_of(field.hint)
        if inner in classes or (inner and record_class(inner, outer=classes) is None):
            problems.append(
                f"{field.name}: Flatten() is for a nested dataclass, attrs class, pydantic model, "
                "named tuple or bean, and not for a class within itself"
            )
    if problems:
        return problems
    own = [field for field in fields if not {Ignore, Flatten} & set(field.markers)]
    found = [(field.attribute, field) for field in own]
    for field in flat:
        inner = class_of(field.hint)
        found += [(each.attribute, field) for each in (all_fields(inner) if inner else ())]
    seen: set[str] = set()
    for attribute, field in found:
        if attribute in seen:
            problems.append(
                f"{field.name}: the class has the attribute {attribute!r} already; name one of "
                "them otherwise with Attribute(name=...)"
            )
        seen.add(attribute)
    every = own + [each for field in flat for each in all_fields(class_of(field.hint) or object)]
    for role in (PartitionKey, SortKey, VersionAttribute, TimeToLive):
        having = [field.name for field in every if role in field.markers]
        if len(having) > 1:
            problems.append(
                f"{having[-1]}: {role.__name__}() stands on {' and '.join(having)}; an item has "
                "one of it"
            )
    return problems


def _contradictions(field: Field, fields: tuple[Field, ...]) -> Iterator[str]:
    markers = field.markers
    called = {marker: f"{marker.__name__}()" for marker in markers}
    forms = [called[form] for form in _FORMS if form in markers]
    if Attribute in markers and markers[Attribute].codec is not None:
        forms.append("Attribute(codec=...)")
    if len(forms) > 1 and set(forms) != {"Flatten()", "IgnoreNulls()"}:
        yield f"{' and '.join(forms)} contradict each other; keep one"
    if Ignore in markers and len(markers) > 1:
        yield "Ignore() contradicts the other markers; keep one"
    if Flatten in markers and Attribute in markers:
        yield "Flatten() has no use for Attribute(...); leave it out"
    role = PartitionKey if PartitionKey in markers else SortKey
    if role in markers:
        if PartitionKey in markers and SortKey in markers:
            yield "an attribute is the partition key or the sort key, not both"
        for form in _NO_KEY:
            if form in markers:
                yield f"{called[form]} cannot be on a key"
        if field.optional:
            yield "a key is never None; take Optional from its type"
        elif class_of(field.hint) in (bool, list, tuple, dict, set, frozenset) and not forms:
            yield "a key is a string, a number or binary; give it such a type or a codec"
    if VersionAttribute in markers and class_of(field.hint) not in (int, None):
        yield "VersionAttribute() is for an int, or Optional[int]"
    of = markers[TimeToLive].of if TimeToLive in markers else None
    if of is not None and of not in [each.name for each in fields if each is not field]:
        yield "TimeToLive(of=...) names another field of the class"


# --- kinds of class ---


class _Kind(NamedTuple):
    fields: Callable[[Any], list[RawField] | None]
    construct: Callable[[Any], Callable[..., Any]]


def _dataclass_fields(cls: Any) -> list[RawField] | None:
    # `dataclasses.fields` knows a field by the identity of a marker, and finds none in a class that
    # cloudpickle before 3.0 sent by value (its issue 386), as it sends every class of `__main__` to
    # PyFlink's workers. The same holds for the marker of a missing default.
    if not dataclasses.is_dataclass(cls):
        return None
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
        for f in cls.__dataclass_fields__.values()
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
                [
                    f"{type_name(cls)}: with extra='allow' it has attributes that no field "
                    "declares; declare them, or give the sink a function that makes dicts"
                ]
            )
        return [
            RawField(
                name,
                typing.Annotated[(field.annotation, *field.metadata)]  # type: ignore[index]
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
        if typing.get_origin(evaluated(_owner(cls, name), hint)) is not typing.ClassVar
        and evaluated(_owner(cls, name), hint) is not typing.ClassVar
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


_BEAN = _Kind(_bean_fields, lambda cls: cls)
_KINDS = (
    _Kind(_dataclass_fields, lambda cls: cls),
    _Kind(_attrs_fields, lambda cls: cls),
    _Kind(_pydantic_fields, _pydantic_construct),
    _Kind(_named_tuple_fields, lambda cls: cls),
    _BEAN,
)
_NOT_MET = object()
_RECORD_CLASSES: dict[tuple[type, bool], object] = {}
