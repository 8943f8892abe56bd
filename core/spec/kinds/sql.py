"""SQL expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ...program import columns
from .base import Column, Compiled, Scope, register


@register
class Sql(Column):
    """An expression of this row and what its paths reach, in DuckDB's dialect."""

    kind: Literal["sql"]
    sql: str
    """The expression; see sql.md."""

    def compile(self, scope: Scope) -> Compiled:
        inner = scope.sql(self.sql)
        tree = inner.tree
        if inner.type == "null":
            raise ValueError(f"`{self.sql}` has no type, because it is always NULL")
        if self.as_ is not None and self.as_ != inner.type:
            numbers = ("bigint", "integer", "decimal", "double")
            if not (inner.type.startswith(numbers) and self.as_.startswith(numbers)):
                raise ValueError(f"a {inner.type} cannot be written as {self.as_}")
            tree = ["cast", tree, self.as_]
            inner = replace(inner, type=self.as_, words=None, longest=0)
        return replace(inner, kernel=columns.Sql(tree))
