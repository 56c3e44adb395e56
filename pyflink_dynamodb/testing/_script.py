"""Which faults of a script strike a request: the deciding part of the endpoints that fail."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Callable

from pyflink_dynamodb.testing.faults import Decision, Delay, Fault, Unprocessed
from pyflink_dynamodb.testing.request_record import BATCH_WRITE, Key


@dataclass
class Plan:
    """What a script has in store for one request.

    Attributes:
        faults: Names of the faults that strike.
        wait_before: Seconds before the write is applied.
        wait_after: Seconds between that and the answer.
        unprocessed: Positions of the writes to be returned unwritten.
        unprocessed_table: Name under which they are listed; None for the client's own.
        decision: What decides the whole answer; None leaves it to the service.
    """

    faults: tuple[str, ...] = ()
    wait_before: float = 0.0
    wait_after: float = 0.0
    unprocessed: set[int] = field(default_factory=set)
    unprocessed_table: str | None = None
    decision: Decision | None = None


class Script:
    """Faults in order, with their counts and random generators: decides request by request.

    Args:
        faults: What goes wrong.
        seed: Seed of all faults that have none of their own.
        operation: What faults strike that name no operation.
    """

    def __init__(
        self, faults: Sequence[Fault], seed: int = 0, operation: str = BATCH_WRITE
    ) -> None:
        self.faults = tuple(faults)
        self._armed = [
            _ArmedFault(fault, str(fault.limits.get("seed", f"{seed}/{position}")), operation)
            for position, fault in enumerate(faults)
        ]
        self._started = time.monotonic()

    def plan(self, operation: str, keys: Sequence[Key]) -> Plan:
        """Decide what happens to the next request.

        Args:
            operation: Its operation.
            keys: The primary keys of its writes, in order; of a read of a shard, the shard's name.
        """
        plan = Plan()
        age = time.monotonic() - self._started
        for armed in self._armed:
            if armed.strikes(operation, keys, age) and armed.add_to(plan, keys):
                plan.faults += (armed.fault.name,)
                if plan.decision is not None:
                    break
        return plan


class _ArmedFault:
    def __init__(self, fault: Fault, seed: str, operation: str) -> None:
        self.fault = fault
        limits = fault.limits
        key = limits.get("key")
        nth = limits.get("nth", ())
        self._operation = limits.get("operation", operation)
        self._between = limits.get("between", (0.0, float("inf")))
        self._nth = {nth} if isinstance(nth, int) else set(nth)
        self._share = limits.get("share", 1.0)
        self._left = limits.get("count", float("inf"))
        self._holds_key: Callable[[Key], bool] | None = None
        if callable(key):
            self._holds_key = key
        elif key is not None:
            wanted = key if isinstance(key, tuple) else (key,)
            self._holds_key = lambda held: held[: len(wanted)] == wanted
        self._seed = seed
        self._random = random.Random(seed)
        self._seen = 0
        self._passed: dict[Key, int] = {}

    def strikes(self, operation: str, keys: Sequence[Key], age: float) -> bool:
        if self._left <= 0 or self._operation not in (None, operation):
            return False
        if not self._between[0] <= age < self._between[1]:
            return False
        if self._holds_key is not None and not any(map(self._holds_key, keys)):
            return False
        self._seen += 1
        if self._nth and self._seen not in self._nth:
            return False
        # A draw for every request that gets here, so that each has its own number whatever
        # the share.
        return self._random.random() < self._share

    def add_to(self, plan: Plan, keys: Sequence[Key]) -> bool:
        """Add what this fault does; false if there is nothing after all."""
        effect = self.fault.effect
        if isinstance(effect, Unprocessed):
            chosen = [n for n, key in enumerate(keys) if self._chooses(key, effect.share)]
            if not chosen:
                return False
            plan.unprocessed.update(chosen)
            plan.unprocessed_table = effect.table
        elif isinstance(effect, Delay):
            seconds = effect.seconds
            if isinstance(seconds, tuple):
                seconds = self._random.uniform(*seconds)
            if effect.applied_first:
                plan.wait_after += seconds
            else:
                plan.wait_before += seconds
        else:
            plan.decision = effect
        self._left -= 1
        return True

    def _chooses(self, key: Key, share: float) -> bool:
        if self._holds_key is not None and not self._holds_key(key):
            return False
        passed = self._passed[key] = self._passed.get(key, 0) + 1
        if share >= 1.0:
            return True
        digest = hashlib.blake2b(f"{self._seed}/{passed}/{key!r}".encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big") < share * (1 << 48)
