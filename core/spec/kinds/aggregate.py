"""What children add up to."""

from __future__ import annotations

from typing import Literal

from ...program import columns
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, decimal_places, register


@register
class Aggregate(Column):
    """Sum, count, minimum or maximum over the rows that stand on this row."""

    kind: Literal["aggregate"]
    of: DottedPath
    """A table of children, or one of its columns: `order_items`, `order_items.quantity`."""
    take: Literal["sum", "count", "min", "max"] | None = None
    """Default: sum of a column, count of a table."""
    where: str | None = None
    """SQL condition on the children."""

    def compile(self, scope: Scope) -> Compiled:
        table, _, column = self.of.partition(".")
        layout = scope.layout(table)
        mine = scope.layout(scope.table)
        # Rows that were chosen out of a table have what stands on that table's rows.
        siblings = bool(mine.picked_from) and layout.children_of == mine.picked_from
        if not siblings and layout.children_of != scope.table:
            raise ValueError(f"`{table}` does not stand on `{scope.table}`")
        take = self.take or ("sum" if column else "count")
        if (take == "count") == bool(column):
            raise ValueError("a count takes a table, everything else a column of it")
        where = scope.sql_in(table, self.where).tree if self.where is not None else None
        if take == "count":
            return Compiled(columns.Aggregate(table, take, siblings, where), "bigint")
        found = scope.find_in(table, column)
        inner = found.compiled
        if not inner.type.startswith(("bigint", "integer", "decimal", "timestamp", "date")) or (
            take == "sum" and inner.type in ("timestamp", "date")
        ):
            raise ValueError(f"`{self.of}` is a {inner.type} and has no {take}")
        if found.path:
            raise ValueError("an aggregate takes a column of the children themselves")
        kernel = columns.Aggregate(table, take, siblings, where, (found.column, found.part))
        kind = inner.type
        if take == "sum":
            places = decimal_places(kind)
            kind = f"decimal(18,{places})" if places else "bigint"
        nullable = take != "sum" and (layout.count.least or 0) < 1
        return Compiled(kernel, kind, None, nullable, inner.sees and not scope.happens(scope.table), inner.state)
