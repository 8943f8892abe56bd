"""Small values that programs are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from ..frozen import dataclass

BEHIND: Final = "_behind_"
"""Before the name of a column that a privacy profile replaces: its own values, by which the other columns go. They are keyed as before."""


class Path(NamedTuple):
    """Where a value is found; travels as text: `customer_id.place/city`."""

    through: tuple[str, ...]
    """References to follow first."""
    column: str
    part: str | None = None
    """What inside of it; None: its own value."""

    @property
    def text(self) -> str:
        """As it travels; names hold neither a full stop nor a slash."""
        return ".".join((*self.through, self.column)) + (f"/{self.part}" if self.part is not None else "")

    @classmethod
    def of_text(cls, text: str) -> Path:
        """From the text of a path."""
        steps, slash, part = text.partition("/")
        *through, column = steps.split(".")
        return cls(tuple(through), column, part if slash else None)


Json = Any
"""A JSON value, taken as it is."""

Tree = Any
"""An expression: `[operator, operand, ..]`, as `core.plan.sql` makes it and `core.engine.expressions` evaluates it."""

DistributionType = Literal["constant", "uniform", "normal", "lognormal", "exponential", "geometric", "poisson", "pareto", "empirical"]

RateLaw = Literal["gamma", "lognormal"]
"""How often somebody acts: gamma distributed in the Pareto/NBD family of marketing (Schmittlein, Morrison and Colombo 1987)."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a number is drawn from. `mean` and `stddev` are moments before truncation; `min` and `max` truncate."""

    type: DistributionType
    mean: float | None = None
    stddev: float | None = None
    min: float | None = None
    max: float | None = None
    value: float | None = None
    """Of a constant."""
    values: tuple[tuple[float, float], ...] | None = None
    """Of an empirical one: each value and its weight."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A distribution, and the factor from its unit to the engine's."""

    distribution: Distribution
    scale: float


@dataclass(frozen=True, slots=True)
class Factor:
    """Factors that depend on one column of a row: for each thing, the factor of each value."""

    path: Path
    factors: tuple[tuple[float, ...], ...]
    values: tuple[str, ...] | None = None
    """The column's values, in the order of the factors; None: whole numbers from 0 on, and at last those beyond."""


FactorsByColumn = Mapping[str, Mapping[str, float]]
"""Column -> its value -> factor."""


@dataclass(frozen=True, slots=True)
class Way:
    """How rows of a table are found by the values of some of their columns."""

    by: Literal["key", "value", "parent", "owner"]
    """`key`: by their number. `value`: looked up. `parent`: as the rows that they stand on. `owner`: by that and a slot."""
    column: str = ""
    """Of all but `value`: the column whose value is given."""
    parent: Way | None = None
    """Of `parent`: how the rows that they stand on are found."""
    draws: bool = True
    """False: at most one row fits."""
    sure: bool = False
    """True: each given value is known to be of a living row."""
    weight: str | None = None
    """Of `value`: the number column by which a row is drawn where several fit."""

    @property
    def above(self) -> Way:
        """How the row that it stands on is found; raises TypeError for other ways than `parent`."""
        if self.parent is None:
            raise TypeError(f"rows found by {self.by} are not found by their parent")
        return self.parent
