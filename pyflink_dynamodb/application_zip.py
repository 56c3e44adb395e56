"""The zip that Amazon's Managed Service for Apache Flink runs a Python job from.

The service unpacks it, reads the property group `kinesis.analytics.flink.run.options` and starts
`flink run` with what that names: one script (`python`), one jar (`jarfile`), and what Python may
import (`pyFiles`). It installs nothing: pip is not run, and there is no second jar. Source:
developer guide of the service, "Create your Python application"; the folders are those of the
service's own examples.
"""

from __future__ import annotations

import ast
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from itertools import chain
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from pyflink_dynamodb._jars import bridge_jar, jar_release
from pyflink_dynamodb._version import __version__
from pyflink_dynamodb.errors import InvalidConfigurationError, VersionMismatchError
from pyflink_dynamodb.merged_jar import entry_of, merge_jars
from pyflink_dynamodb.pure_python import files_of, normalized, with_dependencies

RUN_OPTIONS = "kinesis.analytics.flink.run.options"
_JAR = "lib/pyflink-dependencies.jar"
_IMPORTS = "dep/"
_OURS = "pyflink_dynamodb"
# Of ours, what a job has no use for, or what has a place of its own in the zip.
_LEFT_OUT = ("testing", "jars", "cli.py", "__main__.py")
# Source: best practices of the service, "Minimize the size of the uber JAR".
_MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class ApplicationZip:
    """What was written.

    Attributes:
        path: The zip.
        properties_path: The property groups, as CreateApplication and its console page take them.
        run_options: What of them tells the service where things are in the zip.
        imports: What Python can import from the zip, by the names at its top.
        from_pyflink: Distributions that are needed and left out, since PyFlink brings them.
        notes: Sentences about what a person should know.
    """

    path: Path
    properties_path: Path
    run_options: dict[str, str]
    imports: tuple[str, ...]
    from_pyflink: tuple[str, ...]
    notes: tuple[str, ...]


def write_application_zip(
    script: Path,
    output: Path,
    include: Sequence[Path] = (),
    jars: Sequence[Path] = (),
    dependencies: Sequence[str] = (),
    properties: Path | None = None,
) -> ApplicationZip:
    """Write the zip, and its property groups as JSON beside it.

    Modules and packages that lie beside the script and that it imports, itself or through each
    other, come along by themselves.

    Args:
        script: The program that builds the job and executes it.
        output: The zip; the JSON takes its name, with the suffix `.properties.json`.
        include: More modules, packages and files, to be found where Python looks for imports.
        jars: Jars of other connectors, merged with ours.
        dependencies: Names of installed pure-Python distributions, copied with what they need.
        properties: JSON of the job's own property groups, as in the service's examples.

    Raises:
        InvalidConfigurationError: Something cannot be read or packed; the message says what.
        JarNotFoundError: Our own jar was not built.
        VersionMismatchError: One of `jars` is ours, of another release.
    """
    groups = _property_groups(properties)
    run_options = {"python": script.name, "jarfile": _JAR, "pyFiles": _IMPORTS}
    groups.append({"PropertyGroupId": RUN_OPTIONS, "PropertyMap": run_options})
    included = {path.resolve(): None for path in [*_siblings(script), *include]}
    distributions = with_dependencies(dependencies)
    from_pyflink = with_dependencies(["apache-flink"])
    needed = {**with_dependencies(["pyflink-dynamodb"]), **distributions}
    copied = [name for name in needed if name not in {normalized(_OURS), *from_pyflink}]

    files = {script.name: script}
    for name, path in chain(
        _our_modules(),
        *(_tree(each) for each in included),
        *(files_of(needed[each]) for each in copied),
    ):
        known = files.setdefault(_IMPORTS + name, path)
        if known != path and known.read_bytes() != path.read_bytes():
            raise InvalidConfigurationError(
                [f"{name} would be both {known} and {path}: rename one, or leave it out"]
            )
    properties_path = output.with_suffix(".properties.json")
    # What is there already stays until all of the new one is written.
    with tempfile.TemporaryDirectory(dir=_directory(output)) as folder:
        merged = Path(folder, "merged.jar")
        notes = merge_jars([bridge_jar(), *_others(jars)], merged)
        staged = Path(folder, "staged.zip")
        with ZipFile(staged, "w") as archive:
            for name, path in sorted(files.items()):
                archive.writestr(entry_of(name, ZIP_DEFLATED), path.read_bytes())
            archive.writestr(entry_of(_JAR, ZIP_STORED), merged.read_bytes())
        if staged.stat().st_size > _MOST_BYTES:
            raise InvalidConfigurationError(
                [f"{output} would have more than 512 MB, the service's limit: leave something out"]
            )
        staged.replace(output)
    properties_path.write_text(json.dumps(groups, indent=2) + "\n", encoding="utf-8")
    return ApplicationZip(
        output,
        properties_path,
        run_options,
        tuple(sorted({name[len(_IMPORTS) :].split("/")[0] for name in files if "/" in name})),
        tuple(sorted(_requirements(copied) & set(from_pyflink) - {"apache-flink"})),
        tuple(notes),
    )


def _requirements(copied: Sequence[str]) -> set[str]:
    """What our package and the copied distributions ask for by themselves."""
    from packaging.requirements import Requirement

    lines = [
        line for name in ("pyflink-dynamodb", *copied) for line in distribution(name).requires or ()
    ]
    return {normalized(Requirement(line).name) for line in lines if "extra ==" not in line}


def _property_groups(path: Path | None) -> list[Any]:
    if path is None:
        return []
    remedy = (
        'it must be a list of {"PropertyGroupId": "...", "PropertyMap": {"name": "text"}}, the'
        " form of the service's application_properties.json"
    )
    try:
        groups = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidConfigurationError([f"{path} cannot be read as JSON; {remedy}"]) from error
    fits = isinstance(groups, list) and all(
        isinstance(group, dict)
        and set(group) == {"PropertyGroupId", "PropertyMap"}
        and isinstance(group["PropertyMap"], dict)
        and all(
            isinstance(text, str)
            for text in [group["PropertyGroupId"], *group["PropertyMap"].values()]
        )
        for group in groups
    )
    if not fits:
        raise InvalidConfigurationError([f"{path} does not hold property groups; {remedy}"])
    # Where things are in the zip is decided here, whatever an earlier file says.
    return [group for group in groups if group["PropertyGroupId"] != RUN_OPTIONS]


def _others(jars: Sequence[Path]) -> Iterator[Path]:
    for jar in jars:
        try:
            with ZipFile(jar) as archive:
                archive.getinfo("io/github/pyflinkdynamodb/sink/DynamoDbSink.class")
        except (OSError, BadZipFile, KeyError):
            yield jar  # not ours; the merge says so if it is no jar at all
            continue
        release = jar_release(jar)
        if release != __version__:
            raise VersionMismatchError(
                f"{jar} (pyflink-dynamodb {release or 'of no known release'})",
                f"pyflink-dynamodb {__version__}",
                "leave it out: the jar of this release is in the zip anyway",
            )


def _siblings(script: Path) -> list[Path]:
    """Modules and packages beside the script that it needs, directly or by way of each other."""
    folder = script.resolve().parent
    found: dict[Path, None] = {}
    sources = [script]
    while sources:
        for name in _imported(sources.pop()):
            module, package = folder / f"{name}.py", folder / name
            if name == _OURS or module == script.resolve():
                continue
            if (package / "__init__.py").is_file():
                if package not in found:
                    found[package] = None
                    sources.extend(package.rglob("*.py"))
            elif module.is_file() and module not in found:
                found[module] = None
                sources.append(module)
    return list(found)


def _imported(source: Path) -> set[str]:
    """First parts of the names that a source imports, anywhere in it."""
    try:
        tree = ast.parse(source.read_bytes(), str(source))
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidConfigurationError(
            [f"{source} cannot be read as Python {_python()}: {error}"]
        ) from error
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def _python() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def _our_modules() -> Iterator[tuple[str, Path]]:
    package = Path(__file__).parent
    for name, path in _tree(package):
        if name.split("/")[1] not in _LEFT_OUT:
            yield name, path


def _tree(path: Path) -> Iterator[tuple[str, Path]]:
    """A file, or all of a folder: hidden files (which hold keys, at times) and bytecode left out.

    Raises:
        InvalidConfigurationError: There is nothing.
    """
    if path.is_file():
        yield path.name, path
        return
    if not path.is_dir():
        raise InvalidConfigurationError([f"{path} is not there: --include takes files and folders"])
    for file in sorted(path.rglob("*")):
        parts = file.relative_to(path).parts
        if file.is_file() and not any(part[0] == "." or part == "__pycache__" for part in parts):
            yield "/".join((path.name, *parts)), file


def _directory(output: Path) -> Path:
    folder = output.resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidConfigurationError(
            [f"{folder} cannot hold the zip: {error.strerror}"]
        ) from error
    return folder
