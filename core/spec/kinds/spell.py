"""Values that hold for a while, such as promotions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Final, Literal, get_args

from ...errors import hint
from ...program import columns
from ...program.values import Path as EnginePath
from ..modelling import Field, field_validator, model_validator
from ..names import MICROSECONDS, Weekday, duration
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, decimal_places, register
from .category import Weights
from .moment import moment_parts

_WEEKDAYS: Final[tuple[str, ...]] = get_args(Weekday)
_MOST_DIGITS: Final = 40
"""Before the point: more than any type holds."""
Month = Annotated[int, Field(ge=1, le=12)]


@register
class Spell(Column):
    """One of a few values, drawn anew every so many days and the same until then, as of the day from which the row is looked at."""

    kind: Literal["spell"]
    given: Weights = Field(alias="weights", min_length=1, max_length=256)
    """Values and their weights; a list means equal weights."""
    every: str = "7 days"
    """How long a spell lasts; all rows change on the same days."""
    starts: Weekday | None = None
    """The weekday on which spells start that last whole weeks. Default: Monday."""
    months: dict[Month, Weights] = {}
    """Other weights for spells whose middle day lies in a month, 1 to 12."""
    events: dict[str, Weights] = {}
    """Other weights for spells that hold a day of an event of the calendar; of several the first that is named counts."""
    per: DottedPath | None = None
    """A text or whole number of the row: rows that share its value share the spells, such as all products of a category."""

    @field_validator("every")
    @classmethod
    def _days(cls, value: str) -> str:
        days, rest = divmod(duration(value), MICROSECONDS["day"])
        if rest or not 1 <= days <= 366:
            raise ValueError(f"a spell lasts 1 to 366 whole days, not {value}")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Spell:
        for weights in (self.given, *self.months.values(), *self.events.values()):
            if sum(weights.values()) <= 0:
                raise ValueError("the weights are all 0")
        if len(self.values()) < 2:
            raise ValueError("a spell has several values")
        if self.starts is not None and self.days % 7:
            raise ValueError(f"`starts` is of spells of whole weeks, not of {self.every}")
        return self

    @property
    def days(self) -> int:
        """Days of a spell."""
        return duration(self.every) // MICROSECONDS["day"]

    def values(self) -> tuple[str, ...]:
        """All values."""
        every = (self.given, *self.months.values(), *self.events.values())
        return tuple(dict.fromkeys(value for weights in every for value in weights))

    def early(self, scope: Scope) -> int:
        """Days of the spell that holds on the first day of the history which lie before it."""
        if self.days % 7:
            return 0
        return (scope.history()[0].weekday() - _WEEKDAYS.index(self.starts or "monday")) % 7

    def compile(self, scope: Scope) -> Compiled:
        values = self.values()
        marks = scope.marked_names("event")
        for name in self.events:
            if name not in marks:
                raise ValueError(f"the calendar has no event `{name}`{hint(name, marks)}")
        if self.events:
            scope.need_part("event")
        kernel = columns.Spell(
            every=self.days,
            early=self.early(scope),
            weights=self._told(self.given),
            months={str(month): self._told(weights) for month, weights in self.months.items()},
            events={name: self._told(weights) for name, weights in self.events.items()},
            per=self._per(scope),
        )
        date = Compiled(None, "date", parts=moment_parts(True), sees=True)
        parts = {"first_day": date, "last_day": date}
        kind = self.as_ or "varchar"
        if kind == "varchar":
            return Compiled(replace(kernel, words=values), kind, values, sees=True, parts=parts)
        if not kind.startswith(("bigint", "integer", "decimal")):
            raise ValueError(f"a spell is a text or a number, not `{kind}`")
        places = decimal_places(kind)
        numbers = tuple(_units(value, kind, places) for value in values)
        return Compiled(replace(kernel, numbers=numbers, scale=places), kind, sees=True, parts=parts)

    def _told(self, weights: dict[str, float]) -> tuple[float, ...]:
        return tuple(weights.get(value, 0.0) for value in self.values())

    def _per(self, scope: Scope) -> EnginePath | None:
        if self.per is None:
            return None
        found = scope.find(self.per)
        one = found.compiled
        known = one.words is not None and one.type == "varchar"
        if one.nullable or one.sees or one.state or not (known or one.type in ("bigint", "integer")):
            raise ValueError(f"`{self.per}` changes, may be NULL, or is neither a whole number nor a text of a list")
        return found.program


def _units(value: str, kind: str, places: int) -> int:
    """A number in units of its last place; raises ValueError where the type does not hold it as it is."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise ValueError(f"not all values are numbers, as `as: {kind}` says")
    if not number:
        return 0
    digits = kind.removeprefix("decimal(").split(",", maxsplit=1)[0]
    most = {"integer": 2**31 - 1, "bigint": 2**63 - 1}.get(kind) or 10 ** int(digits) - 1
    # The first digit is looked at before, so that an exponent of millions is never written out.
    units = Fraction(number) * 10**places if -places <= number.adjusted() < _MOST_DIGITS else None
    if units is None or units.denominator > 1 or abs(units) > most:
        raise ValueError(f"`{value}` is not a value of `as: {kind}`")
    return int(units)
