"""Copies along paths."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ...program import columns
from ..modelling import Field
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register


@register
class Copy(Column):
    """The value at the end of a path, as of the row's own time; short for it is the path alone."""

    kind: Literal["copy"]
    from_: DottedPath | None = Field(default=None, alias="from")
    """Default: what the row itself has under the column's name (a list its fields, a calendar the parts of its moment), else
    the column of this name of the row that it stands on."""

    def compile(self, scope: Scope) -> Compiled:
        if self.from_ is None:
            own = scope.layout(scope.table).field(scope, scope.column)
            if own is not None:
                return own
        found = scope.find(self.from_ or self._above(scope))
        inner = found.compiled
        # Rows that happen see the target on their own day: no longer a matter of as_of.
        sees = inner.sees and not (found.path and scope.happens(scope.table))
        return replace(inner, kernel=columns.Copy(found.program), sees=sees)

    def _above(self, scope: Scope) -> str:
        parents = scope.layout(scope.table).parents
        if len(parents) != 1:
            raise ValueError(f"say `from:`: rows of {scope.layout(scope.table).layout} stand on nothing that has a `{scope.column}`")
        up = scope.column_of_kind(scope.table, "parent")
        if not up:
            raise ValueError(
                f"a copy from `{parents[0]}` needs a column of kind parent in `{scope.table}`; it may be called `_{parents[0]}`"
            )
        return f"{up}.{scope.column}"
