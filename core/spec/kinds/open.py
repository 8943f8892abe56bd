"""Whether a clock is open."""

from __future__ import annotations

from typing import Literal

from ...program import columns
from ..names import Name
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register


@register
class Open(Column):
    """Whether one of the dataset's `clocks` is open at a moment of the row."""

    kind: Literal["open"]
    clock: Name
    """One of the dataset's `clocks`."""
    at: DottedPath | None = None
    """A timestamp of the row. Default: when it began. Where it is NULL, so is this."""
    time_zone: DottedPath | None = None
    """A text of the row that names a time zone (IANA). Default, and where it is NULL: the dataset's."""

    def compile(self, scope: Scope) -> Compiled:
        clocked = scope.clocked(self.clock, self.time_zone)
        causes = [scope.find(path) for path in (self.at, self.time_zone) if path is not None]
        at = causes[0] if self.at is not None else None
        if at is not None and at.compiled.type != "timestamp":
            raise ValueError(f"`{self.at}` is a {at.compiled.type}, and no timestamp")
        return Compiled(
            columns.Open(clocked, at.program if at is not None else None),
            "boolean",
            nullable=at is not None and at.compiled.nullable,
            sees=any(one.compiled.sees for one in causes) and not scope.happens(scope.table),
            state=any(one.compiled.state for one in causes),
        )
