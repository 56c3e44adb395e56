"""What the README and the pages beside it show of the sink is what the code does."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from pyflink_dynamodb import DynamoDbSinkBuilder
from pyflink_dynamodb._config import SinkConfig
from pyflink_dynamodb._streams_config import INITIAL_TIMESTAMP, StreamsConfig

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}
OPTIONS = DOCS["options"]
ROWS = dict(
    re.findall(
        r"^\| `set_(\w+)` \| ([^|]+) \|", OPTIONS.split("## Streams source")[0], re.MULTILINE
    )
)


def examples(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_first_job_is_the_same_in_both_places() -> None:
    """It compiles; tests/packaging runs it."""
    (example,) = examples(README)
    compile(example, "README", "exec")
    assert examples(DOCS["index"]) == [example]


def test_the_readme_leads_to_every_page() -> None:
    """And to no page that is not there."""
    assert set(re.findall(r"\]\(docs/([\w-]+)\.md", README)) == set(DOCS)


def test_sinks_are_configured_as_shown() -> None:
    """The example needs neither a JVM nor a table, so it is run here."""
    exec(examples(DOCS["sink"])[0], {"__name__": "__main__"})


def test_annotated_fields_are_read_as_shown() -> None:
    """So is the one that reads an item."""
    (example,) = examples(DOCS["types"])
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(example, "docs/types.md", "exec", dont_inherit=True), names)
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


SQL_ROWS = re.findall(r"^\| `(sink\.[\w.-]+)` \| ([^|]+) \| `(\w+)`", OPTIONS, re.MULTILINE)


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


STREAM_ROWS = dict(re.findall(r"^\| `(flink\.[\w.]+)` \| ([^|]+) \|", OPTIONS, re.MULTILINE))


def test_the_keys_of_the_streams_source_have_their_real_defaults() -> None:
    """Every key has a row, and none is made up."""
    config = StreamsConfig(table_name="orders", source_config={"aws.region": "eu-west-1"})
    properties = config.validated().java_options()["properties"]
    defaults = {name: text for name, text in properties.items() if name.startswith("flink.")}

    assert {name: text.strip() for name, text in STREAM_ROWS.items()} == {
        **defaults,
        INITIAL_TIMESTAMP: "none",
    }
