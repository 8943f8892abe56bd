"""Values that are the same in every row."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from ...program import columns
from ..values import written_type
from .base import Column, Compiled, Scope, register


@register
class Constant(Column):
    """The same value in every row."""

    kind: Literal["constant"]
    value: bool | int | float | dt.date | str
    """A text, a number, `true` or `false`, or a day."""

    def compile(self, scope: Scope) -> Compiled:
        kind = written_type([self.value])
        if isinstance(self.value, str):
            if self.as_ not in (None, kind):
                raise ValueError(f"`{self.value}` is a text and cannot be written as {self.as_}")
            return Compiled(columns.Category((1.0,), words=(self.value,)), kind, (self.value,))
        if isinstance(self.value, bool):
            text = str(self.value).upper()
        else:
            text = f"DATE '{self.value}'" if isinstance(self.value, dt.date) else f"{Decimal(str(self.value)):f}"
        # A day and a truth value have the one type, to which SQL casts nothing here.
        has_it = kind in ("boolean", "date") and self.as_ in (None, kind)
        out = scope.sql(text if has_it else f"CAST({text} AS {self.as_ or kind})")
        return replace(out, kernel=columns.Sql(out.tree))
