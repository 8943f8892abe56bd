"""What rows do as others did: keys that most rows take over, and favourites to which owners return."""

from __future__ import annotations

from typing import Final

from ...program import columns
from ...program.values import Path
from ..modelling import Field, field_validator
from ..names import MICROSECONDS, Strict, duration
from ..names import Path as DottedPath
from .base import Scope

_MOST: Final = 64
_LONGEST: Final = 40_000


class InheritKey(Strict):
    """A reference whose row most rows refer to as well."""

    from_: DottedPath = Field(alias="from")
    """A reference to the same table: `customer_id.home_id`."""
    share: float = Field(gt=0, le=1)
    """Share of the rows that refer to that row where it is there on their day; the others are drawn."""

    def program(self, scope: Scope, to: str) -> columns.Mostly:
        """What the engine is told; raises ValueError where the path leads to no reference to the same table."""
        found = scope.find(self.from_)
        kernel = found.compiled.kernel
        if not isinstance(kernel, columns.Pointing) or kernel.to != to:
            raise ValueError(f"`inherit` takes a reference to `{to}`; `{self.from_}` is not one")
        if found.compiled.state or (found.compiled.sees and not scope.happens(scope.table)):
            raise ValueError(f"`inherit` takes a reference that does not depend on `as_of`; `{self.from_}` does")
        return columns.Mostly(Path(found.path, found.column, "row"), self.share)


class Favourites(Strict):
    """Draws to which an owner returns."""

    of: DottedPath
    """Whose they are: a reference of this row, or a path to any other whole number. Rows where it is NULL have none."""
    number: int = Field(default=3, ge=1, le=_MOST)
    """How many an owner has. The first is chosen most often, the second half as often, the third a third as often, and so on."""
    share: float = Field(gt=0, le=1)
    """Share of the rows that go to one of them; the others are drawn freely."""
    every: str | None = None
    """The time after which each of them is replaced: `300 days`. Default: never."""

    @field_validator("every")
    @classmethod
    def _days(cls, value: str | None) -> str | None:
        day = MICROSECONDS["day"]
        if value is not None and not day <= duration(value) <= _LONGEST * day:
            raise ValueError(f"favourites last 1 to {_LONGEST:,} days, not `{value}`")
        return value

    def program(self, scope: Scope) -> columns.Favourites:
        """What the engine is told; raises ValueError where nothing tells owners apart."""
        found = scope.find(self.of)
        if found.compiled.type not in ("bigint", "integer"):
            raise ValueError(f"`favourites` are of a whole number, such as a reference; `{self.of}` is a {found.compiled.type}")
        if found.compiled.state or (found.compiled.sees and not scope.happens(scope.table)):
            raise ValueError(f"`favourites` are of an owner that does not depend on `as_of`; `{self.of}` does")
        every = duration(self.every) // MICROSECONDS["day"] if self.every is not None else 0
        return columns.Favourites(found.program, self.number, self.share, every)
