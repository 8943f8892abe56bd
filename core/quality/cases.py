"""Columns, and parts of moments, by whose values something differs: as texts in SQL, and what is declared for each text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..frozen import dataclass
from ..spec.bands import banded
from .expressions import see
from .subject import Subject, Written

_TEXTS = ("weekday_name", "month_name", "season", "day_part", "holiday", "event")
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Case:
    """Where a path leads, as it can be seen in what is written."""

    sql: str
    """The value as a text that is never NULL, over the row `t` and the joins; whole numbers beyond all bands are the least of these."""
    joins: str
    reads: tuple[str, ...]
    given: tuple[Mapping[str, Any], ...]
    """What is declared for each of these texts, one mapping after the other."""


def case_of(subject: Subject, table: Written, path: str, declared: Sequence[Mapping[str, Any]]) -> Case | None:
    """What differs by a path; None where that cannot be seen."""
    seen = see(subject, table, path)
    if seen is None:
        return None
    if _type(subject, table, path) not in ("bigint", "integer"):
        return Case(f"coalesce(({seen.sql})::VARCHAR, '')", seen.joins, seen.reads, tuple(declared))
    bands = [band for one in declared for band in one if band != "default"]
    last = min(max((int(band.rpartition("-")[2]) for band in bands), default=0), _MOST)
    given = []
    for one in declared:
        values = list(one.values())
        places = banded({band: float(number) for number, band in enumerate(one)}, last, "numbers")
        each = [values[int(place)] if place is not None else one.get("default") for place in places] + [one.get("default")]
        given.append({str(number): value for number, value in enumerate(each) if value is not None})
    return Case(f"coalesce(least({seen.sql}, {last})::VARCHAR, '')", seen.joins, seen.reads, tuple(given))


def _type(subject: Subject, table: Written, path: str) -> str:
    name = path if "." not in path else table.copy_of(path)
    if name is not None and name in table.columns:
        return table.columns[name].type
    first, _, last = path.partition(".")
    if table.columns[first].type in ("date", "timestamp"):
        return "varchar" if last in _TEXTS else "boolean" if last.startswith("is_") else "bigint"
    target = subject.pointed(table, first)
    return target.table.columns[last].type if target is not None else ""
