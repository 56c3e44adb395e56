"""What the package offers is what its `__all__` says."""

from __future__ import annotations
import __future__

import importlib
from types import ModuleType

import pytest

MODULES = ["pyflink_dynamodb", "pyflink_dynamodb.testing"]


@pytest.mark.parametrize("module", MODULES)
def test_public_names_are_exported(module: str) -> None:
    """Every name without an underscore that a module has is in `__all__`, and the reverse."""
    names = vars(importlib.import_module(module))
    public = {
        name
        for name, thing in names.items()
        if not name.startswith("_") and not isinstance(thing, (ModuleType, __future__._Feature))
    }
    assert set(names["__all__"]) - {"__version__"} == public


@pytest.mark.parametrize("module", MODULES)
def test_exported_names_have_a_docstring(module: str) -> None:
    """`help()` says something about each of them."""
    names = vars(importlib.import_module(module))
    undocumented = [
        name for name in names["__all__"] if name != "__version__" and not names[name].__doc__
    ]
    assert undocumented == []
