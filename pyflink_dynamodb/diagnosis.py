"""Whether this machine has all that a job needs, line by line, each with what to do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pyflink_dynamodb import _aws
from pyflink_dynamodb._jars import bridge_jar, check_pyflink_version, jar_release
from pyflink_dynamodb._version import __version__
from pyflink_dynamodb.errors import JarNotFoundError, VersionMismatchError

_MAIN_CLASS = "io.github.pyflinkdynamodb.client.ServiceCheck"
_TIMEOUT_S = 120
_OLDEST_JAVA = 11
# Where a value that Python found comes from, first one first.
_REGION_SOURCES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_ENDPOINT_SOURCES = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL")
# What the SDK writes into its user agent for the source of credentials.
# Source: BusinessMetricFeatureId of the AWS SDK for Java.
_SOURCES = {
    "f": "Java system properties",
    "g": "environment variables",
    "h": "web identity token of the environment",
    "n": "profile",
    "z": "container (ECS, EKS Pod Identity)",
    "0": "instance profile (EC2)",
    "i": "assumed role",
    "k": "web identity token",
    "q": "web identity token of the profile",
    "o": "assumed role of the profile",
    "s": "single sign-on",
    "u": "single sign-on",
    "w": "process of the profile",
}

OK, WARN, FAIL, SKIP = "ok", "warn", "FAIL", "skip"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        name: What was looked at, such as "region".
        status: "ok", "warn", "FAIL", or "skip" for what could not be looked at.
        text: What was found, never a secret.
        remedy: What to do; empty where nothing needs to be done.
    """

    name: str
    status: str
    text: str
    remedy: str = ""


def examine(
    properties: Mapping[str, str],
    environ: Mapping[str, str],
    table: str | None = None,
    try_write: bool = True,
) -> Iterator[Finding]:
    """Check from the ground up: what runs jobs, what is configured, the service.

    The service is asked by the JVM, with the sink's own client, since a job does it there: the JVM
    may find another home directory, other credentials, another proxy or no certificate.

    Args:
        properties: As of a sink; what they leave out comes from the environment.
        environ: The environment, as `os.environ`.
        table: The table to look at, by name or ARN.
        try_write: Try the permission to write with a delete of a random key, which no item has.
    """
    yield _python()
    flink_home = None
    found = _pyflink()
    yield found
    if found.status == OK:
        flink_home = _flink_home()
    java, found = _java(flink_home)
    yield found
    jar_found = _jar(flink_home)
    yield jar_found
    problems = _aws.property_problems(properties)
    for problem in problems:
        yield Finding("properties", FAIL, problem, "Mend the property.")
    region, endpoint = (
        _aws.resolve_region(properties, environ),
        _aws.resolve_endpoint(properties, environ),
    )
    if java is None or jar_found.status == FAIL or flink_home is None or problems:
        yield _region(region, properties, environ, {})
        yield _endpoint(endpoint, properties, environ)
        yield from _skipped("the checks above have to hold first")
        return
    said = _ask_the_jvm(java, flink_home, properties, region, endpoint, table, try_write)
    if "crash" in said:
        yield _region(region, properties, environ, {})
        yield _endpoint(endpoint, properties, environ)
        yield Finding("JVM", FAIL, said["crash"]["text"], f"Mend what {java} says.")
        yield from _skipped("the JVM did not run")
        return
    yield _region(region, properties, environ, said.get("settings", {}))
    yield _endpoint(endpoint, properties, environ)
    yield from _service(said, table, try_write)


def _python() -> Finding:
    text = ".".join(map(str, sys.version_info[:3])) + f", {sys.executable}"
    if (3, 9) <= sys.version_info[:2] <= (3, 12):
        return Finding("Python", OK, text)
    return Finding("Python", FAIL, text, "PyFlink has wheels for Python 3.9 to 3.12: use one.")


def _pyflink() -> Finding:
    try:
        found = version("apache-flink")
    except PackageNotFoundError:
        return Finding("PyFlink", FAIL, "not installed", "pip install 'apache-flink>=1.20,<3'")
    try:
        check_pyflink_version(found)
    except VersionMismatchError as error:
        return Finding("PyFlink", FAIL, found, f"{error}.")
    home = os.environ.get("FLINK_HOME")
    if home:
        text = f"{found}, with the Flink of FLINK_HOME, {home}"
        return Finding("PyFlink", OK, text)
    return Finding("PyFlink", OK, found)


def _flink_home() -> Path | None:
    from pyflink.find_flink_home import _find_flink_home

    try:
        return Path(_find_flink_home())
    except SystemExit:  # its way of saying that there is none
        return None


def _java(flink_home: Path | None) -> tuple[str | None, Finding]:
    """The `java` that PyFlink would start."""
    if flink_home is not None:
        from pyflink.pyflink_gateway_server import find_java_executable

        java = find_java_executable()
    else:
        home = os.environ.get("JAVA_HOME")
        java = str(Path(home, "bin", "java")) if home else "java"
    remedy = f"Install Java {_OLDEST_JAVA} or newer and put it on the PATH, or set JAVA_HOME."
    path = shutil.which(java)
    if path is None:
        return None, Finding("Java", FAIL, f"{java} cannot be run", remedy)
    try:
        said = subprocess.run(
            [path, "-version"], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    # Java 8 calls itself 1.8.
    found = re.search(r'version "(?:1\.)?(\d+)[^"]*"', said)
    if found is None:
        return None, Finding("Java", FAIL, f"{path} does not say its version", remedy)
    text = f"{found[0].split(chr(34))[1]}, {path}"
    if int(found[1]) < _OLDEST_JAVA:
        return None, Finding("Java", FAIL, text, remedy)
    return path, Finding("Java", OK, text)


def _jar(flink_home: Path | None) -> Finding:
    try:
        jar = bridge_jar()
        release = jar_release(jar)
    except JarNotFoundError as error:
        return Finding("jar", FAIL, f"not found: {', '.join(error.searched)}", f"{error.remedy}.")
    if release != __version__:
        text = f"{release or 'no version'} beside Python {__version__}, {jar}"
        return Finding("jar", FAIL, text, "Install pyflink-dynamodb again, or run `make jar`.")
    others = [] if flink_home is None else flink_home.glob("lib/*dynamodb*.jar")
    for other in others:
        if "pyflink-dynamodb" in other.name and jar_release(other) != __version__:
            text = f"{jar_release(other)} in {other}, beside Python {__version__}"
            return Finding("jar", FAIL, text, "Remove that jar: it comes before the package's own.")
    return Finding("jar", OK, f"{release}, {jar}")


def _region(
    region: str | None,
    properties: Mapping[str, str],
    environ: Mapping[str, str],
    jvm: Mapping[str, str],
) -> Finding:
    if region is None:
        remedy = "Set AWS_REGION, or the property aws.region (here: --region)."
        alone = f"none; the JVM by itself finds {jvm['region']}" if "region" in jvm else "none"
        return Finding("region", FAIL, alone, remedy)
    source = _source(_aws.REGION, _REGION_SOURCES, properties, environ) or "the AWS profile"
    text = f"{region}, from {source}"
    if jvm.get("problem"):
        remedy = "Set AWS_REGION or aws.region: a table in SQL is opened by the JVM alone."
        return Finding("region", WARN, f"{text}; the JVM: {_one_line(jvm['problem'])}", remedy)
    if jvm.get("region", region) != region:
        text += f"; the JVM by itself finds {jvm['region']}"
        remedy = "Set AWS_REGION: sinks use the first, a table in SQL the second."
        return Finding("region", WARN, text, remedy)
    return Finding("region", OK, text)


def _endpoint(
    endpoint: str | None, properties: Mapping[str, str], environ: Mapping[str, str]
) -> Finding:
    if endpoint is None:
        return Finding("endpoint", OK, "AWS's own of the region")
    source = _source(_aws.ENDPOINT, _ENDPOINT_SOURCES, properties, environ)
    problem = _aws.endpoint_problem(endpoint)
    if problem:
        return Finding("endpoint", FAIL, f"unusable, from {source}", f"{problem}.")
    text = f"{endpoint}, from {source}"
    warning = _aws.plain_http_warning(endpoint)
    if warning:
        return Finding("endpoint", WARN, text, warning)
    return Finding("endpoint", OK, text)


def _source(
    name: str,
    variables: tuple[str, ...],
    properties: Mapping[str, str],
    environ: Mapping[str, str],
) -> str | None:
    if properties.get(name):
        return name
    return next((variable for variable in variables if environ.get(variable)), None)


def _service(
    said: Mapping[str, Mapping[str, str]], table: str | None, try_write: bool
) -> Iterator[Finding]:
    found = said.get("credentials")
    if found is None:
        yield from _skipped("there is no usable configuration")
        return
    if "problem" in found:
        remedy = (
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine or"
            " the job a role. DynamoDB Local takes any."
        )
        yield Finding("credentials", FAIL, _one_line(found["problem"]), remedy)
        yield from _skipped("there are no credentials", "table")
        return
    names = [_SOURCES.get(code, code) for code in re.split("[,~]", found["source"]) if code]
    source = ", ".join(names) or found["provider"]
    yield Finding("credentials", OK, f"{source}; access key ...{found['key']}")
    if table is None:
        yield Finding("table", SKIP, "none named", "Give --table to look at one.")
        return
    yield from _table(said.get("table", {}), table)
    if "status" not in said.get("table", {}):
        yield from _skipped("the key of the table is not known", "write")
    elif not try_write:
        yield Finding("write", SKIP, "not tried", "Leave --no-write out to try it.")
    else:
        yield _write(said.get("write", {}))


def _table(found: Mapping[str, str], table: str) -> Iterator[Finding]:
    if "status" in found:
        status = found["status"]
        ready = status in {"ACTIVE", "UPDATING"}
        remedy = "" if ready else "Wait until the table is ACTIVE."
        yield Finding("table", OK if ready else FAIL, f"{table}, {status}", remedy)
        yield Finding("key schema", OK, found["key"])
        return
    problem = _one_line(found.get("problem", "no answer"))
    if found.get("code") in {"AccessDeniedException", "AccessDenied"}:
        remedy = (
            "Allow dynamodb:DescribeTable on the table, or declare the key in the job"
            " (set_key_schema)."
        )
        yield Finding("table", WARN, problem, remedy)
        return
    remedy = "Check the table's name, region, endpoint, credentials."
    if found.get("code") == "ResourceNotFoundException":
        remedy = "Create the table, or check its name, region and endpoint."
    yield Finding("table", FAIL, problem, remedy)


def _write(found: Mapping[str, str]) -> Finding:
    if "unprocessed" in found:
        text = "allowed; a delete of a random key, which changed nothing, was taken"
        if found["unprocessed"] == "0":
            return Finding("write", OK, text)
        return Finding("write", WARN, "allowed, but throttled", "Raise the table's capacity.")
    problem = _one_line(found.get("problem", "no answer"))
    remedy = "Allow dynamodb:BatchWriteItem on the table, and its KMS key if it has one."
    return Finding("write", FAIL, problem, remedy)


def _skipped(why: str, first: str = "credentials") -> Iterator[Finding]:
    names = ["credentials", "table", "write"]
    for name in names[names.index(first) :]:
        yield Finding(name, SKIP, f"not looked at: {why}")


def _ask_the_jvm(
    java: str,
    flink_home: Path,
    properties: Mapping[str, str],
    region: str | None,
    endpoint: str | None,
    table: str | None,
    try_write: bool,
) -> dict[str, dict[str, str]]:
    """What the JVM says, by the check's name; "crash" if it said nothing that can be read."""
    asked = dict(properties)
    for name, text in (("region", region), ("endpoint", endpoint), ("table", table)):
        if text:
            asked[f"check.{name}"] = text
    if try_write:
        asked["check.write"] = "true"
    # In the order of a job: what lies in Flink's lib folder comes first.
    path = os.pathsep.join([str(flink_home / "lib" / "*"), str(bridge_jar())])
    try:
        ended = subprocess.run(
            [java, *os.environ.get("JVM_ARGS", "").split(), "-cp", path, _MAIN_CLASS],
            # Not as arguments: those can be seen by every user of this machine.
            input="".join(f"{name}\0{text}\0" for name, text in asked.items()),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"crash": {"text": f"no answer within {_TIMEOUT_S} s"}}
    if ended.returncode != 0:
        last = _one_line(ended.stderr.strip()[-400:])
        return {"crash": {"text": f"ended with status {ended.returncode}: {last}"}}
    lines = (json.loads(line) for line in ended.stdout.splitlines())
    return {line.pop("check"): line for line in lines}


def _one_line(text: str) -> str:
    return " ".join(text.split())
