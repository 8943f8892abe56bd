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
    """When the row ended; NULL while it lasts."""

    kind: Literal["end"]

    def compile(self, scope: Scope) -> Compiled:
        kind = self.as_ or "timestamp"
        if kind not in ("timestamp", "date"):
            raise ValueError("an end is a timestamp or a date")
        _needs_entities(scope)
        return Compiled({"kernel": "end"}, kind, nullable=True, sees=True, parts=moment_parts(True))


@register
class Current(Column):
    """Whether the row lasts."""

    kind: Literal["current"]

    def compile(self, scope: Scope) -> Compiled:
        _needs_entities(scope)
        return Compiled({"kernel": "current"}, "boolean", sees=True)


def _needs_entities(scope: Scope) -> None:
    layout = scope.layout(scope.table)
    if not layout.ends:
        raise ValueError(f"{layout.layout} do not end; entities and what stands for a while do")
