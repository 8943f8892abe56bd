"""How often a row is drawn."""

from __future__ import annotations

from typing import Literal

from ...program import columns
from ..modelling import Field
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register
from .number import type_of
from .reference import Reference


@register
class Popularity(Column):
    """How often a reference draws the row, relative to a mean of 1: the same for all its life, and known before anything refers to it."""

    kind: Literal["popularity"]
    of: DottedPath
    """The reference that draws these rows, with its table: `orders.customer_id`."""
    places: int = Field(default=2, ge=0, le=9)
    """Digits after the point."""

    def compile(self, scope: Scope) -> Compiled:
        table, _, column = self.of.rpartition(".")
        if not table or "." in table:
            raise ValueError(f"`of` names a table and its reference, as `orders.customer_id` does, not `{self.of}`")
        # Of the reference its declaration alone is asked, so that a row may depend on how often it is referred to.
        model = scope.kind(table, column)
        if not isinstance(model, Reference):
            raise ValueError(f"`{self.of}` is a {model.kind}, and draws no rows")
        if model.to != scope.table:
            raise ValueError(f"`{self.of}` refers to `{model.to}`, and not to `{scope.table}`")
        if model.match:
            raise ValueError(f"`{self.of}` finds its rows by `match`; only rows that are drawn have a popularity")
        if model.weight is not None:
            raise ValueError(f"`{self.of}` takes its rows by the column `{model.weight}`, which tells how often each comes")
        rates = scope.layout(scope.table).rates if model.pick == "visit" else None
        if model.pick != "draw" and rates is None:
            raise ValueError(f"`{self.of}` takes its rows by `pick: {model.pick}`; only rows that are drawn have a popularity")
        rows = scope.layout(scope.table)
        if rows.of_posts or rows.by_time or not rows.dense:
            raise ValueError(f"`{scope.table}` holds {rows.layout}, whose rows have no popularity of their own")
        law = rates[0] if rates is not None else model.drawn_by(scope)
        return Compiled(columns.RowPopularity(table, column, self.places, law), type_of(self.as_, self.places))
