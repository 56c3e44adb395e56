"""What the pages of the documentation name exists, and their examples are right."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import botocore.validate
import pytest
from named_tests import is_a_test

ROOT = Path(__file__).parents[2]
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}
NAMED_TESTS = re.findall(r"^- `([^`]+)`$", PAGES["guarantees"], re.MULTILINE)


@pytest.mark.parametrize("name", NAMED_TESTS)
def test_the_test_that_proves_a_guarantee_exists(name: str) -> None:
    assert is_a_test(name)


def test_every_guarantee_names_a_test() -> None:
    """Behind each paragraph that begins with bold words stands a list of them."""
    paragraphs = PAGES["guarantees"].split("\n\n")
    claims = [n for n, text in enumerate(paragraphs) if text.startswith("**")]
    assert len(claims) > 12
    assert [paragraphs[n] for n in claims if not paragraphs[n + 1].startswith("- `")] == []


def _said_in_the_sources() -> str:
    """All texts of the package and the jar, with those put together that stand in several parts."""
    files = [
        *(ROOT / "pyflink_dynamodb").rglob("*.py"),
        *(ROOT / "java-bridge/src/main/java").rglob("*.java"),
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r'"\s*(?:\+\s*)?f?"', "", text)  # "a" + "b" of Java, "a" "b" of Python


SOURCES = _said_in_the_sources()
MESSAGES = re.findall(r'\*\*"(.+?)"\*\*', PAGES["errors"])


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_one_of_the_package(message: str) -> None:
    """Word for word, as far as the page quotes it."""
    assert message in SOURCES


def test_every_error_on_the_page_quotes_a_message() -> None:
    """Each term of its lists of definitions."""
    lines = PAGES["errors"].splitlines()
    terms = [lines[number - 1] for number, line in enumerate(lines) if line.startswith(":   ")]
    assert len(terms) > 20
    assert [term for term in terms if not term.startswith('**"')] == []


POLICIES = {
    title: json.loads(text)
    for title, text in re.findall(
        r"^### ([^\n]+)\n(?:(?!^### ).)*?^```json\n(.*?)^```",
        PAGES["security"],
        re.MULTILINE | re.DOTALL,
    )
}
JAVA = "java-bridge/src/main/java/io/github/pyflinkdynamodb"
# What calls the service for each feature, beside DescribeTable: that is one method for several.
CALLERS = {
    "Sink": [f"{JAVA}/client/BatchWriteClient.java"],
    "Tables that the sink creates": [f"{JAVA}/client/TableClient.java"],
    "SQL: scans": [f"{JAVA}/source/ScanReader.java"],
    "SQL: lookup joins": [f"{JAVA}/client/ReadClient.java"],
    "Streams source": [f"{JAVA}/client/StreamsClient.java"],
    "Redrive": ["pyflink_dynamodb/redrive.py"],
    "Proposed schema": ["pyflink_dynamodb/_sampled_schema.py"],
}
WITHOUT_DESCRIBE_TABLE = {"Streams source", "Redrive"}
OPERATIONS = {
    name
    for service in ("dynamodb", "dynamodbstreams")
    for name in botocore.session.get_session().get_service_model(service).operation_names
}


def _called(path: Path) -> set[str]:
    """The operations that a file names: as text in Java, as methods of a client in Python."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".java":
        return OPERATIONS & set(re.findall(r'"([A-Z]\w+)"', text))
    methods = set(re.findall(r"\bclient\.(\w+)\(", text))
    return {name for name in OPERATIONS if botocore.xform_name(name) in methods}


def _actions(policy: dict[str, Any]) -> set[str]:
    (statement,) = policy["Statement"]
    return {action.partition(":")[2] for action in statement["Action"]}


@pytest.mark.parametrize("feature", CALLERS)
def test_a_policy_allows_what_the_feature_calls_and_nothing_else(feature: str) -> None:
    called = set().union(*(_called(ROOT / path) for path in CALLERS[feature]))
    wanted = called if feature in WITHOUT_DESCRIBE_TABLE else called | {"DescribeTable"}

    assert _actions(POLICIES[feature]) == wanted


def test_there_is_a_policy_for_every_operation_that_is_called() -> None:
    """In the whole package, its own tools for tests left out."""
    assert set(POLICIES) == set(CALLERS)
    files = [
        *(ROOT / JAVA).rglob("*.java"),
        *(
            file
            for file in (ROOT / "pyflink_dynamodb").rglob("*.py")
            if "testing" not in file.relative_to(ROOT).parts
        ),
    ]
    called = set().union(*map(_called, files))

    assert called == set().union(*map(_actions, POLICIES.values()))


REQUESTS = [
    json.loads(text)
    for text in re.findall(r"^```json\n(.*?)^```", PAGES["managed-flink"], re.MULTILINE | re.DOTALL)
]


@pytest.mark.parametrize(
    ("request_", "operation"), list(zip(REQUESTS, ["CreateApplication", "UpdateApplication"]))
)
def test_a_request_to_managed_flink_is_one_of_its_api(request_: Any, operation: str) -> None:
    """No name in it is misspelt, none is missing, and each has the right type."""
    model = botocore.session.get_session().get_service_model("kinesisanalyticsv2")
    shape = model.operation_model(operation).input_shape

    problems = botocore.validate.ParamValidator().validate(request_, shape)

    assert not problems.has_errors(), problems.generate_report()
    if operation == "CreateApplication":
        assert request_["RuntimeEnvironment"] in model.shape_for("RuntimeEnvironment").enum


# Those that need neither a JVM nor a table are run.
EXAMPLES = [
    pytest.param(example, page, id=f"{page} {number}")
    for page, text in PAGES.items()
    for number, example in enumerate(
        re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL), start=1
    )
]
RUN = ("tuning", "security", "migration")


@pytest.mark.parametrize(("example", "page"), EXAMPLES)
def test_an_example_is_python(example: str, page: str) -> None:
    """It compiles, and what only configures is run."""
    code = compile(example, f"docs/{page}.md", "exec", dont_inherit=True)
    if page in RUN:
        exec(code, {"__name__": "__main__"})
