"""The sink's options: names, defaults, limits with their sources, and what is wrong with them.

Java holds the same defaults and limits (`sink/SinkOptions`); a test compares them.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyflink_dynamodb import _aws
from pyflink_dynamodb.errors import InvalidConfigurationError

INT_MAX = 2**31 - 1

# Smallest and largest value of every numeric option.
LIMITS: Mapping[str, tuple[int, int]] = {
    # Most write requests in a call. Source: API reference, BatchWriteItem.
    "max_batch_size": (1, 25),
    "max_in_flight_requests": (1, INT_MAX),
    "max_buffered_requests": (1, INT_MAX),
    "max_time_in_buffer_ms": (1, INT_MAX),
    # 16 MB a call. Source: API reference, BatchWriteItem.
    "max_batch_size_in_bytes": (1, 16 * 1024 * 1024),
    # 400 KB an item. Source: developer guide, service quotas.
    "max_record_size_in_bytes": (1, 400 * 1024),
    # A writer's state in a checkpoint is one array of bytes, which must hold all of them.
    "max_buffered_bytes": (1, 1024 * 1024 * 1024),
    "request_timeout_ms": (1, INT_MAX),
}

# Source: developer guide, naming rules; an ARN is taken wherever a name is.
_TABLE_NAME = re.compile(r"(arn:[^:]+:dynamodb:[^:]+:[0-9]{12}:table/)?[a-zA-Z0-9_.-]{3,255}\Z")


@dataclass(frozen=True)
class RejectionPolicy:
    """What becomes of a record that can never be written.

    Such a record lacks a key, is too big, cannot be converted, or is refused by DynamoDB.
    Use `RejectionPolicy.fail()`, `.skip()` or `.dead_letter(path)`.
    """

    kind: str
    path: str | None = None

    @staticmethod
    def fail() -> RejectionPolicy:
        """Fail the job (the default)."""
        return RejectionPolicy("fail")

    @staticmethod
    def skip() -> RejectionPolicy:
        """Leave the record out; it is counted, and logged without its values."""
        return RejectionPolicy("skip")

    @staticmethod
    def dead_letter(path: str | os.PathLike[str]) -> RejectionPolicy:
        """Write the record to a directory of JSON lines files.

        Args:
            path: Directory, a URI of any file system that Flink has, such as
                "s3://bucket/dead-letters", or a local path. A line has the members `request`,
                `error_code`, `error_message`, `table` and `time`.
        """
        text = os.fspath(path)
        return RejectionPolicy("dead_letter", text if "://" in text else str(Path(text).absolute()))


@dataclass(frozen=True)
class SinkConfig:
    """Options of a sink as the user gave them. `validated()` gives those that can be used."""

    table_name: str | None = None
    dynamodb_properties: Mapping[str, str] = field(default_factory=dict, repr=False)
    element_converter: Any = None
    overwrite_by_partition_keys: tuple[str, ...] = ()
    fail_on_error: bool = False
    max_batch_size: int = 25
    max_in_flight_requests: int = 50
    max_buffered_requests: int = 10_000
    max_time_in_buffer_ms: int = 5_000
    max_batch_size_in_bytes: int = 16 * 1024 * 1024
    max_record_size_in_bytes: int = 400 * 1024
    max_buffered_bytes: int = 64 * 1024 * 1024
    request_timeout_ms: int = 60_000
    rejection_policy: RejectionPolicy = RejectionPolicy("fail")
    flush_on_checkpoint: bool = False
    key_schema: tuple[str, ...] = ()
    report_consumed_capacity: bool = False
    shuffle_by_key: bool = False

    def validated(self, environ: Mapping[str, str] | None = None) -> SinkConfig:
        """The same options, with region and endpoint made explicit.

        Args:
            environ: Environment variables, by default the process's own.

        Raises:
            InvalidConfigurationError: Lists every problem there is.
        """
        environ = os.environ if environ is None else environ
        problems = [
            *self._table_name_problems(),
            *self._kind_problems(),
            *self._number_problems(),
            *self._key_problems(),
        ]
        properties: dict[str, str] = {}
        if isinstance(self.dynamodb_properties, Mapping):
            problems.extend(_aws.property_problems(self.dynamodb_properties))
            properties = dict(self.dynamodb_properties)
            region = _aws.resolve_region(properties, environ)
            if region:
                properties[_aws.REGION] = region
            else:
                problems.append(
                    "no AWS region: set the property 'aws.region', the environment variable "
                    "AWS_REGION, or `region` in your AWS profile"
                )
            endpoint = _aws.resolve_endpoint(properties, environ)
            if endpoint:
                properties[_aws.ENDPOINT] = endpoint
                problem = _aws.endpoint_problem(endpoint)
                problems.extend([problem] if problem else [])
        if problems:
            raise InvalidConfigurationError(problems)
        return dataclasses.replace(self, dynamodb_properties=properties)

    def java_options(self) -> dict[str, Any]:
        """The options as `DynamoDbSink.of` in Java takes them."""
        options = {
            option.name: getattr(self, option.name)
            for option in dataclasses.fields(self)
            if option.name not in ("element_converter", "rejection_policy")
        }
        options["dynamodb_properties"] = dict(self.dynamodb_properties)
        options["overwrite_by_partition_keys"] = list(self.overwrite_by_partition_keys)
        options["key_schema"] = list(self.key_schema)
        options["rejection_policy"] = self.rejection_policy.kind
        options["dead_letter_path"] = self.rejection_policy.path
        return options

    def _table_name_problems(self) -> list[str]:
        if self.table_name is None:
            return ["no table name: call set_table_name"]
        name: Any = self.table_name
        if not isinstance(name, str) or not _TABLE_NAME.match(name):
            return ["table_name must be 3 to 255 characters of a-zA-Z0-9_.-, or a table's ARN"]
        return []

    def _kind_problems(self) -> list[str]:
        problems = []
        if not isinstance(self.dynamodb_properties, Mapping):
            problems.append("dynamodb_properties must be a mapping of str to str")
        if self.element_converter is not None and not callable(self.element_converter):
            problems.append(
                "element_converter must be callable: an ElementConverter, or a function that "
                f"takes an element and returns a WriteRequest or a dict; "
                f"{type(self.element_converter).__name__} is not"
            )
        if not isinstance(self.rejection_policy, RejectionPolicy):
            problems.append(
                "rejection_policy must be RejectionPolicy.fail(), .skip() or .dead_letter(path)"
            )
        switches = (
            "fail_on_error",
            "flush_on_checkpoint",
            "report_consumed_capacity",
            "shuffle_by_key",
        )
        problems.extend(
            f"{name} must be True or False"
            for name in switches
            if not isinstance(getattr(self, name), bool)
        )
        return problems

    def _number_problems(self) -> list[str]:
        problems = []
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                problems.append(f"{name} must be an int, not {type(value).__name__}")
            elif not low <= value <= high:
                problems.append(f"{name} is {value}; it must be {low} to {high}")
        if problems:
            return problems
        # Both as in Flink's AsyncSinkWriter.
        if self.max_buffered_requests <= self.max_batch_size:
            problems.append(
                f"max_buffered_requests ({self.max_buffered_requests}) must be above "
                f"max_batch_size ({self.max_batch_size}), or a batch could never fill"
            )
        if self.max_batch_size_in_bytes < self.max_record_size_in_bytes:
            problems.append(
                f"max_batch_size_in_bytes ({self.max_batch_size_in_bytes}) must be at least "
                f"max_record_size_in_bytes ({self.max_record_size_in_bytes}), or a record that "
                "is allowed could never be sent"
            )
        return problems

    def _key_problems(self) -> list[str]:
        problems = []
        for name in ("overwrite_by_partition_keys", "key_schema"):
            names = getattr(self, name)
            well_formed = isinstance(names, tuple) and all(
                isinstance(each, str) and each for each in names
            )
            if not well_formed or len(names) > 2 or len(set(names)) != len(names):
                problems.append(
                    f"{name} must name one or two different attributes: the partition key and, "
                    "where the table has one, the sort key"
                )
        if problems:
            return problems
        declared = set(self.key_schema or self.overwrite_by_partition_keys)
        if self.overwrite_by_partition_keys and set(self.overwrite_by_partition_keys) != declared:
            problems.append(
                f"key_schema is {list(self.key_schema)} and overwrite_by_partition_keys is "
                f"{list(self.overwrite_by_partition_keys)}; both must name the table's whole "
                "primary key"
            )
        if self.shuffle_by_key and not (self.key_schema or self.overwrite_by_partition_keys):
            problems.append(
                "shuffle_by_key needs the table's key: call set_key_schema or "
                "set_overwrite_by_partition_keys"
            )
        return problems
