"""The judge of stream runs, on histories made by hand."""

from __future__ import annotations

import json

import pytest
from streams_judge import Change, Noted, problems, read_notes, unseen

CHANGES = [
    Change("a", 10, "INSERT 0"),
    Change("b", 20, "INSERT 1"),
    Change("a", 30, "MODIFY 2"),
    Change("a", 40, "REMOVE"),
    Change("b", 50, "MODIFY 4"),
]
CONTENT = {change.number: change.content for change in CHANGES}


def noted(attempt, *history):
    """Make notes of (key, count, number)."""
    return [Noted(attempt, key, count, number, CONTENT[number]) for key, count, number in history]


ALL = [("a", 1, 10), ("b", 1, 20), ("a", 2, 30), ("a", 3, 40), ("b", 2, 50)]


@pytest.mark.parametrize(
    "notes",
    [
        pytest.param(noted(0, *ALL), id="all in one attempt"),
        pytest.param(noted(0, *sorted(ALL)), id="one key later"),
        pytest.param(noted(0, *ALL[:3]) + noted(1, *ALL[3:]), id="a checkpoint right there"),
        pytest.param(noted(0, *ALL[:3]) + noted(1, *ALL[1:]), id="some of it again"),
        pytest.param(noted(0, *ALL[:4]) + noted(1, *ALL), id="all of it again"),
        pytest.param(
            noted(0, *ALL[:4]) + noted(1, *ALL[2:3]) + noted(4, *ALL[2:]), id="two crashes"
        ),
    ],
)
def test_a_history_without_fault_is_passed(notes) -> None:
    assert list(problems(CHANGES, notes)) == []
    assert unseen(CHANGES, notes) == 0


@pytest.mark.parametrize(
    ("notes", "complaint"),
    [
        pytest.param([], "key a: 3 missing, the first change 10, all of them", id="nothing"),
        pytest.param(
            noted(0, *ALL[:2], ("a", 2, 40), ALL[4]),
            "key a: 1 missing, the first change 30",
            id="one skipped",
        ),
        pytest.param(
            noted(0, *ALL[1:2], ("a", 1, 30), ("a", 2, 40), ALL[4]),
            "key a: 1 missing, the first change 10",
            id="the first skipped",
        ),
        pytest.param(noted(0, *ALL[:3], ALL[4]), "key a: 1 missing", id="the last skipped"),
        pytest.param(
            noted(0, *ALL[:3]) + noted(1, ("a", 2, 40), ALL[4]),
            "key a: 1 missing, the first change 30",
            id="one lost by a crash after it was noted",
        ),
        pytest.param(
            noted(0, *ALL[:3], ("a", 3, 30), ("a", 4, 40), ALL[4]),
            "change 30 came twice",
            id="one twice",
        ),
        pytest.param(
            noted(0, *ALL[:3]) + noted(1, ("a", 3, 30), ("a", 4, 40), ALL[4]),
            "attempt 1: change 30 came twice",
            id="one twice by a crash",
        ),
        pytest.param(
            noted(0, *ALL[:4], ("a", 4, 10), ALL[4]),
            "change 10 came again after change 40",
            id="an old one again",
        ),
        pytest.param(
            noted(0, *ALL[:2], ("a", 2, 40), ("a", 3, 30), ALL[4]),
            "change 30 came after change 40",
            id="two swapped",
        ),
        pytest.param(
            noted(0, ALL[0], ("a", 2, 40), ("a", 3, 30)) + noted(1, *ALL),
            "attempt 0: change 30 came after change 40",
            id="two swapped and then restored",
        ),
        pytest.param(
            noted(0, *ALL[:4], ("b", 3, 50)),
            "change 50 has count 3 after 1",
            id="a count too many in the state",
        ),
        pytest.param(
            noted(0, *ALL[:4], ("b", 1, 50)),
            "change 50 has count 1 after 1",
            id="a state that forgets",
        ),
        pytest.param(
            [*noted(0, *ALL), Noted(0, "a", 4, 60, "MODIFY 6")],
            "change 60 is none that it must have",
            id="an invented one",
        ),
        pytest.param(
            [*noted(0, *ALL), Noted(0, "b", 3, 40, "REMOVE")],
            "key b: change 40 is none that it must have",
            id="one of another key",
        ),
        pytest.param(
            [*noted(0, *ALL[:4]), Noted(0, "b", 2, 50, "MODIFY 7")],
            "change 50 is MODIFY 7, not MODIFY 4",
            id="another content",
        ),
    ],
)
def test_a_fault_is_found(notes, complaint) -> None:
    found = list(problems(CHANGES, notes))
    assert any(complaint in problem for problem in found), found


def test_notes_are_read_by_attempt(tmp_path) -> None:
    """From several files, without a line that is not yet all there."""
    first = [Noted(2, "a", 1, 10**21 + 1, "INSERT 0"), Noted(2, "a", 2, 10**21 + 2, "REMOVE")]
    second = noted(10, ALL[1])
    lines = "\n".join([json.dumps(tuple(note)) for note in first])
    (tmp_path / "10-0.jsonl").write_text(json.dumps(tuple(second[0])) + "\n")
    (tmp_path / "2-1.jsonl").write_text(lines + '\n[2,"a",')

    assert read_notes(tmp_path) == [*first, *second]
    assert unseen(CHANGES, read_notes(tmp_path)) == 4
