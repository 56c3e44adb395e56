"""Dead letters that are mended arrive; the others are named and kept."""

from __future__ import annotations

import json
import socket

import pytest
from click.testing import CliRunner

from pyflink_dynamodb.cli import main
from pyflink_dynamodb.testing import create_table, scan_items

TABLE = "redrive"


@pytest.fixture(autouse=True)
def table(dynamodb_client, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    create_table(dynamodb_client, TABLE, "pk")
    yield
    dynamodb_client.delete_table(TableName=TABLE)


def letter(request, table=TABLE):
    return json.dumps(
        {"request": request, "error_code": "X", "error_message": "", "table": table, "time": ""}
    )


def run(dynamodb_local, *arguments):
    region = dynamodb_local.properties["aws.region"]
    options = ["--region", region, "--endpoint-url", dynamodb_local.endpoint]
    return CliRunner().invoke(main, ["redrive", *options, *map(str, arguments)])


def test_puts_and_deletes_go_in_order_with_every_type(dynamodb_local, dynamodb_client, tmp_path):
    item = {
        "pk": {"S": "a"},
        "n": {"N": "7"},
        "b": {"B": "//4="},
        "nested": {"M": {"l": {"L": [{"BS": ["AQ=="]}, {"NULL": True}, {"BOOL": False}]}}},
    }
    file = tmp_path / "letters.jsonl"
    file.write_text(
        "\n".join(
            [
                letter({"PutRequest": {"Item": {"pk": {"S": "gone"}}}}),
                letter({"PutRequest": {"Item": item}}),
                letter({"DeleteRequest": {"Key": {"pk": {"S": "gone"}}}}),
                "",
            ]
        )
    )

    result = run(dynamodb_local, file)

    assert (result.exit_code, result.stdout) == (0, "3 sent, 0 left\n")
    assert scan_items(dynamodb_client, TABLE) == [
        {"pk": "a", "n": 7, "b": b"\xff\xfe", "nested": {"l": [{b"\x01"}, None, False]}}
    ]


def test_what_cannot_be_sent_is_named_without_values_and_kept(
    dynamodb_local, dynamodb_client, tmp_path
):
    file, left = tmp_path / "letters.jsonl", tmp_path / "left.jsonl"
    bad = [
        letter({"PutRequest": {"Item": {"other": {"S": "s3cret"}}}}),
        letter({"python_type": "app.Order", "path": "$.price"}),
        "no json s3cret",
        letter({"PutRequest": {"Item": {"pk": {"B": "s3cret!"}}}}),
        letter({"PutRequest": {"Item": {"pk": {"S": "s3cret"}}}}, table="absent"),
    ]
    file.write_text("\n".join([*bad, letter({"PutRequest": {"Item": {"pk": {"S": "ok"}}}})]))

    result = run(dynamodb_local, file, "--left", left)

    assert result.exit_code == 1
    assert "1 sent, 5 left" in result.output
    for number in range(1, 6):
        assert f"{file}:{number}: " in result.output
    assert "ValidationException" in result.output
    assert "ResourceNotFoundException" in result.output
    assert "s3cret" not in result.output
    assert left.read_text().splitlines() == bad
    assert scan_items(dynamodb_client, TABLE) == [{"pk": "ok"}]


def test_lines_are_kept_when_dynamodb_cannot_be_reached(dynamodb_local, tmp_path):
    file, left = tmp_path / "letters.jsonl", tmp_path / "left.jsonl"
    lines = [letter({"PutRequest": {"Item": {"pk": {"S": str(n)}}}}) for n in range(2)]
    file.write_text("\n".join(lines))

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    options = ["--region", "eu-west-1", "--endpoint-url", f"http://127.0.0.1:{port}"]
    result = CliRunner().invoke(main, ["redrive", *options, str(file), "--left", str(left)])

    assert result.exit_code == 1
    assert "0 sent, 2 left" in result.output
    assert "EndpointConnectionError" in result.output
    assert left.read_text().splitlines() == lines


def test_a_file_is_not_read_and_written_at_once(dynamodb_local, tmp_path):
    file = tmp_path / "letters.jsonl"
    file.write_text("no json\n")

    result = run(dynamodb_local, file, "--left", file)

    assert result.exit_code == 2
    assert "--left" in result.output
    assert file.read_text() == "no json\n"


def test_the_region_is_found_as_the_sink_finds_it(dynamodb_local, tmp_path, monkeypatch):
    """The AWS libraries for Python know AWS_DEFAULT_REGION alone."""
    file = tmp_path / "letters.jsonl"
    file.write_text("no json\n")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    command = ["redrive", "--endpoint-url", dynamodb_local.endpoint, str(file)]

    without = CliRunner().invoke(main, command)
    assert without.exit_code == 2
    assert "AWS_REGION" in without.output

    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert "0 sent, 1 left" in CliRunner().invoke(main, command).output
