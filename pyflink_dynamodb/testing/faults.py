"""What goes wrong at an endpoint that fails, and when: a script is a list of these faults.

    from pyflink_dynamodb.testing import FaultyEndpoint, faults

    script = [
        faults.delay((0.0, 0.05)),
        faults.unprocessed(0.2),
        faults.throttle(share=0.05, seed=7),
        faults.internal_error(applied=True, nth=(3, 10)),
        faults.poison("order-13"),
        faults.outage(60, between=(5, 3600)),
    ]

For every request the script is read from top to bottom. Delays add up, and so do shares of
unprocessed items; of the faults that decide the whole answer the first one wins. Every fault
takes the limits of `Limits`; without any it strikes every BatchWriteItem request of a
`FaultyEndpoint`, and every GetRecords of a `ScriptedStream`.

A slow start is `delay(2.0, between=(0, 10))`. An answer later than the client waits for is
`late_answer(seconds)` where the write is applied at once, and `delay(seconds)` where it is
applied after the client has left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict, Union

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing._answers import error_body

if TYPE_CHECKING:
    from typing_extensions import Unpack

Seconds = Union[float, tuple[float, float]]


class Limits(TypedDict, total=False):
    """When a fault strikes. All limits that are given must hold.

    Attributes:
        operation: Name of the operation, None for all. Default "BatchWriteItem", or "GetRecords"
            at a `ScriptedStream`.
        key: Strikes requests that hold an item with this primary key (a tuple), of this
            partition key (a bare value), or for whose key this callable returns true. At a
            `ScriptedStream` the requests for the shard of this name.
        between: Seconds from and to, counted from the moment the script was set.
        nth: Which of the requests that the limits above let through: 3, or (3, 10). From 1.
        share: Share of what the limits above let through, 0 to 1, by a seeded generator.
        count: At most so many times.
        seed: Seed of this fault alone, in place of the endpoint's.
    """

    operation: str | None
    key: object
    between: tuple[float, float]
    nth: int | Collection[int]
    share: float
    count: int
    seed: int


@dataclass(frozen=True)
class Delay:
    """Wait before the write is applied, or between that and the answer."""

    seconds: Seconds
    applied_first: bool


@dataclass(frozen=True)
class Unprocessed:
    """Leave a share of the items unwritten and say so."""

    share: float
    table: str | None


@dataclass(frozen=True)
class Answer:
    """Give this answer, in place of the service's or after it was applied."""

    status: int
    body: bytes
    applied: bool
    clock_offset: float = 0.0


@dataclass(frozen=True)
class Reset:
    """Reset the connection."""

    applied: bool


@dataclass(frozen=True)
class Outage:
    """Stop serving altogether."""

    seconds: float
    hang: bool


Decision = Union[Answer, Reset, Outage]
Effect = Union[Decision, Delay, Unprocessed]


@dataclass(frozen=True)
class Fault:
    """One line of a script. Made by the functions of this module."""

    name: str
    effect: Effect
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        problems = []
        unknown = sorted(set(self.limits) - set(Limits.__annotations__))
        if unknown:
            known = ", ".join(Limits.__annotations__)
            problems.append(f"no such limit: {', '.join(unknown)}; the limits are {known}")
        start, end = self.limits.get("between", (0.0, 1.0))
        if not 0 <= start < end:
            problems.append("between must be two numbers of seconds, 0 or more, ascending")
        shares = [self.limits.get("share", 1.0)]
        if isinstance(self.effect, Unprocessed):
            shares.append(self.effect.share)
        if not all(0 <= share <= 1 for share in shares):
            problems.append("a share is a number from 0 to 1")
        if problems:
            raise InvalidConfigurationError([f"{self.name}: {problem}" for problem in problems])


def unprocessed(
    items: float = 1.0, *, under_table: str | None = None, **limits: Unpack[Limits]
) -> Fault:
    """Return a share of the items in UnprocessedItems, unwritten; the others are written.

    Whether an item is among them depends on the seed, its key and how often the key came by,
    not on the batch it is in, so a run with the same seed has the same items unprocessed
    however its requests fall. With the limit `key`, only items with such keys.

    Args:
        items: Share of the items, 0 to 1. With 1 nothing is written; the service itself
            answers that with an exception (`throughput_exceeded`).
        under_table: Name under which they are listed, where it shall not be the name that
            the client used (the service may use a table's ARN).
    """
    return Fault("unprocessed", Unprocessed(items, under_table), limits)


def missing_entry(*, absent: bool = False, **limits: Unpack[Limits]) -> Fault:
    """Write all items and answer without an entry of the table in UnprocessedItems.

    Args:
        absent: Leave out UnprocessedItems altogether; otherwise it holds an empty entry of
            another table.
    """
    body = b"{}" if absent else b'{"UnprocessedItems":{"another-table":[]}}'
    return Fault("missing_entry", Answer(200, body, applied=True), limits)


def malformed_json(*, applied: bool = True, **limits: Unpack[Limits]) -> Fault:
    """Answer 200 with JSON that breaks off in the middle.

    Args:
        applied: Whether the write is applied all the same.
    """
    return Fault("malformed_json", Answer(200, b'{"UnprocessedItems":{"', applied), limits)


def throttle(
    reasons: Sequence[str] = ("TableWriteKeyRangeThroughputExceeded",), **limits: Unpack[Limits]
) -> Fault:
    """Refuse the request with ThrottlingException, nothing written.

    Args:
        reasons: The service's reasons, such as "TableWriteAccountLimitExceeded".
    """
    message = "Request rate is too high for the table at present. Retry later."
    body = error_body("ThrottlingException", message, throttlingReasons=_reasons(reasons))
    return Fault("throttle", Answer(400, body, applied=False), limits)


def throughput_exceeded(
    reasons: Sequence[str] = ("TableWriteProvisionedThroughputExceeded",),
    **limits: Unpack[Limits],
) -> Fault:
    """Refuse the request with ProvisionedThroughputExceededException, nothing written.

    Args:
        reasons: The service's reasons, such as "IndexWriteProvisionedThroughputExceeded".
    """
    code = "ProvisionedThroughputExceededException"
    message = "The level of configured provisioned throughput for the table was exceeded."
    body = error_body(code, message, ThrottlingReasons=_reasons(reasons))
    return Fault("throughput_exceeded", Answer(400, body, applied=False), limits)


def limit_exceeded(**limits: Unpack[Limits]) -> Fault:
    """Refuse the request with LimitExceededException, as a shard with too many readers does."""
    message = "Too many operations for a given subscriber."
    return _refusal("limit_exceeded", "LimitExceededException", message, limits)


def internal_error(*, applied: bool = False, status: int = 500, **limits: Unpack[Limits]) -> Fault:
    """Answer InternalServerError.

    Args:
        applied: Whether the write was applied before.
        status: Such as 503.
    """
    body = error_body("InternalServerError", "The request processing has failed.")
    return Fault("internal_error", Answer(status, body, applied), limits)


def reset(*, applied: bool = False, **limits: Unpack[Limits]) -> Fault:
    """Reset the connection in place of an answer.

    Args:
        applied: Whether the write was applied before.
    """
    return Fault("reset", Reset(applied), limits)


def delay(seconds: Seconds, **limits: Unpack[Limits]) -> Fault:
    """Hold the request back, then apply and answer it, even if the client has left meanwhile.

    Args:
        seconds: How long, or from and to, for a random time between the two.
    """
    return Fault("delay", Delay(seconds, applied_first=False), limits)


def late_answer(seconds: Seconds, **limits: Unpack[Limits]) -> Fault:
    """Apply the request at once and hold its answer back.

    Args:
        seconds: How long, or from and to, for a random time between the two.
    """
    return Fault("late_answer", Delay(seconds, applied_first=True), limits)


def outage(seconds: float, *, hang: bool = False, **limits: Unpack[Limits]) -> Fault:
    """Stop serving: the request it strikes is the last one, and is not applied.

    Strikes once unless `count` says otherwise.

    Args:
        seconds: How long.
        hang: False closes the port: open connections are reset, new ones refused. True takes
            connections and requests and answers none; they are reset at the end, unapplied.
    """
    return Fault("outage", Outage(seconds, hang), {"count": 1, **limits})


def access_denied(**limits: Unpack[Limits]) -> Fault:
    """Refuse the request with AccessDeniedException."""
    message = "User: arn:aws:iam::123456789012:user/test is not authorized to perform this action"
    return _refusal("access_denied", "AccessDeniedException", message, limits)


def expired_token(**limits: Unpack[Limits]) -> Fault:
    """Refuse the request with ExpiredTokenException, once unless `count` says otherwise."""
    message = "The security token included in the request is expired"
    return _refusal("expired_token", "ExpiredTokenException", message, {"count": 1, **limits})


def invalid_signature(*, clock_offset: float = 0.0, **limits: Unpack[Limits]) -> Fault:
    """Refuse the request with InvalidSignatureException.

    Args:
        clock_offset: Seconds by which the answer's Date header is off, as it looks to a client
            whose clock is wrong.
    """
    message = "The request signature we calculated does not match the signature you provided."
    body = error_body("InvalidSignatureException", message)
    answer = Answer(400, body, applied=False, clock_offset=clock_offset)
    return Fault("invalid_signature", answer, limits)


def table_not_found(**limits: Unpack[Limits]) -> Fault:
    """Refuse the request with ResourceNotFoundException."""
    message = "Requested resource not found"
    return _refusal("table_not_found", "ResourceNotFoundException", message, limits)


def poison(key: object, /, **limits: Unpack[Limits]) -> Fault:
    """Refuse every batch that holds one item, as the service does with an item it dislikes.

    Args:
        key: The item's primary key (a tuple), its partition key (a bare value), or a callable
            that returns true for its key.
    """
    message = "One or more parameter values were invalid: the item was refused"
    return _refusal("poison", "ValidationException", message, Limits(**limits, key=key))


def error(
    code: str | None, message: str = "", *, status: int = 400, **limits: Unpack[Limits]
) -> Fault:
    """Refuse the request with any error code, or with none at all.

    Args:
        code: Such as "RequestLimitExceeded". None leaves the code out of the answer.
        message: The message.
        status: The HTTP status.
    """
    body = error_body(code, message)
    return Fault(code or "error_without_code", Answer(status, body, applied=False), limits)


def _refusal(name: str, code: str, message: str, limits: Limits) -> Fault:
    return Fault(name, Answer(400, error_body(code, message), applied=False), limits)


def _reasons(reasons: Sequence[str]) -> list[dict[str, str]]:
    resource = "arn:aws:dynamodb:us-east-1:123456789012:table/table"
    return [{"reason": reason, "resource": resource} for reason in reasons]
