"""One stream in memory: its shards in a tree, and where in them a position is."""

from __future__ import annotations

import bisect
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing.scripted_record import RecordForm, ScriptedRecord

# What the keys of a table are hashed onto; every open shard has a part of it.
KEY_SPACE = 1 << 32
_LARGEST_STEP = 1_000


@dataclass
class Shard:
    """A shard. A position in it is the number after which reading goes on.

    Attributes:
        shard_id: Its name.
        parent_id: Its parent's name, if it has one.
        starting: Its first number; none of its records has a smaller one.
        keys: The part of the key space it has: from, and up to but not including.
        opened_at: Time of its opening, seconds since the epoch.
        ending: Its last number once it is closed.
        trimmed_to: Number of its last record that is no longer to be had.
        vanished: Whether it is gone altogether.
        records: All that were written to it, trimmed ones included.
        hidden_for: How many DescribeStream answers still leave it out.
        empty_for: How many GetRecords answers are still empty though there are records.
    """

    shard_id: str
    parent_id: str | None
    starting: int
    keys: tuple[int, int]
    opened_at: float
    ending: int | None = None
    trimmed_to: int = 0
    vanished: bool = False
    records: list[ScriptedRecord] = field(default_factory=list)
    hidden_for: int = 0
    empty_for: int = 0
    _numbers: list[int] = field(default_factory=list)

    def append(self, record: ScriptedRecord) -> None:
        """Add a record."""
        self.records.append(record)
        self._numbers.append(record.sequence_number)

    @property
    def trim_horizon(self) -> int:
        """The position in front of the oldest record that is left."""
        return max(self.starting - 1, self.trimmed_to)

    @property
    def end(self) -> int:
        """The position behind the newest record."""
        return self._numbers[-1] if self._numbers else self.starting - 1

    def position_at(self, creation_time: float) -> int:
        """The position in front of the first record that is not older, at the end if none is."""
        times = [record.creation_time for record in self.records]
        index = bisect.bisect_left(times, creation_time)
        before = self._numbers[index - 1] if index else self.starting - 1
        return max(before, self.trim_horizon)

    def after(self, position: int, most: int) -> Sequence[ScriptedRecord]:
        """The next records, trimmed ones included."""
        index = bisect.bisect_right(self._numbers, position)
        return self.records[index : index + most]

    def trim(self, upto: int) -> None:
        """Take away the records up to a number."""
        index = bisect.bisect_right(self._numbers, upto)
        if index:
            self.trimmed_to = max(self.trimmed_to, self._numbers[index - 1])


class Stream:
    """A table's stream: all its shards, closed and vanished ones included.

    Args:
        form: How its records are written; it holds the ARN.
        shards: How many it begins with.
        now: Time of its creation, seconds since the epoch.
        first_number: Its first sequence number.
        draw: Where names and the steps between numbers come from.
    """

    def __init__(
        self, form: RecordForm, shards: int, now: float, first_number: int, draw: random.Random
    ) -> None:
        self.form = form
        self.created = now
        self.enabled = True
        self.shards: dict[str, Shard] = {}
        self._open: list[Shard] = []  # by the part of the key space that they have
        self._starts: list[int] = []
        self._draw = draw
        self._last_number = first_number
        self._last_ms = 0
        self._add_shards(None, (0, KEY_SPACE), shards, now)

    @property
    def label(self) -> str:
        """Its creation time, which is the end of its ARN."""
        return self.form.stream_arn.rpartition("/")[2]

    @property
    def open_shards(self) -> Sequence[Shard]:
        """The shards that take records, by the part of the key space that they have."""
        return tuple(self._open)

    def owner(self, place: int) -> Shard:
        """The open shard that has a place of the key space.

        Raises:
            InvalidConfigurationError: The stream is disabled.
        """
        if not self._open:
            raise InvalidConfigurationError(["the stream is disabled: no shard is open"])
        return self._open[bisect.bisect_right(self._starts, place) - 1]

    def shard(self, shard_id: str) -> Shard:
        """A shard by its name.

        Raises:
            InvalidConfigurationError: There is none of this name, or it has vanished.
        """
        shard = self.shards.get(shard_id)
        if shard is None or shard.vanished:
            raise InvalidConfigurationError([f"the stream has no shard {shard_id!r}"])
        return shard

    def next_number(self) -> int:
        """The next sequence number; the service's have gaps too."""
        self._last_number += self._draw.randint(1, _LARGEST_STEP)
        return self._last_number

    def replace(self, shard: Shard, children: int, now: float) -> list[str]:
        """Close an open shard and open its children, who share its keys.

        Raises:
            InvalidConfigurationError: The shard is closed, or there is no child.
        """
        if shard.ending is not None or not 1 <= children <= shard.keys[1] - shard.keys[0]:
            raise InvalidConfigurationError(
                [f"{shard.shard_id} cannot have {children} children: give an open shard and 1 to n"]
            )
        self._close(shard)
        return self._add_shards(shard, shard.keys, children, now)

    def close(self) -> None:
        """Close all shards, as the service does with a stream that is disabled."""
        for shard in list(self._open):
            self._close(shard)
        self.enabled = False

    def _close(self, shard: Shard) -> None:
        shard.ending = self.next_number()
        self._open.remove(shard)

    def _add_shards(
        self, parent: Shard | None, keys: tuple[int, int], count: int, now: float
    ) -> list[str]:
        low, high = keys
        bounds = [low + (high - low) * part // count for part in range(count + 1)]
        names = []
        for bound in zip(bounds, bounds[1:]):
            # Rising, so that a child's name follows its parent's.
            self._last_ms = max(int(now * 1_000), self._last_ms + 1)
            shard = Shard(
                f"shardId-{self._last_ms:020d}-{self._draw.getrandbits(32):08x}",
                parent.shard_id if parent else None,
                self.next_number(),
                bound,
                now,
            )
            self.shards[shard.shard_id] = shard
            self._open.append(shard)
            names.append(shard.shard_id)
        self._open.sort(key=lambda shard: shard.keys)
        self._starts = [shard.keys[0] for shard in self._open]
        return names


def stream_label(now: float) -> str:
    """A creation time as the service puts it into an ARN."""
    moment = datetime.fromtimestamp(now, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1_000:03d}"
