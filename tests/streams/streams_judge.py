"""Whether what a job counted of a stream's changes is what was written: all wrong as sentences.

The job keeps a count of changes per key in its state, and notes each change with the count that it
then had. After a crash it goes on from a checkpoint: the counts of a key begin again at some
earlier one, and what was noted after that is no longer in the state.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Noted(NamedTuple):
    """A change as the job noted it.

    Attributes:
        attempt: Tells the attempts of the job apart; later ones have greater numbers.
        key: Text of its primary key.
        count: How many changes of the key the state then held, this one included.
        number: Its sequence number.
        content: What tells its content: the event's name and the item's number.
    """

    attempt: int
    key: str
    count: int
    number: int
    content: str


class Change(NamedTuple):
    """A change that was written.

    Attributes:
        key: Text of its primary key.
        number: Its sequence number.
        content: As in `Noted`.
    """

    key: str
    number: int
    content: str


def read_notes(directory: Path) -> list[Noted]:
    """What the job has noted so far: a file for each attempt and subtask, a line for a change.

    A key has one subtask in an attempt, so its lines are in order.
    """
    notes = [
        Noted(*json.loads(line))  # orjson would make a float of a number of 21 digits
        for file in sorted(directory.glob("*.jsonl"))
        # A look in the middle of a write finds a line without its end.
        for line in file.read_bytes().split(b"\n")[:-1]
    ]
    return sorted(notes, key=lambda note: note.attempt)


def problems(changes: Iterable[Change], notes: Iterable[Noted]) -> Iterator[str]:
    """Everything that is wrong with the job's state in the end, and with the way there.

    Args:
        changes: All that the job must have, and nothing that it must not, in order. The last one
            of each key must have been written when no crash could come any more: otherwise a
            change that a crash lost after it had been noted would look as if it were in the state.
        notes: All that the job noted.
    """
    written: dict[str, dict[int, Change]] = defaultdict(dict)
    for change in changes:
        written[change.key][change.number] = change
    states: dict[str, _State] = defaultdict(_State)
    for note in notes:
        known = written[note.key].get(note.number)
        if known is None:
            yield f"key {note.key}: {_name(note.number)} is none that it must have"
            continue
        if known.content != note.content:
            yield f"key {note.key}: {_name(note.number)} is {note.content}, not {known.content}"
        wrong = states[note.key].take(note)
        if wrong:
            yield f"key {note.key}, attempt {note.attempt}: {wrong}"
    for key, its_changes in written.items():
        yield from _missing(key, its_changes, states[key].numbers)


def unseen(changes: Iterable[Change], notes: Iterable[Noted]) -> int:
    """How many changes the job has never noted."""
    noted = {(note.key, note.number) for note in notes}
    return sum((change.key, change.number) not in noted for change in changes)


class _State:
    """The changes that the job's state holds of a key, as far as its notes tell."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._attempt = -1

    def take(self, note: Noted) -> str | None:
        """Add a change; what is wrong with that."""
        held = len(self.numbers)
        restored = note.attempt != self._attempt
        self._attempt = note.attempt
        wrong = None
        if note.count > held + 1 or (note.count <= held and not restored) or note.count < 1:
            wrong = f"{_name(note.number)} has count {note.count} after {held}"
        del self.numbers[max(note.count - 1, 0) :]
        if self.numbers and note.number == self.numbers[-1]:
            wrong = wrong or f"{_name(note.number)} came twice"
        elif self.numbers and note.number < self.numbers[-1]:
            again = "again " if note.number in self.numbers else ""
            wrong = wrong or f"{_name(note.number)} came {again}after {_name(self.numbers[-1])}"
        self.numbers.append(note.number)
        return wrong


def _missing(key: str, changes: Mapping[int, Change], held: Sequence[int]) -> Iterator[str]:
    counts = Counter(held)
    missing = [number for number in changes if not counts[number]]
    if missing:
        last = "" if held else ", all of them"
        yield f"key {key}: {len(missing)} missing, the first {_name(min(missing))}{last}"
    twice = [number for number, count in counts.items() if count > 1]
    if twice:
        yield f"key {key}: {len(twice)} twice in the state, the first {_name(min(twice))}"


def _name(number: int) -> str:
    return f"change {number}"
