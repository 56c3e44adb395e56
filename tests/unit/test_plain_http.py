"""TLS is the rule; an endpoint without it that is elsewhere is warned about, once."""

from __future__ import annotations

import logging

import pytest

from pyflink_dynamodb import DynamoDbSink, _config
from pyflink_dynamodb._aws import plain_http_warning


# The same rows as in PlainHttpTest.java.
@pytest.mark.parametrize(
    ("endpoint", "exposed"),
    [
        ("http://localhost:8000", False),
        ("http://dynamodb.localhost", False),
        ("http://127.0.0.1:8000", False),
        ("http://127.1.2.3", False),
        ("http://[::1]:8000", False),
        ("https://dynamodb.example", False),
        ("http://dynamodb.example", True),
        ("http://10.0.0.7:8000", True),
        ("http://[fe80::1]", True),
        ("http://127.0.0.1.example", True),
        ("http://localhost.example", True),
    ],
)
def test_only_what_another_machine_may_answer(endpoint: str, exposed: bool) -> None:
    """By what the URL says; no name is looked up for it."""
    assert (plain_http_warning(endpoint) is not None) == exposed


def test_a_sink_says_it_once_and_works(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log line, no error: in a network of containers it is wanted."""
    monkeypatch.setattr(_config, "_warned", set())
    properties = {"aws.region": "eu-west-1", "aws.endpoint": "http://dynamodb.example:8000"}
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            DynamoDbSink(table_name="orders", dynamodb_properties=properties)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "http://dynamodb.example" in record.message and "https://" in record.message


def test_tls_is_on_by_default(caplog: pytest.LogCaptureFixture) -> None:
    """Without an endpoint it is AWS's own, and nothing needs to be said."""
    with caplog.at_level(logging.WARNING):
        DynamoDbSink(table_name="orders", dynamodb_properties={"aws.region": "eu-west-1"})
    assert caplog.records == []
