"""What an owner of a panel may spend, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import hint
from ..program import rows as told
from .modelling import Field, field_validator, model_validator
from .names import MICROSECONDS, Name, Strict, duration
from .names import Path as DottedPath

if TYPE_CHECKING:
    from .layouts.base import RowScope


def _named(names: list[Name], entries: Mapping[str, Any], roles: tuple[str, ...], what: str) -> None:
    """Raises ValueError for a name that is no entry, or one of another role."""
    for name in names:
        if name not in entries:
            raise ValueError(f"`{what}` names `{name}`, which is not an entry{hint(name, list(entries))}")
        if entries[name].role not in roles or entries[name].direction != "out":
            raise ValueError(f"`{what}` names `{name}`, whose amount does not go out")


class Spending(Strict):
    """Free entries whose amounts are scaled, so that a month's spending fits what comes in less all else."""

    entries: list[Name] = Field(min_length=1)
    """Free entries that go out."""
    scale: tuple[float, float] = (0.3, 3.0)
    """The least and the largest factor on their amounts; beyond it the settling entry takes the rest."""
    saved: tuple[float, float] = (0.05, 0.15)
    """Share of what is due to come in that is left to the settling entry: each owner has its own, from the first number to the second."""

    takes_rest: bool = False
    """Whether an owner's last free row of a month is of the first of these entries, where all that is left can be its amount. Then no
    settling entry comes, and nothing is left to it: what an owner saves should be due on days."""

    @model_validator(mode="after")
    def _fits(self) -> Spending:
        if not 0.001 <= self.scale[0] <= 1 <= self.scale[1] <= 1_000:
            raise ValueError("`scale` goes from a factor of at most 1 to one of at least 1")
        if not 0 <= self.saved[0] <= self.saved[1] <= 1:
            raise ValueError("`saved` goes from a share to a larger one, 0 to 1")
        return self

    def check(self, entries: Mapping[str, Any]) -> None:
        """Raises ValueError where an entry is not one that can be scaled."""
        _named(self.entries, entries, ("free",), "spending")

    def program(self, names: list[str]) -> told.Spending:
        """What the engine is told."""
        return told.Spending(tuple(names.index(name) for name in self.entries), self.scale, self.saved, self.takes_rest)


class Limit(Strict):
    """The most of a day."""

    entries: list[Name] = Field(min_length=1)
    """Entries that go out and count."""
    of: DottedPath
    """A reference of the row, whose day is limited: a card of the owner, found by `match` of the parent key."""
    most: DottedPath
    """A number column: the limit."""
    least: float = Field(default=0, ge=0)
    """No limit is below it, so that days on which less goes out need not be looked at."""

    def is_owned(self, scope: RowScope, owner: str) -> bool:
        """Whether `of` is to rows of the panel's owner alone: it matches their parent by this row's own."""
        model = scope.kind(scope.table, self.of) if "." not in self.of else None
        if model is None or model.kind != "reference" or owner not in scope.layout(model.to).parents:
            return False
        return any(
            "." not in ours and scope.kind(model.to, theirs).kind == scope.kind(scope.table, ours).kind == "parent"
            for theirs, ours in model.match.items()
        )


class Retries(Strict):
    """Who is refused tries again."""

    share: float = Field(gt=0, le=1)
    """Of the refused rows after which the owner has a row of the same entry on the same day: those that the next row repeats."""
    within: str = "5 minutes"
    """The longest time until then."""

    @field_validator("within")
    @classmethod
    def _short(cls, value: str) -> str:
        if not MICROSECONDS["minute"] <= duration(value) <= MICROSECONDS["hour"]:
            raise ValueError("who tries again does so within a minute to an hour")
        return value


class Refused(Strict):
    """Entries that do not come about. Their amounts are those that were asked for; the part `refused` says why."""

    funds: list[Name] = Field(min_length=1)
    """Entries that are refused where the sum would fall below the floor: all that go out and are due on days, but those with a
    `sibling`, and any free ones."""
    limit: Limit | None = None
    """Entries that are refused where a day would exceed a limit."""
    retries: Retries | None = None
    """Rows of the first entries that are repeated once they were refused."""

    def check(self, entries: Mapping[str, Any]) -> None:
        """Raises ValueError where an entry cannot be refused, or is due and cannot be paid for."""
        _named(self.funds, entries, ("free", "due"), "refused.funds")
        if self.limit is not None:
            _named(self.limit.entries, entries, ("free",), "refused.limit")
        for name, entry in entries.items():
            if entry.role == "due" and entry.direction == "out" and entry.sibling is None and name not in self.funds:
                raise ValueError(f"`{name}` is due and goes out, so `refused.funds` must name it")
