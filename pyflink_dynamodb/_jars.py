"""Where the connector's jar is, and which versions of PyFlink it works with."""

from __future__ import annotations

from email.parser import HeaderParser
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from pyflink_dynamodb._version import __version__
from pyflink_dynamodb.errors import JarNotFoundError, VersionMismatchError

# Compiled against Flink 2.0 and run unchanged on 1.20 and 2.x. Flink 1.19 lacks the methods that
# the sink implements; a 3.x may drop them.
SUPPORTED_PYFLINK = "PyFlink 1.20 to 2.x"


def bridge_jar() -> Path:
    """Path of the jar inside the installed package.

    Raises:
        JarNotFoundError: The package was installed from sources without building the jar.
    """
    jar = Path(__file__).parent / "jars" / f"pyflink-dynamodb-{__version__}.jar"
    if not jar.is_file():
        raise JarNotFoundError(
            [str(jar)],
            "install pyflink-dynamodb from a wheel, which holds it, or run `make jar` in a clone",
        )
    return jar


def jar_release(jar: Path) -> str:
    """The release that a jar of the connector says it is of; "" where it does not say.

    Raises:
        JarNotFoundError: The file cannot be read as a jar.
    """
    try:
        with ZipFile(jar) as archive:
            manifest = archive.read("META-INF/MANIFEST.MF").decode()
    except (OSError, BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise JarNotFoundError(
            [str(jar)], "the file there is no jar: install pyflink-dynamodb again"
        ) from error
    return HeaderParser().parsestr(manifest).get("Implementation-Version", "")


def check_pyflink_version(version: str) -> None:
    """Refuse a PyFlink that the jar cannot run on.

    Args:
        version: PyFlink's version, such as "2.3.0".

    Raises:
        VersionMismatchError: Names both versions.
    """
    major, minor = (int(part) for part in version.split(".")[:2])
    if not ((major == 1 and minor >= 20) or major == 2):
        raise VersionMismatchError(
            f"PyFlink {version}",
            f"pyflink-dynamodb {__version__}",
            f"it needs {SUPPORTED_PYFLINK}: install such an apache-flink",
        )
