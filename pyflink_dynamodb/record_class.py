"""What a record class consists of: its fields, their types, and the markers on them."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from typing import Any, Callable, NamedTuple

from pyflink_dynamodb.annotations import (
    MARKERS,
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
from pyflink_dynamodb.record_kind import BEAN, KINDS, Kind, RawField
from pyflink_dynamodb.type_hint import Unknown, class_of, evaluated, owner_of, union_arms
from pyflink_dynamodb.type_rule import type_name


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
        for kind in KINDS:
            raw = kind.fields(cls)
            if raw is not None:
                break
        known = None if raw is None else _described(cls, kind, raw, bean, outer)
        _RECORD_CLASSES[cls, bean] = known
    return typing.cast("RecordClass | None", known)


_NOT_MET = object()
_RECORD_CLASSES: dict[tuple[type, bool], object] = {}


def _described(
    cls: type, kind: Kind, raw: list[RawField], bean: bool, outer: tuple[type, ...]
) -> RecordClass | None:
    problems: list[str] = []
    fields = tuple(_field(cls, each, problems) for each in raw)
    if kind is BEAN and not bean and not any(field.markers for field in fields):
        return None
    problems += _problems((cls, *outer), fields)
    if problems:
        name = type_name(cls)
        raise InvalidConfigurationError([f"{name}.{problem}" for problem in problems])
    return RecordClass(fields, kind.construct(cls))


def all_fields(cls: type, bean: bool = False) -> Iterator[Field]:
    """The fields of a class that become attributes, those of flattened objects among them."""
    record = record_class(cls, bean)
    for field in record.fields if record else ():
        if Flatten in field.markers:
            inner = class_of(field.hint)
            yield from all_fields(inner) if inner is not None else ()
        elif Ignore not in field.markers:
            yield field


# --- markers ---


def _field(cls: type, raw: RawField, problems: list[str]) -> Field:
    owner = owner_of(cls, raw.name)
    hint, metadata = _without_metadata(evaluated(owner, raw.annotation))
    arms = []
    for arm in union_arms(evaluated(owner, hint)):
        plain, more = _without_metadata(evaluated(owner, arm))
        arms.append(plain)
        metadata += more
    if len(arms) > 1:
        hint = typing.Union[tuple(arms)]
    markers: dict[type, Any] = {}
    for marker in metadata:
        problem = _marker_problem(marker, markers)
        if problem:
            problems.append(f"{raw.name}: {problem}")
        elif isinstance(marker, MARKERS):
            markers[type(marker)] = marker
    if (isinstance(hint, str) and "Annotated" in hint) or _has_markers_within(hint):
        problems.append(
            f"{raw.name}: markers stand on the whole field and are evaluated by this Python: "
            "Annotated[Optional[T], ...]"
        )
    name = markers[Attribute].name if Attribute in markers else None
    return Field(raw.name, name or raw.name, hint, type(None) in arms, markers, raw)


def _without_metadata(hint: Any) -> tuple[Any, list[object]]:
    if typing.get_origin(hint) is not typing.Annotated:
        return hint, []
    return typing.get_args(hint)[0], list(hint.__metadata__)


def _marker_problem(marker: object, before: Mapping[type, Any]) -> str | None:
    if isinstance(marker, type) and marker in MARKERS:
        return f"{marker.__name__} lacks its ()"
    if isinstance(marker, Unknown):
        return (
            f"{marker!r} in its annotation cannot be found here; declare the class in a module, "
            "not in the job's main script, or leave out `from __future__ import annotations`"
        )
    if type(marker) in before:
        return f"{type(marker).__name__}() stands there twice"
    return None


def _has_markers_within(hint: object) -> bool:
    return any(
        isinstance(marker, MARKERS)
        for inner in typing.get_args(hint)
        for marker in getattr(inner, "__metadata__", ())
    ) or any(map(_has_markers_within, typing.get_args(hint)))


# --- what markers contradict ---

# How a value is stored; a field has one of them.
_FORMS = (Flatten, IgnoreNulls, VersionAttribute, TimeToLive, AsSet, AsEpoch, AsJson, AsPickle)
# What no key can be.
_NO_KEY = (Flatten, IgnoreNulls, VersionAttribute, AsSet)
_NO_KEY_CLASSES = (bool, list, tuple, dict, set, frozenset)


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
    if PartitionKey in markers or SortKey in markers:
        yield from _contradictions_of_a_key(field, bool(forms))
    if VersionAttribute in markers and class_of(field.hint) not in (int, None):
        yield "VersionAttribute() is for an int, or Optional[int]"
    of = markers[TimeToLive].of if TimeToLive in markers else None
    if of is not None and of not in [each.name for each in fields if each is not field]:
        yield "TimeToLive(of=...) names another field of the class"


def _contradictions_of_a_key(field: Field, has_form: bool) -> Iterator[str]:
    if PartitionKey in field.markers and SortKey in field.markers:
        yield "an attribute is the partition key or the sort key, not both"
    for form in _NO_KEY:
        if form in field.markers:
            yield f"{form.__name__}() cannot be on a key"
    if field.optional:
        yield "a key is never None; take Optional from its type"
    elif class_of(field.hint) in _NO_KEY_CLASSES and not has_form:
        yield "a key is a string, a number or binary; give it such a type or a codec"
