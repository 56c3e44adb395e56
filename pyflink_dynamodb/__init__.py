"""A PyFlink sink for Amazon DynamoDB.

sink = DynamoDbSink.builder().set_table_name("orders").build()
stream.sink_to(sink)
"""

from __future__ import annotations

from pyflink_dynamodb._version import __version__
from pyflink_dynamodb.converters import (
    DataclassElementConverter,
    DefaultElementConverter,
    ElementConverter,
    RowElementConverter,
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
from pyflink_dynamodb.sink import DynamoDbSink, DynamoDbSinkBuilder, RejectionPolicy, write_dynamodb
from pyflink_dynamodb.write_request import WriteRequest

__all__ = [
    "BridgeError",
    "ConversionError",
    "DataclassElementConverter",
    "DefaultElementConverter",
    "DynamoDbSink",
    "DynamoDbSinkBuilder",
    "ElementConverter",
    "InvalidAttributeValueError",
    "InvalidConfigurationError",
    "JarNotFoundError",
    "MissingKeyError",
    "PyFlinkDynamoDbError",
    "RejectionPolicy",
    "RowElementConverter",
    "TableInitializationError",
    "UnsupportedTypeError",
    "VersionMismatchError",
    "WireFormatError",
    "WriteRequest",
    "__version__",
    "write_dynamodb",
]
