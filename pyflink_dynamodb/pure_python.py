"""Installed distributions as files to be copied: without pip, and for any machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from pyflink_dynamodb.errors import InvalidConfigurationError

_BINARY_SUFFIXES = {".so", ".pyd", ".dylib", ".dll"}


def with_dependencies(names: Iterable[str]) -> dict[str, Distribution]:
    """Distributions and everything they need here, by normalized name.

    What an extra or another machine would need is left out, and so is what is not installed.

    Raises:
        InvalidConfigurationError: One of `names` itself is not installed.
    """
    from packaging.requirements import Requirement

    found: dict[str, Distribution] = {}
    wanted = [(name, True) for name in names]
    while wanted:
        name, is_named = wanted.pop()
        key = normalized(name)
        if key in found:
            continue
        try:
            found[key] = distribution(name)
        except PackageNotFoundError:
            if is_named:
                raise InvalidConfigurationError(
                    [f"{name} is not installed here: pip install it first, it is copied from here"]
                ) from None
            continue
        for line in found[key].requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                wanted.append((requirement.name, False))
    return found


def normalized(name: str) -> str:
    """A distribution's name as it is compared. Source: PyPA, name normalization."""
    return re.sub(r"[-_.]+", "-", name).lower()


def files_of(source: Distribution) -> Iterator[tuple[str, Path]]:
    """Name relative to an import folder, and path, of every file of a distribution.

    Scripts and compiled files, which belong to this machine, are left out.

    Raises:
        InvalidConfigurationError: It has parts compiled for this machine, or is not copied into
            the environment at all.
    """
    name = source.metadata["Name"]
    files = list(source.files or ())
    if any(file.suffix in _BINARY_SUFFIXES for file in files):
        problem = (
            f"{name} has parts compiled for this machine: fetch it for the service's with `pip "
            "download --only-binary=:all: --platform manylinux2014_x86_64 "
            f"--python-version 3.11 {name}`, unpack the wheels and --include their folders"
        )
        raise InvalidConfigurationError([problem])
    if not any(file.suffix == ".py" for file in files):
        raise InvalidConfigurationError(
            [f"{name} is installed in editable form, or without a list of its files: --include it"]
        )
    for file in files:
        relative = PurePosixPath(file.as_posix())
        if ".." in relative.parts or relative.is_absolute() or "__pycache__" in relative.parts:
            continue
        if relative.suffix == ".pth" or relative.name in {"RECORD", "INSTALLER", "direct_url.json"}:
            continue
        yield str(relative), Path(str(source.locate_file(file)))
