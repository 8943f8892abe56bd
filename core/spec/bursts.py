"""Rows of a panel that come several at once."""

from __future__ import annotations

from typing import Any

from ..program import rows as told
from .distributions import Distribution
from .modelling import Field, model_validator
from .names import MICROSECONDS, Name, Strict, duration


def one_or_named(value: Any) -> Any:
    """Bursts by name, of which a single kind needs none."""
    return {"burst": value} if isinstance(value, dict) and "rate" in value else value


class Bursts(Strict):
    """Rows that come several at once, all of one owner."""

    rate: float = Field(gt=0, lt=0.1)
    """Share of the entry's rows that are in a burst."""
    rows: Distribution
    """How many rows a burst has."""
    within: str = "60 minutes"
    """The longest that it takes."""
    amount: Distribution | None = None
    """The amounts in it; default: those of the entry, which are not scaled."""
    then: list[Name] = Field(default=[], max_length=8)
    """The entries of its second row, its third and so on, the last one for all others; together they move a bit less than the first."""

    @model_validator(mode="after")
    def _fits(self) -> Bursts:
        if not 2 <= (self.rows.least or 0) <= (self.rows.most or 0) <= 64:
            raise ValueError("a burst has 2 to 64 rows")
        if self.rows.unit is not None or (self.amount is not None and self.amount.unit is not None):
            raise ValueError("the rows of a burst and their amounts have no unit of time")
        if not 60 * MICROSECONDS["second"] * (self.rows.most or 0) <= duration(self.within) <= MICROSECONDS["day"] // 2:
            raise ValueError("a burst takes at least a minute a row and at most 12 hours")
        return self

    def program(self) -> told.Bursts:
        """What the engine is told."""
        mean = ((self.rows.least or 0) + (self.rows.most or 0)) / 2
        amount = self.amount.engine() if self.amount is not None else None
        return told.Bursts(self.rate, self.rows.engine(), mean, duration(self.within), amount=amount)
