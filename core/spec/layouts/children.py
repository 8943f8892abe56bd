"""Children: rows in groups under a parent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final, Literal

from pydantic import field_validator

from ..laws import AnyLaw, Law
from ..names import Name
from .base import LayoutModel, RowScope, RowsError, register

_COUNTS: Final = ("constant", "uniform", "geometric", "poisson", "normal", "empirical")


@register
class Children(LayoutModel):
    """Rows in groups under a parent, with an exact total.

    Where they are what `target_rows` counts, their number is exact and that of their parents follows.
    """

    layout: Literal["children"]
    of: Name
    count: AnyLaw = Law(type="constant", value=1)

    may_drive: ClassVar[bool] = True
    has_position: ClassVar[bool] = True
    same_time: ClassVar[bool] = True

    @field_validator("count")
    @classmethod
    def _whole(cls, value: Law) -> Law:
        if value.unit is not None:
            raise ValueError("a count has no unit")
        if (value.min or 0) < 0:
            raise ValueError("a count cannot be below 0")
        return value

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,)

    def happens(self, scope: RowScope) -> bool:
        return scope.happens(self.of)

    def row_count(self, scope: RowScope) -> float:
        return scope.number(self.of) * self._group(scope) / 1024

    def parent_rows(self, scope: RowScope, rows: int) -> int:
        self._group(scope)
        try:
            return scope.parents_of(self.count, rows)
        except ValueError as error:
            raise RowsError("count", str(error)) from None

    def _group(self, scope: RowScope) -> int:
        if self.count.type not in _COUNTS:
            raise RowsError("count", f"a {self.count.type} law gives no counts; {', '.join(_COUNTS[:-1])} and {_COUNTS[-1]} do")
        if self.count.type not in ("constant", "empirical") and self.count.max is None:
            raise RowsError("count", "needs a max: no parent may have more children")
        try:
            total = scope.group_total(self.count)
        except ValueError as error:
            raise RowsError("count", str(error)) from None
        if total < 1:
            raise RowsError("count", "no parent ever has a child")
        return total

    def matches(self, scope: RowScope, columns: Sequence[str]) -> dict[str, Any] | None:
        if len(columns) != 1 or scope.kind(scope.table, columns[0]).kind != "parent":
            return super().matches(scope, columns)
        if self.count.type != "constant" or self.count.value != 1:
            raise ValueError(f"`{columns[0]}` of `{scope.table}` may stand in several rows; only children of count 1 are found by it")
        key = scope.key_of(self.of)
        found = scope.layout(self.of).matches(scope.of_table(self.of), [key])
        if found is not None:
            found = {"by": "parent", "parent": {**found, "column": columns[0]}}
        return found

    def compile(self, scope: RowScope) -> dict[str, Any]:
        if not scope.layout(self.of).dense:
            raise RowsError(
                "of", f"`{self.of}` holds {scope.layout(self.of).layout}; children stand on rows that are numbered without gaps"
            )
        self._group(scope)
        out: dict[str, Any] = {"layout": "children", "of": self.of, "count": self.count.engine()}
        total = scope.exact_total()
        if total is not None:
            out["number"] = total
        return out
