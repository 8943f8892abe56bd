"""Stock on hand."""

from __future__ import annotations

from typing import Final, Literal

from ...program import columns
from ..modelling import Field, field_validator
from ..names import MICROSECONDS, duration
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register
from .moment import moment_parts

_SCANNED: Final = 14
"""Days that the engine keeps by place, where a place's events are found by a scan, less a few."""


@register
class Stock(Column):
    """Pieces on hand of each place and good as of the day, consistent with the sales that it counts."""

    kind: Literal["stock"]
    of: DottedPath
    """The column of the sales rows that is sold: `order_items.quantity`."""
    review: str = "7 days"
    """How often stock is set to its target."""
    cover: float = Field(default=1.3, gt=0, le=100)
    """Target as a multiple of the expected sales of a review period."""
    lot: int = Field(default=6, ge=1, le=100_000)
    """Deliveries come in whole lots."""

    @field_validator("review")
    @classmethod
    def _days(cls, value: str) -> str:
        if duration(value) % MICROSECONDS["day"] or duration(value) > 366 * MICROSECONDS["day"]:
            raise ValueError("a review period is a whole number of days, 366 at most")
        return value

    def compile(self, scope: Scope) -> Compiled:
        rows = scope.layout(scope.table)
        sales, _, column = self.of.partition(".")
        layout = scope.layout(sales)
        if not rows.as_of_day or len(rows.of) != 2:
            raise ValueError("stock stands on a snapshot of two tables, a place and a good")
        if not layout.children_of or not scope.layout(layout.children_of).by_day:
            raise ValueError(f"`{sales}` must be children of events")
        share, place, drawn, good = "", "", "", ""
        for candidate in rows.of:
            found = scope.column_of_kind(layout.of, "reference", to=candidate, pick="share")
            if found:
                share, place = found, candidate
            found = scope.column_of_kind(sales, "reference", to=candidate, pick="draw")
            if found:
                drawn, good = found, candidate
        if not share or not drawn:
            raise ValueError(
                f"stock needs `{layout.of}` to refer to one of {' and '.join(rows.of)} by `pick: share`, and `{sales}` to the other"
            )
        quantity = scope.find_in(sales, column)
        if quantity.compiled.type != "bigint":
            raise ValueError(f"`{self.of}` is not a whole number")
        scope.find_in(sales, drawn)
        shared = scope.find_in(layout.of, share).compiled.kernel
        if (
            isinstance(shared, columns.ShareReference)
            and shared.mostly is not None
            and duration(self.review) > _SCANNED * MICROSECONDS["day"]
        ):
            raise ValueError(
                f"`{share}` of `{layout.of}` has an `inherit`, so that the sales of a place are found by a look at all of each day;"
                f" then a review period is at most {_SCANNED} days"
            )
        stratum = shared.stratum if isinstance(shared, columns.ShareReference) else None
        part = 1.0
        if stratum is not None:
            weights = scope.kind(layout.of, stratum.column).weights
            part = list(weights.values())[stratum.code] / sum(weights.values())
        distribution = getattr(scope.kind(sales, column), "distribution", None)
        each = float(distribution.mean or distribution.value or 1) if distribution is not None else 1.0
        pieces = scope.number(sales) * part * each / scope.days()
        kernel = columns.Stock(
            place=place,
            good=good,
            events=layout.of,
            sales=sales,
            share=share,
            drawn=drawn,
            quantity=column,
            review=duration(self.review) // MICROSECONDS["day"],
            cover=self.cover,
            lot=self.lot,
            pieces_per_day=pieces,
        )
        counts = {name: Compiled(None, "bigint", state=True) for name in ("opening", "received", "sold", "on_hand")}
        parts = counts | {"reviewed_at": Compiled(None, "timestamp", state=True, parts=moment_parts(False))}
        return Compiled(kernel, "bigint", state=True, parts=parts)
