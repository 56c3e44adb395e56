"""A record that cannot be written follows the policy, and its neighbours do not notice."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from flink_job import numbers
from pyflink.datastream import MapFunction

from pyflink_dynamodb import RejectionPolicy

PRIVATE = "4111-1111-1111-1111"


class Opaque:
    """A class that no rule converts."""


def dead_letters(directory: Path, table: str) -> list[dict[str, object]]:
    return [
        json.loads(line)
        for file in directory.glob(f"**/{table}-*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


BAD = {
    "MissingKey": {"card": PRIVATE},
    "InvalidKey": {"pk": 7, "card": PRIVATE},
    "ItemTooLarge": {"pk": "big", "text": PRIVATE + "x" * 409_600},
    "InvalidAttributeValueError": {"pk": "nan", "card": PRIVATE, "price": float("nan")},
    "UnsupportedTypeError": {"pk": "object", "lines": [{"thing": Opaque()}]},
}


@pytest.mark.parametrize("mode", ["process", "thread"])
def test_bad_records_are_skipped_or_kept_as_dead_letters(
    mode, environment, submit, new_table, new_sink, items, tmp_path
) -> None:
    """Alone in an element, and as a member of a list between good ones."""
    env = environment(mode)
    stream = env.from_collection(list(range(len(BAD)))).flat_map(
        lambda n: [
            {"pk": f"before-{n}"},
            list(BAD.values())[n],
            [{"pk": f"within-{n}"}, list(BAD.values())[n], {"pk": f"after-{n}"}],
        ]
    )
    skipping, keeping = new_table(), new_table()
    letters = tmp_path / "dead letters, 100%"
    stream.sink_to(new_sink(skipping, rejection_policy=RejectionPolicy.skip())).name("skip")
    policy = RejectionPolicy.dead_letter(str(letters))
    stream.sink_to(new_sink(keeping, rejection_policy=policy)).name("keep")
    submit(env).wait()

    good = {f"{place}-{n}" for place in ("before", "within", "after") for n in range(len(BAD))}
    assert {item["pk"] for item in items(skipping)} == good
    assert {item["pk"] for item in items(keeping)} == good
    assert dead_letters(tmp_path, skipping) == []

    lines = dead_letters(letters, keeping)
    assert sorted(line["error_code"] for line in lines) == sorted(2 * list(BAD))
    for line in lines:
        assert line.keys() == {"request", "error_code", "error_message", "table", "time"}
        assert line["table"] == keeping
        # Java writes up to nine digits of a second, and Python 3.9 reads three or six.
        assert datetime.strptime(re.sub(r"\.\d+Z", "Z", line["time"]), "%Y-%m-%dT%H:%M:%S%z").tzinfo
        assert PRIVATE not in line["error_message"]
    by_code = {line["error_code"]: line["request"] for line in lines}
    assert by_code["InvalidKey"] == {
        "PutRequest": {"Item": {"pk": {"N": "7"}, "card": {"S": PRIVATE}}}
    }
    assert by_code["ItemTooLarge"]["PutRequest"]["Item"]["pk"] == {"S": "big"}
    paths = {line["request"].get("path") for line in lines}
    assert {"$.price", "$[1].price", "$.lines[0].thing", "$[1].lines[0].thing"} <= paths
    assert by_code["UnsupportedTypeError"]["python_type"] == "dict"
    messages = {line["error_code"]: line["error_message"] for line in lines}
    assert "Opaque" in messages["UnsupportedTypeError"]


class FailOnce(MapFunction):
    """Fails once, and leaves behind what was in the dead-letter files at that moment."""

    def __init__(self, letters: Path, left: Path, at: int) -> None:
        self.letters = letters
        self.left = left
        self.at = at

    def map(self, text: str) -> dict[str, object]:
        if int(text) == self.at and not self.left.exists():
            self.left.write_bytes(b"".join(file.read_bytes() for file in self.letters.glob("*")))
            raise RuntimeError("failing once, as the test demands")
        return {"card": PRIVATE, "n": int(text)} if text == "3" else {"pk": text}


def test_a_dead_letter_before_a_checkpoint_survives_the_failure_after_it(
    environment, submit, new_table, new_sink, items, tmp_path
) -> None:
    """It is in a file by then: a machine that is gone cannot write it when it fails."""
    table = new_table()
    env = environment(checkpoint_ms=100, restarts=1)
    letters, left = tmp_path / "letters", tmp_path / "left"
    failing = FailOnce(letters, left, at=22)
    records = numbers(env, tmp_path, count=30, per_checkpoint=5).map(failing)
    policy = RejectionPolicy.dead_letter(letters.as_uri())
    records.sink_to(new_sink(table, rejection_policy=policy)).name("sink").uid("sink")
    submit(env).wait()

    (line,) = dead_letters(letters, table)
    assert line["request"]["PutRequest"]["Item"]["n"] == {"N": "3"}
    assert json.loads(left.read_bytes()) == line
    assert {item["pk"] for item in items(table)} == {str(n) for n in range(30) if n != 3}


def test_the_largest_item_is_written_and_a_byte_more_is_not_sent(
    environment, submit, new_table, new_sink, items, dynamodb_client, tmp_path
) -> None:
    """DynamoDB Local draws its limit at the same byte as the sink."""
    largest = {"pk": "fits", "naïve": "ö" * 204_000}
    # The names and values in UTF-8, by DynamoDB's rule.
    size = sum(len(f"{name}{value}".encode()) for name, value in largest.items())
    largest["rest"] = "x" * (409_600 - size - len("rest"))
    over = {**largest, "pk": "fits!"}
    table = new_table()
    letters = tmp_path / "letters"
    policy = RejectionPolicy.dead_letter(str(letters))
    env = environment()
    stream = env.from_collection([0, 1]).map(lambda n: [largest, over][n])
    stream.sink_to(new_sink(table, rejection_policy=policy)).name("sink")
    submit(env).wait()

    assert items(table) == [largest]
    (line,) = dead_letters(letters, table)
    assert line["error_code"] == "ItemTooLarge"
    wire = {name: {"S": value} for name, value in over.items()}
    with pytest.raises(dynamodb_client.exceptions.ClientError, match="size"):
        dynamodb_client.put_item(TableName=table, Item=wire)
