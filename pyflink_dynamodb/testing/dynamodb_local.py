"""DynamoDB Local as a child process, on the loopback interface alone."""

from __future__ import annotations

import http.client
import logging
import os
import select
import shutil
import subprocess
import tempfile
import weakref
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from pyflink_dynamodb._jars import bridge_jar
from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing.emulator import (
    ACCESS_KEY,
    REGION,
    DynamoDbLocalError,
    Emulator,
    optional,
)

_LOG = logging.getLogger(__name__)
_HOST = "127.0.0.1"
_MAIN_CLASS = "io.github.pyflinkdynamodb.testing.LoopbackDynamoDbLocal"
_POM = Path(__file__).with_name("dynamodb-local.pom.xml")
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 10


class DynamoDbLocal(Emulator):
    """A DynamoDB on this machine, for as long as the `with` block lasts; empty unless `db_path`.

    Its jars (50 MB) are fetched with Maven at the first start and kept in the user's cache
    directory. Needs Java 17 or newer: `JAVA_HOME`, else `java` on the `PATH`. The process ends
    with the block, at `stop()`, with the object, and when this Python process ends in whatever way.

    Args:
        port: The port to listen on; 0 takes a free one.
        db_path: Directory that keeps the tables from one start to the next; it is made where there
            is none. None keeps them in memory.

    Raises:
        InvalidConfigurationError: `port` is no port number.
    """

    def __init__(self, port: int = 0, db_path: str | os.PathLike[str] | None = None) -> None:
        if not 0 <= port <= 65_535:
            raise InvalidConfigurationError([f"port {port}: give 1 to 65535, or 0 for a free one"])
        self._wanted_port = port
        self._db_path = None if db_path is None else Path(db_path).absolute()
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        self._end: weakref.finalize[..., DynamoDbLocal] | None = None

    def start(self) -> None:
        """Start DynamoDB Local and wait until it answers; does nothing when it runs already.

        Raises:
            DynamoDbLocalError: Java or Maven is missing, the port is taken, `db_path` cannot be a
                directory, or it does not start.
            JarNotFoundError: The connector's jar, which holds the starter, was not built.
        """
        if self._port is not None:
            return
        java = _java()
        bridge = bridge_jar()
        jars = _jar_folder()
        arguments = [str(self._wanted_port)]
        if self._db_path is not None:
            try:
                self._db_path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DynamoDbLocalError(
                    f"{self._db_path} cannot be the directory of the data: {error.strerror}"
                ) from error
            arguments.append(str(self._db_path))
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [
                    java,
                    f"-Djava.library.path={jars}",
                    "-cp",
                    f"{bridge}{os.pathsep}{jars / '*'}",
                    _MAIN_CLASS,
                    *arguments,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                # Ctrl-C is for the program that uses it, which may still want to write or read.
                start_new_session=True,
            )
            self._end = weakref.finalize(self, _end, process)
            try:
                port = _announced_port(process)
                _ask(port)
            except (OSError, ValueError) as error:
                self._end()
                raise DynamoDbLocalError(
                    f"DynamoDB Local did not start with {java}: {error}\n{_tail(output)}"
                ) from error
            except BaseException:
                self._end()
                raise
        self._port = port
        self._process = process

    def wait(self) -> int:
        """Wait until the process ends by itself, which it only does when something ends it.

        Returns:
            Its exit status; 0 at once when it does not run.
        """
        return 0 if self._process is None else self._process.wait()

    def stop(self) -> None:
        """End the process; without `db_path` everything in it is gone.

        Does nothing when it does not run.
        """
        self._port = None
        self._process = None
        if self._end is not None:
            self._end()

    @property
    def endpoint(self) -> str:
        """The URL, such as `http://127.0.0.1:40123`."""
        if self._port is None:
            raise DynamoDbLocalError(
                "DynamoDB Local is not running: use DynamoDbLocal in a `with`, or call start()"
            )
        return f"http://{_HOST}:{self._port}"


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(str(Path(home, "bin", "java")) if home else "java")
    if java is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH, and JAVA_HOME is not set"
        raise DynamoDbLocalError(f"no java {where}: DynamoDB Local needs Java 17 or newer")
    return java


def _jar_folder() -> Path:
    """The folder of DynamoDB Local's jars, filled by Maven once per user and version."""
    version = ElementTree.parse(_POM).getroot().findtext("{*}version")
    cache: Path = optional("platformdirs", "testing").user_cache_path("pyflink_dynamodb")
    folder = cache / f"dynamodb-local-{version}"
    if folder.is_dir():
        return folder
    mvn = shutil.which("mvn")
    if mvn is None:
        raise DynamoDbLocalError(
            f"no mvn on the PATH: the first start fetches DynamoDB Local {version} with Apache"
            f" Maven; install it, or copy {folder} from a machine that has it"
        )
    _LOG.info("fetching DynamoDB Local %s into %s", version, folder)
    cache.mkdir(parents=True, exist_ok=True)
    # Several processes may start at once: each fills a folder of its own, the first one counts.
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as staging:
        jars = Path(staging, "jars")
        with tempfile.TemporaryFile() as output:
            status = subprocess.run(
                [
                    mvn,
                    "--quiet",
                    "--batch-mode",
                    f"--file={_POM}",
                    "dependency:copy-dependencies",
                    "-DincludeScope=runtime",
                    f"-DoutputDirectory={jars}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
            if status != 0:
                raise DynamoDbLocalError(
                    f"Maven could not fetch DynamoDB Local {version} (exit status {status}):\n"
                    f"{_tail(output)}"
                )
        try:
            jars.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder


def _announced_port(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], _START_TIMEOUT_S)
    if not ready:
        raise TimeoutError(f"it said nothing for {_START_TIMEOUT_S} s")
    line: bytes = process.stdout.readline()
    if not line:
        raise ChildProcessError(f"it ended with status {process.wait()}")
    return int(line.partition(b"=")[2])


def _ask(port: int) -> None:
    """A first request, which opens the database: what cannot work fails here."""
    connection = http.client.HTTPConnection(_HOST, port, timeout=_START_TIMEOUT_S)
    try:
        connection.request(
            "POST",
            "/",
            b"{}",
            {
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "DynamoDB_20120810.ListTables",
                # It wants the form of a signature; it checks none.
                "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20120810/{REGION}"
                "/dynamodb/aws4_request, SignedHeaders=host, Signature=none",
            },
        )
        status = connection.getresponse().status
        if status != http.HTTPStatus.OK:
            raise ConnectionError(f"it answers HTTP {status}")
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()  # It ends with its standard input.
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def _tail(output: IO[bytes]) -> str:
    output.seek(0)
    lines = output.read().decode(errors="replace").splitlines()
    # SLF4J complains at every start that nobody wants its logs.
    said = [f"  {line}" for line in lines if not line.startswith("SLF4J: ")]
    return "\n".join(said[-20:])
