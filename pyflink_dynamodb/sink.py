"""The sink, its builder, and what happens in front of it."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyflink.datastream.connectors.base import Sink, StreamTransformer, SupportsPreprocessing
from pyflink.version import __version__ as _pyflink_version

from pyflink_dynamodb import _bridge
from pyflink_dynamodb._config import RejectionPolicy, SinkConfig
from pyflink_dynamodb._jars import check_pyflink_version
from pyflink_dynamodb._key_types import declared_key, key_types
from pyflink_dynamodb.converters import (
    BeanElementConverter,
    DataclassElementConverter,
    ElementEncoder,
    RowElementConverter,
    converter_for_type,
)
from pyflink_dynamodb.errors import InvalidConfigurationError

if TYPE_CHECKING:
    from pyflink.datastream import DataStream, DataStreamSink

    from pyflink_dynamodb.converters import ElementConverter

logger = logging.getLogger(__name__)

__all__ = ["DynamoDbSink", "DynamoDbSinkBuilder", "RejectionPolicy", "write_dynamodb"]


class DynamoDbSink(Sink, SupportsPreprocessing):  # type: ignore[misc] # PyFlink is untyped
    """A sink that writes each element of a stream to one DynamoDB table.

    Give it to `DataStream.sink_to`. At least once: an element that the sink took is in the table,
    in the next checkpoint, or was rejected by the stated policy. The writes of one primary key
    reach the table in the order in which they came, within one parallel writer.

    Building a sink starts no JVM; `sink_to` does.

    Args:
        table_name: The table, by name or ARN.
        **options: What the builder's setters take, by their names without `set_`. `key_schema`
            and `overwrite_by_partition_keys` are sequences of attribute names; in `key_schema`
            a name may come with its type, as in `[("user_id", "S"), "day"]`. Without it the key is
            what the class of the element converter declares by `PartitionKey()` and `SortKey()`.

    Raises:
        InvalidConfigurationError: Lists every problem of the options at once.
        VersionMismatchError: The installed PyFlink is not one that this release works with.
    """

    def __init__(self, table_name: str | None = None, **options: Any) -> None:
        known = {option.name for option in dataclasses.fields(SinkConfig)}
        for name in options:
            if name not in known:
                raise TypeError(
                    f"DynamoDbSink has no option {name!r}; it has {', '.join(sorted(known))}"
                )
        for name in ("overwrite_by_partition_keys", "key_schema", "provisioned_throughput"):
            if isinstance(options.get(name), Sequence) and not isinstance(options[name], str):
                options[name] = tuple(options[name])
        if not options.get("key_schema"):
            options["key_schema"] = declared_key(options.get("element_converter"))
        check_pyflink_version(_pyflink_version)
        self._config = SinkConfig(table_name=table_name, **options).validated()

    @staticmethod
    def builder() -> DynamoDbSinkBuilder:
        """A builder with every option at its default."""
        return DynamoDbSinkBuilder()

    def get_java_function(self) -> Any:
        """The Java sink; called by PyFlink when the stream is attached."""
        return _bridge.create_sink(self._config.java_options())

    def get_transformer(self) -> StreamTransformer:
        """What turns elements into write requests; called by PyFlink."""
        return _EncodingTransformer(self._config)

    def __repr__(self) -> str:
        return f"DynamoDbSink({self._config.table_name!r})"


class DynamoDbSinkBuilder:
    """Collects the options of a `DynamoDbSink`. Setters only store; `build()` checks."""

    def __init__(self) -> None:
        self._options: dict[str, Any] = {}

    def set_table_name(self, table_name: str) -> DynamoDbSinkBuilder:
        """The table, by name or ARN. Required."""
        return self._set("table_name", table_name)

    def set_dynamodb_properties(self, properties: Mapping[str, str]) -> DynamoDbSinkBuilder:
        """Region, endpoint, credentials and HTTP client, by the Java connector's keys.

        Args:
            properties: For example {"aws.region": "eu-west-1"}. What is left out comes from
                environment variables and the profile; see docs/options.md, Properties.
        """
        return self._set("dynamodb_properties", properties)

    def set_element_converter(self, converter: ElementConverter[Any]) -> DynamoDbSinkBuilder:
        """What turns an element into a write request. Default: chosen by the stream's type."""
        return self._set("element_converter", converter)

    def set_overwrite_by_partition_keys(self, names: Sequence[str]) -> DynamoDbSinkBuilder:
        """Let a newer write replace an older one of its key that still waits: fewer requests.

        Args:
            names: Every attribute of the table's primary key. Default: none, every write is sent.
        """
        return self._set("overwrite_by_partition_keys", names)

    def set_fail_on_error(self, fail_on_error: bool) -> DynamoDbSinkBuilder:
        """Whether a write that could be retried fails the job instead. Default False."""
        return self._set("fail_on_error", fail_on_error)

    def set_max_batch_size(self, max_batch_size: int) -> DynamoDbSinkBuilder:
        """Most write requests in a call, 1 to 25. Default 25."""
        return self._set("max_batch_size", max_batch_size)

    def set_max_in_flight_requests(self, max_in_flight_requests: int) -> DynamoDbSinkBuilder:
        """Most calls under way at once in each parallel writer. Default 50."""
        return self._set("max_in_flight_requests", max_in_flight_requests)

    def set_max_buffered_requests(self, max_buffered_requests: int) -> DynamoDbSinkBuilder:
        """Most write requests held in each writer, waiting and under way. Default 10,000.

        At this bound the stream is held back.
        """
        return self._set("max_buffered_requests", max_buffered_requests)

    def set_max_time_in_buffer_ms(self, max_time_in_buffer_ms: int) -> DynamoDbSinkBuilder:
        """How long a write may wait for its batch to fill, in ms. Default 5,000."""
        return self._set("max_time_in_buffer_ms", max_time_in_buffer_ms)

    def set_max_batch_size_in_bytes(self, max_batch_size_in_bytes: int) -> DynamoDbSinkBuilder:
        """Most bytes of write requests in a call, up to 16 MB, the default."""
        return self._set("max_batch_size_in_bytes", max_batch_size_in_bytes)

    def set_max_record_size_in_bytes(self, max_record_size_in_bytes: int) -> DynamoDbSinkBuilder:
        """Largest item by DynamoDB's own rule, up to 409,600 bytes, the default."""
        return self._set("max_record_size_in_bytes", max_record_size_in_bytes)

    def set_max_buffered_bytes(self, max_buffered_bytes: int) -> DynamoDbSinkBuilder:
        """Most bytes held in each writer, waiting and under way. Default 64 MiB."""
        return self._set("max_buffered_bytes", max_buffered_bytes)

    def set_request_timeout_ms(self, request_timeout_ms: int) -> DynamoDbSinkBuilder:
        """When a call without an answer is given up and tried again, in ms. Default 60,000.

        A call that was given up may still be applied by the service later, over a newer write.
        Hence the long default.
        """
        return self._set("request_timeout_ms", request_timeout_ms)

    def set_rejection_policy(self, rejection_policy: RejectionPolicy) -> DynamoDbSinkBuilder:
        """What becomes of a record that can never be written. Default RejectionPolicy.fail()."""
        return self._set("rejection_policy", rejection_policy)

    def set_flush_on_checkpoint(self, flush_on_checkpoint: bool) -> DynamoDbSinkBuilder:
        """Whether a checkpoint waits until all before it is in the table. Default False.

        The order per key holds across a change of parallelism only if the savepoint was taken
        with it.
        """
        return self._set("flush_on_checkpoint", flush_on_checkpoint)

    def set_key_schema(
        self,
        partition_key: str | tuple[str, str],
        sort_key: str | tuple[str, str] | None = None,
    ) -> DynamoDbSinkBuilder:
        """The table's key attributes, for roles that may not call DescribeTable and new tables.

        Args:
            partition_key: The attribute's name, or name and type, such as ("user_id", "S"): "S"
                for text, "N" for numbers, "B" for bytes.
            sort_key: The same of the sort key, where the table has one.
        """
        return self._set("key_schema", _key_schema(partition_key, sort_key))

    def set_init_mode(self, init_mode: str) -> DynamoDbSinkBuilder:
        """What becomes of the table when the sink is attached to a stream. Default "default".

        Args:
            init_mode: "default" (nothing; the table must be there when the job starts),
                "create_if_not_exists" (created where there is none) or "replace" (deleted, with
                all that is in it, and created anew). The last two need `set_key_schema`, and are
                done by `sink_to`, whether or not the job is executed afterwards.
        """
        return self._set("init_mode", init_mode)

    def set_provisioned_throughput(self, read: int, write: int) -> DynamoDbSinkBuilder:
        """The capacity of a table that the sink creates. Default: none, billed on demand.

        Args:
            read: Read capacity units a second.
            write: Write capacity units a second.
        """
        return self._set("provisioned_throughput", (read, write))

    def set_report_consumed_capacity(self, report: bool) -> DynamoDbSinkBuilder:
        """Whether to ask for the consumed write capacity, a metric. Default False."""
        return self._set("report_consumed_capacity", report)

    def set_shuffle_by_key(self, shuffle_by_key: bool) -> DynamoDbSinkBuilder:
        """Whether to key the stream by primary key in front of the writers. Default False.

        With it the order per key holds whatever the parallelism of stream and sink is. It needs
        `set_key_schema` or `set_overwrite_by_partition_keys`.
        """
        return self._set("shuffle_by_key", shuffle_by_key)

    def build(self) -> DynamoDbSink:
        """The sink.

        Raises:
            InvalidConfigurationError: Lists every problem at once.
            VersionMismatchError: The installed PyFlink is not one that this release works with.
        """
        return DynamoDbSink(**self._options)

    def _set(self, name: str, value: Any) -> DynamoDbSinkBuilder:
        self._options[name] = value
        return self


def write_dynamodb(
    stream: DataStream,
    table_name: str,
    partition_key: str | tuple[str, str] | None = None,
    sort_key: str | tuple[str, str] | None = None,
    init_mode: str = "default",
    name: str | None = None,
    **options: Any,
) -> DataStreamSink:
    """Write each element of a stream to a DynamoDB table, and create the table if asked to.

    Args:
        stream: Dicts, rows with named fields, dataclasses, or what an element converter takes.
        table_name: The table, by name or ARN.
        partition_key: The attribute that is the partition key: its name, or name and type, such
            as ("id", "N"): "S" for text, "N" for numbers, "B" for bytes. For a table that is
            created, a type that is left out is taken from the stream's type
            (`Types.ROW_NAMED(...)`) or from the class of a `DataclassElementConverter`. May be
            left out, with the sort key, where that class declares them by `PartitionKey()`.
        sort_key: The same of the sort key, where the table has one.
        init_mode: "default": the table must be there when the job starts.
            "create_if_not_exists": created here where there is none, and ready when this returns.
            "replace": deleted here, with all that is in it, and created anew. The key of a table
            that stays must be the declared one in every mode.
        name: What the sink is called in the plan and in metrics. Default: the table's name.
        **options: The sink's other options, such as `dynamodb_properties={"aws.region": ...}` or
            `provisioned_throughput=(read, write)`; see `DynamoDbSink`.

    Returns:
        The sink in the job's graph, for `uid` or `set_parallelism`.

    Raises:
        InvalidConfigurationError: Options that cannot work; or the table's key is another one;
            or its type is not known; or "replace" where the program may run again.
        TableInitializationError: The table could not be created or replaced.
        UnsupportedTypeError: The stream's type has no attribute names.
    """
    if partition_key is None and sort_key is not None:
        raise InvalidConfigurationError(["sort_key needs a partition_key beside it"])
    sink = DynamoDbSink(
        table_name,
        key_schema=_key_schema(partition_key, sort_key),
        init_mode=init_mode,
        **options,
    )
    return stream.sink_to(sink).name(table_name if name is None else name)


def _key_schema(*keys: str | tuple[str, str] | None) -> tuple[str | tuple[str, str], ...]:
    return tuple(key for key in keys if key is not None)


class _EncodingTransformer(StreamTransformer):  # type: ignore[misc] # PyFlink is untyped
    """Puts the encoder in front of the sink, and the jar on the job's class path."""

    def __init__(self, config: SinkConfig) -> None:
        self._config = config

    def apply(self, ds: DataStream) -> DataStream:
        from pyflink.datastream import KeyedStream

        _bridge.attach_jar(ds.get_execution_environment())
        # A KeyedStream is a stream of (key, element) in Java, and sink_to does not unwrap it.
        elements = ds._values() if isinstance(ds, KeyedStream) else ds
        encoded = self._encoded_by_java(elements) or self._encoded_by_python(elements)
        self._warn_of_rebalance(
            elements._j_data_stream.getParallelism(),
            ds.get_execution_environment().get_parallelism(),
        )
        if self._config.init_mode != "default":  # last, since it cannot be undone
            stream_type = _bridge.stream_type(elements)
            converter = self._config.element_converter or converter_for_type(stream_type)
            found = key_types(self._config.key_names, stream_type, converter)
            _bridge.prepare_table(
                self._config.java_options(), ds.get_execution_environment(), found
            )
        return encoded

    def _encoded_by_java(self, elements: DataStream) -> DataStream | None:
        """Typed rows do without Python; None for a stream of anything else."""
        converter = self._config.element_converter
        if converter is None:
            converter = RowElementConverter()
        # Not for a class derived from it, whose __call__ may be another.
        if type(converter) is not RowElementConverter:
            return None
        names = [] if converter._naming is None else converter._naming.names
        return _bridge.encode_rows(
            self._config.java_options(), elements, names, converter._ignore_nulls
        )

    def _encoded_by_python(self, elements: DataStream) -> DataStream:
        from pyflink.common import Types

        converter = self._config.element_converter or converter_for_type(
            _bridge.stream_type(elements)
        )
        key_names = self._key_names_for_updates(converter)
        rejects = self._config.rejection_policy.kind != "fail"
        encoder = ElementEncoder(converter, rejects, key_names)
        encoded = elements.map(encoder, output_type=Types.PRIMITIVE_ARRAY(Types.BYTE()))
        # Another parallelism than the stream's would rebalance it and lose the order per key.
        encoded.set_parallelism(elements._j_data_stream.getParallelism())
        encoded.name(f"DynamoDB encoder: {_called(converter)}")
        return _bridge.hold_deletes(self._config.java_options(), encoded) if key_names else encoded

    def _key_names_for_updates(self, converter: Any) -> tuple[str, ...]:
        """The key's attributes, where rows may come of which two make an update."""
        if type(converter) in (BeanElementConverter, DataclassElementConverter):
            return ()
        return self._config.key_names or self._config.overwrite_by_partition_keys

    def _warn_of_rebalance(self, of_stream: int, of_sink: int) -> None:
        """Say it when Flink will deal one key's writes out to several writers.

        A sink has the environment's parallelism until it is given one of its own.
        """
        if of_sink not in (1, of_stream) and not self._config.shuffle_by_key:
            logger.warning(
                "The stream for table %s has parallelism %d and its sink %d: the writes of a key "
                "reach several writers, in no order. Call sink_to(...).set_parallelism(%d), or "
                "set_shuffle_by_key(True).",
                self._config.table_name,
                of_stream,
                of_sink,
                of_stream,
            )


def _called(converter: Any) -> str:
    """What the plan calls a converter.

    Its repr only if it is one of ours: another may hold a secret, or a memory address, which
    differs at each run.
    """
    if type(converter).__module__.startswith("pyflink_dynamodb."):
        return repr(converter)
    return str(getattr(converter, "__name__", type(converter).__name__))
