"""What is born in rows of another table, and comes back to it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from ...program import rows
from ..decks import SIZE, apportioned
from ..names import MICROSECONDS, Name, Strict, duration
from .base import LayoutModel, RowScope, RowsError, register
from .chosen import dealt
from .entities import RUN_UP

_ROUND_DAYS: Final = 4
"""How long a turn is at least, where there are rows enough: two visits of one member lie at least one turn apart."""
_MOST_VISITS: Final = 200


def _days(text: str) -> str:
    if duration(text) < MICROSECONDS["day"]:
        raise ValueError(f"{text} is shorter than a day")
    return text


class Visits(Strict):
    """Members that come back equally often."""

    weight: float = Field(gt=0)
    """Their share, against the others' weights."""
    every: Annotated[str, AfterValidator(_days)]
    """Mean time between their visits, for example `30 days`."""

    @property
    def days(self) -> float:
        """Mean days between visits."""
        return duration(self.every) / MICROSECONDS["day"]


class Returns(Strict):
    """In which rows the born come back, and how often."""

    where: dict[Name, str] = Field(min_length=1, max_length=1)
    """`{column: value}`, of the same category as that of the birth."""
    visits: dict[Annotated[int, Field(ge=1, le=_MOST_VISITS)], Visits] = Field(min_length=1)
    """How often in their lives, and the share of those who do."""


@register
class Born(LayoutModel):
    """One row for each row of a table of events whose category has a value, and some from before the history.

    With `returns` they come back to that table, by turn (`pick: turn`), and leave after their last visit.
    """

    layout: Literal["born"]
    of: Name
    where: dict[Name, str] = Field(min_length=1, max_length=1)
    """`{column: value}`: the rows in which one is born; the category deals blocks (`exact: blocks`)."""
    returns: Returns | None = None

    ends: ClassVar[bool] = True
    lacks_parents: ClassVar[bool] = True

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
                raise RowsError("returns", f"names another value of `{born.column}`, not `{next(iter(self.returns.where.items()))}`")
            many = max(scope.number(self.of), 1)
            blocks = max(int(many / SIZE * _ROUND_DAYS / scope.days()), 1)
            days = scope.days() * blocks * SIZE / many
            classes = self._classes(born.each, back.each, days)
            rounds = max(-(-one.lags[-1] // one.parts) for one in classes)
            early, run_up = rounds * blocks * born.each, min(max(int(rounds * days), 1), RUN_UP)
            returns = rows.Returns(back.code, blocks, classes)
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

    def _classes(self, born: int, back: int, days: float) -> tuple[rows.VisitClass, ...]:
        visits = self.returns.visits if self.returns is not None else {}
        members = apportioned([one.weight for one in visits.values()], born)
        needed = sum(times * each for times, each in zip(visits, members, strict=True))
        if needed != back:
            raise RowsError(
                "returns",
                f"{born} of 1,024 rows of `{self.of}` are births whose members come back {needed} times, but {back} rows are "
                f"their visits; give the values of the category weights that add up to 1,024, {born} and {needed} among them",
            )
        return tuple(
            rows.VisitClass(times, each, *schedule(times, one.days, days))
            for (times, one), each in zip(visits.items(), members, strict=True)
            if each
        )


def schedule(times: int, every: float, round_days: float) -> tuple[int, tuple[int, ...], int]:
    """The turns, from the begin of the round of birth, of so many visits some `every` days apart: (parts, lags, leaves).

    A round (of so many days) has `parts` turns, and equally many visits of each turn's number modulo `parts`. Between two
    visits lies at least one whole turn. The gaps are the mean order statistics of an exponential law, in a mixed order.
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
