"""What build() accepts and refuses; none of it needs Java."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pyflink_dynamodb import DynamoDbSink, RejectionPolicy, write_dynamodb
from pyflink_dynamodb.errors import InvalidConfigurationError, PyFlinkDynamoDbError

REGION = {"aws.region": "eu-west-1"}
SECRET = "wJalrXUtnFEMI"


@pytest.fixture(autouse=True)
def no_aws_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own AWS settings reaches a test."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def problems(**options: Any) -> tuple[str, ...]:
    options = {"table_name": "orders", "dynamodb_properties": REGION, **options}
    with pytest.raises(InvalidConfigurationError) as raised:
        DynamoDbSink(**options)
    assert all(problem in str(raised.value) for problem in raised.value.problems)
    return tuple(raised.value.problems)


def only_problem(**options: Any) -> str:
    (problem,) = problems(**options)
    return problem


def test_a_table_name_and_a_region_are_enough() -> None:
    DynamoDbSink(table_name="orders", dynamodb_properties=REGION)
    DynamoDbSink.builder().set_table_name("orders").set_dynamodb_properties(REGION).build()


def test_every_setter_of_the_builder_is_a_keyword_of_the_constructor() -> None:
    options: dict[str, Any] = {
        "dynamodb_properties": REGION,
        "table_name": "orders",
        "element_converter": lambda element: {"pk": element},
        "overwrite_by_partition_keys": ["pk", "sk"],
        "fail_on_error": True,
        "max_batch_size": 10,
        "max_in_flight_requests": 3,
        "max_buffered_requests": 100,
        "max_time_in_buffer_ms": 250,
        "max_batch_size_in_bytes": 1024 * 1024,
        "max_record_size_in_bytes": 100_000,
        "max_buffered_bytes": 8 * 1024 * 1024,
        "request_timeout_ms": 5_000,
        "rejection_policy": RejectionPolicy.skip(),
        "flush_on_checkpoint": True,
        "key_schema": (("pk", "S"), "sk"),
        "init_mode": "replace",
        "provisioned_throughput": (1, 2),
        "report_consumed_capacity": True,
        "shuffle_by_key": True,
    }
    builder = DynamoDbSink.builder()
    for name, value in options.items():
        values = value if name in ("key_schema", "provisioned_throughput") else (value,)
        assert getattr(builder, f"set_{name}")(*values) is builder
    built = builder.build()._config
    assert built == DynamoDbSink(**options)._config
    plain = DynamoDbSink(table_name="orders", dynamodb_properties=REGION)._config
    for name in options.keys() - {"dynamodb_properties", "table_name"}:
        assert getattr(built, name) != getattr(plain, name), f"set_{name} changes nothing"


def test_a_setter_only_stores() -> None:
    builder = DynamoDbSink.builder().set_table_name("orders").set_dynamodb_properties(REGION)
    builder.set_max_batch_size(26)
    with pytest.raises(InvalidConfigurationError):
        builder.build()
    builder.set_max_batch_size(25).build()


def test_one_builder_makes_independent_sinks() -> None:
    keys = ["pk"]
    builder = DynamoDbSink.builder().set_dynamodb_properties(REGION).set_table_name("first")
    first = builder.set_overwrite_by_partition_keys(keys).build()
    keys.append("sk")
    second = builder.set_table_name("second").build()
    assert [sink._config.table_name for sink in (first, second)] == ["first", "second"]
    assert list(first._config.overwrite_by_partition_keys) == ["pk"]


def test_no_table_name() -> None:
    problem = only_problem(table_name=None)
    assert "table_name" in problem or "set_table_name" in problem


@pytest.mark.parametrize("name", ["", "ab", "two words", "x" * 256, "ünïcode"])
def test_a_name_that_no_table_can_have(name: str) -> None:
    assert "table" in only_problem(table_name=name)


def test_no_region_anywhere_names_every_place_it_could_come_from() -> None:
    problem = only_problem(dynamodb_properties={})
    assert "aws.region" in problem
    assert "AWS_REGION" in problem


def test_no_region_with_an_endpoint_is_still_no_region() -> None:
    problem = only_problem(dynamodb_properties={"aws.endpoint": "http://127.0.0.1:8000"})
    assert "aws.region" in problem


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_may_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "eu-north-1")
    DynamoDbSink(table_name="orders")


@pytest.mark.parametrize("profile", ["default", "staging"])
def test_the_region_may_come_from_the_profile_in_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str
) -> None:
    section = profile if profile == "default" else f"profile {profile}"
    (tmp_path / "config").write_text(f"[{section}]\nregion = eu-south-1\n", encoding="utf-8")
    monkeypatch.setenv("AWS_PROFILE", profile)
    DynamoDbSink(table_name="orders")
    monkeypatch.setenv("AWS_PROFILE", "another")
    assert "region" in only_problem(dynamodb_properties={})


def test_26_requests_in_a_batch_are_more_than_dynamodb_takes() -> None:
    problem = only_problem(max_batch_size=26)
    assert "max_batch_size" in problem
    assert "25" in problem


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_batch_size", 0),
        ("max_batch_size", -1),
        ("max_batch_size", "ten"),
        ("max_batch_size", 2.5),
        ("max_in_flight_requests", 0),
        ("max_buffered_requests", 0),
        ("max_buffered_requests", 24),
        ("max_time_in_buffer_ms", 0),
        ("max_batch_size_in_bytes", 0),
        ("max_batch_size_in_bytes", 16 * 1024 * 1024 + 1),
        ("max_record_size_in_bytes", 0),
        ("max_record_size_in_bytes", 409_601),
        ("max_buffered_bytes", 0),
        ("request_timeout_ms", 0),
        ("rejection_policy", "skip"),
        ("element_converter", 7),
        ("overwrite_by_partition_keys", "pk"),
        ("overwrite_by_partition_keys", ["pk", "pk"]),
        ("overwrite_by_partition_keys", ["pk", ""]),
        ("overwrite_by_partition_keys", ["one", "two", "three"]),
        ("key_schema", "pk"),
        ("key_schema", ["pk", ""]),
        ("key_schema", ["pk", 7]),
        ("key_schema", [("pk", "S"), ("pk", "N")]),
        ("key_schema", [("pk", "s")]),
        ("key_schema", [("pk", "BOOL")]),
        ("key_schema", [("", "S")]),
        ("key_schema", [("pk", "S", "N")]),
        ("key_schema", [("pk", ["S"])]),
        ("key_schema", [(7, "S")]),
        ("init_mode", None),
        ("init_mode", ["replace"]),
        ("provisioned_throughput", 5),
        ("provisioned_throughput", (5,)),
        ("provisioned_throughput", (0, 5)),
        ("provisioned_throughput", (5, True)),
        ("provisioned_throughput", (5, 2.5)),
    ],
)
def test_a_value_outside_its_limits_is_named(option: str, value: object) -> None:
    found = problems(**{option: value})
    assert any(option in problem for problem in found)


def test_limits_themselves_are_allowed() -> None:
    DynamoDbSink(
        table_name="x" * 255,
        dynamodb_properties=REGION,
        max_batch_size=1,
        max_in_flight_requests=1,
        max_time_in_buffer_ms=1,
        max_batch_size_in_bytes=16 * 1024 * 1024,
        max_record_size_in_bytes=409_600,
    )


def test_a_record_larger_than_a_batch_may_be_conflicts() -> None:
    found = problems(max_batch_size_in_bytes=100_000, max_record_size_in_bytes=200_000)
    assert any(
        "max_batch_size_in_bytes" in problem and "max_record_size_in_bytes" in problem
        for problem in found
    )


def test_three_wrong_options_are_all_listed() -> None:
    found = problems(table_name=None, max_batch_size=26, max_in_flight_requests=0)
    assert len(found) == 3
    for name in ("table_name", "max_batch_size", "max_in_flight_requests"):
        assert sum(name in problem for problem in found) == 1


@pytest.mark.parametrize(
    ("misspelt", "nearest"),
    [
        ("aws.regoin", "aws.region"),
        ("aws.endpont", "aws.endpoint"),
        ("aws.credentials.provider.basic.accesskey", "basic.accesskeyid"),
        ("aws.http-client.max_concurrency", "aws.http-client.max-concurrency"),
    ],
)
def test_a_misspelt_property_is_answered_with_the_nearest(misspelt: str, nearest: str) -> None:
    problem = only_problem(dynamodb_properties={**REGION, misspelt: "x"})
    assert misspelt in problem
    assert nearest in problem


def test_a_property_like_nothing_known_is_refused_too() -> None:
    assert "zebra" in only_problem(dynamodb_properties={**REGION, "zebra": "x"})


def test_a_misspelt_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="max_batchsize"):
        DynamoDbSink(table_name="orders", dynamodb_properties=REGION, max_batchsize=10)


def test_a_misspelt_credentials_provider_is_refused() -> None:
    properties = {**REGION, "aws.credentials.provider": "BASCI"}
    assert "BASIC" in only_problem(dynamodb_properties=properties)


def test_half_of_a_key_pair_is_refused() -> None:
    properties = {
        **REGION,
        "aws.credentials.provider": "BASIC",
        "aws.credentials.provider.basic.accesskeyid": "AKIDEXAMPLE",
    }
    assert "basic.secretkey" in only_problem(dynamodb_properties=properties)


@pytest.mark.parametrize("provider", ["AUTO", "ENV_VAR", "SYS_PROP", "PROFILE"])
def test_the_java_connectors_providers_are_known(provider: str) -> None:
    properties = {**REGION, "aws.credentials.provider": provider}
    DynamoDbSink(table_name="orders", dynamodb_properties=properties)


def test_no_secret_shows_in_a_repr() -> None:
    properties = {
        **REGION,
        "aws.credentials.provider.basic.accesskeyid": "AKIDEXAMPLE",
        "aws.credentials.provider.basic.secretkey": SECRET,
        "aws.credentials.provider.basic.sessiontoken": SECRET + "token",
    }
    builder = DynamoDbSink.builder().set_table_name("orders").set_dynamodb_properties(properties)
    sink = builder.build()
    for shown in (repr(builder), str(builder), repr(sink), str(sink)):
        assert SECRET not in shown


def test_no_secret_shows_in_an_error() -> None:
    properties = {
        **REGION,
        "aws.credentials.provider.basic.secretky": SECRET,
        "aws.endpoint": f"not an endpoint {SECRET}",
    }
    found = problems(dynamodb_properties=properties, max_batch_size=26)
    assert any("secretkey" in problem for problem in found)
    assert not any(SECRET in problem for problem in found)


def test_every_error_has_one_base() -> None:
    assert issubclass(InvalidConfigurationError, PyFlinkDynamoDbError)
    assert issubclass(InvalidConfigurationError, ValueError)


def test_configuring_a_sink_starts_no_jvm() -> None:
    """Even a machine without Java can import the package, and build a sink or be told why not."""
    script = (
        "from pyflink_dynamodb import DynamoDbSink\n"
        "DynamoDbSink(table_name='orders', dynamodb_properties={'aws.region': 'eu-west-1'})\n"
        "try:\n"
        "    DynamoDbSink.builder().set_max_batch_size(26).build()\n"
        "except ValueError as error:\n"
        "    print(len(error.problems))\n"
        "import sys\n"
        "gateway = sys.modules.get('pyflink.java_gateway')\n"
        "print(getattr(gateway, '_gateway', None))\n"
    )
    environment = {
        name: text for name, text in os.environ.items() if name not in ("JAVA_HOME", "PATH")
    }
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "PATH": "", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.split() == ["3", "None"], ended.stderr


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"aws.credentials.provider": "ASSUME_ROLE"}, "aws.credentials.provider.role.arn"),
        ({"aws.credentials.provider": "CUSTOM"}, "aws.credentials.provider.custom.class"),
        ({"aws.trust.all.certificates": "yes"}, "aws.trust.all.certificates"),
        ({"aws.http.protocol.version": "HTTP2"}, "aws.http.protocol.version"),
        ({"aws.http-client.read-timeout": "1s"}, "aws.http-client.read-timeout"),
        ({"aws.credentials.provider.profile.name": " "}, "aws.credentials.provider.profile.name"),
    ],
)
def test_a_property_that_cannot_work_is_named(properties: dict[str, str], named: str) -> None:
    found = problems(dynamodb_properties={"aws.region": "eu-west-1", **properties})
    assert [named in problem for problem in found] == [True]


def test_two_declarations_of_the_key_must_agree() -> None:
    found = problems(key_schema=("pk", "sk"), overwrite_by_partition_keys=["pk"])
    assert len(found) == 1
    assert "['pk', 'sk']" in found[0] and "['pk']" in found[0]
    DynamoDbSink(
        "orders",
        dynamodb_properties=REGION,
        key_schema=("pk", "sk"),
        overwrite_by_partition_keys=["sk", "pk"],
    )


@pytest.mark.parametrize(
    ("given", "nearest"),
    [
        ("create_if_not_exist", "create_if_not_exists"),
        ("createIfNotExists", "create_if_not_exists"),
        ("Replace", "replace"),
        ("defualt", "default"),
    ],
)
def test_a_misspelt_init_mode_is_answered_with_the_nearest(given: str, nearest: str) -> None:
    problem = only_problem(init_mode=given, key_schema=("pk",))
    assert "init_mode" in problem
    assert f"did you mean {nearest!r}?" in problem


@pytest.mark.parametrize("mode", ["create_if_not_exists", "replace"])
def test_making_a_table_needs_its_key(mode: str) -> None:
    problem = only_problem(init_mode=mode, overwrite_by_partition_keys=["pk"])
    assert mode in problem
    assert "set_key_schema" in problem


def test_throughput_is_for_a_table_that_is_made() -> None:
    assert "init_mode" in only_problem(provisioned_throughput=(1, 1), key_schema=("pk",))


def test_types_of_keys_are_no_part_of_what_two_declarations_must_agree_in() -> None:
    sink = DynamoDbSink(
        "orders",
        dynamodb_properties=REGION,
        key_schema=[("pk", "S"), "sk"],
        overwrite_by_partition_keys=["pk", "sk"],
    )
    options = sink._config.java_options()
    assert options["key_schema"] == ["pk", "sk"]
    assert options["key_types"] == ["S", None]


def test_write_dynamodb_checks_its_options_before_it_looks_at_the_stream() -> None:
    with pytest.raises(InvalidConfigurationError, match="did you mean 'replace'"):
        write_dynamodb(object(), "orders", "id", init_mode="repalce", dynamodb_properties=REGION)
    with pytest.raises(TypeError, match="no option 'max_btach_size'"):
        write_dynamodb(object(), "orders", "id", max_btach_size=5)
    with pytest.raises(InvalidConfigurationError, match="different attributes"):
        write_dynamodb(object(), "orders", ("id", "S"), "id", dynamodb_properties=REGION)
