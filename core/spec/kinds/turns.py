"""How often what is born comes back."""

from __future__ import annotations

from typing import Literal

from ...program import columns
from .base import Column, Compiled, Scope, register


@register
class Turns(Column):
    """How often a born row comes back in its life, whatever of that lies in the history."""

    kind: Literal["turns"]

    def compile(self, scope: Scope) -> Compiled:
        layout = scope.layout(scope.table)
        if layout.layout != "born" or layout.returns is None:
            raise ValueError("only rows that are born and come back (`returns`) have turns")
        return Compiled(columns.Turns(), "bigint")
