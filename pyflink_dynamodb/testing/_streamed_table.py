"""A table in memory whose changes go to a stream."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, Callable

import orjson

from pyflink_dynamodb.attribute_value import base64_text, to_attribute_value
from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.testing._shards import KEY_SPACE, Shard, Stream, stream_label
from pyflink_dynamodb.testing.scripted_record import (
    VIEW_TYPES,
    Item,
    RecordForm,
    ScriptedRecord,
)

_ACCOUNT = "123456789012"


class StreamedTable:
    """The items of a table, and its streams: the one that is enabled and those before it.

    Args:
        name: The table's name.
        key_types: Types of the key attributes by name, partition key first.
        view_type: What the records hold of an item.
        shards: How many a stream begins with.
        region: In ARNs and records.
        first_sequence_number: Where sequence numbers begin; those of a later stream go on from
            the earlier one's.
        rotate_every_s: After so many seconds a shard is replaced by one child; None for never.
        rotate_every_records: After so many records; None for never.
        exponent_times: Creation times as 1.79526804E9.
        seed: Where names and numbers come from.
        clock: What it takes for the time, in seconds since the epoch.
    """

    def __init__(
        self,
        name: str,
        key_types: Mapping[str, str],
        view_type: str,
        *,
        shards: int,
        region: str,
        first_sequence_number: int,
        rotate_every_s: float | None,
        rotate_every_records: int | None,
        exponent_times: bool,
        seed: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.key_types = dict(key_types)
        self.clock = clock
        self.rotate_every_s = rotate_every_s
        self.rotate_every_records = rotate_every_records
        self.streams: list[Stream] = []
        self.records: list[ScriptedRecord] = []
        self._items: dict[bytes, Item] = {}
        self._shards = shards
        self._region = region
        self._first_number = first_sequence_number
        self._exponent_times = exponent_times
        self._draw = random.Random(seed)
        self.enable(view_type)

    @property
    def latest(self) -> Stream:
        """The stream that was made last, enabled or not."""
        return self.streams[-1]

    def enable(self, view_type: str | None = None) -> Stream:
        """Make a new stream.

        Raises:
            InvalidConfigurationError: One is enabled, or there is no such view type.
        """
        if self.streams and self.latest.enabled:
            raise InvalidConfigurationError(["the table has a stream: disable it first"])
        view_type = view_type or self.latest.form.view_type
        if view_type not in VIEW_TYPES:
            raise InvalidConfigurationError(
                [f"there is no view type {view_type!r}; give one of {', '.join(VIEW_TYPES)}"]
            )
        now, first_number = self.clock(), self._first_number
        if self.streams:
            # Two streams of one millisecond would have one ARN.
            now = max(now, self.latest.created + 0.001)
            first_number = self.latest.next_number()
        arn = (
            f"arn:aws:dynamodb:{self._region}:{_ACCOUNT}:table/{self.name}"
            f"/stream/{stream_label(now)}"
        )
        form = RecordForm(arn, self._region, view_type, self._exponent_times)
        self.streams.append(Stream(form, self._shards, now, first_number, self._draw))
        return self.latest

    def stream(self, arn: object) -> Stream | None:
        """The stream of an ARN."""
        return next((each for each in self.streams if each.form.stream_arn == arn), None)

    def put(self, key: object, attributes: Mapping[str, Any]) -> ScriptedRecord | None:
        """Put an item; None if that changes nothing, or no stream is enabled."""
        keys = self._key_attributes(key)
        image = {name: to_attribute_value(value) for name, value in attributes.items()}
        twice = sorted(keys.keys() & image.keys())
        if twice:
            raise InvalidConfigurationError([f"attributes hold parts of the key: {twice}"])
        return self._change(keys, {**keys, **image}, by_ttl=False)

    def delete(self, key: object, *, by_ttl: bool = False) -> ScriptedRecord | None:
        """Delete an item; None if there is none, or no stream is enabled."""
        return self._change(self._key_attributes(key), None, by_ttl=by_ttl)

    def shard_of(self, key: object) -> Shard:
        """The open shard that the next change of a key goes to."""
        return self.latest.owner(_place(self._key_attributes(key)))

    def rotate_old_shards(self) -> None:
        """Replace the shards that have been open for too long."""
        if self.rotate_every_s is None or not self.latest.enabled:
            return
        now = self.clock()
        for shard in self.latest.open_shards:
            if now - shard.opened_at >= self.rotate_every_s:
                self.latest.replace(shard, 1, now)

    def _change(self, keys: Item, new: Item | None, *, by_ttl: bool) -> ScriptedRecord | None:
        name = _name(keys)
        old = self._items.get(name)
        if old == new:
            return None
        if new is None:
            del self._items[name]
        else:
            self._items[name] = new
        stream = self.latest
        if not stream.enabled:
            return None
        self.rotate_old_shards()
        shard = stream.owner(_place(keys))
        record = stream.form.record(
            shard.shard_id,
            stream.next_number(),
            keys,
            (old, new),
            int(self.clock()),
            event_id=f"{self._draw.getrandbits(128):032x}",
            by_ttl=by_ttl,
        )
        shard.append(record)
        self.records.append(record)
        most = self.rotate_every_records
        if most is not None and len(shard.records) >= most:
            stream.replace(shard, 1, self.clock())
        return record

    def _key_attributes(self, key: object) -> Item:
        parts: Sequence[object] = key if isinstance(key, tuple) else (key,)
        values = [to_attribute_value(part) for part in parts]
        types = [next(iter(value)) for value in values]
        if types != list(self.key_types.values()):
            raise InvalidConfigurationError(
                [f"a key of types {types} is none of the table's, which has {self.key_types}"]
            )
        return dict(zip(self.key_types, values))


def _name(keys: Item) -> bytes:
    return orjson.dumps(keys, default=base64_text)


def _place(keys: Item) -> int:
    digest = hashlib.blake2b(_name(keys), digest_size=4).digest()
    return int.from_bytes(digest, "big") % KEY_SPACE
