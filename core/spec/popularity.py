"""How popular the rows are that references are drawn from: unevenly, by what draws them, by age and by fashion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Final

from ..program.columns import Ageing, ConditionalPopularity, Spell
from ..program.columns import Elasticity as ElasticityProgram
from ..program.columns import Fads as FadsProgram
from ..program.values import Factor
from .bands import banded
from .compiled import Found
from .kinds.base import Scope, fixed_values, told_words, unknown_value
from .kinds.number import told_values
from .modelling import Field, field_validator
from .names import Name, Strict
from .rates import OLDEST, PASSED, ageing, whole_days
from .shapes import RowFactors, equal, grouped

MOST: Final = 65_536
"""Rows at most of which the popularity may differ from row to row that draws, or from day to day."""
_CLASSES: Final = 256
_SLICE: Final = 16


class Affinity(Strict):
    """What children of one parent have in common."""

    column: Name
    """The target's column."""
    share: float = Field(gt=0, le=1)
    """Share of the children that are drawn among the rows of one of its values."""
    returning: float = Field(default=0, ge=0, le=1)
    """Share of the parents whose value is one of a few that the owner of `favourites` returns to; those of the others are drawn freely."""


class Fads(Strict):
    """Popularity that wanders."""

    every: str
    """How long it takes until a row's popularity has nothing to do with what it was: `90 days`."""
    spread: float = Field(gt=0, le=2)
    """How far it wanders: the standard deviation of its natural logarithm. With 0.5 two of three rows are 0.6 to 1.6 times as popular."""

    @field_validator("every")
    @classmethod
    def _days(cls, value: str) -> str:
        days = whole_days(value)
        if not 2 * _SLICE <= days <= OLDEST:
            raise ValueError(f"fads last {2 * _SLICE} days to 100 years, not {value}")
        return value

    def program(self) -> FadsProgram:
        """As the engine takes it."""
        return FadsProgram(whole_days(self.every), self.spread)


class Elasticity(Strict):
    """Popularity that follows a number of the row that is drawn, such as its price."""

    column: Name
    """The target's number, which changes."""
    exponent: float = Field(ge=-5, le=5)
    """Popularity is multiplied by the number's ratio to its first value to this power: with -1.5, a price cut of 10 % sells 17 % more."""
    discount: Name | None = None
    """The target's column of kind `spell` that holds the share which is taken off the number for a while, such as a promotion's."""

    def program(self, scope: Scope, to: str) -> ElasticityProgram:
        """As the engine takes it; raises ValueError where the column is no number that changes."""
        found = scope.find_in(to, self.column).compiled
        if not found.type.startswith(("bigint", "integer", "decimal", "double")) or found.nullable or found.state or not found.sees:
            raise ValueError(f"`{self.column}` of `{to}` is not a number that changes and is never NULL")
        if not self.exponent:
            raise ValueError("an exponent of 0 has no effect")
        if self.discount is None:
            return ElasticityProgram(self.column, self.exponent)
        spell = scope.find_in(to, self.discount).compiled
        if not isinstance(spell.kernel, Spell) or not spell.type.startswith("decimal"):
            raise ValueError(f"`{self.discount}` of `{to}` is not a `spell` of decimal numbers, such as `as: decimal(3,2)`")
        if max(spell.kernel.numbers) >= 10**spell.kernel.scale or min(spell.kernel.numbers) < 0:
            raise ValueError(f"`{self.discount}` of `{to}` is a share that is taken off: 0 or more, and less than 1")
        return ElasticityProgram(self.column, self.exponent, self.discount, spell.kernel.every, spell.kernel.early)


def ageing_of_many(scope: Scope, to: str, by_age: Mapping[str, float]) -> Ageing:
    """As the engine takes it where rows are too many for a table of all; raises ValueError."""
    check_born(scope, to)
    if min(by_age.values()) * PASSED < max(by_age.values()):
        raise ValueError(
            f"rows of `{to}` are more than {MOST:,}, so that they are drawn until one is taken by its age: the least factor of `ageing`"
            f" is at least 1/{PASSED} of the largest"
        )
    return ageing(by_age)


def check_born(scope: Scope, to: str) -> None:
    """Raises ValueError where rows have no age."""
    if not scope.layout(to).owns:
        raise ValueError(f"`ageing` is of entities, which are born; the rows of `{to}` are a list")


def check_small(scope: Scope, to: str, word: str) -> None:
    """Raises ValueError where the popularity of a table's rows cannot differ from row to row that draws, or from day to day."""
    if not scope.layout(to).known_at_once or scope.number(to) > MOST:
        raise ValueError(f"`{word}` are for at most {MOST:,} entities or rows of a list")


def alike(scope: Scope, to: str, column: str) -> ConditionalPopularity:
    """The rows of each value of a column, all as popular as they are."""
    there = scope.find_in(to, column).compiled
    return ConditionalPopularity(column, told_words(there, fixed_values(column, there)), ())


def conditional(scope: Scope, to: str, factors: Sequence[RowFactors]) -> ConditionalPopularity:
    """The factor of each value of theirs for each class of asking rows, and how rows are classed."""
    check_small(scope, to, "factors")
    named_of = [(*equal(one.of), one) for one in factors]
    told: ConditionalPopularity | None = None
    for theirs in reversed(dict.fromkeys(column for column, _, _ in named_of)):
        told = replace(_conditional(scope, to, theirs, [(v, one) for column, v, one in named_of if column == theirs]), also=told)
    if told is None:
        raise ValueError("`factors` name none")
    parts = [told, *([told.also] if told.also is not None else [])]
    if len(parts) > 1 and parts[1].also is not None:
        raise ValueError(f"`factors` are of at most two columns of `{to}`")
    if prod(len(part.values) for part in parts) > _CLASSES:
        raise ValueError(f"`factors` are of more than {_CLASSES:,} kinds of rows of `{to}`")
    if prod(len(one.factors[0]) for one in {one.path: one for part in parts for one in part.by}.values()) > _CLASSES:
        raise ValueError(f"`factors` tell more than {_CLASSES:,} kinds of rows apart")
    return told


def _conditional(scope: Scope, to: str, theirs: str, named: Sequence[tuple[str, RowFactors]]) -> ConditionalPopularity:
    """The factors by one column of theirs."""
    there = scope.find_in(to, theirs).compiled
    values = fixed_values(theirs, there)
    given = grouped(named)
    for value in given:
        if value not in values:
            raise ValueError(unknown_value(theirs, value, values, f" of `{to}`"))
    columns = dict.fromkeys(one.column for _, one in named)
    by = [_by(scope, ours, [given.get(value, {}).get(ours, {}) for value in values]) for ours in columns]
    return ConditionalPopularity(theirs, told_words(there, values), tuple(by))


def _by(scope: Scope, ours: str, named: list[dict[str, float]]) -> Factor:
    """The factors by one column of ours, for each value of theirs."""
    found = scope.find(ours)
    if found.compiled.type in ("bigint", "integer") and not found.compiled.nullable:
        return Factor(found.program, tuple(map(tuple, _numbered(named))))
    moment = ours.rpartition(".")[0]
    if found.part in ("event", "holiday") and scope.find(moment).compiled.type in ("date", "timestamp"):
        return _by_marks(scope, ours, found, named)
    known = fixed_values(ours, found.compiled)
    for factors in named:
        told_values(scope, ours, factors)
    return Factor(
        found.program, tuple(tuple(factors.get(word, 1.0) for word in known) for factors in named), told_words(found.compiled, known)
    )


def _by_marks(scope: Scope, ours: str, found: Found, named: list[dict[str, float]]) -> Factor:
    """The factors of days that a calendar names; all others, which have no name, have 1."""
    marks = scope.marked_names(found.part or "")
    known = tuple(dict.fromkeys(name for factors in named for name in factors))
    for name in known:
        if name not in marks:
            raise ValueError(unknown_value(ours, name, marks))
    each = tuple((1.0, *(factors.get(name, 1.0) for name in known), 1.0) for factors in named)
    return Factor(found.program, each, ("", *known))


def _numbered(named: list[dict[str, float]]) -> list[list[float]]:
    """The factor of each number from 0 on, and at last of those beyond all bands."""
    ends = [int(end) for bands in named for band in bands for end in [band.rpartition("-")[2]] if end.isdigit()]
    most = min(max(ends, default=0), _CLASSES - 1)
    out = []
    for bands in named:
        rest = bands.get("default", 1.0)
        out.append([*(rest if factor is None else factor for factor in banded(bands, most, "numbers")), rest])
    return out


def check_room(scope: Scope, to: str, available: bool) -> None:
    """Raises ValueError where siblings may be more than the rows of a table from which they draw different ones."""
    rows = scope.layout(scope.table)
    if not rows.children_of:
        raise ValueError("`distinct` is among the children of one parent, so the rows must be children")
    most = int(rows.count.most or 0)
    target = scope.layout(to)
    there = scope.number(to) * getattr(target, "initial_share", 1.0)
    if not available:
        there = scope.number(to)
    elif getattr(target, "lifetime", None) is not None:
        there = 16 if there >= 16 else there
    if most == 0:
        raise ValueError("`distinct` needs a count with a max")
    if there < most:
        raise ValueError(f"a parent may have {most} rows, but only {there:,.0f} rows of `{to}` are sure to be there")
