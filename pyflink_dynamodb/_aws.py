"""Properties of the AWS client, and where region and endpoint come from.

The same rules hold in Java (`client/ClientSettings`); a test compares the two. Region and endpoint
are resolved here, when a sink is built, and passed on, so that a job means the same table wherever
its task managers run. Credentials are resolved by the task managers and never pass through here,
unless they are given as properties.
"""

from __future__ import annotations

import configparser
import difflib
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

REGION = "aws.region"
ENDPOINT = "aws.endpoint"
CREDENTIALS_PROVIDER = "aws.credentials.provider"
_BASIC_ACCESS_KEY_ID = "aws.credentials.provider.basic.accesskeyid"
_BASIC_SECRET_KEY = "aws.credentials.provider.basic.secretkey"  # noqa: S105 - a property's name

CREDENTIALS_PROVIDERS = (
    "AUTO",
    "BASIC",
    "ENV_VAR",
    "SYS_PROP",
    "PROFILE",
    "ASSUME_ROLE",
    "WEB_IDENTITY_TOKEN",
    "CUSTOM",
)

# Names of the Java connector (AWSConfigConstants of flink-connector-aws); the session token is
# ours: without it temporary credentials cannot be given.
_CREDENTIALS = (
    "",
    ".basic.accesskeyid",
    ".basic.secretkey",
    ".basic.sessiontoken",
    ".profile.path",
    ".profile.name",
    ".role.arn",
    ".role.sessionName",
    ".role.externalId",
    ".role.stsEndpoint",
    ".webIdentityToken.file",
    ".custom.class",
)
# The credentials that ask for a role's are given like any others, one level down.
_ROLE_PROVIDER = f"{CREDENTIALS_PROVIDER}.role.provider"

KNOWN_PROPERTIES = frozenset(
    {
        REGION,
        ENDPOINT,
        "aws.trust.all.certificates",
        "aws.http.protocol.version",
        "aws.http-client.max-concurrency",
        "aws.http-client.read-timeout",
        *(CREDENTIALS_PROVIDER + name for name in _CREDENTIALS),
        *(_ROLE_PROVIDER + name for name in _CREDENTIALS),
    }
)


_COUNT = re.compile(r"[1-9][0-9]{0,8}\Z"), "a whole number above 0"
# What a property may hold, where it is not any text.
_VALUES = {
    "aws.trust.all.certificates": (re.compile(r"(true|false)\Z"), "true or false"),
    "aws.http.protocol.version": (re.compile(r"HTTP1_1\Z"), "HTTP1_1"),
    "aws.http-client.max-concurrency": _COUNT,
    "aws.http-client.read-timeout": _COUNT,
}
_NEEDS = {
    "ASSUME_ROLE": f"{CREDENTIALS_PROVIDER}.role.arn",
    "CUSTOM": f"{CREDENTIALS_PROVIDER}.custom.class",
}


def resolve_region(properties: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
    """The region: property, AWS_REGION, AWS_DEFAULT_REGION, then the profile's; None if nowhere."""
    return (
        properties.get(REGION)
        or environ.get("AWS_REGION")
        or environ.get("AWS_DEFAULT_REGION")
        or _profile_region(environ)
    )


def resolve_endpoint(
    properties: Mapping[str, str], environ: Mapping[str, str], service: str = "DYNAMODB"
) -> str | None:
    """The endpoint: property, AWS_ENDPOINT_URL_<service>, AWS_ENDPOINT_URL; None for AWS's own.

    Args:
        properties: As the user gave them.
        environ: Environment variables.
        service: DYNAMODB or DYNAMODB_STREAMS, as the AWS SDKs call them in that variable.
    """
    if properties.get(ENDPOINT):
        return properties[ENDPOINT]
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return environ.get(f"AWS_ENDPOINT_URL_{service}") or environ.get("AWS_ENDPOINT_URL") or None


def property_problems(
    properties: Mapping[str, object], option: str = "dynamodb_properties"
) -> list[str]:
    """Everything wrong with the properties' names and kinds, one sentence each; never a value.

    Args:
        properties: As the user gave them.
        option: What the option that holds them is called.
    """
    problems = []
    for name, value in properties.items():
        if name not in KNOWN_PROPERTIES:
            nearest = difflib.get_close_matches(str(name), KNOWN_PROPERTIES, n=1, cutoff=0.6)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            problems.append(f"{option}: unknown property {name!r}{hint}")
        elif not isinstance(value, str):
            problems.append(f"{option}[{name!r}] must be a str, not {type(value).__name__}")
        elif not value.strip():
            problems.append(f"{option}[{name!r}] is empty; give a value or leave it out")
        elif name in _VALUES and not _VALUES[name][0].match(value.strip()):
            problems.append(f"{option}[{name!r}] must be {_VALUES[name][1]}")
    provider = properties.get(CREDENTIALS_PROVIDER)
    for needy, needed in _NEEDS.items():
        if provider == needy and not properties.get(needed):
            problems.append(f"{option}: {needed!r} is missing; {needy} needs it")
    if isinstance(provider, str) and provider not in CREDENTIALS_PROVIDERS:
        problems.append(
            f"{option}[{CREDENTIALS_PROVIDER!r}] must be one of "
            f"{', '.join(CREDENTIALS_PROVIDERS)}, in capitals"
        )
    if provider == "BASIC" or _BASIC_ACCESS_KEY_ID in properties or _BASIC_SECRET_KEY in properties:
        problems.extend(
            f"{option}: {name!r} is missing; BASIC credentials need key id and secret"
            for name in (_BASIC_ACCESS_KEY_ID, _BASIC_SECRET_KEY)
            if not properties.get(name)
        )
    return problems


def endpoint_problem(endpoint: str) -> str | None:
    """What is wrong with an endpoint URL, or None."""
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if usable:
        return None
    return (
        "the endpoint must be a URL such as http://localhost:8000 (aws.endpoint, AWS_ENDPOINT_URL)"
    )


def plain_http_warning(endpoint: str) -> str | None:
    """What to say of an endpoint without TLS that another machine may answer; None for others."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if parts.scheme != "http" or host == "localhost" or host.endswith(".localhost"):
        return None
    try:
        if ipaddress.ip_address(host).is_loopback:
            return None
    except ValueError:
        pass  # a name, which may mean any machine
    return (
        f"The endpoint http://{host} is not on this machine and has no TLS: records and session"
        " tokens travel unencrypted. Use https:// (aws.endpoint, AWS_ENDPOINT_URL)."
    )


def _profile_region(environ: Mapping[str, str]) -> str | None:
    path = Path(environ.get("AWS_CONFIG_FILE") or "~/.aws/config")
    profile = environ.get("AWS_PROFILE") or "default"
    # The file may hold "%" and sections of other tools; only two lines of it matter here.
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read(path.expanduser(), encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return None
    for section in (f"profile {profile}", profile) if profile != "default" else ("default",):
        if config.has_option(section, "region"):
            return config.get(section, "region").strip() or None
    return None
