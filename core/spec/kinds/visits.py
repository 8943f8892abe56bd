"""How often what is born comes back."""

from __future__ import annotations

from typing import Literal

from ...program import columns
from .base import Column, Compiled, Scope, register


@register
class Visits(Column):
    """How often a born row comes back in its life, whatever of that lies in the history."""

    kind: Literal["visits"]

    def compile(self, scope: Scope) -> Compiled:
        layout = scope.layout(scope.table)
        if layout.rates is not None:
            raise ValueError("how often those come back who are drawn by `rates` is not known before; write a column of kind `popularity`")
        if not layout.comes_back:
            raise ValueError("only rows that are born and come back (`returns`) have visits")
        return Compiled(columns.Visits(), "bigint")
