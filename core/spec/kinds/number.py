"""Drawn numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from ...program import columns
from ..distributions import AnyDistribution, Distribution
from ..modelling import BeforeValidator, Field, model_validator
from ..names import Name, Strict
from ..names import Path as DottedPath
from ..shapes import Value, capital, cased
from .base import BOOLEANS, Column, Compiled, Scope, decimal_places, register, unknown_value

V = TypeVar("V")


class _DistributionBy(Strict):
    column: Name
    """A category, or a boolean, of this row."""
    values: dict[Value, AnyDistribution] = Field(min_length=1)
    """The distribution for each of its values; others have that of the column."""


DistributionBy = Annotated[_DistributionBy, BeforeValidator(cased)]


class Follows(Strict):
    """A number that this one goes with."""

    column: DottedPath
    """A drawn number of this row, or at the end of a path: `income`, `customer_id.income`."""
    correlation: float = Field(ge=-0.95, le=0.95)
    """Of the ranks (Spearman's), from -0.95 to 0.95: 0.3 is a weak dependence, 0.8 a strong one."""


@register
class Number(Column):
    """A number of a distribution, by default a whole one."""

    kind: Literal["number"]
    distribution: AnyDistribution
    """What the values are drawn from."""
    by: DistributionBy | None = None
    """Other distributions for rows where a category has a value."""
    follows: Follows | None = None
    """Another drawn number that this one is the higher with, or the lower: `{column: income, correlation: 0.3}`. Both keep their
    distributions."""
    multiply_by: DottedPath | None = None
    """A number column that scales the draw."""
    places: int = Field(default=0, ge=0, le=9)
    """Digits after the point."""
    endings: list[float] = []
    """Price endings, for example [0.99, 0.49, 0.00]."""
    per: DottedPath | None = None
    """A column of whole numbers, such as a key: rows that share its value share the draw, a number for a whole household."""

    @model_validator(mode="after")
    def _fits(self) -> Number:
        if self.endings and self.places == 0:
            raise ValueError("price endings need places")
        if any(not 0 <= ending < 1 for ending in self.endings):
            raise ValueError("price endings lie between 0.00 and 0.99")
        for distribution in self.distributions():
            if distribution.unit is not None:
                raise ValueError("a number has no unit of time; use kind date or timestamp")
        return self

    def distributions(self) -> list[Distribution]:
        """The distribution of the column, and those by another column's values."""
        return [self.distribution, *(self.by.values.values() if self.by is not None else ())]

    def compile(self, scope: Scope) -> Compiled:
        times, by = None, None
        nullable = sees = state = False
        if self.multiply_by is not None:
            found = scope.find(self.multiply_by)
            if not found.compiled.type.startswith(("bigint", "integer", "decimal", "double")):
                raise ValueError(f"`{self.multiply_by}` is not a number")
            times = found.program
            nullable, sees, state = found.compiled.nullable, found.compiled.sees, found.compiled.state
        if self.by is not None:
            distributions = told_values(scope, self.by.column, self.by.values)
            by = columns.NumberBy(self.by.column, {value: distribution.engine() for value, distribution in distributions.items()})
        follows = None
        if self.follows is not None:
            if not isinstance(scope.find(self.follows.column).compiled.kernel, columns.Number):
                raise ValueError(f"`{self.follows.column}` is not a drawn number (kind number), so it has no rank to follow")
            led = scope.find(f"{self.follows.column}.rank")
            follows = columns.Follows(led.program, self.follows.correlation)
            sees, state = sees or led.compiled.sees, state or led.compiled.state
        changes = scope.change()
        per = None
        if self.per is not None:
            shared = scope.find(self.per)
            if shared.compiled.type not in ("bigint", "integer"):
                raise ValueError(f"`{self.per}` is not a whole number")
            if changes is not None or self.endings:
                raise ValueError(f"{'a changing number' if changes is not None else 'a number with `endings`'} takes no `per`")
            per = shared.program
            nullable, sees, state = nullable or shared.compiled.nullable, sees or shared.compiled.sees, state or shared.compiled.state
        if changes is not None:
            if changes.times is None and not changes.leader:
                raise ValueError("a changing number needs `factor: ..` under rows.changes.columns")
            if self.places == 0 and not self.endings and not changes.leader:
                raise ValueError("a changing number needs places")
            sees = True
        kind = type_of(self.as_, self.places)
        endings = tuple(round(ending * 10**self.places) for ending in self.endings)
        kernel = columns.Number(self.distribution.engine(), self.places, times, endings, by, changes, follows, per)
        rank = Compiled(None, "bigint", nullable=nullable, sees=sees, state=state)
        return Compiled(kernel, kind, None, nullable, sees, state, {"rank": rank})


def type_of(given: str | None, places: int) -> str:
    """The SQL type of numbers with so many digits after the point; raises ValueError where another one was given."""
    kind = given or (f"decimal(18,{places})" if places else "bigint")
    if decimal_places(kind) != places and not (kind == "double" and places == 0):
        raise ValueError(f"`as: {kind}` does not agree with places: {places}")
    return kind


def told_values(scope: Scope, column: str, values: Mapping[str, V]) -> dict[str, V]:
    """A mapping by values of a category or boolean, as the engine spells them; raises ValueError where the column never has one."""
    found = scope.find(column).compiled
    boolean = found.type == "boolean"
    words = BOOLEANS if boolean else found.words
    if words is None:
        raise ValueError(f"`{column}` is not a category")
    for value in values:
        if words and value not in words:
            raise ValueError(unknown_value(column, value, words))
    return capital(values) if boolean else dict(values)
