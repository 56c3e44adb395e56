"""The item size that the sink computes is the one by which the service draws its limit."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from pyflink_dynamodb import RejectionPolicy, WriteRequest

LIMIT = 409_600
# Names and values that count in ways of their own; `pad` fills the item up to the size wanted.
CONTENT = {
    "text": {"naïve 😀": "é\n"},
    "numbers": {"n": Decimal("-1.23E-5"), "m": 12, "zero": 0},
    "nested": {"list": [1, None, {"a": b"\x00\xff"}], "map": {"b": True, "c": []}},
    "sets": {"s": {"a", "bb"}, "ns": {Decimal("10.1"), 7}, "bs": {b"x"}},
}


def sized(dynamodb_client, table, content):
    """An item of exactly the limit: the largest that the service itself takes."""
    low, high = LIMIT - 1_000, LIMIT
    while low < high:
        middle = (low + high + 1) // 2
        item = {**content, "pk": "probe", "pad": "x" * middle}
        wire = json.loads(WriteRequest.put(item).to_json())["PutRequest"]["Item"]
        try:
            dynamodb_client.put_item(TableName=table, Item=_for_boto(wire))
            low = middle
        except ClientError as error:
            assert "size" in str(error)  # noqa: PT017 - any other refusal would be our mistake
            high = middle - 1
    return low


def _for_boto(wire):
    """Boto3 takes binary as bytes, the wire has base64."""
    import base64

    def value(attribute):
        ((tag, content),) = attribute.items()
        if tag == "B":
            return {tag: base64.b64decode(content)}
        if tag == "BS":
            return {tag: [base64.b64decode(each) for each in content]}
        if tag == "L":
            return {tag: [value(each) for each in content]}
        if tag == "M":
            return {tag: {name: value(each) for name, each in content.items()}}
        return attribute

    return {name: value(attribute) for name, attribute in wire.items()}


@pytest.mark.parametrize("kind", CONTENT)
def test_the_largest_item_goes_in_and_one_byte_more_is_rejected_before_sending(
    kind, environment, submit, new_table, new_sink, items, dynamodb_client, endpoint, tmp_path
) -> None:
    """409,600 bytes by DynamoDB's rule, found by asking the service; 409,601 never reach it."""
    probe, table = new_table(), new_table()
    pad = sized(dynamodb_client, probe, CONTENT[kind])
    fits = {**CONTENT[kind], "pk": "exact", "pad": "x" * pad}
    # One character longer than "exact" is one byte more, as is one of the padding.
    too_large = {**CONTENT[kind], "pk": "exact", "pad": "x" * (pad + 1)}
    env = environment()
    letters = tmp_path / "letters"
    sink = new_sink(
        table, endpoint.endpoint, rejection_policy=RejectionPolicy.dead_letter(str(letters))
    )
    env.from_collection([fits, {**too_large, "other": None}, too_large]).sink_to(sink).name("sizes")
    submit(env).wait()

    (written,) = items(table)
    assert len(written["pad"]) == pad
    lines = [
        json.loads(line)
        for file in letters.glob("**/*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    assert [line["error_code"] for line in lines] == ["ItemTooLarge"] * 2
    assert f"has {LIMIT + 1} bytes" in lines[1]["error_message"]
    assert sum(size * times for size, times in endpoint.record.batch_sizes.items()) == 1
