"""Drawn booleans."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...program import columns
from ..names import Name
from ..numbers import Share
from .base import Column, Compiled, Scope, register
from .number import check_values


@register
class Boolean(Column):
    """True at a rate."""

    kind: Literal["boolean"]
    rate: Share
    by: dict[Name, dict[str, Share]] = Field(default={}, max_length=1)
    """Other rates for rows where a category has a value: `{column: {value: rate}}`."""
    exact: bool = False
    """Quotas instead of draws: of each day for events, of each 64 ids for entities."""

    def compile(self, scope: Scope) -> Compiled:
        # The second place is `true`, so that codes are the values.
        if self.exact and self.by:
            raise ValueError("an exact boolean takes no `by`")
        by = None
        for column, rates in self.by.items():
            check_values(scope, column, rates)
            by = columns.WeightsBy(column, {value: (1 - rate, rate) for value, rate in rates.items()})
        changes = scope.change()
        kernel = columns.Category((1 - self.rate, self.rate), exact=self.exact, by=by, changes=changes)
        return Compiled(kernel, "boolean", sees=changes is not None)
