"""Begin, end and current: when a row began, when it ended, whether it lasts."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from ...program import columns
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
        snapshot = scope.layout(scope.table).as_of_day
        return Compiled(columns.Begin(), kind, parts=moment_parts(False), state=snapshot)


@register
class End(Column):
    """When the row ended; NULL, or a far day of your own, while it lasts. Of children with a `duration`: when the next one begins.

    Its part `ever` is the day of the end that comes at any time, also after `as_of`.
    """

    kind: Literal["end"]
    open: dt.date | None = None
    """What stands in rows that last, for example 9999-12-31 (of a timestamp: its first moment)."""

    def compile(self, scope: Scope) -> Compiled:
        kind = self.as_ or "timestamp"
        if kind not in ("timestamp", "date"):
            raise ValueError("an end is a timestamp or a date")
        if scope.layout(scope.table).spans:
            if self.open is not None:
                raise ValueError("`open` has no effect on rows that all end")
            return Compiled(columns.Until(), kind, parts=moment_parts(False))
        _needs_end(scope)
        far = (self.open - dt.date(1970, 1, 1)).days if self.open is not None else None
        nullable, happens = self.open is None, scope.happens(scope.table)
        parts = {**moment_parts(nullable), "ever": Compiled(None, "date", nullable=True)}
        return Compiled(columns.End(far), kind, nullable=nullable, sees=not happens, state=happens, parts=parts)


@register
class Current(Column):
    """Whether the row lasts."""

    kind: Literal["current"]

    def compile(self, scope: Scope) -> Compiled:
        _needs_end(scope)
        happens = scope.happens(scope.table)
        return Compiled(columns.Current(), "boolean", sees=not happens, state=happens)


def _needs_end(scope: Scope) -> None:
    if not scope.layout(scope.table).ends:
        *some, last = (name for name, model in LAYOUTS.items() if model.ends)
        raise ValueError(f"rows of {scope.layout(scope.table).layout} do not end; those of {', '.join(some)} and {last} do")
