"""What a streams source may be told, and how it says what is wrong."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from stream_records import ARN

from pyflink_dynamodb import (
    CustomShardAssigner,
    DynamoDbStreamsSource,
    DynamoDbStreamsSourceBuilder,
    HashShardAssigner,
    InvalidConfigurationError,
    StreamRecordJsonSchema,
    UniformShardAssigner,
)
from pyflink_dynamodb._streams_config import NUMBERS, StreamsConfig

SECRET = "s3cret"
REGION = {"aws.region": "eu-west-1"}
INITPOS = "flink.stream.initpos"
TIMESTAMP = "flink.stream.initpos.timestamp"
DISCOVERY = "flink.shard.discovery.intervalmillis"
UTC = datetime.timezone.utc
LOCAL_ARN = ARN.replace("eu-west-1", "ddblocal").replace("123456789012", "000000000000")


def properties(environ: dict[str, str] | None = None, **options: Any) -> dict[str, str]:
    """What goes to Java, of a source of the table `orders` unless another is given."""
    if "stream_arn" not in options:
        options = {"table_name": "orders", "source_config": REGION, **options}
    config = StreamsConfig(**options).validated(environ or {"AWS_CONFIG_FILE": "/none"})
    return dict(config.java_options()["properties"])


def problems(environ: dict[str, str] | None = None, **options: Any) -> list[str]:
    with pytest.raises(InvalidConfigurationError) as caught:
        properties(environ, **options)
    return list(caught.value.problems)


def only_problem(environ: dict[str, str] | None = None, **options: Any) -> str:
    (problem,) = problems(environ, **options)
    return problem


def test_a_builder_and_keywords_make_the_same_source() -> None:
    """Every setter has its keyword."""
    options = {
        "stream_arn": ARN,
        "source_config": {INITPOS: "TRIM_HORIZON"},
        "deserialization_schema": StreamRecordJsonSchema(),
        "dynamodb_streams_shard_assigner": HashShardAssigner(),
        "on_data_loss": "continue",
        "bounded": "now",
    }
    builder: Any = DynamoDbStreamsSource.builder()
    for name, value in options.items():
        assert getattr(builder, f"set_{name}")(value) is builder
    setters = {name[4:] for name in vars(DynamoDbStreamsSourceBuilder) if name.startswith("set_")}

    assert setters == {*options, "table_name"}
    assert builder.build()._config == DynamoDbStreamsSource(**options)._config
    assert builder.build()._config.java_options() == {
        "streamArn": ARN,
        "properties": {
            "aws.region": "eu-west-1",
            INITPOS: "TRIM_HORIZON",
            DISCOVERY: "60000 ms",
            "flink.describestream.inconsistencyresolution.retries": "5",
            "flink.dynamodbstreams.numretries": "50",
            "flink.dynamodbstreams.backoff.mindelayduration": "100 ms",
            "flink.dynamodbstreams.backoff.maxdelay": "1000 ms",
            "flink.dynamodbstreams.getrecords.empty.mindelay": "1000 ms",
            "flink.dynamodbstreams.getrecords.nonempty.mindelay": "250 ms",
        },
        "onDataLoss": "continue",
        "assigner": "hash",
        "boundedNow": True,
        "schema": {"kind": "json"},
    }


def test_a_misspelt_option_is_a_type_error() -> None:
    """As with any function."""
    with pytest.raises(TypeError, match="no option 'stream_arm'; it has bounded,"):
        DynamoDbStreamsSource(stream_arm=ARN)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"table_name": None}, "give either the stream"),
        ({"table_name": "orders", "stream_arn": ARN}, "give either the stream"),
        ({"table_name": ARN}, "call set_stream_arn"),
        ({"table_name": "x"}, "3 to 255 characters"),
        ({"table_name": 7}, "3 to 255 characters"),
        ({"stream_arn": "orders"}, "call set_table_name"),
        ({"stream_arn": ARN.partition("/stream")[0]}, "call set_table_name"),
        ({"stream_arn": f"{ARN}/x"}, "must be a stream's ARN"),
        ({"stream_arn": ARN.replace("dynamodb", "kinesis")}, "must be a stream's ARN"),
        ({"stream_arn": ARN.replace("123456789012", "12")}, "must be a stream's ARN"),
        ({"stream_arn": f"{ARN}\n"}, "must be a stream's ARN"),
        ({"stream_arn": 7}, "must be a stream's ARN"),
    ],
)
def test_the_stream_is_named_in_one_way(options: dict[str, Any], says: str) -> None:
    """And what is taken for the other is told apart."""
    assert says in only_problem(source_config=REGION, **options)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso-b"])
@pytest.mark.parametrize("table", ["orders", "a.b-c_D", "x" * 255])
def test_an_arn_of_any_partition_is_taken(partition: str, table: str) -> None:
    """With its region, where none is given; the environment's is another program's."""
    arn = ARN.replace("arn:aws:", f"arn:{partition}:").replace("orders", table)

    assert properties({"AWS_REGION": "eu-north-1"}, stream_arn=arn)["aws.region"] == "eu-west-1"
    table_arn = arn.partition("/stream")[0]
    assert properties(table_name=table_arn, source_config={})["aws.region"] == "eu-west-1"


def test_a_region_that_contradicts_the_arn_needs_an_endpoint() -> None:
    """An emulator has streams of whatever region it likes."""
    other = {"aws.region": "eu-north-1"}
    endpoint = {**other, "aws.endpoint": "http://localhost:4566"}

    assert "eu-west-1" in only_problem(stream_arn=ARN, source_config=other)
    assert properties(stream_arn=ARN, source_config=endpoint)["aws.region"] == "eu-north-1"
    assert properties(stream_arn=ARN, source_config=REGION)["aws.region"] == "eu-west-1"


def test_an_arn_of_dynamodb_local_has_no_region_of_its_own() -> None:
    """Nor is there such an endpoint at AWS."""
    endpoint = {"aws.endpoint": "http://localhost:8000"}

    found = properties(stream_arn=LOCAL_ARN, source_config={**REGION, **endpoint})
    assert found["aws.region"] == "eu-west-1"
    assert "no AWS region" in only_problem(stream_arn=LOCAL_ARN, source_config=endpoint)
    assert "aws.endpoint" in only_problem(stream_arn=LOCAL_ARN, source_config=REGION)


def test_region_and_endpoint_come_from_the_environment_as_in_every_sdk() -> None:
    """The variable of Streams comes before the one for all services."""
    environ = {
        "AWS_REGION": "eu-south-1",
        "AWS_ENDPOINT_URL": "http://localhost:1",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://localhost:2",
    }

    found = properties(environ, source_config={})
    assert (found["aws.region"], found["aws.endpoint"]) == ("eu-south-1", "http://localhost:1")
    environ["AWS_ENDPOINT_URL_DYNAMODB_STREAMS"] = "http://localhost:3"
    assert properties(environ, source_config={})["aws.endpoint"] == "http://localhost:3"


def test_no_region_anywhere_is_a_problem() -> None:
    """Nothing is guessed."""
    assert "no AWS region" in only_problem(source_config={})


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("flink.stream.intpos", INITPOS),
        ("stream.initpos", INITPOS),
        ("flink.shard.discovery.interval", DISCOVERY),
        ("flink.dynamodbstreams.numretry", "flink.dynamodbstreams.numretries"),
        (
            "flink.dynamodbstreams.backoff.mindelay",
            "flink.dynamodbstreams.backoff.mindelayduration",
        ),
        ("aws.regoin", "aws.region"),
    ],
)
def test_a_misspelt_key_is_answered_with_the_nearest(key: str, nearest: str) -> None:
    """Once, whichever kind it is of."""
    problem = only_problem(source_config={**REGION, key: "x"})

    assert repr(key) in problem
    assert f"did you mean {nearest!r}?" in problem


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("60 s", "60000 ms"),
        ("250ms", "250 ms"),
        (" 2 MIN ", "120000 ms"),
        ("1h", "3600000 ms"),
        ("1 day", "86400000 ms"),
        ("5000000 ns", "5 ms"),
        ("3000 µs", "3 ms"),
        ("10 seconds", "10000 ms"),
        ("1000", "1000 ms"),
        (1000, "1000 ms"),
        (datetime.timedelta(minutes=1), "60000 ms"),
    ],
)
def test_durations_are_read_as_flink_reads_them(given: Any, text: str) -> None:
    """Besides, Python's own."""
    assert properties(source_config={**REGION, DISCOVERY: given})[DISCOVERY] == text


@pytest.mark.parametrize(
    "given",
    [
        *("", "soon", "1.5 s", "-1 ms", "1 week", "0", "999 ns", "50 days"),
        *(0, -1, 1.5, True, None, 2**31, datetime.timedelta(microseconds=1_500)),
    ],
)
def test_a_duration_that_is_none_is_refused(given: Any) -> None:
    """With the forms that there are."""
    problem = only_problem(source_config={**REGION, DISCOVERY: given})
    assert f"source_config[{DISCOVERY!r}] must be a duration of 1 to" in problem


@pytest.mark.parametrize("given", ["", "many", "-1", "5 ms", 1.0, True, None, 2**31])
@pytest.mark.parametrize("name", [name for name in NUMBERS if not NUMBERS[name].is_duration])
def test_a_count_is_a_whole_number(name: str, given: Any) -> None:
    """It may be text, as in Flink's configuration."""
    assert "must be a whole number" in only_problem(source_config={**REGION, name: given})
    assert properties(source_config={**REGION, name: " 0 "})[name] == "0"
    assert properties(source_config={**REGION, name: 7})[name] == "7"


def test_the_shorter_wait_is_not_above_the_longer() -> None:
    """Both keys are named."""
    keys = {"flink.dynamodbstreams.backoff.mindelayduration": "2 s"}
    problem = only_problem(source_config={**REGION, **keys})
    assert "backoff.mindelayduration" in problem and "backoff.maxdelay" in problem


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31T12:00+01:00", "2026-01-31T11:00:00.000Z"),
        ("2026-01-31T12:00:00.123999-07:30", "2026-01-31T19:30:00.123Z"),
        (datetime.datetime(2026, 1, 31, 12, 0, 0, 1999, UTC), "2026-01-31T12:00:00.001Z"),
        ("1769860800", "2026-01-31T12:00:00.000Z"),
        ("1769860800.5", "2026-01-31T12:00:00.500Z"),
        (1769860800, "2026-01-31T12:00:00.000Z"),
        (1769860800.25, "2026-01-31T12:00:00.250Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_a_time_to_begin_at_is_never_later_than_the_one_given(given: Any, text: str) -> None:
    """What is finer than a millisecond is cut, or records would be skipped."""
    keys = {INITPOS: "AT_TIMESTAMP", TIMESTAMP: given}
    assert properties(source_config={**REGION, **keys})[TIMESTAMP] == text


@pytest.mark.parametrize(
    "given",
    [
        *("", "yesterday", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z"),
        *("1969-12-31T23:59:59Z", "-1", 1769860800000, -1, True, None),
        datetime.datetime(2026, 1, 31),  # noqa: DTZ001 - that is the point
    ],
)
def test_a_time_without_an_offset_or_out_of_all_bounds_is_refused(given: Any) -> None:
    """Milliseconds where seconds are meant are as far as the year 58,000."""
    keys = {INITPOS: "AT_TIMESTAMP", TIMESTAMP: given}
    problem = only_problem(source_config={**REGION, **keys})
    assert f"source_config[{TIMESTAMP!r}] must be a time with its offset" in problem


def test_the_time_and_the_position_belong_together() -> None:
    """Neither is left out in silence."""
    missing = only_problem(source_config={**REGION, INITPOS: "AT_TIMESTAMP"})
    assert repr(TIMESTAMP) in missing and "missing" in missing
    unused = only_problem(source_config={**REGION, TIMESTAMP: "0"})
    assert "AT_TIMESTAMP only" in unused


def test_a_misspelt_position_is_answered_with_the_nearest() -> None:
    """Capitals do not matter, as in Flink."""
    assert properties(source_config={**REGION, INITPOS: "trim_horizon"})[INITPOS] == "TRIM_HORIZON"
    problem = only_problem(source_config={**REGION, INITPOS: "TRIMHORIZON"})
    assert "did you mean 'TRIM_HORIZON'?" in problem


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (UniformShardAssigner(), "uniform"),
        (HashShardAssigner(), "hash"),
        (CustomShardAssigner("org.example.Mine"), "org.example.Mine"),
        ("org.example.Outer$Mine", "org.example.Outer$Mine"),
    ],
)
def test_an_assigner_goes_to_java_by_name(given: Any, name: str) -> None:
    """Ready ones by a word."""
    source = DynamoDbStreamsSource(stream_arn=ARN, dynamodb_streams_shard_assigner=given)
    assert source._config.java_options()["assigner"] == name


@pytest.mark.parametrize(
    "given", ["uniform", "Mine", "org.1x", "a b.C", "", None, 7, HashShardAssigner]
)
def test_what_is_no_assigner_is_refused(given: Any) -> None:
    """A class of the default package, too: Java cannot import it."""
    problem = only_problem(dynamodb_streams_shard_assigner=given)
    assert "UniformShardAssigner(), HashShardAssigner()" in problem


@pytest.mark.parametrize("given", ["contine", "ignore", None, True])
def test_data_loss_fails_or_continues(given: Any) -> None:
    """There is no third."""
    assert "'fail' or 'continue'" in only_problem(on_data_loss=given)


def test_a_bounded_source_ends_at_a_time() -> None:
    """In ms since 1970, cut."""
    until = datetime.datetime(2026, 1, 31, 12, 0, 0, 1999, UTC)
    keys = {**REGION, INITPOS: "TRIM_HORIZON"}
    options = StreamsConfig(table_name="orders", source_config=keys, bounded=until)
    options = options.validated().java_options()

    assert options["boundedUntilMillis"] == 1769860800001
    assert options["boundedNow"] is False


@pytest.mark.parametrize(
    ("bounded", "keys", "says"),
    [
        ("Now", {INITPOS: "TRIM_HORIZON"}, 'bounded must be "now" or a datetime'),
        (1769860800, {INITPOS: "TRIM_HORIZON"}, 'bounded must be "now" or a datetime'),
        (datetime.datetime(2026, 1, 31), {INITPOS: "TRIM_HORIZON"}, "with an offset"),  # noqa: DTZ001
        ("now", {}, "nothing would be read"),
        (datetime.datetime(2026, 1, 31, tzinfo=UTC), {}, "nothing would be read"),
        (
            datetime.datetime(2026, 1, 31, tzinfo=UTC),
            {INITPOS: "AT_TIMESTAMP", TIMESTAMP: "2026-02-01T00:00:00Z"},
            "nothing would be read",
        ),
    ],
)
def test_an_end_that_leaves_nothing_to_read_is_refused(
    bounded: Any, keys: dict[str, str], says: str
) -> None:
    """Above all the default position with a backfill."""
    assert says in only_problem(source_config={**REGION, **keys}, bounded=bounded)


def test_latest_may_end_in_the_future() -> None:
    """That is a read of some minutes."""
    until = datetime.datetime.now(UTC) + datetime.timedelta(minutes=5)
    assert properties(bounded=until)[INITPOS] == "LATEST"


def test_every_problem_is_listed_at_once() -> None:
    """One run is enough to find them all."""
    found = problems(
        table_name=None,
        source_config={"flink.stream.intpos": "x", DISCOVERY: "soon", "aws.endpoint": "nowhere"},
        deserialization_schema=7,
        dynamodb_streams_shard_assigner=7,
        on_data_loss=7,
        bounded=7,
    )
    assert len(found) == 9


def test_what_is_no_mapping_is_refused() -> None:
    """Flink's Configuration is one of its own, which a test with a JVM reads."""
    assert "source_config must be a mapping" in problems(source_config=["aws.region"])[0]


def test_no_secret_shows() -> None:
    """Neither in a message nor in a repr."""
    keys = {
        **REGION,
        "aws.credentials.provider.basic.accesskeyid": "AKIDEXAMPLE",
        "aws.credentials.provider.basic.secretkey": SECRET,
    }
    builder = DynamoDbStreamsSource.builder().set_table_name("orders").set_source_config(keys)
    source = builder.build()
    for shown in (repr(builder), repr(source), repr(source._config)):
        assert SECRET not in shown
    found = problems(source_config={**keys, INITPOS: SECRET, DISCOVERY: SECRET, TIMESTAMP: SECRET})
    assert not any(SECRET in problem for problem in found)


def test_problems_of_the_client_name_the_option_that_holds_them() -> None:
    """It is called otherwise than the sink's."""
    wrong = {"aws.credentials.provider": "BASCI", "aws.endpoint": "", "aws.region": 7}
    found = problems(stream_arn=ARN, source_config=wrong)

    assert len(found) == 4
    assert sum(problem.startswith("source_config['aws.") for problem in found) == 3
