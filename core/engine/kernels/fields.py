"""Fields: what the rows of a list are written down with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..vector import Vec, Words
from .base import register
from .expression import Copy

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


def written(values: list[Any], kind: str) -> Vec:
    """The vector of values that stand in a program, in their physical form (None is NULL)."""
    valid = np.array([value is not None for value in values], np.bool_)
    mask = None if valid.all() else valid
    if kind == "varchar":
        words = Words(tuple(dict.fromkeys(value for value in values if value is not None)) or ("",))
        return Vec(np.array([words.places.get(value, 0) for value in values], np.int32), mask, words=words)
    types: dict[str, type[np.generic]] = {"boolean": np.bool_, "double": np.float64}
    scale = int(kind.removesuffix(")").split(",")[1]) if kind.startswith("decimal") else 0
    return Vec(np.array([value or 0 for value in values], types.get(kind, np.int64)), mask, scale)


@register("field")
class Field(Copy):
    """A field of the row of a list: of a pool, or of written values."""

    def __init__(self, program: Mapping[str, Any], table: Table, column: str) -> None:
        super().__init__(program, table, column)
        if program.get("pool"):
            self._all = table.engine.pool(program["pool"]).fields[program["field"]]
        else:
            self._all = written(program["values"], program["type"])

    def values(self, frame: Frame) -> Vec:
        if frame.start is not None:
            return self._all.slice(frame.start, frame.start + frame.count)
        return self._all.take(frame.rows)
