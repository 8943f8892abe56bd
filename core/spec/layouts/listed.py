"""Lists: rows that are written down."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from ..names import Name
from .base import LayoutModel, RowScope, register


@register
class Listed(LayoutModel):
    """As many rows as the pool, or the written list, has; its columns copy the fields."""

    layout: Literal["list"]
    pool: Name | None = None
    values: list[dict[str, Any]] | None = None

    @model_validator(mode="after")
    def _one(self) -> Listed:
        if (self.pool is None) == (self.values is None):
            raise ValueError("a list has either a pool or values")
        if self.values is not None and (not self.values or any(set(row) != set(self.values[0]) for row in self.values)):
            raise ValueError("the values of a list are rows with the same keys, at least one row")
        return self

    def row_count(self, scope: RowScope) -> float:
        return len(self.values) if self.values is not None else scope.pool_rows(self.pool or "")

    def compile(self, scope: RowScope) -> dict[str, Any]:
        return {"layout": "list", "number": int(scope.number(scope.table))}
