"""Entities: rows that are born, may leave and may change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log1p
from typing import Annotated, Any, ClassVar, Final, Literal

from ...errors import hint
from ...program import changes as told
from ...program import rows
from ...program.values import Distribution as Told
from ...program.values import Way
from ..distributions import AnyDistribution, Distribution
from ..modelling import BeforeValidator, Field, field_validator, model_validator
from ..names import MICROSECONDS, Name, Path, Strict, duration
from ..shapes import Value
from .base import LayoutModel, Number, RowScope, RowsError, register

RUN_UP: Final = 1_826
"""Days before the history over which the rows that are there at its start were born: five years."""

_MOST_GROWTH: Final = 20
"""Natural logarithm of the largest factor between births at the ends of a past: whole numbers of 64 bits hold the sum of their weights."""
_FOUND: Final = 65_536
_CLASSES: Final = 64
_DEALT: Final = 16


class Change(Strict):
    """How one column takes part in changes."""

    weight: float = Field(default=1, gt=0)
    """Share of the changes, against the other columns' weights."""
    factor: AnyDistribution | None = None
    """Of numbers: the factor that a change applies to the first value."""
    with_: list[Name] = Field(default=[], alias="with", max_length=16)
    """Columns that change whenever this one does, such as the street of who moves; numbers among them are drawn anew."""
    brings: dict[Name, Annotated[float, Field(gt=0, le=1)]] = Field(default={}, max_length=16)
    """Columns with changes of their own that this one brings about at once, with the share of the rows of which it does: a marriage
    brings a move, `{_place: 0.5}`."""


def _weighed(value: Any) -> Any:
    return {"weight": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


class Changing(Strict):
    """Entities that change equally often."""

    share: float = Field(ge=0, le=1)
    """Share of the entities."""
    every: str
    """How long after each other they change: `600 days`."""

    @field_validator("every")
    @classmethod
    def _days(cls, value: str) -> str:
        if duration(value) < MICROSECONDS["day"]:
            raise ValueError(f"a period of {value} is shorter than a day")
        return value


class ChangesBy(Strict):
    """Rows that change otherwise than the rest."""

    column: Name
    """A category or boolean of the row that does not change itself."""
    values: dict[Value, dict[Name, Annotated[float, Field(ge=0)]]] = Field(min_length=1, max_length=64)
    """Of each value the weights of columns; others keep theirs, and a column of weight 0 never changes: `{false: {last_name: 0}}`."""


class Changes(Strict):
    """Which columns of an entity change, and how often."""

    groups: list[Changing]
    """How many of the entities change how often: `[{share: 0.41, every: 600 days}]`; the rest never do."""
    columns: dict[Name, Annotated[Change, BeforeValidator(_weighed)]]
    """The columns that change, and their share of the changes: a weight, or `{weight: .., factor: ..}` of a number; `with` names
    others that change together with them."""
    by: ChangesBy | None = None
    """Other weights for rows where a category or boolean has a value: `{column: takes_name, values: {false: {last_name: 0}}}`."""

    @field_validator("groups")
    @classmethod
    def _groups(cls, value: list[Changing]) -> list[Changing]:
        if sum(one.share for one in value) > 1:
            raise ValueError("the shares of the groups add up to at most 1")
        return value

    @model_validator(mode="after")
    def _some(self) -> Changes:
        if not self.columns or len(self.columns) > 16:
            raise ValueError("changes name 1 to 16 columns")
        followers = [follower for change in self.columns.values() for follower in change.with_]
        for name in followers:
            if name in self.columns or followers.count(name) > 1:
                other = "has changes of its own" if name in self.columns else "is named twice"
                raise ValueError(f"`{name}` under `with` {other}; a column changes by itself or together with one other")
        for name, change in self.columns.items():
            for other in change.brings:
                if other not in self.columns or other == name:
                    raise ValueError(f"`{name}` brings `{other}`, which is no other column with changes of its own")
        for value, weights in self.by.values.items() if self.by is not None else ():
            for name in weights:
                if name not in self.columns:
                    raise ValueError(f"`by` weighs `{name}`, which has no changes of its own{hint(name, list(self.columns))}")
            if not any(self._weights(weights).values()):
                raise ValueError(f"`by` leaves nothing that changes where {self.by and self.by.column} is {value}")
        return self

    @property
    def leaders(self) -> dict[str, str]:
        """Of each column that changes together with another one, that other."""
        return {follower: name for name, change in self.columns.items() for follower in change.with_}

    def sways(self, column: str) -> bool:
        """Whether how often a column changes follows from another column of the row."""
        name = self.leaders.get(column, column)
        among = {name, *(other for other, change in self.columns.items() if name in change.brings)}
        others = [_deal(self._weights(weights)) for weights in self.by.values.values()] if self.by is not None else []
        usual = _deal(self._weights({}))
        return any(deal.get(name, 0) != usual.get(name, 0) for deal in others for name in among)

    def _weights(self, others: Mapping[str, float]) -> dict[str, float]:
        return {name: others.get(name, change.weight) for name, change in self.columns.items()}

    @property
    def pace(self) -> tuple[tuple[int, int], ...]:
        """Days, and how many of 64 rows change once in so many."""
        return tuple((duration(one.every) // MICROSECONDS["day"], round(one.share * _CLASSES)) for one in self.groups)

    def program(self, scope: RowScope) -> told.Changes:
        """How many of 64 rows change in each period of days, and how many of 16 changes are of each column; raises RowsError."""
        brings = {name: {other: round(share * _CLASSES) or 1 for other, share in one.brings.items()} for name, one in self.columns.items()}
        column, deals = self._others(scope)
        return told.Changes(
            self.pace, _deal(self._weights({})), column, deals or None, {name: others for name, others in brings.items() if others} or None
        )

    def _others(self, scope: RowScope) -> tuple[str, dict[str, dict[str, int]]]:
        """The column by which rows have another deal, and those deals by its values as the engine spells them; raises RowsError."""
        from ..kinds.base import fixed_values, told_words, unknown_value

        if self.by is None:
            return "", {}
        column, moving = self.by.column, {*self.columns, *self.leaders}
        if column not in scope.columns(scope.table):
            raise RowsError("changes.by", f"`{column}` is no column of `{scope.table}`{hint(column, list(scope.columns(scope.table)))}")
        if column in moving or any((scope.table, name) in scope.columns_behind(scope.table, column) for name in moving):
            raise RowsError("changes.by", f"`{column}` follows what changes")
        found = scope.find_in(scope.table, column)
        try:
            values = fixed_values(column, found.compiled)
        except ValueError as error:
            raise RowsError("changes.by", str(error)) from None
        for value in self.by.values:
            if value not in values:
                raise RowsError("changes.by", unknown_value(column, value, values))
        deals = [_deal(self._weights(weights)) for weights in self.by.values.values()]
        return found.program.column, dict(zip(told_words(found.compiled, list(self.by.values)), deals, strict=True))


def _deal(weights: Mapping[str, float]) -> dict[str, int]:
    """How many of 16 changes are of each column."""
    some = {name: weight for name, weight in weights.items() if weight}
    return dict(zip(some, shares(list(some.values()), _DEALT), strict=True))


class Nth(Strict):
    """One of the rows that an owner gets in the course of time."""

    share: float = Field(gt=0, le=1)
    """Share of the owners that have it, dealt among each 64 of them."""
    after: str | Distribution = "0 days"
    """How long after the owner's own begin: a time, or a distribution of it."""

    @field_validator("after")
    @classmethod
    def _whole_days(cls, value: str | Distribution) -> str | Distribution:
        if isinstance(value, str):
            if duration(value) % MICROSECONDS["day"]:
                raise ValueError(f"`{value}` is not a whole number of days")
        elif value.microseconds() and (value.least is None or value.least < 0):
            raise ValueError("a row that is born of another comes after it: give the distribution a min of 0 or more")
        return value

    @property
    def least(self) -> int:
        """Days after the owner's begin at least."""
        if isinstance(self.after, str):
            return duration(self.after) // MICROSECONDS["day"]
        return int((self.after.least or 0) * self.after.microseconds() // MICROSECONDS["day"])

    def program(self) -> tuple[int, int]:
        """How many of 64 owners, and after how many days at least."""
        return max(int(self.share * _CLASSES + 0.5), 1), self.least

    def times(self) -> Told | None:
        """The days after which it comes, where they differ."""
        return None if isinstance(self.after, str) else in_days(self.after, "per_owner")


class First(Strict):
    """Births that rows of a table of events bring about."""

    of: Path
    """The reference of the events, with its table: `orders.customer_id`. Each row is born minutes before one of its day."""
    share: float = Field(gt=0, le=1)
    """Share of the rows that are born in the history which that event refers to: it is their first."""

    def compile(self, scope: RowScope) -> tuple[str, str, float]:
        """The table, the column and the share; raises RowsError."""
        table, _, column = self.of.rpartition(".")
        if not table or "." in table:
            raise RowsError("first", f"`of` names a table and its reference, as `orders.customer_id` does, not `{self.of}`")
        model = scope.kind(table, column)
        to = getattr(model, "to", None)
        if model.kind != "reference" or to != scope.table or model.pick != "draw" or model.match or model.distinct:
            raise RowsError("first", f"`{self.of}` is no reference that draws rows of `{scope.table}`, one by one")
        if not scope.layout(table).by_day:
            raise RowsError("first", f"`{table}` holds {scope.layout(table).layout}; births follow events")
        return table, column, self.share


@register
class Entities(LayoutModel):
    """Rows that are born, may leave and may change; ids in order of birth.

    With `of` and `per_owner` they are born of owners: the first, second .. row of each, some time apart.
    """

    layout: Literal["entities"] = "entities"
    of: Name | None = None
    """The owners' table."""
    per_owner: list[Nth] = Field(default=[], max_length=16)
    """The first, second .. row of an owner; who has the second has the first too."""
    number: Number = "0.1 per driving"
    """Rows at the end of the history: a number, or a ratio to another table; or one of these for each size."""
    initial_share: float = Field(default=0.6, ge=0, le=1)
    """Share of the rows that is there when the history starts. With `past` it follows from the pace of births."""
    past: str | None = None
    """How long before the history the first row is born: `40 years`, up to 100. References that are drawn before the history then find
    who was there. Default: five years, and whoever asks before the history is told who is there when it starts."""
    yearly_growth: float = Field(default=0, ge=-0.5, le=2)
    """Of `past`: growth of births from one year to the next."""
    business_days: bool = False
    """Whether rows are born on business days of the calendar alone; of rows of owners, wait for the next one."""
    first: First | None = None
    """Births that rows of a table of events bring about: `{of: orders.customer_id, share: 0.7}`."""
    lifetime: Distribution | None = None
    """How long a row stays; without it, for ever."""
    some_stay: bool = True
    """Whether one of sixteen rows, and the first sixteen, never leave, so that a drawn reference always finds one."""
    changes: Changes | None = None
    """Columns that change in the course of time."""

    may_drive: ClassVar[bool] = True
    ends: ClassVar[bool] = True
    has_position: ClassVar[bool] = True
    owns: ClassVar[bool] = True
    popular: ClassVar[bool] = True
    known_at_once: ClassVar[bool] = True

    @property
    def run_up(self) -> int:
        """Days before the history over which rows are born."""
        return RUN_UP if self.past is None else duration(self.past) // MICROSECONDS["day"]

    @property
    def takes_number(self) -> bool:
        return self.of is None

    @property
    def always_there(self) -> bool:
        return self.initial_share == 1 and self.past is None and self.lifetime is None and not self.of

    @model_validator(mode="after")
    def _owned(self) -> Entities:
        if (self.of is None) != (not self.per_owner):
            raise ValueError("`of` and `per_owner` go together: whose rows they are, and which of them an owner has")
        for key in ("number", "initial_share", "past", "yearly_growth"):
            if self.of is not None and key in self.model_fields_set:
                raise ValueError(f"`{key}` has no effect on rows of owners: `per_owner` says how many there are, and when")
        for key in ("yearly_growth", "business_days"):
            if self.of is None and self.past is None and key in self.model_fields_set:
                raise ValueError(f"`{key}` is of births over a `past`: say how long before the history the first row is born")
        if self.first is not None and (self.of is not None or self.past is not None):
            raise ValueError("`first` goes with no `of` and no `past`")
        if self.past is not None:
            if not MICROSECONDS["year"] <= duration(self.past) <= 100 * MICROSECONDS["year"]:
                raise ValueError(f"`past: {self.past}` is not between one year and a hundred")
            if "initial_share" in self.model_fields_set:
                raise ValueError("`past` says how many rows are there when the history starts, so there is no `initial_share`")
            years = duration(self.past) / MICROSECONDS["year"]
            if abs(log1p(self.yearly_growth)) * years > _MOST_GROWTH:
                raise ValueError(
                    f"`yearly_growth: {self.yearly_growth:g}` over {self.past} is more than births can follow: write a shorter `past`"
                )
        for one, other in pairwise(self.per_owner):
            if other.share > one.share or other.least < one.least:
                raise ValueError("in `per_owner`, shares do not rise and times do not fall from one to the next")
        return self

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,) if self.of is not None else ()

    def row_count(self, scope: RowScope) -> float:
        if self.of is None:
            return scope.counted(self.number)
        check_owner(scope, self.of)
        return sum(nth.program()[0] for nth in self.per_owner) / _CLASSES * scope.number(self.of)

    def matches(self, scope: RowScope, columns: Sequence[str]) -> Way | None:
        by_key = super().matches(scope, columns)
        if by_key is not None:
            return by_key
        for column in columns:
            found = scope.find_in(scope.table, column).compiled
            if found.nullable or found.sees or not found.type.startswith(("bigint", "integer", "varchar", "boolean", "date")):
                raise ValueError(f"`{column}` of `{scope.table}` changes, may be NULL, or is not a text, whole number, boolean or date")
        if scope.number(scope.table) > _FOUND:
            raise ValueError(f"`{scope.table}` has {scope.number(scope.table):,.0f} rows; rows are found by value among at most {_FOUND:,}")
        return Way("value")

    def compile(self, scope: RowScope) -> rows.Entities:
        leaves = in_days(self.lifetime, "lifetime") if self.lifetime is not None else None
        evergreens = self.some_stay or leaves is None
        changes = self.changes.program(scope) if self.changes is not None else None
        if self.business_days:
            scope.need_part("is_business_day")
        if self.of is not None:
            # How many there are follows from the owners' births; the engine counts them.
            number, nth = int(self.row_count(scope)), tuple(nth.program() for nth in self.per_owner)
            after = tuple(one.times() for one in self.per_owner) if any(one.times() for one in self.per_owner) else ()
            return rows.Streams(number, 1, RUN_UP, leaves, evergreens, changes, self.of, nth, after, self.business_days)
        number = int(scope.number(scope.table))
        if self.past is not None:
            start, end = scope.history()
            if log1p(self.yearly_growth) * (end - start).days / 365.25 > _MOST_GROWTH:
                raise RowsError("yearly_growth", f"{self.yearly_growth:g} a year is more than births can follow from {start} to {end}")
            return rows.Vintages(number, 0, self.run_up, leaves, evergreens, changes, self.yearly_growth, self.business_days)
        early = min(max(int(number * self.initial_share + 0.5), 1), number)
        if self.first is not None:
            return rows.Newcomers(number, early, RUN_UP, leaves, evergreens, changes, *self.first.compile(scope))
        return rows.Entities(number, early, RUN_UP, leaves, evergreens, changes)


def check_owner(scope: RowScope, owner: str) -> None:
    """Raises RowsError where rows of a table cannot own others."""
    model = scope.layout(owner)
    if not model.owns:
        raise RowsError("of", f"`{owner}` holds {model.layout}; only entities own rows that are born of them")


def in_days(distribution: Distribution, key: str) -> Told:
    """A distribution of time with its values in days; raises RowsError."""
    try:
        days = distribution.microseconds() / MICROSECONDS["day"]
    except ValueError as error:
        raise RowsError(key, str(error)) from None
    return distribution.engine(days)


def shares(weights: list[float], total: int) -> list[int]:
    """Whole shares of a total by largest remainder, each at least 1."""
    exact = [weight * total / sum(weights) for weight in weights]
    out = [max(int(share), 1) for share in exact]
    order = sorted(range(len(out)), key=lambda n: exact[n] - out[n])
    while sum(out) > total:
        out[max(range(len(out)), key=lambda n: out[n] - exact[n])] -= 1
    for n in reversed(order):
        if sum(out) == total:
            break
        out[n] += 1
    return out
