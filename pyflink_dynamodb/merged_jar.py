"""Several jars as one, for a service that takes one: what Maven's shade plugin is used for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from pyflink_dynamodb.errors import InvalidConfigurationError

_SERVICES = "META-INF/services/"
_MANIFEST = "META-INF/MANIFEST.MF"
# A signature holds for the jar that was signed, and a class loader refuses it in any other.
_SIGNATURE = re.compile(r"META-INF/[^/]+\.(SF|DSA|RSA|EC)\Z", re.IGNORECASE)
# What differs from jar to jar and has to travel with each.
_LICENCE = re.compile(
    r"(META-INF/)?(LICEN[CS]E|NOTICE|COPYRIGHT|DEPENDENCIES)[^/]*\Z", re.IGNORECASE
)
# Names one module; a merged jar is none. An index of one jar is none of another.
_OF_ONE_JAR = re.compile(r"(META-INF/versions/[0-9]+/)?module-info\.class\Z|META-INF/INDEX\.LIST\Z")
# The oldest moment a zip can hold: the same sources give the same bytes.
_THEN = (1980, 1, 1, 0, 0, 0)


def merge_jars(jars: Sequence[Path], into: Path) -> list[str]:
    """Write one jar that holds what several hold.

    Service files are joined, licences kept beside each other, signatures left out. Of other entries
    that differ the first is kept, as on a class path.

    Args:
        jars: The first one's entries come before the others'.
        into: The file to write; one that is there is replaced.

    Returns:
        A sentence for each two jars with entries that differ.

    Raises:
        InvalidConfigurationError: A file is no jar, or an entry's name leads out of it.
    """
    with ExitStack() as opened, ZipFile(into, "w", ZIP_DEFLATED) as merged:
        merge = _Merge(merged)
        for jar in jars:
            merge.add(jar, opened.enter_context(_opened(jar)))
        merge.finish()
    return [
        f"{len(names)} entries differ between {one.name} and {other.name}, such as {names[0]}: "
        f"those of {one.name} are kept; give jars that fit each other if that is wrong"
        for (one, other), names in merge.differing.items()
    ]


class _Merge:
    def __init__(self, merged: ZipFile) -> None:
        self.differing: dict[tuple[Path, Path], list[str]] = {}
        self._merged = merged
        self._services: dict[str, dict[str, None]] = {}
        self._first: dict[str, tuple[Path, tuple[int, int]]] = {}
        self._multi_release = False

    def add(self, jar: Path, archive: ZipFile) -> None:
        for entry in archive.infolist():
            name = entry.filename
            if entry.is_dir() or _SIGNATURE.match(name) or _OF_ONE_JAR.match(name):
                continue
            _refuse_escape(jar, name)
            content = archive.read(entry)
            if name == _MANIFEST:
                self._multi_release |= (
                    re.search(rb"(?im)^Multi-Release: *true", content) is not None
                )
            elif name.startswith(_SERVICES):
                lines = (line.partition("#")[0].strip() for line in content.decode().splitlines())
                self._services.setdefault(name, {}).update(dict.fromkeys(filter(None, lines)))
            else:
                self._keep(jar, name, (entry.CRC, entry.file_size), content)

    def _keep(self, jar: Path, name: str, checksum: tuple[int, int], content: bytes) -> None:
        if name in self._first:
            holder, known = self._first[name]
            if known == checksum:
                return
            if not _LICENCE.match(name):
                self.differing.setdefault((holder, jar), []).append(name)
                return
            name = f"META-INF/licenses/{jar.stem}/{PurePosixPath(name).name}"
            if name in self._first:
                return
        self._first[name] = (jar, checksum)
        self._merged.writestr(entry_of(name), content)

    def finish(self) -> None:
        for name, providers in self._services.items():
            self._merged.writestr(entry_of(name), "".join(f"{each}\n" for each in providers))
        manifest = "Manifest-Version: 1.0\n"
        if self._multi_release:
            manifest += "Multi-Release: true\n"
        self._merged.writestr(entry_of(_MANIFEST), manifest + "\n")


def entry_of(name: str, compression: int = ZIP_DEFLATED) -> ZipInfo:
    """An archive's entry without a time of its own, for a file that all may read."""
    entry = ZipInfo(name, _THEN)
    entry.compress_type = compression
    entry.external_attr = 0o644 << 16
    return entry


def _opened(jar: Path) -> ZipFile:
    try:
        return ZipFile(jar)
    except (OSError, BadZipFile) as error:
        raise InvalidConfigurationError([f"{jar} cannot be read as a jar: {error}"]) from error


def _refuse_escape(jar: Path, name: str) -> None:
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise InvalidConfigurationError(
            [f"{jar} holds an entry whose name leads out of it, {name[:80]!r}: do not use this jar"]
        )
