"""A PyFlink sink for Amazon DynamoDB, and a source of a table's changes.

sink = DynamoDbSink.builder().set_table_name("orders").build()
stream.sink_to(sink)

source = DynamoDbStreamsSource.builder().set_table_name("orders").build()
changes = env.from_source(source, WatermarkStrategy.no_watermarks(), "orders")
"""

from __future__ import annotations

from pyflink_dynamodb._version import __version__
from pyflink_dynamodb.annotations import (
    AsEpoch,
    AsJson,
    AsPickle,
    AsSet,
    Attribute,
    Flatten,
    Ignore,
    IgnoreNulls,
    PartitionKey,
    SortKey,
    TimeToLive,
    VersionAttribute,
)
from pyflink_dynamodb.converters import (
    BeanElementConverter,
    DataclassElementConverter,
    DefaultElementConverter,
    ElementConverter,
    RowElementConverter,
    TypeInformedElementConverter,
)
from pyflink_dynamodb.errors import (
    BridgeError,
    ConversionError,
    InvalidAttributeValueError,
    InvalidConfigurationError,
    JarNotFoundError,
    MissingKeyError,
    PyFlinkDynamoDbError,
    StreamRecordError,
    TableInitializationError,
    UnsupportedTypeError,
    VersionMismatchError,
    WireFormatError,
)
from pyflink_dynamodb.item import from_item
from pyflink_dynamodb.registered_type import register_type
from pyflink_dynamodb.shard_assigner import (
    CustomShardAssigner,
    HashShardAssigner,
    UniformShardAssigner,
)
from pyflink_dynamodb.sink import DynamoDbSink, DynamoDbSinkBuilder, RejectionPolicy, write_dynamodb
from pyflink_dynamodb.stream_record import StreamRecord, UserIdentity
from pyflink_dynamodb.stream_schema import (
    NewImageSchema,
    StreamRecordJsonSchema,
    StreamRecordSchema,
    StreamRowSchema,
)
from pyflink_dynamodb.streams_source import DynamoDbStreamsSource, DynamoDbStreamsSourceBuilder
from pyflink_dynamodb.write_request import WriteRequest

__all__ = [
    "AsEpoch",
    "AsJson",
    "AsPickle",
    "AsSet",
    "Attribute",
    "BeanElementConverter",
    "BridgeError",
    "ConversionError",
    "CustomShardAssigner",
    "DataclassElementConverter",
    "DefaultElementConverter",
    "DynamoDbSink",
    "DynamoDbSinkBuilder",
    "DynamoDbStreamsSource",
    "DynamoDbStreamsSourceBuilder",
    "ElementConverter",
    "Flatten",
    "HashShardAssigner",
    "Ignore",
    "IgnoreNulls",
    "InvalidAttributeValueError",
    "InvalidConfigurationError",
    "JarNotFoundError",
    "MissingKeyError",
    "NewImageSchema",
    "PartitionKey",
    "PyFlinkDynamoDbError",
    "RejectionPolicy",
    "RowElementConverter",
    "SortKey",
    "StreamRecord",
    "StreamRecordError",
    "StreamRecordJsonSchema",
    "StreamRecordSchema",
    "StreamRowSchema",
    "TableInitializationError",
    "TimeToLive",
    "TypeInformedElementConverter",
    "UniformShardAssigner",
    "UnsupportedTypeError",
    "UserIdentity",
    "VersionAttribute",
    "VersionMismatchError",
    "WireFormatError",
    "WriteRequest",
    "__version__",
    "from_item",
    "register_type",
    "write_dynamodb",
]
