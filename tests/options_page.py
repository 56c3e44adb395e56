"""Makes docs/options.md of the code: names, defaults and limits, and what the docstrings say.

`python tests/options_page.py` writes the page; a test fails when it is not what the code gives. The
few texts that stand here are of options that exist in SQL alone, or are keys without a docstring;
each of them has to have one, and none may be left over.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any

from pyflink_dynamodb import DynamoDbSinkBuilder, DynamoDbStreamsSourceBuilder, _aws, _bridge
from pyflink_dynamodb._config import INT_MAX, LIMITS, SinkConfig
from pyflink_dynamodb._streams_config import (
    INITIAL_POSITION,
    INITIAL_TIMESTAMP,
    NUMBERS,
    StreamsConfig,
)

PAGE = Path(__file__).parents[1] / "docs/options.md"
_TABLES = "io.github.pyflinkdynamodb.table."

SQL_TEXTS = {
    "connector": "`dynamodb`",
    "property-version": "Flink's own, in every table",
    "sink.dead-letter.path": "Directory of the dead letters",
    "sink.init-mode": "`create_if_not_exists` creates the table, on demand and with the declared"
    " key in its order, where Flink plans the INSERT; so does EXPLAIN. `replace` is refused for"
    " that reason",
    "sink.rejection-policy": "`fail`, `skip` or `dead_letter`",
    "sink.ignore-nulls": "Leave a column that is NULL out of the item, instead of writing NULL",
    "sink.set-columns": "Array columns that are sets: `'tags;sizes'`. A set that is empty, or has a"
    " member twice or NULL, is rejected",
    "sink.parallelism": "Parallel writers. Flink's own; default: the query's",
    "scan.total-segments": "Parts of the table that can be read at the same time. Default: the"
    " parallelism",
    "scan.page-size": "Most items in a page. Default: what fits into 1 MB",
    "scan.consistent-read": "Each page shows every write that succeeded before it, for twice the"
    " capacity",
    "scan.parallelism": "Flink's own. Default: the job's",
    "lookup.async": "Look up many keys at a time; `false` asks for one after the other",
    "lookup.cache": "`PARTIAL` keeps items as they are looked up. `FULL` is refused",
    "lookup.max-retries": "Tries again after a fault other than throttling",
    "lookup.partial-cache.max-rows": "Most rows in the cache. Flink's own",
    "lookup.partial-cache.expire-after-access": "How long a row stays that nobody asks for."
    " Flink's own",
    "lookup.partial-cache.expire-after-write": "How long a row stays at all. Flink's own",
    "lookup.partial-cache.cache-missing-key": "Whether a key without an item is kept as such."
    " Flink's own",
}
STREAMS_SQL_TEXTS = {
    "connector": "`dynamodb-streams`",
    "property-version": "Flink's own, in every table",
    "table-name": "The table whose latest stream is read. Either this or `stream-arn` is required",
    "stream-arn": "The stream, by its ARN",
    "stream-view-type": "`NEW_IMAGE`, or `KEYS_ONLY` where the key's columns are all",
    "on-data-loss": "`continue` past trimmed records, with a log line and a metric",
    "shard-assigner": "`hash`, or a Java class",
    "scan.startup.mode": "Where a new job begins: also `trim-horizon`, or `timestamp`",
    "scan.startup.timestamp-millis": "For the startup mode `timestamp`: ms since 1970",
    "scan.bounded.mode": "Where it ends: `latest` is the start of the job; or `timestamp`",
    "scan.bounded.timestamp-millis": "For the bounded mode `timestamp`: ms since 1970",
    "scan.parallelism": "Flink's own; another than the job's needs a `PRIMARY KEY`",
    "scan.watermark.emit.strategy": "Flink's own",
    "scan.watermark.alignment.group": "Flink's own",
    "scan.watermark.alignment.max-drift": "Flink's own",
    "scan.watermark.alignment.update-interval": "Flink's own",
    "scan.watermark.idle-timeout": "How long a quiet shard holds watermarks back. Flink's own",
}
KEY_TEXTS = {
    INITIAL_POSITION: "Where a new job begins: `LATEST`, `TRIM_HORIZON` (what the stream still has,"
    " 24 hours) or `AT_TIMESTAMP`",
    INITIAL_TIMESTAMP: "For `AT_TIMESTAMP`: ISO 8601 with an offset, or seconds since 1970",
    "flink.shard.discovery.intervalmillis": "How often to look for new shards; when a shard ends,"
    " that is done at once",
    "flink.describestream.inconsistencyresolution.retries": "Tries again when the list of shards"
    " contradicts itself",
    "flink.dynamodbstreams.numretries": "Tries again of a call that failed; throttling is waited"
    " out",
    "flink.dynamodbstreams.backoff.mindelayduration": "Shortest wait between tries",
    "flink.dynamodbstreams.backoff.maxdelay": "Longest wait between tries",
    "flink.dynamodbstreams.getrecords.empty.mindelay": "Wait after an empty page",
    "flink.dynamodbstreams.getrecords.nonempty.mindelay": "Wait after a page that was not full",
}
_PROVIDER = _aws.CREDENTIALS_PROVIDER
PROPERTY_TEXTS = {
    _aws.REGION: "Left out: `AWS_REGION`, `AWS_DEFAULT_REGION`, then the region of the profile;"
    " found nowhere, `build()` fails",
    _aws.ENDPOINT: "Left out: `AWS_ENDPOINT_URL_DYNAMODB` (streams:"
    " `AWS_ENDPOINT_URL_DYNAMODB_STREAMS`), `AWS_ENDPOINT_URL`, then AWS's own",
    "aws.trust.all.certificates": "`true` takes any certificate, for tests",
    "aws.http.protocol.version": "`HTTP1_1`; DynamoDB speaks no other",
    "aws.http-client.max-concurrency": "Most connections, which the subtasks on one task manager"
    " share. Left out: the limits of sink or source",
    "aws.http-client.read-timeout": "In ms. Left out: the limits of sink or source",
    _PROVIDER: f"One of {', '.join(f'`{name}`' for name in _aws.CREDENTIALS_PROVIDERS)}. Left out:"
    " `BASIC` if a key is given, else `AUTO`, the AWS SDK's usual chain",
    ".basic.accesskeyid": "For `BASIC`",
    ".basic.secretkey": "For `BASIC`",
    ".basic.sessiontoken": "For `BASIC` with temporary credentials",
    ".profile.path": "For `PROFILE`. Left out: the usual file",
    ".profile.name": "For `PROFILE`. Left out: `default`",
    ".role.arn": "Needed by `ASSUME_ROLE`; for `WEB_IDENTITY_TOKEN`, left out, `AWS_ROLE_ARN`",
    ".role.sessionName": "A name for the session, which CloudTrail shows",
    ".role.externalId": "What a role of another account may ask for",
    ".role.stsEndpoint": "URL of STS",
    ".role.provider": "The provider of the credentials that ask for the role's; `.role.provider.*`"
    " are its properties, like those of `aws.credentials.provider`",
    ".webIdentityToken.file": "Left out: `AWS_WEB_IDENTITY_TOKEN_FILE`",
    ".custom.class": "Needed by `CUSTOM`: a class on the job's class path with the SDK's"
    " `resolveCredentials()`",
}

_PAGE = """# Options

Made of the code by `python tests/options_page.py`; a test fails where the two differ. Names,
defaults and limits are the Java connector's where it has the option. `build()` reports every
mistake at once and starts no JVM; what only the service can know is said when the job starts. A
misspelt option, key or property is refused with the nearest one there is.

## Sink

Setters of `DynamoDbSink.builder()`; without `set_` they are keywords of `DynamoDbSink` and
`write_dynamodb`.

{sink}

## Streams source

Setters of `DynamoDbStreamsSource.builder()`.

{source}

### Keys of the source's configuration

`set_source_config` takes these and the [properties](#properties). Durations are text as Flink reads
it (`"60 s"`), a number of milliseconds, or a `timedelta`.

{keys}

## SQL: `dynamodb`

Options of the WITH clause. Where the third column is a name, the option is the sink's of that name.

{sql}

## SQL: `dynamodb-streams`

Where the third column is a key, the option is that one of
[the source's configuration](#keys-of-the-sources-configuration).

{streams_sql}

## Properties

Of the AWS client: in Python keys of `set_dynamodb_properties` and `set_source_config`, in SQL
options of the WITH clause, there also under the second name.

{properties}
"""


def page() -> str:
    """The whole page. Starts a JVM, for the options of SQL."""
    return _PAGE.format(
        sink=_table("Setter", "Default", "Allowed", "What it does", rows=_sink_rows()),
        source=_table("Setter", "Default", "What it does", rows=_source_rows()),
        keys=_table("Key", "Default", "What it does", rows=_key_rows()),
        sql=_table("Option", "Default", "What it does", rows=_sql_rows()),
        streams_sql=_table("Option", "Default", "What it does", rows=_streams_sql_rows()),
        properties=_table("Property", "Also in SQL", "What it does", rows=_property_rows()),
    )


def _table(*heads: str, rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _said(method: Any) -> str:
    """A setter's docstring as one paragraph, without the default, which has its own column."""
    text, _, arguments = inspect.getdoc(method).partition("\nArgs:\n")  # type: ignore[union-attr]
    text = re.sub(r" ?Default:? [^.]*(\.\w[^.]*)*\.(?= |$)| Required\.", "", " ".join(text.split()))
    given = re.sub(r" Default: .*", "", " ".join(arguments.split()))
    several = len(inspect.signature(method).parameters) > 2  # self is one
    names = [name for name in inspect.signature(method).parameters if name != "self"]
    for name in names:
        given = given.replace(f"{name}: ", f"`{name}`: " if several else "", 1)
    return f"{text} {given}".strip()


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _sink_rows() -> list[tuple[str, ...]]:
    fields = {field.name: field for field in dataclasses.fields(SinkConfig)}
    special = {
        "table_name": "required",
        "dynamodb_properties": "from the environment",
        "element_converter": "by the stream's type",
        "key_schema": "from DescribeTable",
        "provisioned_throughput": "on demand",
        "rejection_policy": "`RejectionPolicy.fail()`",
        "init_mode": '`"default"`',
    }
    rows = []
    for setter in _setters(DynamoDbSinkBuilder):
        name = setter[len("set_") :]
        default = fields[name].default
        shown = _text(default) if isinstance(default, (bool, int)) else special.get(name, "none")
        limits = LIMITS.get(name)
        allowed = f"{limits[0]:,} to {limits[1]:,}" if limits else ""
        if limits and limits[1] == INT_MAX:
            allowed = f"{limits[0]:,} or more"
        method = getattr(DynamoDbSinkBuilder, setter)
        rows.append((f"`{setter}`", shown, allowed, _said(method)))
    return rows


def _source_rows() -> list[tuple[str, ...]]:
    fields = {field.name: field for field in dataclasses.fields(StreamsConfig)}
    rows = []
    for setter in _setters(DynamoDbStreamsSourceBuilder):
        default = fields[setter[len("set_") :]].default
        shown = f'`"{default}"`' if isinstance(default, str) else "none"
        if setter == "set_dynamodb_streams_shard_assigner":
            shown = "`UniformShardAssigner()`"
        elif setter == "set_deserialization_schema":
            shown = "`StreamRecordSchema()`"
        rows.append((f"`{setter}`", shown, _said(getattr(DynamoDbStreamsSourceBuilder, setter))))
    return rows


def _key_rows() -> list[tuple[str, ...]]:
    defaults = {
        name: f"{number.default} ms" if number.is_duration else str(number.default)
        for name, number in NUMBERS.items()
    }
    config = StreamsConfig(table_name="orders", source_config={"aws.region": "eu-west-1"})
    position = str(config.validated().source_config[INITIAL_POSITION])
    defaults = {INITIAL_POSITION: position, INITIAL_TIMESTAMP: "none", **defaults}
    _check(set(defaults), KEY_TEXTS)
    return [(f"`{name}`", default, KEY_TEXTS[name]) for name, default in defaults.items()]


def _sql_rows() -> list[tuple[str, ...]]:
    options = _options("DynamoDbTableFactory")
    sink_names = {
        str(option.key()): str(name)
        for option, name in dict(_static("DynamoDbTableOptions", "SINK_NAMES")).items()
    }
    _check(set(options) - set(sink_names) | (set(options) & set(SQL_TEXTS)), SQL_TEXTS)
    fields = {field.name: field for field in dataclasses.fields(SinkConfig)}
    rows = []
    for name, own in options.items():
        default, text = own, SQL_TEXTS.get(name, "")
        sink_name = sink_names.get(name)
        if name == "connector":
            default = "required"
        elif name == "table-name":
            default, text = "required", "`table_name`: the table, by name or ARN"
        elif sink_name is not None and sink_name in fields:
            value = fields[sink_name].default
            value = getattr(value, "kind", value)
            if name == "sink.max-buffered-size":
                default = f"{int(str(value)) // 1024**2} mb"
            else:
                default = str(value).lower() if isinstance(value, bool) else _text(value)
            text = f"`{sink_name}`" + (f": {text}" if text else "")
        rows.append((f"`{name}`", default, text))
    return rows


def _streams_sql_rows() -> list[tuple[str, ...]]:
    options = _options("DynamoDbStreamsTableFactory")
    keys = {
        str(option.key()): str(key)
        for option, key in dict(_static("StreamsTableOptions", "SOURCE_KEYS")).items()
    }
    _check(set(options) - set(keys), STREAMS_SQL_TEXTS)
    rows = []
    for name, own in options.items():
        if name in keys:
            number = NUMBERS[keys[name]]
            default = f"{number.default} ms" if number.is_duration else str(number.default)
            rows.append((f"`{name}`", default, f"`{keys[name]}`"))
        else:
            default = "required" if name == "connector" else own
            rows.append((f"`{name}`", default, STREAMS_SQL_TEXTS[name]))
    return rows


def _property_rows() -> list[tuple[str, ...]]:
    in_sql: dict[str, list[str]] = {}
    for name, found in dict(_static("DynamoDbTableOptions", "clientPropertyNames")).items():
        if name != found:
            in_sql.setdefault(str(found), []).append(f"`{name}`")
    shown = sorted(
        name for name in _aws.KNOWN_PROPERTIES if not name.startswith(f"{_PROVIDER}.role.provider.")
    )
    texts = {
        _PROVIDER + name if name.startswith(".") else name: text
        for name, text in PROPERTY_TEXTS.items()
    }
    _check(set(shown), texts)
    return [(f"`{name}`", ", ".join(in_sql.get(name, [])), texts[name]) for name in shown]


def _setters(builder: type) -> list[str]:
    return [name for name in vars(builder) if name.startswith("set_")]


def _check(wanted: set[str], texts: dict[str, str]) -> None:
    missing, left_over = wanted - set(texts), set(texts) - wanted
    if missing or left_over:
        raise AssertionError(f"texts missing: {sorted(missing)}; left over: {sorted(left_over)}")


def _options(factory: str) -> dict[str, str]:
    """Default by option, in the order of their names."""
    made = _class(factory).getDeclaredConstructor(_array("Class")).newInstance(_array("Object"))
    found = {}
    for option in [*made.requiredOptions(), *made.optionalOptions()]:
        default = option.defaultValue() if option.hasDefaultValue() else None
        shown = "none" if default is None or str(default) == "[]" else str(default)
        found[str(option.key())] = {"True": "true", "False": "false"}.get(shown, shown)
    return dict(sorted(found.items()))


def _static(class_name: str, name: str) -> Any:
    """A static field, or what a static method without parameters returns; package-private too."""
    found = _class(class_name)
    if name.isupper():
        field = found.getDeclaredField(name)
        field.setAccessible(True)
        return field.get(None)
    method = found.getDeclaredMethod(name, _array("Class"))
    method.setAccessible(True)
    return method.invoke(None, _array("Object"))


def _class(name: str) -> Any:
    from pyflink.datastream import StreamExecutionEnvironment
    from pyflink.util.java_utils import load_java_class

    _bridge.attach_jar(StreamExecutionEnvironment.get_execution_environment())
    return load_java_class(_TABLES + name)


def _array(of: str) -> Any:
    from pyflink.java_gateway import get_gateway
    from pyflink.util.java_utils import to_jarray

    jvm = get_gateway().jvm
    return to_jarray(getattr(jvm, of), [])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
