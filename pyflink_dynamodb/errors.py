"""Every error this package raises, in one tree.

PyFlinkDynamoDbError
├─ InvalidConfigurationError (ValueError)      .problems: all of them
├─ ConversionError                             .path, .python_type
│  ├─ UnsupportedTypeError (TypeError)         no rule for the type
│  └─ InvalidAttributeValueError (ValueError)  number range, NaN, depth, empty set
├─ MissingKeyError (ValueError)                partition or sort key absent, empty, wrong type
├─ TableInitializationError                    a table that could not be created or replaced
├─ StreamRecordError                           a stream record lacks what is asked of it
├─ WireFormatError                             no write request, attribute value, stream record
└─ BridgeError                                 the Java side; chains the Py4J error
   ├─ JarNotFoundError                         .searched
   └─ VersionMismatchError                     both versions

A message says where, what and the remedy, and never holds a value of a record: PyFlink shows a
worker's error as text in a Java stack trace, which ends in logs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}\Z")


class PyFlinkDynamoDbError(Exception):
    """Base of every error of this package."""


class InvalidConfigurationError(PyFlinkDynamoDbError, ValueError):
    """Options that cannot work, alone or together; `problems` lists all of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return self.problems[0]
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        return f"{len(self.problems)} problems in the configuration:{lines}"


class ConversionError(PyFlinkDynamoDbError):
    """A record, or a value in it, that cannot become a write request.

    Attributes:
        problem: What is wrong and what to do about it.
        python_type: Qualified name of the class of the value the path leads to, if known.
        path: Where the value is, such as `$.lines[3].price`; `$` is the record itself.
    """

    def __init__(self, problem: str, python_type: str | None = None, path: str = "$") -> None:
        super().__init__(problem, python_type, path)
        self.problem = problem
        self.python_type = python_type
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"

    def under_name(self, name: str) -> None:
        """Lead the path one level further out: under the attribute `name`."""
        # A name may be anything up to 64 KB; a message stays on one short line.
        self._lead(f".{name}" if _PLAIN_NAME.match(name) else f"[{name[:80]!r}]")

    def under_index(self, index: int) -> None:
        """Lead the path one level further out: at position `index` of a list."""
        self._lead(f"[{index}]")

    def _lead(self, segment: str) -> None:
        self.path = f"${segment}{self.path[1:]}"
        self.args = (self.problem, self.python_type, self.path)


class UnsupportedTypeError(ConversionError, TypeError):
    """A type for which there is no rule."""


class InvalidAttributeValueError(ConversionError, ValueError):
    """A value that DynamoDB cannot hold: number range, NaN, nesting depth, empty set."""


class MissingKeyError(PyFlinkDynamoDbError, ValueError):
    """A partition or sort key that is absent, empty or of the wrong type."""


class TableInitializationError(PyFlinkDynamoDbError):
    """A table that could not be created or replaced; the message has the service's sentence."""


class StreamRecordError(PyFlinkDynamoDbError):
    """A stream record without what is asked of it, or on which a schema's function failed."""


class WireFormatError(PyFlinkDynamoDbError):
    """What should be a write request, an attribute value or a stream record and is not."""


class BridgeError(PyFlinkDynamoDbError):
    """The Java side could not be reached or refused; the Py4J error is the cause."""


class JarNotFoundError(BridgeError):
    """The connector's jar is neither in the package nor on the class path."""

    def __init__(self, searched: Sequence[str], remedy: str) -> None:
        super().__init__(tuple(searched), remedy)
        self.searched = tuple(searched)
        self.remedy = remedy

    def __str__(self) -> str:
        places = ", ".join(self.searched)
        return f"the connector's jar was not found; searched: {places}; {self.remedy}"


class VersionMismatchError(BridgeError):
    """Two parts that do not work together, each named with its version."""

    def __init__(self, found: str, needed: str, remedy: str) -> None:
        super().__init__(found, needed, remedy)
        self.found = found
        self.needed = needed
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.found} does not work with {self.needed}; {self.remedy}"
