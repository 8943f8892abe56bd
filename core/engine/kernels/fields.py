"""Fields: what the rows of a list are written down with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..vector import Vec, written
from .base import register
from .expression import Copy

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


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
