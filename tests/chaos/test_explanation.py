"""The judge of a key's writes takes what may happen, and nothing else."""

from __future__ import annotations

import pytest
from explanation import Given, Rules, Seen, complaint

# Versions 0 and 1, a delete, version 3: one in each element.
GIVEN = [Given(0, 0), Given(1, 1), Given(None, 2), Given(3, 3)]
OVERWRITE = Rules(overwrite=True)


def seen(*labels, attempt=1, confirmed=False):
    return [Seen(label, attempt, confirmed) for label in labels]


def crashed(resumed, **rules):
    return Rules(attempts=2, resumed={1: 0, 2: resumed}, **rules)


@pytest.mark.parametrize(
    ("writes", "rules"),
    [
        (seen(0, 1, None, 3), Rules()),
        (seen(0, 0, 1, None, None, 3), Rules()),
        (seen(0, 3), OVERWRITE),
        (seen(0, 1) + seen(1, None, 3, attempt=2), crashed(2)),
        (seen(0, 1, None, 3) + seen(0, 1, None, 3, attempt=2), crashed(0)),
        (seen(0, 1, None, 3), crashed(4)),
        (seen(0, 1) + seen(None, 3, attempt=2), crashed(2, flushed=True)),
        (seen(1) + seen(1, 3, attempt=2), crashed(2, overwrite=True)),
    ],
)
def test_what_may_happen(writes, rules) -> None:
    assert complaint(GIVEN, writes, rules) is None


@pytest.mark.parametrize(
    ("writes", "rules"),
    [
        pytest.param(seen(0, 1, 3), Rules(), id="a write left out"),
        pytest.param(seen(0, 1, None), Rules(), id="the last write missing"),
        pytest.param(seen(0, None, 1, 3), Rules(), id="two writes changed places"),
        pytest.param(seen(0, 1, 0, 1, None, 3), Rules(), id="started again without a crash"),
        pytest.param(seen(0, 1, None, 3, 7), Rules(), id="a write that nobody gave"),
        pytest.param(seen(0, 0, 1, None, 3, confirmed=True), Rules(), id="sent again for nothing"),
        pytest.param(seen(), Rules(), id="nothing at all"),
        pytest.param(seen(3, 1), OVERWRITE, id="an older write overwrites a newer one"),
        pytest.param(seen(0, 1), OVERWRITE, id="the newest write missing"),
        pytest.param(seen(0) + seen(None, 3, attempt=2), crashed(2), id="not in the checkpoint"),
        pytest.param(seen(0, 1) + seen(3, attempt=2), crashed(2), id="not read again"),
        pytest.param(seen(0, 1, None), crashed(4), id="gone with the crash"),
        pytest.param(
            seen(0, 1, None, 3) + seen(0, 1, attempt=2), crashed(0), id="ended in the middle"
        ),
        pytest.param(
            seen(0, 1) + seen(1, None, 3, attempt=2),
            crashed(2, flushed=True),
            id="sent again though flushed",
        ),
    ],
)
def test_what_may_not_happen(writes, rules) -> None:
    assert complaint(GIVEN, writes, rules) is not None
