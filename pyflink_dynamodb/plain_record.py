"""A record to its put request in as little as it takes, where all its fields are plain.

A class whose fields are declared as str, int, float and bool gets a function generated that writes
the request's text at once, without a dict for each attribute value in between: that takes half the
time. It takes no decision of its own. What a plain field may not hold, and every other class, goes
the way by `members_encoder`, which is right for all values and says what is wrong with one.
"""

from __future__ import annotations

from typing import Any, Callable

from orjson import JSONEncodeError, dumps

from pyflink_dynamodb.annotations import Attribute, Ignore, PartitionKey, SortKey
from pyflink_dynamodb.marked_value import form_of
from pyflink_dynamodb.record_class import Field, record_class
from pyflink_dynamodb.type_rule import type_name
from pyflink_dynamodb.write_request import item_encoder, put_json

PutEncoder = Callable[[Any], bytes]
"""A record to the wire form of the request that puts it."""

# By the declared type of a field: the test that the value `v` is such a one and needs no further
# look, its attribute value on the wire, and what is filled in there.
_PLAIN: dict[object, tuple[str, bytes, str]] = {
    str: ("{v}.__class__ is str", b'{"S":%b}', "dumps({v})"),
    int: (
        f"{{v}}.__class__ is int and {-(2**63)} <= {{v}} < {2**63}",
        b'{"N":"%d"}',
        "{v}",
    ),
    # %a writes what `repr` does.
    float: (
        "{v}.__class__ is float and (1e-130 <= {v} < 1e126 or {v} == 0 or -1e126 < {v} <= -1e-130)",
        b'{"N":"%a"}',
        "{v}",
    ),
    bool: ("{v}.__class__ is bool", b'{"BOOL":%b}', "b'true' if {v} else b'false'"),
}
# They say what an attribute is called and what it is to the table, not how its value is stored.
_NAMING = {Attribute, PartitionKey, SortKey}


def put_encoder(cls: type, ignore_nulls: bool = False, bean: bool = False) -> PutEncoder | None:
    """The way from an instance of a class to its put request; None for a class of no records.

    Args:
        cls: As `members_encoder` takes it.
        ignore_nulls: Leave out what is None, in the record itself, not in what it contains.
        bean: Take a plain class without markers, too.

    Raises:
        InvalidConfigurationError: The markers in the class's annotations contradict each other.
    """
    encode_members = item_encoder(cls, ignore_nulls, bean)
    if encode_members is None:
        return None

    def encode_put(record: object) -> bytes:
        return put_json(encode_members(record, 1))

    record = record_class(cls, bean)
    fields = [field for field in record.fields if Ignore not in field.markers] if record else []
    if fields and all(map(_is_plain, fields)):
        return _generated(cls, fields, encode_put)
    return encode_put


def _is_plain(field: Field) -> bool:
    declared = isinstance(field.hint, type) and field.hint in _PLAIN
    return declared and form_of(field.markers) is None and set(field.markers) <= _NAMING


def _generated(cls: type, fields: list[Field], encode_put: PutEncoder) -> PutEncoder:
    """Write and compile the function of a class whose fields are plain."""
    tests, members, contents = [], [], []
    for index, field in enumerate(fields):
        test, attribute_value, content = _PLAIN[field.hint]
        v = f"v{index}"
        # The first `v` of the test reads the field, which is the first thing to be evaluated.
        tests.append(test.format(v=v).replace(v, f"({v} := {field.raw.read})", 1))
        members.append(_quoted(field.attribute) + b":" + attribute_value)
        contents.append(content.format(v=v))
    request = b'{"PutRequest":{"Item":{%b}}}' % b",".join(members)
    lines = [
        "def encode_plain(record):",
        " try:",
        f"  if {' and '.join(tests)}:",
        f"   return {request!r} % ({', '.join(contents)},)",
        # A field that was never set; text that UTF-8 cannot hold.
        " except (AttributeError, JSONEncodeError):",
        "  pass",
        " return encode_put(record)",
    ]
    names: dict[str, Any] = {
        "dumps": dumps,
        "encode_put": encode_put,
        "JSONEncodeError": JSONEncodeError,
    }
    # Field names are identifiers, attributes' are quoted; nothing of a record gets in.
    exec(compile("\n".join(lines), f"<encoder of plain {type_name(cls)}>", "exec"), names)  # noqa: S102
    encode_plain: PutEncoder = names["encode_plain"]
    return encode_plain


def _quoted(attribute: str) -> bytes:
    """An attribute's name as it stands in what `%` fills in."""
    return dumps(attribute).replace(b"%", b"%%")
