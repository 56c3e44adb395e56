"""The demo: what it prints, and that it notices what is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from example_run import example_module, run_example
from rich.console import Console


@pytest.fixture(scope="module")
def flights() -> Any:
    """The example as a module."""
    return example_module("flights")


def test_the_demo_ends_well_and_prints_nothing_but_its_own_lines() -> None:
    """Two days of flights: both tables as expected, the rejected ones in dead letters, no noise."""
    run = run_example("flights", "--days", "2")

    rows = {line.split()[0]: line.split()[1:] for line in run.stdout.splitlines() if line.strip()}
    assert (run.returncode, run.stderr) == (0, "")
    assert "1,785 flights of 2 days" in run.stdout
    assert "Every attribute of every item is as it should be." in run.stdout
    # read, written, superseded, dead letters, found, expected
    assert rows["flights"] == ["1,785", "1,785", "0", "0", "1,785", "1,785"]
    _, _, _, letters, found, expected = rows["aircraft"]
    assert letters != "0"
    assert found == expected


def _outcome(flights: Any) -> dict[str, Any]:
    """What a run over two days brings, if all goes well."""
    frame = flights.read_flights(2)
    total = len(frame)
    items = list(flights.items_of(frame))
    lost = [item for item in items if "tail_number" not in item]
    return {
        "frame": frame,
        "counts": {
            "flights": flights.SinkCounts(read=total, sent=total + 3, retried=3),
            "aircraft": flights.SinkCounts(
                read=total, sent=total - len(lost) - 5, superseded=5, rejected=len(lost)
            ),
        },
        "found": {
            "flights": items,
            "aircraft": list(flights.items_of(flights.expected_aircraft(frame))),
        },
        "dead_letters": [
            {
                "table": "aircraft",
                "error_code": "MissingKey",
                "error_message": "no tail number",
                "request": {
                    "PutRequest": {"Item": {key: {"S": item[key]} for key in flights.FLIGHTS_KEY}}
                },
            }
            for item in lost
        ],
    }


def _lose_an_item(outcome: dict[str, Any]) -> None:
    outcome["found"]["flights"].pop()


def _change_an_attribute(outcome: dict[str, Any]) -> None:
    outcome["found"]["aircraft"][0]["destination"] = "XYZ"


def _invent_an_item(outcome: dict[str, Any]) -> None:
    outcome["found"]["aircraft"].append({"tail_number": "N0"})


def _lose_a_dead_letter(outcome: dict[str, Any]) -> None:
    outcome["dead_letters"].pop()


def _count_one_too_few(outcome: dict[str, Any]) -> None:
    counts = outcome["counts"]["flights"]
    outcome["counts"]["flights"] = type(counts)(read=counts.read, sent=counts.read - 1)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (_lose_an_item, "flights: 1 missing"),
        (_change_an_attribute, "aircraft: 1 different"),
        (_invent_an_item, "aircraft: 1 not expected"),
        (_lose_a_dead_letter, "dead letters: "),
        (_count_one_too_few, "does not add up to 1,785"),
    ],
)
def test_the_report_notices_what_is_wrong(flights: Any, harm: Any, says: str) -> None:
    """A run that went well is approved; one with a single thing wrong is not, and told apart."""
    outcome = _outcome(flights)
    console = Console(width=200, record=True)
    assert flights.report(console, **copy.deepcopy(outcome))

    harm(outcome)

    assert not flights.report(console, **outcome)
    assert says in console.export_text()
