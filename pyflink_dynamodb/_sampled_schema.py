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
    """What a sample says of a table. The key comes first, partition key before sort key."""

    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    set_columns: tuple[str, ...]


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
    columns = []
    for name, values in seen.items():
        if values.tags:
            columns.append(Column(name, values.sql_type(), values.comment()))
        else:
            columns.append(Column(name, _KEYS[types[name]], "the table is empty"))
    sets = tuple(name for name, values in seen.items() if values.is_set())
    return SampledSchema(tuple(columns), tuple(keys), sets)


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

    def sql_type(self) -> str:
        if self._is_bigint:
            return "BIGINT"
        precision = self._digits + self._scale
        return f"DECIMAL({precision}, {self._scale})" if precision <= _MAX_DIGITS else "STRING"


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
        """Whether every value but NULL was a set."""
        kinds = self.kinds()
        return bool(kinds) and all(kind in _SETS for kind in kinds)

    def sql_type(self) -> str:
        """The narrowest type that holds every value; STRING where there is none."""
        kinds = self.kinds()
        if len(kinds) != 1:
            return "STRING"
        (kind,) = kinds
        if kind == "N":
            return self.numbers.sql_type()
        if kind == "L" or kind in _SETS:
            return f"ARRAY<{self.elements.sql_type() if self.elements else 'STRING'}>"
        if kind == "M":
            return self._map_type()
        return _SCALARS[kind]

    def comment(self) -> str:
        """What the type does not tell: attributes of several types, or never with a value."""
        kinds = self.kinds()
        if not kinds:
            return "only NULL in the sample"
        if len(kinds) > 1:
            counts = ", ".join(f"{kind} in {self.tags[kind]}" for kind in sorted(kinds))
            return f"several types in the sample: {counts}"
        nested = [*self.members.values(), *([self.elements] if self.elements else [])]
        if any(len(each.kinds()) > 1 or each.comment().startswith("a part") for each in nested):
            return "a part of it has several types in the sample"
        if kinds == {"N"} and self.numbers.sql_type() == "STRING":
            return "numbers that no DECIMAL holds"
        return ""

    def kinds(self) -> set[str]:
        """The types that came, NULL left out."""
        return {tag for tag in self.tags if tag != "NULL"}

    def _map_type(self) -> str:
        if not self.members:
            return "MAP<STRING, STRING>"
        if len(self.members) > _MOST_FIELDS:
            types = {member.sql_type() for member in self.members.values()}
            return f"MAP<STRING, {types.pop() if len(types) == 1 else 'STRING'}>"
        fields = (
            f"`{name.replace('`', '``')}` {member.sql_type()}"
            for name, member in self.members.items()
        )
        return f"ROW<{', '.join(fields)}>"
