"""Begin, end and current: when a row began, when it ended, whether it lasts."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ..layouts.base import LAYOUTS
from .base import Column, Compiled, Scope, register
from .moment import moment_parts


@register
class Begin(Column):
    """When the row began."""

    kind: Literal["begin"]

    def compile(self, scope: Scope) -> Compiled:
        kind = self.as_ or "timestamp"
        if kind not in ("timestamp", "date"):
            raise ValueError("a begin is a timestamp or a date")
        snapshot = scope.layout(scope.table).layout == "snapshot"
        return Compiled({"kernel": "begin"}, kind, parts=moment_parts(False), state=snapshot)


@register
class End(Column):
    """When the row ended; NULL, or a far day of your own, while it lasts."""

    kind: Literal["end"]
    open: dt.date | None = None
    """What stands in rows that last, for example 9999-12-31 (of a timestamp: its first moment)."""

    def compile(self, scope: Scope) -> Compiled:
        kind = self.as_ or "timestamp"
        if kind not in ("timestamp", "date"):
            raise ValueError("an end is a timestamp or a date")
        _needs_end(scope)
        program: dict[str, Any] = {"kernel": "end"}
        if self.open is not None:
            program["open"] = (self.open - dt.date(1970, 1, 1)).days
        nullable, happens = self.open is None, scope.happens(scope.table)
        return Compiled(program, kind, nullable=nullable, sees=not happens, state=happens, parts=moment_parts(nullable))


@register
class Current(Column):
    """Whether the row lasts."""

    kind: Literal["current"]

    def compile(self, scope: Scope) -> Compiled:
        _needs_end(scope)
        happens = scope.happens(scope.table)
        return Compiled({"kernel": "current"}, "boolean", sees=not happens, state=happens)


def _needs_end(scope: Scope) -> None:
    if not scope.layout(scope.table).ends:
        able = " and ".join(name for name, model in LAYOUTS.items() if model.ends)
        raise ValueError(f"rows of {scope.layout(scope.table).layout} do not end; those of {able} do")
