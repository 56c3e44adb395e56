"""What Hypothesis draws: Python values that DynamoDB can hold, and what each should become.

`attribute_value` and `reading` are written a second time here, the plain way, for the package's
own to be compared with.
"""

from __future__ import annotations

import base64
import datetime
import uuid
from decimal import Context, Decimal
from typing import Any

from hypothesis import strategies as st

# More than any number here has, so that nothing is rounded on its way into a test.
EXACT = Context(prec=200)


def exact(digits: int, exponent: int) -> Decimal:
    return EXACT.scaleb(Decimal(digits), exponent)


INTEGERS = st.integers(-(10**38) + 1, 10**38 - 1)
DECIMALS = st.one_of(
    # 38 digits at any place; the first of them at 1E-130 to 1E+125.
    st.builds(exact, INTEGERS, st.integers(-130, 125 - 37)),
    st.sampled_from(["1E+30", "1.50", "0.0", "-0", "9.99E+125", "1E-130", "100E+10"]).map(Decimal),
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: number == 0 or 1e-130 <= abs(number) < 1e126
)
TEXT = st.text(max_size=20)
BINARY = st.binary(max_size=20)
NAMES = st.text(min_size=1, max_size=10)
TIMES = st.one_of(
    st.dates(),
    st.times(),
    st.datetimes(timezones=st.none() | st.just(datetime.timezone(datetime.timedelta(hours=-7)))),
    st.timedeltas(),
)
SETS = st.one_of(
    st.sets(TEXT, min_size=1, max_size=4),
    st.sets(INTEGERS, min_size=1, max_size=4),
    st.frozensets(BINARY, min_size=1, max_size=4),
)
SCALARS = st.one_of(
    *(st.none(), st.booleans(), INTEGERS, DECIMALS, FLOATS, TEXT, BINARY, st.uuids(), TIMES, SETS)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(NAMES, inner, max_size=4),
    ),
    max_leaves=12,
)
ITEMS = st.dictionaries(NAMES, VALUES, max_size=6)


def attribute_value(value: Any) -> dict[str, Any]:  # noqa: C901, PLR0911 - one line a type
    """The type table as its reader would write it down."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, Decimal) and value == 0:
        return {"N": "0"}
    if isinstance(value, (int, float)):
        return {"N": repr(value)}
    if isinstance(value, datetime.timedelta):
        return {"N": str(value // datetime.timedelta(microseconds=1) * 1000)}
    if isinstance(value, Decimal):
        return {"N": str(value)}
    if isinstance(value, (str, uuid.UUID)):
        return {"S": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, (set, frozenset)):
        ((tag, _),) = attribute_value(next(iter(value))).items()
        return {f"{tag}S": sorted(attribute_value(member)[tag] for member in value)}
    if isinstance(value, (list, tuple)):
        return {"L": [attribute_value(member) for member in value]}
    if isinstance(value, dict):
        return {"M": {name: attribute_value(member) for name, member in value.items()}}
    return {"S": value.isoformat()}


def reading(value: Any) -> Any:  # noqa: PLR0911 - as above
    """What a value has become when it is read back."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, datetime.timedelta):
        return value // datetime.timedelta(microseconds=1) * 1000
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [reading(member) for member in value]
    if isinstance(value, dict):
        return {name: reading(member) for name, member in value.items()}
    return value


def wire(value: Any) -> Any:
    """An attribute value, or several, as JSON has them: binary in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: wire(member) for name, member in value.items()}
    if isinstance(value, list):
        return [wire(member) for member in value]
    return value


def item_on_the_wire(item: dict[str, Any]) -> dict[str, Any]:
    return {name: wire(attribute_value(value)) for name, value in item.items()}
