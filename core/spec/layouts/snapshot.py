"""Snapshots: what is there as of a day."""

from __future__ import annotations

from typing import ClassVar, Literal

from ...program import rows
from ..modelling import Field
from ..names import Name
from .base import LayoutModel, RowScope, RowsError, register


@register
class Snapshot(LayoutModel):
    """One row for each living combination of the members of other tables, as of the end."""

    layout: Literal["snapshot"]

    comes_whole: ClassVar[bool] = True
    of: list[Name] = Field(min_length=1, max_length=3)
    """The tables whose members are combined: entities or lists."""

    dense: ClassVar[bool] = False
    as_of_day: ClassVar[bool] = True

    @property
    def parents(self) -> tuple[str, ...]:
        return tuple(self.of)

    def row_count(self, scope: RowScope) -> float:
        out = 1.0
        for of in self.of:
            out *= scope.number(of)
        return out

    def compile(self, scope: RowScope) -> rows.Snapshot:
        for of in self.of:
            if not scope.layout(of).known_at_once:
                raise RowsError("of", f"`{of}` holds {scope.layout(of).layout}; a snapshot is of entities or lists")
        return rows.Snapshot(tuple(self.of))
