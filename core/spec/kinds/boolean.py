"""Drawn booleans."""

from __future__ import annotations

from typing import Annotated, Literal

from ...program import columns
from ..modelling import BeforeValidator, Field
from ..names import Name, Strict
from ..numbers import Share
from ..shapes import Value, cased
from .base import Column, Compiled, Scope, register
from .number import told_values


class _RateBy(Strict):
    column: Name
    """A category, or a boolean, of this row."""
    values: dict[Value, Share] = Field(min_length=1)
    """The rate for each of its values; others have that of the column."""


RateBy = Annotated[_RateBy, BeforeValidator(cased)]


@register
class Boolean(Column):
    """True at a rate."""

    kind: Literal["boolean"]
    rate: Share
    """Share of the rows that are true."""
    by: RateBy | None = None
    """Other rates for rows where a category has a value."""
    exact: bool = False
    """Quotas instead of draws: of each day for events, of each 64 ids for entities."""

    def compile(self, scope: Scope) -> Compiled:
        # The second place is `true`, so that codes are the values.
        if self.exact and self.by is not None:
            raise ValueError("an exact boolean takes no `by`")
        by = None
        if self.by is not None:
            rates = told_values(scope, self.by.column, self.by.values)
            by = columns.WeightsBy(self.by.column, {value: (1 - rate, rate) for value, rate in rates.items()})
        changes = scope.change()
        kernel = columns.Category((1 - self.rate, self.rate), exact=self.exact, by=by, changes=changes)
        return Compiled(kernel, "boolean", sees=changes is not None)
