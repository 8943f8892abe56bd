"""Lists whose rows are valid for some time: from a day on, to a day, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from ..errors import brief
from .kinds.base import Scope

FIELDS: Final = ("valid_from", "valid_to")
"""Of a list: the first and the last day on which a row is valid; empty: without end."""
_MOST: Final = 65_536


def spans(scope: Scope, pool: str, fields: Mapping[str, Any]) -> list[tuple[date, date]]:
    """The first and the last day of each row of a list; raises ValueError."""
    named = [name for name in FIELDS if name in fields]
    if not named:
        raise ValueError(f"the pool `{pool}` has neither a field `valid_from` nor `valid_to`, so its rows hold on all days; leave out `at`")
    rows = scope.pool_rows(pool)
    if rows > _MOST:
        raise ValueError(f"`at` is for lists of at most {_MOST:,} rows; `{pool}` has {rows:,}")
    ends = {"valid_from": [date.min] * rows, "valid_to": [date.max] * rows}
    for name in named:
        ends[name] = [_day(pool, name, text, ends[name][0]) for text in scope.pool_column(pool, name)]
    out = list(zip(ends["valid_from"], ends["valid_to"], strict=True))
    for first, last in out:
        if last < first:
            raise ValueError(f"a row of `{pool}` is valid from {first} to {last}, which is before")
    return out


def _day(pool: str, field: str, text: Any, otherwise: date) -> date:
    if text == "":
        return otherwise
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"`{field}` of the pool `{pool}` holds `{brief(str(text))}`, which is no day such as 2024-01-31") from None


def gap(of: Sequence[tuple[date, date]], first: date, last: date) -> date | None:
    """The first day of a stretch on which no row is valid; None: there is none."""
    day = first
    for begin, end in sorted(of):
        if begin > day:
            break
        if end >= last:
            return None
        day = max(day, end + timedelta(days=1))
    return day if day <= last else None
