"""Rows of another table that have one value of a category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ...errors import hint
from ...frozen import dataclass
from ...program import rows
from ...program.columns import BlockQuota
from ...program.values import Way
from ..names import Name
from ..quotas import SIZE
from ..shapes import Equality, equal
from .base import LayoutModel, RowScope, RowsError, register


@dataclass(frozen=True, slots=True)
class Dealt:
    """A value of a category that deals blocks."""

    column: str
    code: int
    each: int
    """Of 1,024 rows."""
    number: int
    """In all."""


def dealt(scope: RowScope, table: str, where: str, key: str) -> Dealt:
    """The dealt category and its value that `where` names; raises RowsError."""
    from ..kinds.category import Category

    column, value = equal(where)
    model = scope.kind(table, column)
    if not isinstance(model, Category) or not model.deals:
        raise RowsError(key, f"`{column}` of `{table}` is not a category with `exact: per_1024`")
    if value not in model.values():
        raise RowsError(key, f"`{column}` of `{table}` is never `{value}`{hint(value, list(model.values()))}")
    kernel = scope.find_in(table, column).compiled.kernel
    if not isinstance(kernel, BlockQuota):
        raise TypeError(f"{column} does not deal blocks")
    code = model.values().index(value)
    each = sum(count for mine, count in kernel.runs if mine == code)
    if not each:
        raise RowsError(key, f"less than one of 1,024 rows of `{table}` has {column} = {value}")
    blocks, head = divmod(int(scope.number(table)), SIZE)
    first, done = 0, 0
    for mine, count in kernel.cut:
        first += min(count, max(head - done, 0)) if mine == code else 0
        done += count
    return Dealt(column, code, each, blocks * each + first)


@register
class Subset(LayoutModel):
    """One row for each row of a table of events whose category has a value; the category deals blocks (`exact: per_1024`)."""

    layout: Literal["subset"]
    of: Name
    """The table of events."""
    where: Equality
    """SQL that names the category and its value: `outcome = 'order'`."""

    @property
    def picked_from(self) -> str:
        return self.of

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,)

    def happens(self, scope: RowScope) -> bool:
        return scope.happens(self.of)

    def row_count(self, scope: RowScope) -> float:
        return dealt(scope, self.of, self.where, "where").number

    def matches(self, scope: RowScope, columns: Sequence[str]) -> Way | None:
        if len(columns) != 1 or scope.kind(scope.table, columns[0]).kind != "parent":
            return super().matches(scope, columns)
        found = scope.layout(self.of).matches(scope.of_table(self.of), [scope.key_of(self.of)])
        return None if found is None else Way("parent", columns[0], replace(found, column=columns[0]))

    def compile(self, scope: RowScope) -> rows.Subset:
        found = dealt(scope, self.of, self.where, "where")
        return rows.Subset(self.of, found.column, found.code)
