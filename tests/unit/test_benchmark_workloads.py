"""The records that the benchmarks write are what their report says of them."""

from __future__ import annotations

import dataclasses

import pytest
from boto3.dynamodb.types import TypeSerializer

from benchmarks.workloads import RECORD_CLASSES, ZIPF_DRAWS, record_maker, to_dict
from pyflink_dynamodb import DataclassElementConverter
from pyflink_dynamodb.converters import ElementEncoder

pytestmark = pytest.mark.unit


def encoder(workload):
    return ElementEncoder(DataclassElementConverter(RECORD_CLASSES[workload]), False)


@pytest.mark.parametrize("workload", RECORD_CLASSES)
def test_both_sides_can_write_every_record(workload):
    """Neither our converter nor boto3 refuses one; the flights have gaps."""
    make, encode = record_maker(workload, 1_000_000, 1), encoder(workload)
    serialize = TypeSerializer().serialize

    for number in range(0, 60_000, 7 if workload == "flights" else 1_009):
        record = make(number)
        assert len(encode(record)) > 100
        assert to_dict(record)["id"] == record.id
        assert set(serialize(to_dict(record))["M"]) == {
            field.name for field in dataclasses.fields(record)
        }


@pytest.mark.parametrize(
    ("workload", "smallest", "largest"),
    [("flat", 130, 150), ("order", 1_700, 2_100), ("large", 100 * 1024, 101 * 1024)],
)
def test_records_have_the_size_that_the_report_names(workload, smallest, largest):
    """About 140 bytes, 2 KB and 100 KB on the wire."""
    length = len(encoder(workload)(record_maker(workload, 1_000_000, 1)(1_234_567)))

    assert smallest <= length <= largest


def test_a_list_holds_the_records_that_single_elements_would_be():
    """Lists and single elements write the same records in the same order."""
    single, lists = record_maker("flat", 100, 1), record_maker("flat", 100, 25)

    assert [*lists(0), *lists(1)] == [single(number) for number in range(50)]


def test_there_are_as_many_keys_as_asked_for():
    """Running numbers come back to the first key."""
    make = record_maker("flat", 1_000, 1)

    assert len({make(number).id for number in range(3_000)}) == 1_000


def test_few_keys_of_zipf_get_most_of_the_writes():
    """The first of 100,000 gets a twelfth, by its law: 1 / (1 + 1/2 + ... + 1/100,000)."""
    make = record_maker("zipf", 0, 1)
    drawn = [make(number).id for number in range(0, ZIPF_DRAWS, 10)]

    assert drawn.count("o-0000000") / len(drawn) == pytest.approx(1 / 12.09, rel=0.05)


def test_flights_keep_what_is_not_known():
    """A flight that was cancelled has no departure, and is written without one."""
    make = record_maker("flights", 0, 1)

    assert any(make(number).departure is None for number in range(2_000))
    assert any(make(number).departure is not None for number in range(2_000))
