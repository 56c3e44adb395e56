"""The sink's options: names, defaults, limits with their sources, and what is wrong with them.

Java holds the same defaults and limits (`sink/SinkOptions`); a test compares them.
"""

from __future__ import annotations

import dataclasses
import difflib
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyflink_dynamodb import _aws
from pyflink_dynamodb.errors import InvalidConfigurationError

logger = logging.getLogger(__name__)

INT_MAX = 2**31 - 1

# What was said to this process already: a sink is validated more than once.
_warned: set[str] = set()

# What becomes of the table when a sink is attached to a stream.
INIT_MODES = ("default", "create_if_not_exists", "replace")
KEY_TYPES = ("S", "N", "B")

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
    key_schema: tuple[str | tuple[str, str], ...] = ()
    init_mode: str = "default"
    provisioned_throughput: tuple[int, int] | None = None
    report_consumed_capacity: bool = False
    shuffle_by_key: bool = False

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names in `key_schema`, whose members may be names or pairs of name and type."""
        return tuple(key if isinstance(key, str) else key[0] for key in self.key_schema)

    @property
    def key_types(self) -> tuple[str | None, ...]:
        """The types in `key_schema`, None where there is none."""
        return tuple(None if isinstance(key, str) else key[1] for key in self.key_schema)

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
            *self._init_mode_problems(),
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
        warning = _aws.plain_http_warning(properties.get(_aws.ENDPOINT, ""))
        if warning and warning not in _warned:
            _warned.add(warning)
            logger.warning(warning)
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
        options["key_schema"] = list(self.key_names)
        options["key_types"] = list(self.key_types)
        options["provisioned_throughput"] = list(self.provisioned_throughput or ())
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
        key_schema: Any = self.key_schema
        if not isinstance(key_schema, tuple) or not all(map(_is_key, key_schema)):
            problems.append(
                "key_schema must name the partition key and, where the table has one, the sort "
                "key, each by its name, or by name and type: 'id' or ('id', 'S'), with 'S' for "
                "text, 'N' for numbers, 'B' for bytes"
            )
            return problems
        declared_keys: dict[str, Any] = {
            "overwrite_by_partition_keys": self.overwrite_by_partition_keys,
            "key_schema": self.key_names,
        }
        for name, names in declared_keys.items():
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
        declared = set(self.key_names or self.overwrite_by_partition_keys)
        if self.overwrite_by_partition_keys and set(self.overwrite_by_partition_keys) != declared:
            problems.append(
                f"key_schema is {list(self.key_names)} and overwrite_by_partition_keys is "
                f"{list(self.overwrite_by_partition_keys)}; both must name the table's whole "
                "primary key"
            )
        if self.shuffle_by_key and not (self.key_schema or self.overwrite_by_partition_keys):
            problems.append(
                "shuffle_by_key needs the table's key: call set_key_schema or "
                "set_overwrite_by_partition_keys"
            )
        return problems

    def _init_mode_problems(self) -> list[str]:
        problems = []
        mode: Any = self.init_mode
        if mode not in INIT_MODES:
            nearest = difflib.get_close_matches(str(mode), INIT_MODES, n=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            problems.append(f"init_mode must be one of {', '.join(INIT_MODES)}{hint}")
        elif mode != "default" and not self.key_schema:
            problems.append(f"init_mode {mode} needs the table's key: call set_key_schema")
        throughput: Any = self.provisioned_throughput
        if throughput is None:
            return problems
        if not (
            isinstance(throughput, tuple)
            and len(throughput) == 2
            and all(type(units) is int and units >= 1 for units in throughput)
        ):
            problems.append(
                "provisioned_throughput must be two whole numbers above 0: read and write "
                "capacity units a second"
            )
        elif mode == "default":
            problems.append(
                "provisioned_throughput is for a table that the sink creates; set init_mode to "
                "create_if_not_exists or replace, or leave it out"
            )
        return problems


def _is_key(key: object) -> bool:
    """Whether it is a name, or a pair of name and type."""
    if isinstance(key, tuple):
        return len(key) == 2 and isinstance(key[0], str) and key[1] in KEY_TYPES
    return isinstance(key, str)
