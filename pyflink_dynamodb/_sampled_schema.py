"""SQL columns for a table, proposed from its key schema and some of its items."""

from __future__ import annotations

import decimal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# A map of more members than this is a dictionary, not a record.
_MOST_FIELDS = 50
# Flink's own limit of DECIMAL, and DynamoDB's of N.
_MAX_DIGITS = 38
_LEAST_BIGINT, _MOST_BIGINT = -(2**63), 2**63 - 1

_SCALARS = {"S": "STRING", "B": "BYTES", "BOOL": "BOOLEAN"}
_SETS = {"SS": "S", "NS": "N", "BS": "B"}
_KEYS = {"S": "STRING", "N": "DECIMAL(38, 0)", "B": "BYTES"}


@dataclass(frozen=True)
class Column:
    """A column: name, SQL type, and what there is to say about it."""

    name: str
    sql_type: str
    comment: str = ""

    def ddl(self) -> str:
        """The column as CREATE TABLE has it."""
        name = self.name.replace("`", "``")
        comment = self.comment.replace("'", "''")
        return f"`{name}` {self.sql_type}" + (f" COMMENT '{comment}'" if comment else "")


@dataclass(frozen=True)
class SampledSchema:
    """What a sample says of a table. The key comes first, partition key before sort key.

    Attributes:
        columns: What SQL can read.
        primary_key: Empty if a part of the key is no column.
        set_columns: The columns that held one kind of set and nothing else but NULL.
        left_out: The attributes that no SQL type reads, and why.
    """

    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    set_columns: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def sampled_schema(client: Any, table_name: str, sample: int) -> SampledSchema:
    """The schema of a table.

    Args:
        client: A boto3 client of DynamoDB.
        table_name: The table, by name or ARN.
        sample: How many items to read, at most.
    """
    table = client.describe_table(TableName=table_name)["Table"]
    ordered = sorted(table["KeySchema"], key=lambda key: str(key["KeyType"]))  # HASH, RANGE
    keys = [key["AttributeName"] for key in ordered]
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    seen: dict[str, _Seen] = {key: _Seen() for key in keys}
    for item in _items(client, table_name, sample):
        for name, value in item.items():
            seen.setdefault(name, _Seen()).add(value)
    columns, sets, left_out = [], [], []
    for name, values in seen.items():
        problem = values.problem()
        if problem:
            left_out.append((name, problem))
        elif values.tags:
            columns.append(Column(name, values.sql_type(), values.comment()))
        else:
            columns.append(Column(name, _KEYS[types[name]], "the table is empty"))
        if not problem and values.is_set():
            sets.append(name)
    if any(name in keys for name, _ in left_out):
        keys = []
    return SampledSchema(tuple(columns), tuple(keys), tuple(sets), tuple(left_out))


def _items(client: Any, table_name: str, sample: int) -> Iterator[Mapping[str, Any]]:
    left = sample
    request = {"TableName": table_name}
    while left > 0:
        # DynamoDB takes a limit of a thousand well; a page ends at 1 MB by itself.
        page = client.scan(**request, Limit=min(left, 1_000))
        yield from page["Items"]
        left -= len(page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


class _Numbers:
    """How many digits a column needs before and after the point."""

    def __init__(self) -> None:
        self._digits = 1
        self._scale = 0
        self._is_bigint = True

    def add(self, text: str) -> None:
        number = decimal.Decimal(text)
        _, digits, exponent = number.as_tuple()
        assert isinstance(exponent, int), "DynamoDB has neither NaN nor infinity"  # noqa: S101
        trailing = len(digits) - len("".join(map(str, digits)).rstrip("0") or "0")
        scale = max(0, -(exponent + trailing))
        self._scale = max(self._scale, scale)
        self._digits = max(self._digits, number.adjusted() + 1)
        self._is_bigint = self._is_bigint and scale == 0 and _LEAST_BIGINT <= number <= _MOST_BIGINT

    def sql_type(self) -> str | None:
        """The narrowest exact type; None where there is none."""
        if self._is_bigint:
            return "BIGINT"
        precision = self._digits + self._scale
        return f"DECIMAL({precision}, {self._scale})" if precision <= _MAX_DIGITS else None


@dataclass
class _Seen:
    """All values of one attribute, or of the members of one list or map."""

    tags: Counter[str] = field(default_factory=Counter)
    numbers: _Numbers = field(default_factory=_Numbers)
    elements: _Seen | None = None
    members: dict[str, _Seen] = field(default_factory=dict)

    def add(self, value: Mapping[str, Any]) -> None:
        ((tag, content),) = value.items()
        self.tags[tag] += 1
        if tag == "N":
            self.numbers.add(content)
        elif tag in _SETS:
            self._add_elements({_SETS[tag]: each} for each in content)
        elif tag == "L":
            self._add_elements(content)
        elif tag == "M":
            for name, member in content.items():
                self.members.setdefault(name, _Seen()).add(member)

    def _add_elements(self, elements: Iterable[Mapping[str, Any]]) -> None:
        if self.elements is None:
            self.elements = _Seen()
        for element in elements:
            self.elements.add(element)

    def is_set(self) -> bool:
        """Whether every value but NULL was a set of one kind."""
        kinds = self.kinds()
        return len(kinds) == 1 and kinds <= _SETS.keys()

    def problem(self) -> str:
        """Why no SQL type reads every value; empty if one does."""
        shapes = self._shapes()
        if len(shapes) > 1:
            *others, last = sorted(self.kinds())
            both = "both" if len(others) == 1 else "all"
            return f"{', '.join(others)} and {last} in the sample; no SQL type reads {both}"
        if shapes == {"N"} and self.numbers.sql_type() is None:
            return "numbers that no DECIMAL holds; DOUBLE would round them"
        if shapes == {"L"} and self.elements and (problem := self.elements.problem()):
            return f"its elements: {problem}"
        if shapes == {"M"} and (problem := self._problem_of_members()):
            return f"its members: {problem}"
        return ""

    def sql_type(self) -> str:
        """The narrowest type that reads every value; STRING where there was none but NULL.

        To be asked only where there is no `problem`. An attribute of several types has none, but
        for lists and sets of the same elements, which an ARRAY reads alike; nor have numbers that
        no DECIMAL holds. A ROW is without the members that have one.
        """
        kind = next(iter(self._shapes()), "S")
        if kind == "N":
            sql_type = self.numbers.sql_type()
            assert sql_type is not None, "a problem"  # noqa: S101
            return sql_type
        if kind == "L":
            return f"ARRAY<{self.elements.sql_type() if self.elements else 'STRING'}>"
        if kind == "M":
            return self._map_type()
        return _SCALARS[kind]

    def comment(self) -> str:
        """What the type does not tell: several types, never a value, or members left out."""
        kinds = self.kinds()
        if not kinds:
            return "only NULL in the sample"
        said = []
        if len(kinds) > 1:
            counts = ", ".join(f"{kind} in {self.tags[kind]}" for kind in sorted(kinds))
            said.append(f"several types in the sample: {counts}")
        # Once each: the members of a map are alike.
        if left_out := dict.fromkeys(self.left_out_parts()):
            said.append(f"left out: {', '.join(left_out)}")
        return "; ".join(said)

    def kinds(self) -> set[str]:
        """The types that came, NULL left out."""
        return {tag for tag in self.tags if tag != "NULL"}

    def _shapes(self) -> set[str]:
        """The types that came, as SQL tells them apart: an ARRAY reads a list and a set."""
        return {"L" if kind in _SETS else kind for kind in self.kinds()}

    def _is_record(self) -> bool:
        return 0 < len(self.members) <= _MOST_FIELDS

    def _problem_of_members(self) -> str:
        problems = {name: member.problem() for name, member in self.members.items()}
        if self._is_record():
            if not all(problems.values()):
                return ""
            return ", ".join(f"{name} ({problem})" for name, problem in problems.items())
        for problem in filter(None, problems.values()):
            return problem
        if len({member.sql_type() for member in self.members.values()}) > 1:
            return f"more than {_MOST_FIELDS}, of several types"
        return ""

    def left_out_parts(self) -> Iterator[str]:
        """The path of every member that is in no ROW of the type, and why."""
        if self.elements is not None:
            yield from (f"[]{each}" for each in self.elements.left_out_parts())
        for name, member in self.members.items():
            path = f".{name}" if self._is_record() else "[...]"
            if problem := member.problem():
                yield f"{path} ({problem})"
            else:
                yield from (f"{path}{each}" for each in member.left_out_parts())

    def _map_type(self) -> str:
        types = {
            name: member.sql_type() for name, member in self.members.items() if not member.problem()
        }
        if not self._is_record():
            return f"MAP<STRING, {next(iter(types.values()), 'STRING')}>"
        fields = (f"`{name.replace('`', '``')}` {each}" for name, each in types.items())
        return f"ROW<{', '.join(fields)}>"
