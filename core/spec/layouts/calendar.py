"""Calendars: the days of some years, or the hours or minutes of a day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final, Literal

from ...errors import hint
from ...program import rows
from ...program.columns import CalendarPart
from ..compiled import Compiled
from ..modelling import Field, model_validator
from .base import FieldScope, LayoutModel, RowScope, RowsError, register

_YEAR: Final = 365
"""Days at both ends together by which whole fiscal years are longer than whole years, about."""
_CLOCK: Final = {"hour": ("hour", "day_part"), "minute": ("hour", "minute", "day_part")}


@register
class Calendar(LayoutModel):
    """One row a day of whole years, or one an hour or minute of a day; other rows refer to it by time."""

    layout: Literal["calendar"]

    comes_whole: ClassVar[bool] = True
    step: Literal["day", "hour", "minute"] = "day"
    """What a row is."""
    start: date | None = None
    """Of days: the first one; default the first of January of the year in which the history starts."""
    years_ahead: int = Field(default=0, ge=0, le=50)
    """Of days: years after that of the last day of the history, or of the run's window if that is later."""

    whole_fiscal_years: bool = False
    """Of days: true begins with the fiscal year that the first day lies in, and ends with the one that the last day lies in."""

    by_time: ClassVar[bool] = True

    @model_validator(mode="after")
    def _of_days(self) -> Calendar:
        if self.step != "day" and (self.start is not None or self.years_ahead or self.whole_fiscal_years):
            raise ValueError(f"`start`, `years_ahead` and `whole_fiscal_years` have no effect on the {self.step}s of a day")
        return self

    def first(self, scope: RowScope) -> date:
        """The first day; raises RowsError where events would lie before it."""
        begin = scope.history()[0]
        if self.start is not None and self.start > begin:
            raise RowsError("start", f"{self.start} lies after the first day of the history, {begin}")
        return self.start or begin.replace(month=1, day=1)

    def row_count(self, scope: RowScope) -> float:
        if self.step != "day":
            return 24 if self.step == "hour" else 1440
        end = scope.history()[1]
        days = (date(end.year + self.years_ahead, 12, 31) - self.first(scope)).days + 1
        return days + (_YEAR if self.whole_fiscal_years else 0)

    def field(self, scope: FieldScope, name: str) -> Compiled | None:
        from ..kinds.moment import moment_parts

        parts = moment_parts(False)
        known = _CLOCK.get(self.step) or tuple(part for part in parts if part not in _CLOCK["minute"])
        if name not in known:
            raise ValueError(f"a calendar of {self.step}s has no `{name}`{hint(name, known)}")
        scope.need_part(name)
        inner = parts[name]
        within = parts if inner.type == "date" else {}
        return Compiled(CalendarPart(name), inner.type, inner.words, inner.nullable, parts=within)

    def compile(self, scope: RowScope) -> rows.Calendar:
        first = (self.first(scope) - date(1970, 1, 1)).days
        if self.whole_fiscal_years:
            scope.need_part("fiscal_year")
        return rows.Calendar(self.step, first, self.years_ahead, self.whole_fiscal_years)
