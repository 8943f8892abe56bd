"""Copies along paths."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register


@register
class Copy(Column):
    """The value at the end of a path, as of the row's own time; short for it is the path alone."""

    kind: Literal["copy"]
    from_: DottedPath = Field(alias="from")

    def compile(self, scope: Scope) -> Compiled:
        found = scope.find(self.from_)
        inner = found.compiled
        # Rows that happen see the target on their own day: no longer a matter of as_of.
        sees = inner.sees and not (found.path and scope.happens(scope.table))
        return replace(inner, program={"kernel": "copy", "path": found.program}, sees=sees)
