"""What differs by the values of a column, or of a part of a moment: texts, booleans, and bands of whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from ...errors import hint
from ..bands import banded
from .base import Found, Scope
from .number import told_values

V = TypeVar("V")

_MOST = 1_000


def told_cases(scope: Scope, path: str, values: Mapping[str, V]) -> tuple[Found, dict[str, V]]:
    """Where a path leads, and a mapping by its values as the engine spells them.

    Bands of whole numbers come with those that `default` stands for: `22-24`, and `24-` for all numbers from 24 on. Raises ValueError for
    values that are never there.
    """
    found = scope.find(path)
    if found.compiled.type in ("bigint", "integer") and found.compiled.words is None:
        return found, _in_bands(path, values)
    if found.part in ("event", "holiday"):
        names = scope.marked_names(found.part)
        for value in values:
            if value not in names:
                raise ValueError(f"the calendar has no {found.part} `{value}`{hint(value, names)}")
        return found, dict(values)
    return found, told_values(scope, path, values)


def _in_bands(path: str, values: Mapping[str, V]) -> dict[str, V]:
    ends = [int(end) for band in values for end in [band.rpartition("-")[2]] if end.isdecimal()]
    most = min(max(ends, default=0), _MOST)
    place = {band: float(number) for number, band in enumerate(values)}
    try:
        each = banded(place, most, "numbers")
    except ValueError as error:
        raise ValueError(f"`{path}` is a whole number: {error}") from None
    if not ends:
        raise ValueError(f'`{path}` is a whole number, so its values are bands such as "0-8"')
    given = list(values.values())
    out: dict[str, V] = {}
    start = 0
    for number in range(1, most + 1):
        if number == most or each[number] != each[start]:
            here = each[start]
            if here is not None:
                out[f"{start}-{number}"] = given[int(here)]
            elif "default" in values:
                out[f"{start}-{number}"] = values["default"]
            start = number
    if "default" in values:
        out[f"{most}-"] = values["default"]
    return out
