"""Key, parent and position: which row this is, and under which."""

from __future__ import annotations

import re
from typing import Final, Literal

from ...program import columns
from ..layouts.base import LAYOUTS
from .base import Column, Compiled, Scope, register

_FORMATS: Final = {"day": "Ymd", "hour": "H", "minute": "HM"}
"""What a calendar's key is made of."""


@register
class Key(Column):
    """The row's id, counted from 1."""

    kind: Literal["key"]
    format: str | None = None
    """Of calendars: the number that the digits of the moment make, for example `%Y%m%d` or `%H%M`."""

    def compile(self, scope: Scope) -> Compiled:
        if self.format is None:
            return Compiled(columns.Key(), "bigint")
        step = getattr(scope.layout(scope.table), "step", None)
        if step not in _FORMATS:
            raise ValueError("only the key of a calendar takes a `format`")
        tokens = re.fullmatch(r"(?:%[YmdHM])+", self.format) and self.format[1:].split("%")
        if not tokens or sorted(tokens) != sorted(_FORMATS[step]):
            wanted = "".join(f"%{token}" for token in _FORMATS[step])
            raise ValueError(f"`{self.format}` does not tell the {step}s apart; write `{wanted}`, in any order")
        return Compiled(columns.CalendarKey(tuple((letter, 4 if letter == "Y" else 2) for letter in tokens)), "bigint")


@register
class Parent(Column):
    """The key of the row that this row stands on."""

    kind: Literal["parent"]
    of: str | None = None
    """Which one, where rows stand on several."""

    def target(self, scope: Scope) -> str:
        """The table that the column points at."""
        tables = scope.layout(scope.table).parents
        if not tables:
            raise ValueError(f"rows of {scope.layout(scope.table).layout} stand on no other row")
        if self.of is None and len(tables) > 1:
            raise ValueError(f"say `of:` which of {', '.join(tables)} is meant")
        if self.of is not None and self.of not in tables:
            raise ValueError(f"the rows do not stand on `{self.of}`; they stand on {', '.join(tables)}")
        return self.of or str(tables[0])

    def compile(self, scope: Scope) -> Compiled:
        target = self.target(scope)
        key = scope.key_of(target)
        kind = scope.find_in(target, key).compiled.type
        return Compiled(columns.Parent(target, key), kind, nullable=scope.layout(scope.table).lacks_parents)


@register
class Position(Column):
    """1, 2, 3 .. among the rows of the parent."""

    kind: Literal["position"]

    def compile(self, scope: Scope) -> Compiled:
        layout = scope.layout(scope.table)
        if not layout.has_position or not layout.parents:
            able = " and ".join(name for name, model in LAYOUTS.items() if model.has_position)
            raise ValueError(f"rows of {layout.layout} have no position; those of {able} have")
        return Compiled(columns.Position(), "bigint")
