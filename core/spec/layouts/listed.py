"""Lists: rows that are written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from ...errors import hint
from ...program import rows
from ...program.columns import Field as FieldKernel
from ...program.values import Way
from ..compiled import Compiled
from ..modelling import model_validator
from ..names import Name
from .base import FieldScope, LayoutModel, RowScope, register


@register
class Listed(LayoutModel):
    """As many rows as the pool, or the written list, has; its columns copy the fields."""

    layout: Literal["list"]

    comes_whole: ClassVar[bool] = True
    pool: Name | None = None
    """A list in a file: one row for each of its rows."""
    values: list[dict[str, Any]] | None = None
    """Rows that are written down, with the same keys."""

    popular: ClassVar[bool] = True
    known_at_once: ClassVar[bool] = True

    @property
    def always_there(self) -> bool:
        return True

    @model_validator(mode="after")
    def _one(self) -> Listed:
        if (self.pool is None) == (self.values is None):
            raise ValueError("a list has either a pool or values")
        if self.values is not None and (not self.values or any(set(row) != set(self.values[0]) for row in self.values)):
            raise ValueError("the values of a list are rows with the same keys, at least one row")
        return self

    def row_count(self, scope: RowScope) -> float:
        return len(self.values) if self.values is not None else scope.pool_rows(self.pool or "")

    def matches(self, scope: RowScope, columns: Sequence[str]) -> Way | None:
        by_key = super().matches(scope, columns)
        if by_key is not None:
            return by_key
        for column in columns:
            found = scope.find_in(scope.table, column).compiled
            if found.nullable or not found.type.startswith(("bigint", "integer", "varchar", "boolean", "date")):
                raise ValueError(f"`{column}` of `{scope.table}` may be NULL or is not a text, whole number, boolean or date")
        return Way("value")

    def field(self, scope: FieldScope, name: str) -> Compiled | None:
        from ..kinds.moment import moment_parts
        from ..values import physical, written_type

        if self.pool is not None:
            fields = scope.pool(self.pool)
            found = fields.get(name)
            if found is None:
                raise ValueError(f"the pool `{self.pool}` has no field `{name}`{hint(name, list(fields))}")
            return replace(found, kernel=FieldKernel(self.pool, name))
        given = [row.get(name) for row in self.values or []]
        if name not in (self.values or [{}])[0]:
            raise ValueError(f"the values of the list have no `{name}`{hint(name, list((self.values or [{}])[0]))}")
        kind = written_type(given)
        words = tuple(dict.fromkeys(value for value in given if value is not None)) if kind == "varchar" else None
        kernel = FieldKernel(values=tuple(physical(value, kind) for value in given))
        parts = moment_parts(None in given) if kind == "date" else {}
        return Compiled(kernel, kind, words, None in given, parts=parts)

    def compile(self, scope: RowScope) -> rows.Listed:
        return rows.Listed(int(scope.number(scope.table)))
