"""Types as annotations give them: evaluated where they are text, and taken apart."""

from __future__ import annotations

import builtins
import sys
import typing
from typing import Any

from pyflink_dynamodb.annotations import MARKERS


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


class Unknown:
    """Stands for a name that cannot be found: in a worker, `__main__` is not the job's own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Unknown:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_arguments: object, **_named: object) -> Unknown:  # noqa: D102
        return self

    def __getitem__(self, _item: object) -> Unknown:
        return self

    def __or__(self, _other: object) -> Unknown:
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return self._name


# In a worker: what `names_of_main` gave where the job was submitted.
_OF_MAIN: dict[str, object] = {}


def names_of_main() -> dict[str, object]:
    """The names that the job's main script gives to types with markers on them.

    A class of that script reaches a worker with its annotations, but without the names in them, if
    they are text; and a marker that cannot be seen there would not be heeded.
    """
    found = {
        name: thing
        for name, thing in list(vars(sys.modules["__main__"]).items())
        if typing.get_origin(thing) is typing.Annotated
        and any(isinstance(marker, MARKERS) for marker in thing.__metadata__)
    }
    return {**_OF_MAIN, **found}


def remember_names_of_main(names: dict[str, object]) -> None:
    """Know in this process what `names_of_main` gave in another."""
    _OF_MAIN.update(names)


class _Names(dict[str, Any]):
    """Where the text of an annotation finds what it names."""

    def __init__(self, cls: type) -> None:
        super().__init__({cls.__name__: cls})
        module = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
        markers = {marker.__name__: marker for marker in MARKERS}
        of_main = _OF_MAIN if cls.__module__ == "__main__" else {}
        self._spaces = (module, of_main, vars(typing), markers, vars(builtins))

    def __missing__(self, name: str) -> object:
        return next((space[name] for space in self._spaces if name in space), Unknown(name))


def evaluated(cls: type, annotation: object) -> object:
    """An annotation of a class, evaluated if it is text; text that cannot be stays as it is."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    try:
        # `_Names` answers for every name. The interpreter itself wants the builtins: to fill in
        # the type of a generic alias, Python 3.12 imports `typing` with them.
        return eval(annotation, {}, _Names(cls))  # noqa: S307 - the user's own code
    except Exception:  # noqa: BLE001 - whatever it is, it is text that this Python cannot evaluate
        return annotation


def owner_of(cls: type, name: str) -> type:
    """The class that declares a field, in whose module its annotation is to be evaluated."""
    return next((c for c in cls.__mro__ if name in vars(c).get("__annotations__", {})), cls)
