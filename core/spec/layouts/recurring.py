"""What is born in rows of another table, and comes back to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

from ...program import rows
from ...program.columns import Ageing, Popularity, Rates
from ..modelling import AfterValidator, Field, model_validator
from ..names import MICROSECONDS, Name, Strict, duration
from ..quotas import SIZE, Sizes, apportioned
from ..rates import PASSED, ByAge, Skew, ageing
from ..shapes import Equality
from .base import LayoutModel, RowScope, RowsError, register
from .entities import RUN_UP
from .subset import Dealt, dealt

_ROUND_DAYS: Final = 4
"""How long a turn is at least, where there are rows enough: two visits of one member lie at least one turn apart."""
_MOST_VISITS: Final = 200


def _days(text: str) -> str:
    if duration(text) < MICROSECONDS["day"]:
        raise ValueError(f"{text} is shorter than a day")
    return text


class Returning(Strict):
    """Members that come back equally often."""

    visits: int = Field(ge=1, le=_MOST_VISITS)
    """How often they come back in their lives."""
    weight: float = Field(gt=0)
    """Their share, against the other groups' weights."""
    every: Annotated[str, AfterValidator(_days)]
    """Mean time between their visits, for example `30 days`."""

    @property
    def days(self) -> float:
        """Mean days between visits."""
        return duration(self.every) / MICROSECONDS["day"]


class Returns(Strict):
    """In which rows the born come back, and how often."""

    where: Equality
    """SQL that names another value of the category of the birth: `visitor = 'known'`."""
    groups: list[Returning] = Field(default=[], max_length=_MOST_VISITS)
    """How often members come back, how many of them, and how far apart."""
    rates: Skew | None = None
    """Instead of `groups`: who comes back is drawn, members by a law of how often they do, `{gamma: 0.6}`; none of them ever leaves."""
    ageing: ByAge | None = None
    """Of `rates`: factors by the time since a member was born, `{0 days: 10, 60 days: 2, 1 year: 1}`, at most 16 times the least."""
    initial_share: float = Field(default=0.5, gt=0, lt=1)
    """Of `rates`: share of the members that is there when the history starts."""

    @model_validator(mode="after")
    def _one_way(self) -> Returns:
        if bool(self.groups) == (self.rates is not None):
            raise ValueError("say who comes back by `groups`, or by `rates`: `rates: {gamma: 0.6}`")
        for key in ("ageing", "initial_share"):
            if self.groups and key in self.model_fields_set:
                raise ValueError(f"`{key}` goes with `rates`; `groups` say when members come back, and how many are there already")
        if self.ageing is not None and min(self.ageing.values()) * PASSED < max(self.ageing.values()):
            raise ValueError(f"the least factor of `ageing` is at least 1/{PASSED} of the largest")
        return self

    def shared(self, born: int) -> Sizes:
        """How many of so many members are of each group."""
        return apportioned([one.weight for one in self.groups], born)

    def needed(self, born: int) -> int:
        """How often so many members come back."""
        return sum(one.visits * each for one, each in zip(self.groups, self.shared(born), strict=True))

    def balanced(self, weights: Mapping[str, float | str], born: str, back: str) -> dict[str, float]:
        """How many of a block's rows have each value, so that those who are born make as many visits as there are.

        Raises ValueError where nobody would be born.
        """
        others = {value: float(weight) for value, weight in weights.items() if value != back}
        for births in range(SIZE, 0, -1):
            room = SIZE - self.needed(births)
            if room <= births:
                continue
            sizes = dict(zip(others, apportioned(list(others.values()), room), strict=True))
            if sizes[born] >= births:
                rest = {value: weight for value, weight in others.items() if value != born}
                sizes = dict(zip(rest, apportioned(list(rest.values()), room - births), strict=True)) | {born: births}
                return {value: float(sizes.get(value, SIZE - room)) for value in weights}
        raise ValueError(f"less than one of 1,024 rows would have `{born}`, with as many rows as its members come back in")


@register
class Recurring(LayoutModel):
    """One row for each row of a table of events whose category has a value, and some from before the history.

    With `returns` they come back to that table (`pick: visit`): by `groups` one after another, and leave after their last visit; by
    `rates` whenever they are drawn.
    """

    layout: Literal["recurring"]
    of: Name
    """The table of events."""
    where: Equality
    """SQL that names the rows in which one is born: `visitor = 'new'`; the category is `exact: per_1024`."""
    returns: Returns | None = None
    """In which rows the born come back, and how often; without it they never do."""

    ends: ClassVar[bool] = True
    lacks_parents: ClassVar[bool] = True

    @property
    def picked_from(self) -> str:
        return self.of

    @property
    def born_in(self) -> str:
        return self.of

    @property
    def comes_back(self) -> bool:
        return self.returns is not None

    @property
    def rates(self) -> tuple[Popularity | Rates, Ageing | None] | None:
        told = self.returns
        if told is None or told.rates is None:
            return None
        return told.rates.law(), ageing(told.ageing) if told.ageing is not None else None

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,)

    def row_count(self, scope: RowScope) -> float:
        return self.compile(scope).number

    def compile(self, scope: RowScope) -> rows.Recurring:
        born = dealt(scope, self.of, self.where, "where")
        early, run_up, returns = 0, 1, None
        if self.returns is not None:
            back = dealt(scope, self.of, self.returns.where, "returns")
            if back.column != born.column or back.code == born.code:
                raise RowsError("returns", f"names another value of `{born.column}`, not `{self.returns.where}`")
            if self.returns.rates is not None:
                share = self.returns.initial_share
                early, run_up = max(int(born.number * share / (1 - share) + 0.5), 1), RUN_UP
                returns = rows.Returns(back.code, 1, ())
            else:
                early, run_up, returns = self._by_turns(scope, self.returns, born.each, back)
        return rows.Recurring(
            number=early + born.number,
            before=early,
            run_up=run_up,
            of=self.of,
            column=born.column,
            code=born.code,
            each=born.each,
            returns=returns,
        )

    def _by_turns(self, scope: RowScope, told: Returns, born: int, back: Dealt) -> tuple[int, int, rows.Returns]:
        """How many members are from before the history, the days in which they were born, and in which turns all come back."""
        many = max(scope.number(self.of), 1)
        blocks = max(int(many / SIZE * _ROUND_DAYS / scope.days()), 1)
        days = scope.days() * blocks * SIZE / many
        classes = self._classes(told, born, back.each, days)
        rounds = max(-(-one.lags[-1] // one.parts) for one in classes)
        return rounds * blocks * born, min(max(int(rounds * days), 1), RUN_UP), rows.Returns(back.code, blocks, classes)

    def _classes(self, told: Returns, born: int, back: int, days: float) -> tuple[rows.VisitClass, ...]:
        members, needed = told.shared(born), told.needed(born)
        if needed != back:
            raise RowsError(
                "returns",
                f"{born} of 1,024 rows of `{self.of}` are births whose members come back {needed} times, but {back} rows are "
                f"their visits; write `auto` for the weight of these",
            )
        return tuple(
            rows.VisitClass(one.visits, each, *schedule(one.visits, one.days, days))
            for one, each in zip(told.groups, members, strict=True)
            if each
        )


def schedule(times: int, every: float, round_days: float) -> tuple[int, tuple[int, ...], int]:
    """The turns, from the begin of the round of birth, of so many visits some `every` days apart: (parts, lags, leaves).

    A round (of so many days) has `parts` turns, and equally many visits of each turn's number modulo `parts`. Between two
    visits lies at least one whole turn. The gaps are the mean order statistics of an exponential distribution, in a mixed order.
    """
    parts = next((n for n in range(1, times + 1) if times % n == 0 and round_days / n <= _ROUND_DAYS * 1.5), times)
    turn = round_days / parts
    gaps, ordered = 0.0, []
    for rank in range(times):
        gaps += 1 / (times - rank)
        ordered.append(gaps * every)
    step = next(n for n in range(max(int(times * 0.618), 1), 2 * times + 2) if _coprime(n, times))
    room = [times // parts] * parts
    lags: list[int] = []
    wanted = parts / 2
    for number in range(times):
        wanted += ordered[(number * step + times // 2) % times] / turn
        lag = max(int(wanted), lags[-1] + 2 if lags else parts + 1)
        while not room[lag % parts]:
            lag += 1
        room[lag % parts] -= 1
        lags.append(lag)
        wanted = max(wanted, lag)
    # Where turns share a block they have no fixed place in it, so nobody leaves before the round of the last visit is over.
    return parts, tuple(lags), max(lags[-1] + max(int(every / turn), 2), (lags[-1] // parts + 1) * parts)


def _coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1
