"""Columns that are drawn."""

from __future__ import annotations

from collections.abc import Mapping

from ...frozen import dataclass
from ..values import Distribution, FactorsByColumn, Path
from .base import Kernel
from .habits import Favourites, Mostly


@dataclass(frozen=True, slots=True)
class Change:
    """How a column changes; `times` is the factor that a change applies to the first value of a number."""

    times: Distribution | None = None
    leader: str = ""
    """The column together with which it changes; empty: it changes by itself."""


@dataclass(frozen=True, slots=True)
class NumberBy:
    """Other distributions for rows where a category has a value."""

    column: str
    values: Mapping[str, Distribution]


@dataclass(frozen=True, slots=True)
class Follows:
    """Another number whose rank is the higher the higher that of this one is."""

    rank: Path
    """Its rank."""
    correlation: float
    """Of the ranks."""


@dataclass(frozen=True, slots=True)
class Number(Kernel):
    """A number of a distribution, in units of its last place."""

    kind = "number"
    distribution: Distribution
    places: int = 0
    times: Path | None = None
    """A number that scales the draw."""
    endings: tuple[int, ...] = ()
    """Price endings, in units of the last place."""
    by: NumberBy | None = None
    changes: Change | None = None
    follows: Follows | None = None
    per: Path | None = None
    """Whole numbers: rows of equal ones share the draw."""


@dataclass(frozen=True, slots=True)
class WeightsBy:
    """Other weights for rows where a category, a boolean or a whole number (in bands: `8-12`, `12-`) has a value."""

    column: Path
    values: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class OutcomeGroup:
    """Outcomes with one way to draw: what is kept of each value, and the weights of what is drawn anew."""

    values: tuple[str, ...]
    keep: tuple[float, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Lean:
    """One outcome: its share of the rows, and how many times as frequent it is for each of our values."""

    value: str
    share: float
    factors: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """How a category is drawn anew given the outcome in another column."""

    column: str
    groups: tuple[OutcomeGroup, ...] = ()
    leans: tuple[Lean, ...] = ()
    """Instead of groups, where the shares differ from day to day."""


@dataclass(frozen=True, slots=True)
class Category(Kernel):
    """One of a few values, or false and true."""

    kind = "category"
    weights: tuple[float, ...]
    words: tuple[str, ...] = ()
    """The values, where they are texts."""
    numbers: tuple[int, ...] = ()
    """The values, where they are numbers, in units of the last place."""
    scale: int = 0
    """Places of the numbers."""
    exact: bool = False
    by: WeightsBy | None = None
    factors: Mapping[int, FactorsByColumn] | None = None
    """By the place of our value."""
    mostly: Mostly | None = None
    favourites: Favourites | None = None
    given: Given | None = None
    changes: Change | None = None


@dataclass(frozen=True, slots=True)
class Available:
    """Values that come only while rows of another table are there."""

    to: str
    match: str
    weight: str | None
    needs: tuple[bool, ...]
    """Which of our values need such a row."""


@dataclass(frozen=True, slots=True)
class Living(Category):
    """A category some of whose values come only while rows of another table are there."""

    kind = "living"
    alive: Available | None = None


@dataclass(frozen=True, slots=True)
class BlockQuota(Kernel):
    """A category that each 1,024 rows hold in the same numbers."""

    kind = "block_quota"
    dealt_by: str
    """The column whose shuffle of the block's slots it goes by."""
    runs: tuple[tuple[int, int], ...]
    """[place of the value, slots] of a whole block."""
    cut: tuple[tuple[int, int], ...]
    """As `runs`, of the block that the history's end cuts: first what lies before the end, then the rest."""
    number: int
    """Rows by the end of the history."""
    words: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Spell(Kernel):
    """One of a few values, drawn anew every so many days."""

    kind = "spell"
    every: int
    """Days."""
    early: int
    """Days before the origin of those of the spell that holds there."""
    weights: tuple[float, ...]
    months: Mapping[str, tuple[float, ...]]
    """Other weights by the month of the middle day."""
    events: Mapping[str, tuple[float, ...]]
    """Other weights by an event of which it holds a day."""
    words: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    scale: int = 0
    per: Path | None = None
    """Rows that share its value share their spells."""


@dataclass(frozen=True, slots=True)
class PoolRow(Kernel):
    """A row of a list, drawn by its weights."""

    kind = "pool"
    pool: str
    field: str
    """The column's own value; the other fields are parts."""
    match: tuple[tuple[str, Path], ...] = ()
    """[field of the list, our column]."""
    alternate: Path | None = None
    per: Path | None = None
    changes: Change | None = None


@dataclass(frozen=True, slots=True)
class DatedPoolRow(PoolRow):
    """As `pool`, among the rows whose fields `valid_from` and `valid_to` hold the day of a moment."""

    kind = "dated_pool"
    at: Path = Path((), "")
    at_date: bool = False
    """Whether the moment is a date."""


@dataclass(frozen=True, slots=True)
class Onsets(Kernel):
    """What sets in in the life of a row, and at what age."""

    kind = "onsets"
    pool: str
    """What may set in, by its first field."""
    field: str
    ages: str
    """The list of the share that has it by an age: `field`, `age`, `percent` and the fields of `match`."""
    born: Path
    at: Path
    """The day on which the column's own value counts what stands."""
    match: tuple[tuple[str, Path], ...] = ()
    raises: tuple[Raise, ...] = ()
    frailty: Path | None = None
    counts: str | None = None
    """The field of booleans that says which of it the column's own value counts; None: all."""


@dataclass(frozen=True, slots=True)
class Raise:
    """Rows of the list whose field equals a column set in more often, by so many standard deviations of the liability."""

    field: str
    column: Path
    by: float


@dataclass(frozen=True, slots=True)
class CurrentOnset(Kernel):
    """One of the onsets of another row that stand on a day."""

    kind = "current_onset"
    through: tuple[str, ...]
    """References to the row that has them."""
    table: str
    of: str
    """Its column of kind `onsets`."""
    pool: str
    field: str
    at: Path
    per: Path
    rank: Path | None = None
    match: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """The share of the rows that are drawn among the list's rows whose fields equal columns of ours, where there are any."""

    share: float
    match: tuple[tuple[str, Path], ...]
    """[field of the list, our column]."""


@dataclass(frozen=True, slots=True)
class NearPoolRow(PoolRow):
    """As `pool`, the nearer the likelier."""

    kind = "near_pool"
    near: tuple[Near, ...] = ()
    """The nearest first."""


@dataclass(frozen=True, slots=True)
class PostQuota(Kernel):
    """A row of a list for each post, by quota."""

    kind = "post_quota"
    pool: str
    field: str
    bits: int
    """The list is dealt to each 2**bits posts."""


@dataclass(frozen=True, slots=True)
class Sequence(Kernel):
    """First values, last values, and those between; weights under the empty text are for all rows that no category rules."""

    kind = "sequence"
    words: tuple[str, ...]
    first: Mapping[str, tuple[float, ...]]
    between: Mapping[str, tuple[float, ...]]
    by: Path
    last: Mapping[str, tuple[int, ...]]
    first_by: Path | None = None
    """What decides on other weights of the first row."""
    firsts: Mapping[str, Mapping[str, tuple[float, ...]]] | None = None
    """By its value, and then as `first`."""
