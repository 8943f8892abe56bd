"""Days and hours in smooth shapes: what leads up to an event and follows it, and curves through bands of hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from .modelling import Field, field_validator, model_validator
from .names import MICROSECONDS, Strict, duration
from .numbers import Number

STEPS: Final = 12
"""Parts of an hour of a smooth curve."""
_LONGEST: Final = 90


class Ramp(Strict):
    """How the days before an event rise to its factor, and those after it fall from it."""

    before: str = "0 days"
    """Days over which rows rise to the event's factor."""
    after: str = "0 days"
    """Days over which they fall from it, to 1 or to `hangover`."""
    hangover: Number | None = Field(default=None, ge=0, le=1)
    """What they fall to before they come back to 1: fewer rows than usual."""
    recovery: str = "7 days"
    """Days over which they come back from `hangover`."""

    @field_validator("before", "after", "recovery")
    @classmethod
    def _days(cls, value: str) -> str:
        if duration(value) % MICROSECONDS["day"] or duration(value) > _LONGEST * MICROSECONDS["day"]:
            raise ValueError(f"a ramp lasts whole days, {_LONGEST} at most, not `{value}`")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Ramp:
        if "recovery" in self.model_fields_set and self.hangover is None:
            raise ValueError("`recovery` has no effect without `hangover`")
        if self.before == self.after == "0 days" and self.hangover is None:
            raise ValueError("a ramp needs `before`, `after` or `hangover`")
        return self

    def rise(self, factor: float) -> list[float]:
        """Factors of the days before an event of this factor, the nearest one first."""
        days = _whole(self.before)
        return [1 + (factor - 1) * (days + 1 - n) / (days + 1) for n in range(1, days + 1)]

    def fall(self, factor: float) -> list[float]:
        """Factors of the days after it, the nearest one first."""
        days, low = _whole(self.after), 1.0 if self.hangover is None else self.hangover
        back = _whole(self.recovery) if self.hangover is not None else 0
        return [*(factor + (low - factor) * n / (days + 1) for n in range(1, days + 1)), *(low + (1 - low) * n / back for n in range(back))]

    def around(self, factor: float, days: Sequence[date]) -> Mapping[date, float]:
        """The factor of each day around the days of one event, which follow each other."""
        out = {days[0] - timedelta(days=n): each for n, each in enumerate(self.rise(factor), 1)}
        return out | {days[-1] + timedelta(days=n): each for n, each in enumerate(self.fall(factor), 1)}


def _whole(text: str) -> int:
    return duration(text) // MICROSECONDS["day"]


def smooth(hours: Sequence[float]) -> list[float]:
    """The weight of each twelfth of an hour: a curve without steps, in which each band of equal hours keeps its weight.

    The sum of weights up to each hour is interpolated by a monotone cubic (Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5, 1984) through
    the ends of the bands, which go round midnight; its slope is the curve.
    """
    begins = [hour for hour in range(24) if hours[hour] != hours[hour - 1]]
    if not begins:
        return [hours[0] / STEPS] * (24 * STEPS)
    ends = [*begins[1:], begins[0] + 24]
    width = [end - begin for begin, end in zip(begins, ends, strict=True)]
    level = [hours[begin] for begin in begins]
    slope = []
    for number in range(len(begins)):
        before, after = level[number - 1], level[number]
        # The weighted harmonic mean, which is 0 where either is.
        low, high = 2 * width[number] + width[number - 1], width[number] + 2 * width[number - 1]
        slope.append((low + high) / (low / before + high / after) if before and after else 0.0)
    out = [0.0] * (24 * STEPS)
    for number, begin in enumerate(begins):
        wide, rise = float(width[number]), level[number] * width[number]
        first, last = slope[number], slope[(number + 1) % len(begins)]
        done = 0.0
        for step in range(1, width[number] * STEPS + 1):
            t = step / (width[number] * STEPS)
            sum_ = rise * t * t * (3 - 2 * t) + wide * (first * t * (1 - t) * (1 - t) - last * t * t * (1 - t))
            out[(begin * STEPS + step - 1) % len(out)] = max(sum_ - done, 0.0)
            done = sum_
    return out
