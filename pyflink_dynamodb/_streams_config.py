"""The options of a streams source: names, defaults, limits, and what is wrong with them.

Java holds the same keys, defaults and limits (`streams/StreamsConfig`); a test compares them.
"""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pyflink_dynamodb import _aws
from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.shard_assigner import CustomShardAssigner, UniformShardAssigner
from pyflink_dynamodb.stream_schema import stream_schema

INT_MAX = 2**31 - 1

INITIAL_POSITION = "flink.stream.initpos"
INITIAL_TIMESTAMP = "flink.stream.initpos.timestamp"
INITIAL_POSITIONS = ("LATEST", "TRIM_HORIZON", "AT_TIMESTAMP")
ON_DATA_LOSS = ("fail", "continue")
MIN_BACKOFF = "flink.dynamodbstreams.backoff.mindelayduration"
MAX_BACKOFF = "flink.dynamodbstreams.backoff.maxdelay"


class Number(NamedTuple):
    """A key that holds a number: its default and limits, durations in ms."""

    default: int
    low: int
    high: int
    is_duration: bool = True


# Names and defaults: the Java connector's (DynamodbStreamsSourceConfigConstants).
NUMBERS: Mapping[str, Number] = {
    "flink.shard.discovery.intervalmillis": Number(60_000, 1, INT_MAX),
    "flink.describestream.inconsistencyresolution.retries": Number(5, 0, INT_MAX, False),
    "flink.dynamodbstreams.numretries": Number(50, 0, INT_MAX, False),
    MIN_BACKOFF: Number(100, 0, INT_MAX),
    MAX_BACKOFF: Number(1_000, 0, INT_MAX),
    "flink.dynamodbstreams.getrecords.empty.mindelay": Number(1_000, 0, INT_MAX),
    "flink.dynamodbstreams.getrecords.nonempty.mindelay": Number(250, 0, INT_MAX),
}
KNOWN_KEYS = frozenset({INITIAL_POSITION, INITIAL_TIMESTAMP, *NUMBERS})

# Flink's units (TimeUtils), the long names also in the plural.
_UNITS_NS = {
    **dict.fromkeys(("d", "day", "days"), 86_400_000_000_000),
    **dict.fromkeys(("h", "hour", "hours"), 3_600_000_000_000),
    **dict.fromkeys(("min", "m", "minute", "minutes"), 60_000_000_000),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1_000_000_000),
    **dict.fromkeys(("", "ms", "milli", "millis", "millisecond", "milliseconds"), 1_000_000),
    **dict.fromkeys(("µs", "micro", "micros", "microsecond", "microseconds"), 1_000),
    **dict.fromkeys(("ns", "nano", "nanos", "nanosecond", "nanoseconds"), 1),
}
_DURATION = re.compile(r"\s*([0-9]{1,18})\s*([a-zµ]*)\s*\Z", re.IGNORECASE)
_COUNT = re.compile(r"\s*([0-9]{1,10})\s*\Z")
_ISO_8601 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.([0-9]{1,9}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})\Z"
)
_EPOCH_SECONDS = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?\Z")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)

# Source: developer guide, naming rules, and the API reference, DescribeStream. DynamoDB Local has
# the region ddblocal and the account 000000000000.
_ARN = re.compile(
    r"arn:aws[a-z-]*:dynamodb:(?P<region>[a-z0-9-]+):[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}"
    r"(?P<stream>/stream/[0-9T:.-]+)?\Z"
)
_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}\Z")
_LOCAL_REGION = "ddblocal"


@dataclass(frozen=True)
class StreamsConfig:
    """Options of a source as the user gave them. `validated()` gives those that can be used."""

    stream_arn: str | None = None
    table_name: str | None = None
    source_config: Any = field(default_factory=dict, repr=False)
    deserialization_schema: Any = None
    dynamodb_streams_shard_assigner: Any = field(default_factory=UniformShardAssigner)
    on_data_loss: str = "fail"
    bounded: str | datetime.datetime | None = None

    @property
    def subject(self) -> str:
        """The stream or table, for people."""
        return str(self.stream_arn or self.table_name)

    def validated(self, environ: Mapping[str, str] | None = None) -> StreamsConfig:
        """The same options with every key there is, in one form, region and endpoint explicit.

        Args:
            environ: Environment variables, by default the process's own.

        Raises:
            InvalidConfigurationError: Lists every problem there is.
        """
        environ = os.environ if environ is None else environ
        problems = _listed(self._subject_problem())
        given = _as_mapping(self.source_config, problems)
        properties = self._client_properties(given, environ, problems)
        keys = _canonical_keys(given, problems)
        schema = _collected(problems, stream_schema, self.deserialization_schema)
        assigner = _collected(problems, _assigner, self.dynamodb_streams_shard_assigner)
        if self.on_data_loss not in ON_DATA_LOSS:
            problems.append(
                f"on_data_loss must be {' or '.join(map(repr, ON_DATA_LOSS))}"
                f"{_nearest(self.on_data_loss, ON_DATA_LOSS)}"
            )
        problems.extend(_listed(self._bound_problem(keys)))
        if problems:
            raise InvalidConfigurationError(problems)
        return dataclasses.replace(
            self,
            source_config={**properties, **keys},
            deserialization_schema=schema,
            dynamodb_streams_shard_assigner=assigner,
        )

    def java_options(self) -> dict[str, Any]:
        """The validated options as `DynamoDbStreamsSource.of` in Java takes them.

        Starts a JVM where the schema has a part in it.
        """
        options: dict[str, Any] = {
            "properties": dict(self.source_config),
            "onDataLoss": self.on_data_loss,
            "assigner": self.dynamodb_streams_shard_assigner.java_name(),
            "boundedNow": self.bounded == "now",
            "schema": self.deserialization_schema.java_options(),
        }
        if self.stream_arn is not None:
            options["streamArn"] = self.stream_arn
        if self.table_name is not None:
            options["tableName"] = self.table_name
        if isinstance(self.bounded, datetime.datetime):
            options["boundedUntilMillis"] = _millis(self.bounded)
        return options

    def _subject_problem(self) -> str | None:
        if (self.stream_arn is None) == (self.table_name is None):
            return (
                "give either the stream (set_stream_arn) or its table (set_table_name), whose "
                "latest stream is read"
            )
        if self.stream_arn is None:
            return _table_problem(self.table_name)
        return _stream_problem(self.stream_arn)

    def _client_properties(
        self, given: Mapping[str, Any], environ: Mapping[str, str], problems: list[str]
    ) -> dict[str, str]:
        """The properties of the AWS client, with region and endpoint."""
        properties = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in given.items()
            if name in _aws.KNOWN_PROPERTIES
        }
        problems.extend(_aws.property_problems(properties, "source_config"))
        endpoint = _aws.resolve_endpoint(properties, environ, "DYNAMODB_STREAMS")
        if endpoint:
            properties[_aws.ENDPOINT] = endpoint
            problem = _aws.endpoint_problem(endpoint)
            problems.extend(_listed(problem))
        subject = self.stream_arn or self.table_name
        arn = _ARN.match(subject) if isinstance(subject, str) else None
        of_arn = arn["region"] if arn else None
        if of_arn == _LOCAL_REGION:
            of_arn = None
            if not endpoint:
                problems.append(
                    "the ARN is one of DynamoDB Local: set the property 'aws.endpoint' to its URL"
                )
        if of_arn and properties.get(_aws.REGION, of_arn) != of_arn and not endpoint:
            problems.append(
                f"the ARN is of the region {of_arn}, and the property 'aws.region' says another; "
                "leave that out"
            )
        region = properties.get(_aws.REGION) or of_arn or _aws.resolve_region({}, environ)
        if region:
            properties[_aws.REGION] = region
        else:
            problems.append(
                "no AWS region: set the property 'aws.region', the environment variable "
                "AWS_REGION, or `region` in your AWS profile"
            )
        return properties

    def _bound_problem(self, keys: Mapping[str, str]) -> str | None:
        if self.bounded is None:
            return None
        now = datetime.datetime.now(datetime.timezone.utc)
        until: Any = now if self.bounded == "now" else self.bounded
        if not isinstance(until, datetime.datetime) or until.utcoffset() is None:
            return 'bounded must be "now" or a datetime with an offset'
        if keys[INITIAL_POSITION] == "LATEST" and until <= now:
            return (
                f"bounded ends where {INITIAL_POSITION} = LATEST begins, so that nothing would be "
                f"read: set {INITIAL_POSITION} to TRIM_HORIZON or AT_TIMESTAMP"
            )
        since = _epoch_millis(keys.get(INITIAL_TIMESTAMP))
        if since is not None and since > _millis(until):
            return f"bounded ends before {INITIAL_TIMESTAMP}, so that nothing would be read"
        return None


def _listed(problem: str | None) -> list[str]:
    return [] if problem is None else [problem]


def _table_problem(given: Any) -> str | None:
    arn = _ARN.match(given) if isinstance(given, str) else None
    if arn and arn["stream"]:
        return "table_name is a stream's ARN: call set_stream_arn"
    if arn or (isinstance(given, str) and _TABLE_NAME.match(given)):
        return None
    return "table_name must be 3 to 255 characters of a-zA-Z0-9_.-, or a table's ARN"


def _stream_problem(given: Any) -> str | None:
    arn = _ARN.match(given) if isinstance(given, str) else None
    if arn and arn["stream"]:
        return None
    if arn or (isinstance(given, str) and _TABLE_NAME.match(given)):
        return "stream_arn names a table: call set_table_name, or give the stream's ARN"
    return (
        "stream_arn must be a stream's ARN: "
        "arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>"
    )


def _as_mapping(given: Any, problems: list[str]) -> Mapping[str, Any]:
    if isinstance(given, Mapping):
        return given
    from pyflink.common import Configuration

    if isinstance(given, Configuration):
        return dict(given.to_dict())
    problems.append("source_config must be a mapping of str to str, or a Configuration")
    return {}


def _canonical_keys(given: Mapping[str, Any], problems: list[str]) -> dict[str, str]:
    """Every key of the connector's own in one form, the defaults included."""
    known = KNOWN_KEYS | _aws.KNOWN_PROPERTIES
    problems.extend(
        f"source_config: unknown key {name!r}{_nearest(name, known)}"
        for name in given
        if name not in known
    )
    keys = {INITIAL_POSITION: "LATEST"}
    keys.update((name, _number_text(number, number.default)) for name, number in NUMBERS.items())
    for name, value in given.items():
        if name == INITIAL_POSITION:
            keys[name] = str(value).strip().upper()
        elif name in NUMBERS:
            read = _milliseconds(value) if NUMBERS[name].is_duration else _count(value)
            number = NUMBERS[name]
            if read is None or not number.low <= read <= number.high:
                problems.append(f"source_config[{name!r}] must be {_wanted(number)}")
            else:
                keys[name] = _number_text(number, read)
    if keys[INITIAL_POSITION] not in INITIAL_POSITIONS:
        problems.append(
            f"source_config[{INITIAL_POSITION!r}] must be one of {', '.join(INITIAL_POSITIONS)}"
            f"{_nearest(keys[INITIAL_POSITION], INITIAL_POSITIONS)}"
        )
    if _milliseconds(keys[MIN_BACKOFF]) > _milliseconds(keys[MAX_BACKOFF]):  # type: ignore[operator]
        problems.append(f"source_config[{MIN_BACKOFF!r}] is above {MAX_BACKOFF!r}")
    problems.extend(_listed(_initial_time_problem(given, keys)))
    return keys


def _initial_time_problem(given: Mapping[str, Any], keys: dict[str, str]) -> str | None:
    at_timestamp = keys[INITIAL_POSITION] == "AT_TIMESTAMP"
    if INITIAL_TIMESTAMP not in given:
        missing = f"source_config: {INITIAL_TIMESTAMP!r} is missing; AT_TIMESTAMP needs it"
        return missing if at_timestamp else None
    millis = _epoch_millis(given[INITIAL_TIMESTAMP])
    if millis is None:
        return (
            f"source_config[{INITIAL_TIMESTAMP!r}] must be a time with its offset, such as "
            "2026-01-31T12:00:00+01:00, or seconds since 1970"
        )
    if not at_timestamp:
        return f"source_config: {INITIAL_TIMESTAMP!r} is for {INITIAL_POSITION} = AT_TIMESTAMP only"
    text = (_EPOCH + millis * _MILLISECOND).isoformat(timespec="milliseconds")
    keys[INITIAL_TIMESTAMP] = text.replace("+00:00", "Z")
    return None


def _milliseconds(value: Any) -> int | None:
    """A duration in ms: a timedelta, a number of ms, or text as Flink reads it; None if none."""
    if isinstance(value, datetime.timedelta):
        whole, rest = divmod(value, _MILLISECOND)
        return None if rest else whole
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None or match[2].lower() not in _UNITS_NS:
        return None
    whole, part = divmod(int(match[1]) * _UNITS_NS[match[2].lower()], 1_000_000)
    return None if part else whole


def _count(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _COUNT.match(value) if isinstance(value, str) else None
    return int(match[1]) if match else None


def _epoch_millis(value: Any) -> int | None:
    """A time in ms since 1970, cut, since later would skip records; None if it is no time."""
    try:
        if isinstance(value, datetime.datetime):
            return None if value.utcoffset() is None or value < _EPOCH else _millis(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = f"{value:.9f}" if isinstance(value, float) else str(value)
        text = value.strip() if isinstance(value, str) else ""
        seconds = _EPOCH_SECONDS.match(text)
        if seconds:
            millis = int(seconds[1]) * 1_000 + int(f"{seconds[2] or ''}000"[:3])
            _EPOCH + millis * _MILLISECOND  # beyond the year 9999, when it was given in ms
            return millis
        parts = _ISO_8601.match(text)
        if parts is None:
            return None
        offset = "+00:00" if parts[4] == "Z" else parts[4]
        time = datetime.datetime.fromisoformat(f"{parts[1]}{parts[2] or ':00'}{offset}")
        millis = _millis(time) + int(f"{parts[3] or ''}000"[:3])
    except (OverflowError, ValueError):
        return None
    return None if millis < 0 else millis


def _millis(time: datetime.datetime) -> int:
    return (time - _EPOCH) // _MILLISECOND


def _number_text(number: Number, value: int) -> str:
    return f"{value} ms" if number.is_duration else str(value)


def _wanted(number: Number) -> str:
    if number.is_duration:
        return (
            f"a duration of {number.low} to {number.high} ms: '250 ms', '60 s', a number of "
            "milliseconds or a timedelta"
        )
    return f"a whole number, {number.low} to {number.high}"


def _assigner(given: Any) -> Any:
    """The shard assigner that a user means.

    Raises:
        InvalidConfigurationError: It is none.
    """
    named = hasattr(given, "java_name") and not isinstance(given, type)
    return given if named else CustomShardAssigner(given)


def _collected(problems: list[str], make: Any, given: Any) -> Any:
    try:
        return make(given)
    except InvalidConfigurationError as error:
        problems.extend(error.problems)
        return None


def _nearest(given: Any, known: Collection[str]) -> str:
    """The name that was meant, as the end of a sentence."""
    # The beginning of one name says more than the letters of all.
    begun = [name for name in known if given and name.startswith(str(given))]
    nearest = difflib.get_close_matches(str(given), begun or known, n=1, cutoff=0.6)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
