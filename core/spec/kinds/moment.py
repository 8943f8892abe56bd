"""Dates and timestamps some way from another moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from ...program import columns
from ..distributions import AnyDistribution
from ..modelling import Field, model_validator
from ..names import MICROSECONDS, Name
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register, scaled

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_FISCAL: Final = ("fiscal_year", "fiscal_quarter", "fiscal_month", "fiscal_week")
MARKS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("is_holiday", "holiday", "is_business_day", "next_business_day", "business_day_of_month"), "holidays"),
    **dict.fromkeys(_FISCAL, "fiscal"),
    "event": "events",
}
"""What the engine must know of the calendar to compute a part."""
_NUMBERS: Final = ("year", "quarter", "month", "day", "week", "weekday", "hour", "minute", "day_of_year", "iso_year")
_WORDS: Final = {
    "weekday_name": _WEEKDAYS,
    "month_name": _MONTHS,
    "season": ("winter", "spring", "summer", "autumn"),
    "day_part": ("night", "morning", "noon", "afternoon", "evening"),
}


def moment_parts(nullable: bool) -> Mapping[str, Compiled]:
    """What is inside a date or a timestamp (local time)."""
    parts = {name: Compiled(None, "bigint", nullable=nullable) for name in (*_NUMBERS, *_FISCAL)}
    for name in ("date", "next_business_day", "month_end"):
        parts[name] = Compiled(None, "date", nullable=nullable)
    for name, words in _WORDS.items():
        parts[name] = Compiled(None, "varchar", words=words, nullable=nullable)
    for name in ("is_weekend", "is_month_end", "is_holiday", "is_business_day"):
        parts[name] = Compiled(None, "boolean", nullable=nullable)
    parts["business_day_of_month"] = Compiled(None, "bigint", nullable=True)
    for name in ("holiday", "event"):
        parts[name] = Compiled(None, "varchar", words=(), nullable=True)
    return parts


class _Moment(Column):
    from_: DottedPath = Field(alias="from")
    """The column, or path, that it is counted from."""
    plus: AnyDistribution | None = None
    """How much later, with a unit of time."""
    minus: AnyDistribution | None = None
    """How much earlier, with a unit of time."""
    not_before: DottedPath | None = None
    """A date or timestamp that it is raised to where it would come before."""
    not_after: DottedPath | None = None
    """A date or timestamp that it is lowered to where it would come after; stronger than `not_before`."""

    @model_validator(mode="after")
    def _one(self) -> _Moment:
        if self.plus is not None and self.minus is not None:
            raise ValueError("give plus or minus, not both")
        for distribution in (self.plus, self.minus):
            if distribution is not None:
                distribution.microseconds()
        return self

    def _compiled(self, scope: Scope, kind: str, clocked: columns.Clocked | None = None) -> Compiled:
        found = scope.find(self.from_)
        if found.compiled.type not in ("date", "timestamp"):
            raise ValueError(f"`{self.from_}` is not a date or timestamp")
        distribution = self.plus or self.minus
        unit = MICROSECONDS["day"] if kind == "date" else 1
        lag = scaled(distribution, distribution.microseconds() / unit) if distribution is not None else None
        bounds: dict[str, columns.Bound] = {}
        inner = found.compiled
        nullable, sees, state = inner.nullable, inner.sees, inner.state
        for name in ("not_before", "not_after"):
            path = getattr(self, name)
            if path is not None:
                bound = scope.find(path)
                if bound.compiled.type not in ("date", "timestamp"):
                    raise ValueError(f"`{path}` is not a date or timestamp")
                bounds[name] = columns.Bound(bound.program, bound.compiled.type)
                sees, state = sees or bound.compiled.sees, state or bound.compiled.state
        kernel = columns.Moment(found.program, found.compiled.type, -1 if self.minus is not None else 1, lag, **bounds, clocked=clocked)
        return Compiled(kernel, kind, None, nullable, sees, state, moment_parts(nullable))


@register
class Date(_Moment):
    """A date, local where it is counted from a timestamp."""

    kind: Literal["date"]

    def compile(self, scope: Scope) -> Compiled:
        return self._compiled(scope, "date")


@register
class Timestamp(_Moment):
    """A timestamp; from a date it starts at local midnight."""

    kind: Literal["timestamp"]
    clock: Name | None = None
    """One of the dataset's `clocks`: a moment in closed time waits for the next opening. `not_after` is stronger."""
    time_zone: DottedPath | None = None
    """Of `clock`: a text of the row that names a time zone (IANA). Default: the dataset's."""

    @model_validator(mode="after")
    def _waits(self) -> Timestamp:
        if self.time_zone is not None and self.clock is None:
            raise ValueError("a `time_zone` needs a `clock` that goes by it")
        if self.clock is not None and self.minus is not None:
            raise ValueError("a `clock` moves moments to later ones, so it goes with `plus`, not with `minus`")
        return self

    def compile(self, scope: Scope) -> Compiled:
        if self.clock is None:
            return self._compiled(scope, "timestamp")
        zone = scope.find(self.time_zone).compiled if self.time_zone is not None else None
        out = self._compiled(scope, "timestamp", scope.clocked(self.clock, self.time_zone))
        return replace(out, sees=out.sees or zone.sees, state=out.state or zone.state) if zone is not None else out
