"""Snapshots: what is there as of a day."""

from __future__ import annotations

from typing import ClassVar, Literal

from ...program import rows
from ...program.trees import paths
from ...program.values import Tree
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
    where: str | None = None
    """SQL condition on the members, by paths through the `parent` columns: `product_id.line <= store_id.lines`. Other combinations have no
    row."""

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
        return rows.Snapshot(tuple(self.of), self._condition(scope))

    def _condition(self, scope: RowScope) -> Tree | None:
        if self.where is None:
            return None
        found = scope.sql_in(scope.table, self.where)
        if found.type != "boolean" or found.tree is None:
            raise RowsError("where", f"`{self.where}` is a {found.type}, not a condition")
        for path, column, _ in paths(found.tree):
            if not path or scope.kind(scope.table, path[0]).kind != "parent":
                name = ".".join([*path, column])
                raise RowsError("where", f"`{name}` is not of a member: go through a `parent` column, as in `store_id.floor_area`")
        return found.tree
