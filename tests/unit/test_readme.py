"""What the README says of the options is what the code does."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from pyflink_dynamodb import DynamoDbSinkBuilder
from pyflink_dynamodb._config import SinkConfig
from pyflink_dynamodb._streams_config import INITIAL_TIMESTAMP, StreamsConfig

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `set_(\w+)` \| ([^|]+) \|", README, re.MULTILINE))
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_are_python(number: int) -> None:
    """Each compiles; the first is run by tests/packaging."""
    compile(EXAMPLES[number], f"README example {number}", "exec")


def test_sinks_are_configured_as_shown() -> None:
    """The second example needs neither a JVM nor a table, so it is run here."""
    exec(EXAMPLES[1], {"__name__": "__main__"})


def test_annotated_fields_are_read_as_shown() -> None:
    """So is the one that reads an item."""
    (example,) = [example for example in EXAMPLES if "from_item(" in example]
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(example, "README", "exec", dont_inherit=True), names)
    assert (names["session"].user_id, names["session"].pages) == ("u1", ["/"])
    assert names["session"].started.year == 2020


def test_every_option_has_a_row() -> None:
    """No setter is missing, none is made up."""
    setters = {name[4:] for name in vars(DynamoDbSinkBuilder) if name.startswith("set_")}
    assert set(ROWS) == setters


@pytest.mark.parametrize(
    "option",
    [field for field in dataclasses.fields(SinkConfig) if isinstance(field.default, (bool, int))],
    ids=lambda option: option.name,
)
def test_default_is_the_real_one(option: dataclasses.Field[object]) -> None:
    """Numbers and switches stand there as Python writes them, thousands apart."""
    expected = option.default if isinstance(option.default, bool) else f"{option.default:,}"
    assert ROWS[option.name].strip() == f"{expected}"


SQL_ROWS = re.findall(r"^\| `(sink\.[\w.-]+)` \| ([^|]+) \| `(\w+)`", README, re.MULTILINE)


@pytest.mark.parametrize(("option", "default", "name"), SQL_ROWS)
def test_an_option_of_sql_has_the_default_of_the_sink(option: str, default: str, name: str) -> None:
    """Where it is called otherwise, it is the same thing."""
    fields = {field.name: field for field in dataclasses.fields(SinkConfig)}
    if option == "sink.rejection-policy":
        assert default.strip("` ") == fields["rejection_policy"].default.kind  # type: ignore[union-attr]
    elif option == "sink.init-mode":
        assert default.strip("` ") == fields["init_mode"].default
    elif default.endswith("mb"):
        assert int(default.split(maxsplit=1)[0]) * 1024 * 1024 == fields[name].default
    else:
        value = fields[name].default
        expected = str(value).lower() if isinstance(value, bool) else f"{value:,}"
        assert default.strip() == expected


STREAM_ROWS = dict(re.findall(r"^\| `(flink\.[\w.]+)` \| ([^|]+) \|", README, re.MULTILINE))


def test_the_keys_of_the_streams_source_have_their_real_defaults() -> None:
    """Every key has a row, and none is made up."""
    config = StreamsConfig(table_name="orders", source_config={"aws.region": "eu-west-1"})
    properties = config.validated().java_options()["properties"]
    defaults = {name: text for name, text in properties.items() if name.startswith("flink.")}

    assert {name: text.strip() for name, text in STREAM_ROWS.items()} == {
        **defaults,
        INITIAL_TIMESTAMP: "none",
    }
