"""The source of a table's changes, and its builder.

What crosses to Java is one map, which `DynamoDbStreamsSource.of` takes:

    streamArn, tableName   one of the two
    properties             text by text: aws.* as checked, region and endpoint explicit; every
                           flink.* key, durations as "<n> ms", the initial time as ISO 8601 in UTC
    onDataLoss             "fail" or "continue"
    assigner               "uniform", "hash" or the name of a Java class
    boundedNow             whether to end at the time of the first discovery
    boundedUntilMillis     or at this time, in ms since 1970; else absent
    schema                 a map: "kind" is "json"; "python" with "prefix", "suffix" (bytes) and
                           "newImageOnly"; "row" with "typeInfo" and "primaryKey"; or "flink" with
                           "schema"
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Union

from pyflink.datastream.connectors.base import Source
from pyflink.version import __version__ as _pyflink_version

from pyflink_dynamodb import _bridge
from pyflink_dynamodb._jars import check_pyflink_version
from pyflink_dynamodb._streams_config import StreamsConfig
from pyflink_dynamodb.shard_assigner import (
    CustomShardAssigner,
    HashShardAssigner,
    UniformShardAssigner,
)
from pyflink_dynamodb.stream_record import StreamRecord
from pyflink_dynamodb.stream_schema import (
    NewImageSchema,
    StreamRecordJsonSchema,
    StreamRecordSchema,
    StreamRowSchema,
)

if TYPE_CHECKING:
    from pyflink.common import Configuration

Schema = Union[
    StreamRecordSchema,
    StreamRecordJsonSchema,
    NewImageSchema[Any],
    StreamRowSchema,
    Callable[[StreamRecord], Any],
    # And PyFlink's DeserializationSchema, which has no types: here it would stand for anything.
]
ShardAssigner = Union[UniformShardAssigner, HashShardAssigner, CustomShardAssigner, str]

__all__ = ["DynamoDbStreamsSource", "DynamoDbStreamsSourceBuilder"]


class DynamoDbStreamsSource(Source):  # type: ignore[misc] # PyFlink is untyped
    """A source of the changes of one DynamoDB table, from its stream.

    Give it to `env.from_source`, whose `type_info` may be left out. The changes of an item come in
    their order, through splits and rotations of shards, failures and restores. Each is emitted
    once into Flink's state. A change is at most 24 hours old; what is lost because it was not read
    in time fails the job, or is reported and counted (`on_data_loss`).

    Building a source starts no JVM; `from_source` does.

    Args:
        **options: What the builder's setters take, by their names without `set_`.

    Raises:
        InvalidConfigurationError: Lists every problem of the options at once.
        VersionMismatchError: The installed PyFlink is not one that this release works with.
    """

    def __init__(self, **options: Any) -> None:
        known = {option.name for option in dataclasses.fields(StreamsConfig)}
        for name in options:
            if name not in known:
                raise TypeError(
                    f"DynamoDbStreamsSource has no option {name!r}; it has "
                    f"{', '.join(sorted(known))}"
                )
        check_pyflink_version(_pyflink_version)
        self._config = StreamsConfig(**options).validated()

    @staticmethod
    def builder() -> DynamoDbStreamsSourceBuilder:
        """A builder with every option at its default."""
        return DynamoDbStreamsSourceBuilder()

    def get_java_function(self) -> Any:
        """The Java source; called by `from_source`, whose environment gets the jar.

        Raises:
            InvalidConfigurationError: Java refused the options, or the schema cannot be pickled.
            BridgeError: There is no Java, or nobody to give the jar to.
        """
        _bridge.attach_jar_to_caller()
        return _bridge.create_streams_source(self._config.java_options())

    def __repr__(self) -> str:
        return f"DynamoDbStreamsSource({self._config.subject!r})"


class DynamoDbStreamsSourceBuilder:
    """Collects the options of a `DynamoDbStreamsSource`. Setters only store; `build()` checks."""

    def __init__(self) -> None:
        self._options: dict[str, Any] = {}

    def set_stream_arn(self, stream_arn: str) -> DynamoDbStreamsSourceBuilder:
        """The stream, by its ARN. Either this or the table is required."""
        return self._set("stream_arn", stream_arn)

    def set_table_name(self, table_name: str) -> DynamoDbStreamsSourceBuilder:
        """The table, by name or ARN, whose latest stream is read."""
        return self._set("table_name", table_name)

    def set_source_config(
        self, source_config: Mapping[str, Any] | Configuration
    ) -> DynamoDbStreamsSourceBuilder:
        """Where to begin, how to poll, region, endpoint and credentials, by the connector's keys.

        Args:
            source_config: The keys of `DynamoDbSink`'s properties, and those that begin with
                "flink.": `{"aws.region": "eu-west-1", "flink.stream.initpos": "TRIM_HORIZON"}`.
                Durations are text ("60 s"), a number of milliseconds or a timedelta.
        """
        return self._set("source_config", source_config)

    def set_deserialization_schema(
        self, deserialization_schema: Schema
    ) -> DynamoDbStreamsSourceBuilder:
        """What a change becomes. Default: a `StreamRecord`.

        Args:
            deserialization_schema: `StreamRecordSchema()`, `StreamRecordJsonSchema()`,
                `NewImageSchema(cls)`, `StreamRowSchema(type_info)`, any function of a
                `StreamRecord`, or a DeserializationSchema of Flink's for the record's JSON.
        """
        return self._set("deserialization_schema", deserialization_schema)

    def set_dynamodb_streams_shard_assigner(
        self, assigner: ShardAssigner
    ) -> DynamoDbStreamsSourceBuilder:
        """Which reader a shard goes to. Default `UniformShardAssigner()`.

        Args:
            assigner: `UniformShardAssigner()`, `HashShardAssigner()`, `CustomShardAssigner(name)`
                or the name of a Java class.
        """
        return self._set("dynamodb_streams_shard_assigner", assigner)

    def set_on_data_loss(self, on_data_loss: str) -> DynamoDbStreamsSourceBuilder:
        """What happens when changes are gone before they were read. Default "fail".

        Args:
            on_data_loss: "fail" (the job fails) or "continue" (a log line, the metric
                `dataLosses`, and on with what is left).
        """
        return self._set("on_data_loss", on_data_loss)

    def set_bounded(self, until: str | datetime.datetime) -> DynamoDbStreamsSourceBuilder:
        """Let the source end. Default: it never does.

        Args:
            until: "now" for the time at which the job begins to read, or an aware datetime.
        """
        return self._set("bounded", until)

    def build(self) -> DynamoDbStreamsSource:
        """The source.

        Raises:
            InvalidConfigurationError: Lists every problem at once.
            VersionMismatchError: The installed PyFlink is not one that this release works with.
        """
        return DynamoDbStreamsSource(**self._options)

    def _set(self, name: str, value: Any) -> DynamoDbStreamsSourceBuilder:
        self._options[name] = value
        return self
