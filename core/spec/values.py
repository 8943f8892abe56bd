"""Values that are written down in a dataset, as the engine holds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from .compiled import decimal_places

_MOST_PLACES: Final = 9


def written_type(values: Sequence[Any]) -> str:
    """The SQL type of the values of one column (None is NULL); raises ValueError where they do not go together."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        raise ValueError("all values are empty; give at least one")
    if kinds <= {int, float}:
        places = max(_places(value) for value in values if value is not None)
        if places > _MOST_PLACES:
            raise ValueError(f"the numbers have {places} digits after the point, more than {_MOST_PLACES}")
        return f"decimal(18,{places})" if places else "bigint"
    if len(kinds) > 1:
        raise ValueError(f"the values are not of one type: {', '.join(sorted(kind.__name__ for kind in kinds))}")
    found = {str: "varchar", bool: "boolean", date: "date"}.get(kinds.pop())
    if found is None:
        raise ValueError("the values are not texts, numbers, dates, `true` or `false`")
    return found


def physical(value: Any, kind: str) -> int | float | str | bool | None:
    """A written value as the engine holds a column of a SQL type (None is NULL); raises ValueError where it is none.

    Dates are days and timestamps microseconds from 1970-01-01 (UTC), decimals whole numbers of their last digit.
    """
    if value is None:
        return None
    right: Any = None
    if (kind == "varchar" and isinstance(value, str)) or (kind == "boolean" and isinstance(value, bool)):
        right = value
    elif kind == "date" and type(value) is date:
        right = (value - date(1970, 1, 1)).days
    elif kind == "timestamp" and isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        right = round((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
    elif type(value) in (int, float) and kind == "double":
        right = float(value)
    elif type(value) in (int, float) and kind.startswith(("bigint", "integer", "decimal")) and _places(value) <= decimal_places(kind):
        right = int(Decimal(str(value)).scaleb(decimal_places(kind)))
    if right is None:
        raise ValueError(f"`{value}` is not of type {kind}")
    out: int | float | str | bool = right
    return out


def _places(value: float) -> int:
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
