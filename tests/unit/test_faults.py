"""When the faults of a script strike, and what they add up to."""

from __future__ import annotations

from typing import Any, Callable

import orjson
import pytest

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing import faults
from pyflink_dynamodb.testing._script import Script
from pyflink_dynamodb.testing.faults import Answer, Fault, Limits
from pyflink_dynamodb.testing.request_record import BATCH_WRITE, Key

REQUESTS: list[list[Key]] = [[("a",)], [("b",), ("a",)], [("c",)], [("a",)], [("b",)], [("d",)]]
MANY: list[Key] = [(f"key-{number}",) for number in range(2_000)]


def _struck(fault: Fault, seed: int = 0) -> str:
    script = Script([fault], seed)
    return "".join("x" if script.plan(BATCH_WRITE, keys).faults else "-" for keys in REQUESTS)


def _body(fault: Fault) -> Any:
    assert isinstance(fault.effect, Answer)
    return orjson.loads(fault.effect.body)


@pytest.mark.parametrize(
    ("limits", "struck"),
    [
        ({}, "xxxxxx"),
        ({"count": 2}, "xx----"),
        ({"count": 0}, "------"),
        ({"nth": 3}, "--x---"),
        ({"nth": (1, 4)}, "x--x--"),
        ({"share": 0.0}, "------"),
        ({"key": ("a",)}, "xx-x--"),
        ({"key": "a"}, "xx-x--"),
        ({"key": lambda key: key[0] > "b"}, "--x--x"),
        ({"key": "a", "nth": 2}, "-x----"),
        ({"key": "a", "count": 1}, "x-----"),
        ({"nth": (2, 3), "count": 1}, "-x----"),
        ({"operation": None}, "xxxxxx"),
        ({"operation": "DescribeTable"}, "------"),
        ({"between": (1_000, 2_000)}, "------"),
    ],
)
def test_a_fault_strikes_within_all_its_limits(limits: Limits, struck: str) -> None:
    """`nth` counts what operation, key and window let through, `count` what was struck."""
    assert _struck(faults.throttle(**limits)) == struck


def test_a_window_is_counted_from_the_moment_the_script_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From its start on, until just before its end."""
    now = 500.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    script = Script([faults.throttle(between=(2, 4))])
    struck = []
    for age in (0.0, 1.9, 2.0, 3.9, 4.0):
        now = 500.0 + age
        struck.append(bool(script.plan(BATCH_WRITE, REQUESTS[0]).faults))

    assert struck == [False, False, True, True, False]


def test_operations_other_than_writes_are_left_alone() -> None:
    """A throttled DescribeTable has to be asked for."""
    plain, asked = faults.access_denied(), faults.access_denied(operation="DescribeTable")

    assert Script([plain]).plan("DescribeTable", []).decision is None
    assert Script([asked]).plan("DescribeTable", []).decision == asked.effect


def test_a_share_is_drawn_from_the_seed() -> None:
    """The same seed strikes the same requests, whichever way it was given."""

    def draws(fault: Fault, seed: int) -> list[bool]:
        script = Script([fault], seed)
        return [bool(script.plan(BATCH_WRITE, [key]).faults) for key in MANY]

    plain = faults.throttle(share=0.1)
    assert draws(plain, 1) == draws(plain, 1) != draws(plain, 2)
    own = faults.throttle(share=0.1, seed=7)
    assert draws(own, 1) == draws(own, 2) != draws(plain, 1)
    assert 140 < sum(draws(plain, 1)) < 260


def test_two_faults_of_one_script_draw_apart() -> None:
    """With one generator for both, each would strike the same requests."""
    script = Script([faults.delay(1.0, share=0.5), faults.late_answer(1.0, share=0.5)])
    names = {script.plan(BATCH_WRITE, [key]).faults for key in MANY}

    assert names == {(), ("delay",), ("late_answer",), ("delay", "late_answer")}


def test_unprocessed_items_do_not_depend_on_their_batches() -> None:
    """The same items in other batches and another order: the same ones unprocessed."""

    def returned(batches: list[list[Key]], seed: int = 5) -> list[Key]:
        script = Script([faults.unprocessed(0.3)], seed)
        found = []
        for batch in batches:
            found += [batch[n] for n in script.plan(BATCH_WRITE, batch).unprocessed]
        return sorted(found, key=str)

    one = returned([MANY])
    assert one == returned([MANY[n : n + 7] for n in range(0, len(MANY), 7)])
    assert one == returned([[key] for key in reversed(MANY)])
    assert one != returned([MANY], seed=6)
    assert 500 < len(one) < 700


def test_an_item_unprocessed_once_has_a_new_draw_every_time() -> None:
    """Half of the half that came back comes back again: nothing is stuck, nothing immune."""
    script = Script([faults.unprocessed(0.5)])
    first = script.plan(BATCH_WRITE, MANY).unprocessed
    second = script.plan(BATCH_WRITE, MANY).unprocessed

    assert 400 < len(first & second) < 600
    assert 400 < len(second - first) < 600


def test_unprocessed_items_can_be_those_of_a_key() -> None:
    """And a request without any of them is not struck."""
    script = Script([faults.unprocessed(key="a", count=1)])

    assert script.plan(BATCH_WRITE, [("b",)]).faults == ()
    assert script.plan(BATCH_WRITE, [("b",), ("a",)]).unprocessed == {1}
    assert script.plan(BATCH_WRITE, [("b",), ("a",)]).unprocessed == set()


def test_delays_and_shares_add_up_and_the_first_decision_wins() -> None:
    """What comes after the decision is not used up by this request."""
    script = Script(
        [
            faults.delay(1.0),
            faults.late_answer(0.25),
            faults.delay((2.0, 3.0)),
            faults.unprocessed(key="a"),
            faults.unprocessed(key="c", under_table="arn"),
            faults.reset(count=1),
            faults.throttle(count=1),
        ]
    )
    first, second, third = (script.plan(BATCH_WRITE, [("a",), ("b",), ("c",)]) for _ in range(3))

    assert 3.0 <= first.wait_before <= 4.0
    assert first.wait_before != second.wait_before
    assert first.wait_after == 0.25
    assert first.unprocessed == {0, 2}
    assert first.unprocessed_table == "arn"
    assert [plan.faults[-1] for plan in (first, second, third)] == [
        "reset",
        "throttle",
        "unprocessed",
    ]
    assert third.decision is None


@pytest.mark.parametrize("fault", [faults.expired_token(), faults.outage(1.0)])
def test_some_faults_strike_once(fault: Fault) -> None:
    """A token is renewed and an outage ends."""
    assert _struck(fault) == "x-----"


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (faults.throttle(), "ThrottlingException", 400),
        (faults.throughput_exceeded(), "ProvisionedThroughputExceededException", 400),
        (faults.internal_error(), "InternalServerError", 500),
        (faults.internal_error(status=503), "InternalServerError", 503),
        (faults.access_denied(), "AccessDeniedException", 400),
        (faults.expired_token(), "ExpiredTokenException", 400),
        (faults.invalid_signature(), "InvalidSignatureException", 400),
        (faults.table_not_found(), "ResourceNotFoundException", 400),
        (faults.poison("a"), "ValidationException", 400),
        (faults.error("RequestLimitExceeded"), "RequestLimitExceeded", 400),
    ],
)
def test_refusals_say_their_code_as_the_service_does(fault: Fault, code: str, status: int) -> None:
    """With the namespace in front, which a client has to take off."""
    assert isinstance(fault.effect, Answer)
    assert fault.effect.status == status
    assert _body(fault)["__type"].split("#")[1:] == [code]


def test_reasons_are_spelt_as_the_service_spells_them() -> None:
    """ThrottlingException begins them with a small letter."""
    small = _body(faults.throttle(["R1", "R2"]))["throttlingReasons"]
    large = _body(faults.throughput_exceeded(["R3"]))["ThrottlingReasons"]

    assert [reason["reason"] for reason in small] == ["R1", "R2"]
    assert [reason["reason"] for reason in large] == ["R3"]


def test_an_error_may_have_no_code() -> None:
    """A client must not fall over it."""
    assert _body(faults.error(None, "no code")) == {"message": "no code"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: faults.throttle(share=1.5), ["throttle: a share"]),
        (lambda: faults.unprocessed(-0.1), ["unprocessed: a share"]),
        (lambda: faults.reset(between=(5, 5)), ["reset: between"]),
        (lambda: faults.reset(often=3), ["no such limit: often"]),  # type: ignore[call-arg]
        (lambda: faults.reset(share=2, between=(3, 1)), ["between", "share"]),
    ],
)
def test_a_limit_that_cannot_be_is_refused(make: Callable[[], Fault], words: list[str]) -> None:
    """When the script is written, not when the test has run for a minute."""
    with pytest.raises(InvalidConfigurationError) as refusal:
        make()

    assert [word for word in words if word not in str(refusal.value)] == []
