"""Which reader a shard of a stream goes to."""

from __future__ import annotations

import dataclasses
import re

from pyflink_dynamodb.errors import InvalidConfigurationError

_CLASS_NAME = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)+\Z", re.ASCII)


@dataclasses.dataclass(frozen=True)
class UniformShardAssigner:
    """Gives a shard to the reader that has the fewest; the default."""

    def java_name(self) -> str:
        """What Java calls it."""
        return "uniform"


@dataclasses.dataclass(frozen=True)
class HashShardAssigner:
    """Gives a shard to the reader that the hash of its id says."""

    def java_name(self) -> str:
        """What Java calls it."""
        return "hash"


@dataclasses.dataclass(frozen=True)
class CustomShardAssigner:
    """A class of your own, in Java, with a public constructor without parameters.

    Args:
        class_name: The full name of a class on the job's class path that implements
            `io.github.pyflinkdynamodb.streams.ShardAssigner`.

    Raises:
        InvalidConfigurationError: This is no full name of a class.
    """

    class_name: str

    def __post_init__(self) -> None:
        name: object = self.class_name
        if not isinstance(name, str) or not _CLASS_NAME.match(name):
            raise InvalidConfigurationError(
                "a shard assigner is UniformShardAssigner(), HashShardAssigner(), or the full name "
                "of a Java class, package included"
            )

    def java_name(self) -> str:
        """What Java calls it."""
        return self.class_name
