"""Noise of shares: units of one weight have better and worse days."""

from __future__ import annotations

from typing import Annotated, Any

from ..program.columns import ShareNoise
from .kinds.base import Scope
from .modelling import BeforeValidator, Field, model_validator
from .names import Path, Strict


class Noise(Strict):
    """How far the share of a row scatters from day to day."""

    stddev: float = Field(gt=0, le=2)
    """Relative standard deviation of a lognormal factor of each row and day."""
    by: Path | None = None
    """The target's column, or path, by which rows have some of it in common: those of one area have the same weather."""
    common: float | None = Field(default=None, gt=0, le=1)
    """Of `by`: the part of the variance that is common; default 0.5."""

    @model_validator(mode="after")
    def _fits(self) -> Noise:
        if self.common is not None and self.by is None:
            raise ValueError("`common` needs a `by`: what the rows have in common")
        return self

    @property
    def shared(self) -> float:
        """The part of the variance that rows have in common."""
        return (0.5 if self.common is None else self.common) if self.by is not None else 0.0

    def told(self, scope: Scope, to: str) -> ShareNoise:
        """As the engine takes it; raises ValueError."""
        if self.by is None:
            return ShareNoise(self.stddev)
        found = scope.find_in(to, self.by)
        inner = found.compiled
        if inner.type not in ("varchar", "bigint", "integer", "boolean") or inner.nullable or inner.sees or inner.state:
            raise ValueError(f"`{self.by}` of `{to}` changes, may be NULL, or is not a text, whole number or boolean")
        return ShareNoise(self.stddev, found.program, self.shared)


def _plain(value: Any) -> Any:
    return value if isinstance(value, dict) or value is None else {"stddev": value}


AnyNoise = Annotated[Noise | None, BeforeValidator(_plain)]
"""Noise, or its standard deviation alone."""
