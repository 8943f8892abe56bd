"""Begin, end and current: when a row began, when it ended, whether it lasts."""

from __future__ import annotations

from typing import Literal

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
    """When the row ended; NULL while it lasts. Its part `ever` is the end that comes at any time, also after `as_of`."""

    kind: Literal["end"]

    def compile(self, scope: Scope) -> Compiled:
        kind = self.as_ or "timestamp"
        if kind not in ("timestamp", "date"):
            raise ValueError("an end is a timestamp or a date")
        if scope.layout(scope.table).spans:
            return Compiled({"kernel": "until"}, kind, parts=moment_parts(False))
        _needs_an_end(scope)
        ever = Compiled({}, "date", nullable=True)
        return Compiled({"kernel": "end"}, kind, nullable=True, sees=True, parts={**moment_parts(True), "ever": ever})


@register
class Current(Column):
    """Whether the row lasts."""

    kind: Literal["current"]

    def compile(self, scope: Scope) -> Compiled:
        _needs_an_end(scope)
        return Compiled({"kernel": "current"}, "boolean", sees=True)


def _needs_an_end(scope: Scope) -> None:
    if not scope.layout(scope.table).ends:
        raise ValueError("only rows that may end, those of entities and seats, have it")
