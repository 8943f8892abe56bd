"""Drawn booleans."""

from __future__ import annotations

from typing import Annotated, Literal

from ...program import columns
from ..modelling import BeforeValidator, Field
from ..names import Path, Strict
from ..numbers import Share
from ..shapes import Value, cased
from .base import Column, Compiled, Scope, register
from .cases import told_cases


class _RateBy(Strict):
    column: Path
    """A category, a boolean, or a whole number, such as `paid_at.hour`; of this row, or at the end of a path."""
    values: dict[Value, Share] = Field(min_length=1)
    """The rate for each of its values, or for bands of whole numbers such as "0-8"; others have that of `default`, or of the column."""


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
        by, sees, state = None, False, False
        if self.by is not None:
            place, rates = told_cases(scope, self.by.column, self.by.values)
            by = columns.WeightsBy(place.program, {value: (1 - rate, rate) for value, rate in rates.items()})
            if "." in self.by.column:
                sees, state = place.compiled.sees, place.compiled.state
        changes = scope.change()
        kernel = columns.Category((1 - self.rate, self.rate), exact=self.exact, by=by, changes=changes)
        return Compiled(kernel, "boolean", sees=sees or changes is not None, state=state)
