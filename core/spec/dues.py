"""When what is due to an owner of a panel comes, and how its amount goes on."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from ..program import rows as told
from .distributions import Distribution
from .modelling import AfterValidator, BeforeValidator, Field, field_validator
from .names import MICROSECONDS, WEEKDAYS, Name, Strict, Weekday, duration

MonthDay = Annotated[int, Field(ge=1, le=31)] | Literal["last"]

_MONTH: Final = 30.4375
"""Days."""


def _weighed(value: dict[Any, float]) -> dict[Any, float]:
    if not value or min(value.values()) < 0 or sum(value.values()) <= 0:
        raise ValueError("days need weights of 0 or more that are not all 0")
    return value


OneOf = Annotated[dict[MonthDay, float], AfterValidator(_weighed)]
"""Days of the month with weights: each owner has one of them."""

AllOf = Annotated[list[MonthDay], Field(min_length=1, max_length=8)]
"""Days of the month, all of them."""


def _weekdays(value: object) -> object:
    return {value: 1.0} if isinstance(value, str) else value


class Every(Strict):
    """Every so many weeks, on a weekday."""

    every: str
    """From one to the next: `7 days`, `14 days` or another number of whole weeks up to 26. Owners have different weeks."""
    on: Annotated[dict[Weekday, float], BeforeValidator(_weekdays), AfterValidator(_weighed)]
    """A weekday, or some with weights, of which each owner has one: `{friday: 3, thursday: 1}`."""

    @field_validator("every")
    @classmethod
    def _weeks(cls, value: str) -> str:
        days, rest = divmod(duration(value), MICROSECONDS["day"])
        if rest or days % 7 or not 7 <= days <= 182:
            raise ValueError(f"`{value}` is not a number of whole weeks from 7 to 182 days")
        return value

    @property
    def days(self) -> int:
        """From one to the next."""
        return duration(self.every) // MICROSECONDS["day"]


Rhythm = OneOf | AllOf | Every


class ByRhythm(Strict):
    """Each owner is due by the rhythm of its category."""

    column: Name
    """A category of the owner."""
    values: dict[str, Rhythm] = Field(min_length=1)
    """The rhythm of each of its values: days of the month with weights, a list of days of the month, or `{every, on}`. Who has another
    value is never due."""


class Raises(Strict):
    """An amount that grows in steps: rents, salaries, prices of subscriptions."""

    every: str
    """From one step to the next, as whole months of about 30 days: `1 year`. Each owner has its own month."""
    by: Distribution
    """What the amount is multiplied by: `{min: 1.01, max: 1.06}`."""

    @field_validator("every")
    @classmethod
    def _months(cls, value: str) -> str:
        if not 1 <= duration(value) / MICROSECONDS["day"] / _MONTH + 0.5 < 1_000:
            raise ValueError(f"an amount is raised after a month or more, not after `{value}`")
        return value

    @field_validator("by")
    @classmethod
    def _bounded(cls, value: Distribution) -> Distribution:
        if value.unit is not None:
            raise ValueError("a factor has no unit of time")
        if not 0.5 <= (value.least or 0) <= (value.most or 0) <= 2:
            raise ValueError("an amount is multiplied by 0.5 to 2: give `min` and `max`")
        return value

    def program(self) -> told.Raises:
        """What the engine is told."""
        return told.Raises(int(duration(self.every) / MICROSECONDS["day"] / _MONTH + 0.5), self.by.engine())


def rules_of(rhythm: OneOf | AllOf | Every | ByRhythm, of: str | None = None) -> tuple[told.Rule, ...]:
    """The ways in which an owner may be due, with their weights."""
    if isinstance(rhythm, ByRhythm):
        return tuple(rule for value, inner in rhythm.values.items() for rule in rules_of(inner, value))
    if isinstance(rhythm, Every):
        # 1970-01-01 was a Thursday.
        return tuple(
            told.Rule(weight / (rhythm.days // 7), every=rhythm.days, phase=(WEEKDAYS.index(day) + 4) % 7 + week, of=of)
            for day, weight in rhythm.on.items()
            for week in range(0, rhythm.days, 7)
        )
    if isinstance(rhythm, list):
        return (told.Rule(days=tuple(dict.fromkeys(rhythm)), of=of),)
    return tuple(told.Rule(weight, days=(day,), of=of) for day, weight in rhythm.items())


def most_a_month(rules: tuple[told.Rule, ...]) -> int:
    """How often a month has one at most."""
    return max(-(-31 // rule.every) if rule.every else len(rule.days) for rule in rules)
