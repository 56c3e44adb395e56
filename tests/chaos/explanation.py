"""Whether what an endpoint saw of one key can come from what the sink was given.

The given writes of a key are `Given`s in order, and the seen ones `Seen`s. A job that crashed ran
in several attempts, each from a checkpoint: the sink's state brings the writes that were not
confirmed then, the source the elements after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Given(NamedTuple):
    """A write that the sink was given.

    Attributes:
        label: What tells it from the key's other writes; None for a delete, which has nothing.
        element: Number of the element that it was in.
    """

    label: object
    element: int


class Seen(NamedTuple):
    """A write that the endpoint saw.

    Attributes:
        label: As in `Given`.
        attempt: Number of the job's attempt that sent it, from 1.
        confirmed: Whether the writer certainly knows that it was applied.
    """

    label: object
    attempt: int
    confirmed: bool = False


class Rules(NamedTuple):
    """What the sink promised.

    Attributes:
        overwrite: A newer write may replace one that waits, so that it is never seen.
        flushed: A checkpoint has waited for all before it, so that nothing of it comes again.
        attempts: How many there were.
        resumed: The first element of each attempt, as far as it had any.
    """

    overwrite: bool = False
    flushed: bool = False
    attempts: int = 1
    resumed: Mapping[int, int] = {}


def complaint(given: Sequence[Given], seen: Sequence[Seen], rules: Rules) -> str | None:
    """Why the writes seen of one key cannot be explained; None if they can.

    Within an attempt the writes go forward through those given, without a gap unless they
    overwrite each other. One that was not confirmed may come several times in a row. A later
    attempt may start again at an earlier write, but at none so late that one was never seen, and
    at none later than where its source resumed. The last attempt ends with the last write.
    """
    # Deletes look alike, so there can be several explanations: (last write, newest write so far).
    states = {(-1, -1)}
    for number, write in enumerate(seen):
        new_attempt = number == 0 or seen[number - 1].attempt != write.attempt
        repeatable = number > 0 and not seen[number - 1].confirmed
        reached = set()
        for current, newest in states:
            for position in range(len(given)):
                if given[position].label != write.label:
                    continue
                if new_attempt:
                    fits = _may_start(position, newest, write.attempt, given, rules)
                elif position == current:
                    fits = repeatable
                else:
                    fits = position == current + 1 or (rules.overwrite and position > current)
                if fits:
                    reached.add((position, max(newest, position)))
        if not reached:
            where = sorted({current for current, _ in states})
            around = list(seen[max(0, number - 4) : number + 3])
            return (
                f"write {number} of {len(seen)} seen, {write}, cannot follow position {where} of "
                f"the {len(given)} given; around it: {around}"
            )
        states = reached
    last = len(given) - 1
    if not any(_may_end(state, last, seen, given, rules) for state in states):
        where = sorted({current for current, _ in states})
        return f"{len(seen)} writes seen end at position {where} of {last}"
    return None


def _source_starts_at(given: Sequence[Given], attempt: int, rules: Rules) -> int:
    """The first position that the source of an attempt brought."""
    resumed = 0 if attempt == 1 else rules.resumed.get(attempt)
    if resumed is None:
        return len(given)
    return next((n for n, write in enumerate(given) if write.element >= resumed), len(given))


def _may_start(
    position: int, newest: int, attempt: int, given: Sequence[Given], rules: Rules
) -> bool:
    from_source = _source_starts_at(given, attempt, rules)
    if rules.flushed and position < from_source:
        return False
    return rules.overwrite or position <= min(newest + 1, from_source)


def _may_end(
    state: tuple[int, int], last: int, seen: Sequence[Seen], given: Sequence[Given], rules: Rules
) -> bool:
    current, newest = state
    if seen and seen[-1].attempt == rules.attempts:
        return current == last
    # The last attempt brought nothing of this key, so it must have had nothing.
    nothing_left = _source_starts_at(given, rules.attempts, rules) == len(given)
    return nothing_left and current == newest == last
