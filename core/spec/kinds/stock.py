"""Stock on hand."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from ...program import columns
from ...program.values import Path as EnginePath
from ..modelling import AfterValidator, Field, field_validator
from ..names import MICROSECONDS, Name, Strict, duration
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, fixed_values, register, unknown_value
from .moment import moment_parts

_SCANNED: Final = 14
"""Days that the engine keeps by place, where a place's events are found by a scan, less a few."""


def whole_days(value: str) -> str:
    """A review period; raises ValueError."""
    if duration(value) % MICROSECONDS["day"] or not 0 < duration(value) <= 366 * MICROSECONDS["day"]:
        raise ValueError(f"a review period is a whole number of days, 366 at most, not `{value}`")
    return value


class ReviewBy(Strict):
    """Review periods that differ from place to place."""

    column: Name
    """A category of the place."""
    values: dict[str, Annotated[str, AfterValidator(whole_days)]] = Field(min_length=1)
    """The period for each of its values."""


@register
class Stock(Column):
    """Pieces on hand of each place and good as of the day, consistent with the sales that it counts."""

    kind: Literal["stock"]
    of: DottedPath
    """The column of the sales rows that is sold: `order_items.quantity`."""
    review: str = "7 days"
    """How often stock is set to its target."""
    by: ReviewBy | None = None
    """Other review periods by a category of the place: `{column: store_format, values: {warehouse: 1 day}}`."""
    cover: float = Field(default=1.3, gt=0, le=100)
    """For how long stock is to last, as a multiple of the review period: until the next review has been delivered."""
    service: float = Field(default=0.95, ge=0.5, lt=1)
    """Share of these times in which it does: stock is set to this quantile of what is expected to be sold."""
    least: DottedPath | None = None
    """A whole number of the row, or at the end of a path: pieces that stock is set to at least, such as those on show. Default 1."""
    empty: float = Field(default=0, ge=0, le=0.5)
    """Share of the cells that get nothing at their review, so that the shelf is empty; what is sold there comes piece by piece."""
    lot: int = Field(default=6, ge=1, le=100_000)
    """What is delivered between two reviews comes in whole lots."""

    @field_validator("review")
    @classmethod
    def _days(cls, value: str) -> str:
        return whole_days(value)

    def compile(self, scope: Scope) -> Compiled:
        rows = scope.layout(scope.table)
        sales, _, column = self.of.partition(".")
        layout = scope.layout(sales)
        if not rows.as_of_day or len(rows.of) != 2:
            raise ValueError("stock stands on a snapshot of two tables, a place and a good")
        if not layout.children_of or not scope.layout(layout.children_of).by_day:
            raise ValueError(f"`{sales}` must be children of events")
        shares, place, drawn, good = [], "", "", ""
        for candidate in rows.of:
            found = scope.columns_of_kind(layout.of, "reference", to=candidate, pick="share")
            if found:
                shares, place = found, candidate
            drawn_by = scope.columns_of_kind(sales, "reference", to=candidate, pick="draw")
            if drawn_by:
                drawn, good = drawn_by[0], candidate
        if not shares or not drawn:
            raise ValueError(
                f"stock needs `{layout.of}` to refer to one of {' and '.join(rows.of)} by `pick: share`, and `{sales}` to the other"
            )
        quantity = scope.find_in(sales, column)
        if quantity.compiled.type != "bigint":
            raise ValueError(f"`{self.of}` is not a whole number")
        scope.find_in(sales, drawn)
        for share in shares:
            self._bounded(scope, layout.of, share)
        kernel = columns.Stock(
            place=place,
            good=good,
            events=layout.of,
            sales=sales,
            shares=tuple(shares),
            drawn=drawn,
            quantity=column,
            review=duration(self.review) // MICROSECONDS["day"],
            cover=self.cover,
            lot=self.lot,
            lines=scope.number(sales),
            service=self.service,
            empty=self.empty,
            least=self._least(scope),
            by=self._by(scope, place),
        )
        counts = {name: Compiled(None, "bigint", state=True) for name in ("target", "opening", "received", "sold", "on_hand")}
        parts = counts | {"reviewed_at": Compiled(None, "timestamp", state=True, parts=moment_parts(False))}
        return Compiled(kernel, "bigint", state=True, parts=parts)

    def _bounded(self, scope: Scope, events: str, share: str) -> None:
        """Raises ValueError where all events of too many days would have to be looked at."""
        shared = scope.find_in(events, share).compiled.kernel
        periods = [self.review, *(self.by.values.values() if self.by is not None else ())]
        long = max(map(duration, periods)) > _SCANNED * MICROSECONDS["day"]
        if isinstance(shared, columns.ShareReference) and shared.mostly and long:
            raise ValueError(
                f"`{share}` of `{events}` has an `inherit`, so that the sales of a place are found by a look at all of each day;"
                f" then a review period is at most {_SCANNED} days"
            )

    def _least(self, scope: Scope) -> EnginePath | None:
        if self.least is None:
            return None
        found = scope.find(self.least)
        if found.compiled.type not in ("bigint", "integer") or found.compiled.nullable or found.compiled.state:
            raise ValueError(f"`{self.least}` is not a whole number that is always there")
        return found.program

    def _by(self, scope: Scope, place: str) -> columns.ReviewBy | None:
        if self.by is None:
            return None
        there = scope.find_in(place, self.by.column).compiled
        known = fixed_values(self.by.column, there)
        odd = next((value for value in self.by.values if value not in known), None)
        if there.type != "varchar":
            raise ValueError(f"`{self.by.column}` of `{place}` is not a text")
        if odd is not None:
            raise ValueError(unknown_value(self.by.column, odd, known, f" of `{place}`"))
        return columns.ReviewBy(self.by.column, {value: duration(days) // MICROSECONDS["day"] for value, days in self.by.values.items()})
