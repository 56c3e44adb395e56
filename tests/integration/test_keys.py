"""Keys are compared as the typed values that DynamoDB compares."""

from __future__ import annotations

from decimal import Decimal

COPIES = 20


def test_identical_keys_are_delivered_one_after_the_other(
    environment, submit, new_table, new_sink, items, endpoint
) -> None:
    """A batch that holds a key twice is refused by DynamoDB as a whole."""
    table = new_table()
    env = environment()
    stream = env.from_collection([{"pk": "same", "version": n} for n in range(COPIES)])
    stream.sink_to(new_sink(table, endpoint.endpoint))
    submit(env).wait()

    assert items(table) == [{"pk": "same", "version": COPIES - 1}]
    sent = endpoint.record.sent_by_key(table)
    versions = [int(write.item["version"]["N"]) for write in sent[("same",)]]
    assert versions == list(range(COPIES))
    assert endpoint.record.overlaps == []
    assert endpoint.record.max_batch_size == 1


def test_overwriting_identical_keys_sends_the_last(
    environment, submit, new_table, new_sink, items, endpoint
) -> None:
    table = new_table()
    env = environment()
    stream = env.from_collection([{"pk": "same", "version": n} for n in range(COPIES)])
    stream.sink_to(new_sink(table, endpoint.endpoint, overwrite_by_partition_keys=["pk"]))
    submit(env).wait()

    assert items(table) == [{"pk": "same", "version": COPIES - 1}]
    assert len(endpoint.record.batch_writes) == 1


def test_keys_that_a_separator_would_confuse_are_different_items(
    environment, submit, new_table, new_sink, items
) -> None:
    keys = [("a$b", "c"), ("a", "b$c"), ("a$", "b"), ("a", "$b")]
    env = environment()
    table = new_table("pk", "sk")
    stream = env.from_collection([{"pk": pk, "sk": sk} for pk, sk in keys])
    stream.sink_to(new_sink(table, overwrite_by_partition_keys=["pk", "sk"]))
    submit(env).wait()
    assert sorted((item["pk"], item["sk"]) for item in items(table)) == sorted(keys)


def test_numbers_that_are_equal_are_one_key(
    environment, submit, new_table, new_sink, items
) -> None:
    """In both modes: 1, 1.0, 1.00 and 10E-1 never meet in one batch, and the last one stays."""
    numbers = [1, 1.0, Decimal("1.00"), Decimal("10E-1")]
    records = [{"pk": number, "version": n} for n, number in enumerate(numbers)]
    records += [{"pk": Decimal("-0"), "version": 0}, {"pk": 0, "version": 1}]
    expected = [{"pk": 0, "version": 1}, {"pk": 1, "version": 3}]
    every_write = new_table(key_types={"pk": "N"})
    newest_write = new_table(key_types={"pk": "N"})
    env = environment()
    stream = env.from_collection(records)
    stream.sink_to(new_sink(every_write)).name("every")
    stream.sink_to(new_sink(newest_write, overwrite_by_partition_keys=["pk"])).name("newest")
    submit(env).wait()
    for table in (every_write, newest_write):
        assert sorted(items(table), key=lambda item: item["pk"]) == expected


def test_binary_keys_compare_as_bytes(environment, submit, new_table, new_sink, items) -> None:
    """None of them is UTF-8; decoded leniently they would all be the same text."""
    keys = [b"\xff\xfe", b"\xff\xfd", b"\xc3\x28", b"\x00"]
    env = environment()
    table = new_table(key_types={"pk": "B"})
    stream = env.from_collection([{"pk": key, "n": n} for n in (0, 1) for key in keys])
    stream.sink_to(new_sink(table, overwrite_by_partition_keys=["pk"]))
    submit(env).wait()
    assert sorted((item["pk"], item["n"]) for item in items(table)) == sorted(
        (key, 1) for key in keys
    )


def test_a_key_of_spaces_is_a_key(environment, submit, new_table, new_sink, items) -> None:
    """Not an empty one: DynamoDB takes it."""
    keys = [(" ", "a"), ("  ", "a"), ("a", " ")]
    env = environment()
    table = new_table("pk", "sk")
    stream = env.from_collection([{"pk": pk, "sk": sk} for pk, sk in keys])
    stream.sink_to(new_sink(table, overwrite_by_partition_keys=["pk", "sk"]))
    submit(env).wait()
    assert sorted((item["pk"], item["sk"]) for item in items(table)) == sorted(keys)
