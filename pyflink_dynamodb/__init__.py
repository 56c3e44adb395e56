"""A PyFlink sink for Amazon DynamoDB.

sink = DynamoDbSink.builder().set_table_name("orders").build()
stream.sink_to(sink)
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
    TableInitializationError,
    UnsupportedTypeError,
    VersionMismatchError,
    WireFormatError,
)
from pyflink_dynamodb.item import from_item
from pyflink_dynamodb.registered_type import register_type
from pyflink_dynamodb.sink import DynamoDbSink, DynamoDbSinkBuilder, RejectionPolicy, write_dynamodb
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
    "DataclassElementConverter",
    "DefaultElementConverter",
    "DynamoDbSink",
    "DynamoDbSinkBuilder",
    "ElementConverter",
    "Flatten",
    "Ignore",
    "IgnoreNulls",
    "InvalidAttributeValueError",
    "InvalidConfigurationError",
    "JarNotFoundError",
    "MissingKeyError",
    "PartitionKey",
    "PyFlinkDynamoDbError",
    "RejectionPolicy",
    "RowElementConverter",
    "SortKey",
    "TableInitializationError",
    "TimeToLive",
    "TypeInformedElementConverter",
    "UnsupportedTypeError",
    "VersionAttribute",
    "VersionMismatchError",
    "WireFormatError",
    "WriteRequest",
    "__version__",
    "from_item",
    "register_type",
    "write_dynamodb",
]
