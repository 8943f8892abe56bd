"""How the rows of a table are numbered: one dataclass a layout."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ..frozen import dataclass
from .changes import Changes
from .values import Distribution, Factor, FactorsByColumn, Path, Scaled, Tree

ONE = Distribution("constant", value=1.0)


class Rows:
    """Base of what a layout of the engine is told; a subclass is known by its `kind`."""

    kind: ClassVar[str]
    members: ClassVar[dict[str, type[Rows]]] = {}
    """Every subclass by its kind."""
    __slots__ = ()

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "kind" in cls.__dict__:
            Rows.members[cls.kind] = cls


@dataclass(frozen=True, slots=True)
class Entities(Rows):
    """Rows in order of birth."""

    kind = "entities"
    number: int
    """Rows by the end of the history."""
    before: int
    """Of these, before its start."""
    run_up: int
    """Days before the start over which they were born."""
    leaves: Distribution | None = None
    """Days that a row lasts."""
    evergreens: bool = True
    changes: Changes | None = None


@dataclass(frozen=True, slots=True)
class Newcomers(Entities):
    """Rows that are born just before rows of a table of events, a share of which refers to them."""

    kind = "newcomers"
    table: str = ""
    column: str = ""
    """The reference to them."""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Vintages(Entities):
    """Rows whose births follow a pace of their own over `run_up`; `before` follows from it."""

    kind = "vintages"
    growth: float = 0.0
    """Growth of births from one year to the next."""
    business_days: bool = False
    """Whether they are born on business days alone."""


@dataclass(frozen=True, slots=True)
class Streams(Entities):
    """Rows that are born of owners: [owners of 64 that have it, days after their birth] for the first, second .. row of each."""

    kind = "streams"
    of: str = ""
    nth: tuple[tuple[int, int], ...] = ()
    after: tuple[Distribution | None, ...] = ()
    """Of the first, second .. row the days after the owners' birth, where they differ from owner to owner."""
    business_days: bool = False
    """Whether a row that would be born on another day waits for the next business day."""


@dataclass(frozen=True, slots=True)
class Renewals(Streams):
    """Generations in the slots of an owner."""

    kind = "renewals"
    count: Distribution = ONE
    """Slots of an owner."""
    every: int = 1
    """Days between generations."""
    early: int = 0
    """Days by which a generation may begin early."""


@dataclass(frozen=True, slots=True)
class Posts(Entities):
    """Rows on posts that are never empty; `before` is the number of posts."""

    kind = "posts"


@dataclass(frozen=True, slots=True)
class Events(Rows):
    """Rows day by day."""

    kind = "events"
    number: int
    within_day: str = ""
    """Children that last: each row begins early enough for them to end on its day."""
    zone: Path | None = None
    """The time zone by whose clock a row has its hour."""


@dataclass(frozen=True, slots=True)
class Grouped(Rows):
    """Rows in groups under a parent, however they are counted."""

    of: str
    number: int = 0
    """Rows by the end of the history, where they are counted exactly (0: they follow from their parents)."""
    lasts: Scaled | None = None
    """How long a row lasts, in microseconds."""
    stretch: tuple[Factor, ...] = ()
    """Factors on how long a row lasts, by its columns."""


@dataclass(frozen=True, slots=True)
class Children(Grouped):
    """Rows in groups under a parent."""

    kind = "children"
    count: Distribution = ONE


@dataclass(frozen=True, slots=True)
class WeightedChildren(Children):
    """Children whose count is more frequent under some parents."""

    kind = "weighted_children"
    named: int = 0
    """The count that has factors."""
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True, slots=True)
class ChildrenByCategory(Grouped):
    """Children whose count goes by a block quota of the parent."""

    kind = "children_by_category"
    dealt_by: str = ""
    """The parent's category."""
    counts: tuple[Distribution, ...] = ()
    sizes: tuple[int, ...] = ()
    """Parents of 1,024 that have each value."""
    parents: int = 0
    head: tuple[int, ...] | None = None
    """As `sizes`, of the block that the history's end cuts."""


@dataclass(frozen=True, slots=True)
class Subset(Rows):
    """Rows of another table that have one value of a block quota."""

    kind = "subset"
    of: str
    column: str
    code: int


@dataclass(frozen=True, slots=True)
class VisitClass:
    """Members that come back equally often: their turns, counted in parts of a round from the begin of the round of birth."""

    times: int
    each: int
    """Members of 1,024 rows."""
    parts: int
    lags: tuple[int, ...]
    leaves: int


@dataclass(frozen=True, slots=True)
class Returns:
    """In which rows the born come back."""

    code: int
    blocks: int
    """Blocks of a round."""
    classes: tuple[VisitClass, ...]


@dataclass(frozen=True, slots=True)
class Recurring(Entities):
    """Rows that are born in rows of another table, and come back to it."""

    kind = "recurring"
    of: str = ""
    column: str = ""
    code: int = 0
    each: int = 0
    """Births in 1,024 rows."""
    returns: Returns | None = None


@dataclass(frozen=True, slots=True)
class Listed(Rows):
    """Rows that are written down."""

    kind = "list"
    number: int


@dataclass(frozen=True, slots=True)
class Calendar(Rows):
    """Rows that are spans of time; `first` is a day from 1970."""

    kind = "calendar"
    step: Literal["day", "hour", "minute"]
    first: int
    years_ahead: int = 0
    whole_fiscal_years: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot(Rows):
    """What is there as of a day."""

    kind = "snapshot"
    of: tuple[str, ...]
    where: Tree | None = None
    """A condition on the combinations: the others have no row."""


@dataclass(frozen=True, slots=True)
class Versions(Rows):
    """The states of entities; a key is the entity's number times `width` and the version's number."""

    kind = "versions"
    of: str
    width: int
    starts: tuple[int, ...] | None = None
    """What a plan has counted, for the engines of previews and workers."""


@dataclass(frozen=True, slots=True)
class Spells(Rows):
    """The spells of a column, less those of some values."""

    kind = "spells"
    of: str
    column: str
    without: tuple[int, ...] = ()
    """Places among the values of the column."""


@dataclass(frozen=True, slots=True)
class Grid(Events):
    """Rows on a grid of time, on posts; lists are by the kind of a post."""

    kind = "grid"
    of: str = ""
    by: str = ""
    lines: tuple[tuple[int, int], ...] = ()
    """[first minute of the day, steps] of each stretch."""
    step: int = 0
    """Minutes."""
    open: tuple[tuple[int, ...], ...] = ()
    """1 for each weekday on which it is open."""
    length: tuple[int, ...] = ()
    """Usual steps of a row."""
    load: tuple[int, ...] = ()
    track: tuple[int, ...] = ()
    groups: int = 1
    longer: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Bursts:
    """Rows that come several at once."""

    rate: float
    rows: Distribution
    mean: float
    within: int
    """Microseconds."""
    name: str = "burst"
    amount: Distribution | None = None
    then: tuple[int, ...] = ()
    """The entries of the rows after the first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When an entry is due to an owner: one of the ways in which it may be."""

    weight: float = 1.0
    days: tuple[int | Literal["last"], ...] = ()
    """Of each month, all of them."""
    every: int = 0
    """Days from one to the next, where they are not days of the month."""
    phase: int = 0
    """The first of these days, counted from 1970-01-01."""
    of: str | None = None
    """The value of the owner's category that has it."""


@dataclass(frozen=True, slots=True)
class Raises:
    """An amount that grows in steps."""

    every: int
    """Months from one step to the next."""
    by: Distribution
    """What it is multiplied by."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that may happen to an owner of a panel."""

    name: str
    role: Literal["begin", "end", "settle", "shortage", "due", "undo", "free"]
    sign: int
    rules: tuple[Rule, ...] = ()
    rhythm: Path | None = None
    """The owner's category that says which of the rules are its own."""
    business: Literal["before", "after"] | None = None
    share: float = 0.0
    undoes: int = 0
    distribution: Distribution | None = None
    column: Path | None = None  # The owner's number that is the amount.
    times: Path | None = None
    accrues: Path | None = None
    """The owner's yearly rate, of which a twelfth is due on the sum that a month starts with."""
    between: tuple[Path, Path] | None = None
    """The row's numbers that are the least and the most of a drawn amount."""
    raises: Raises | None = None
    seasons: tuple[float, ...] | None = None
    """The amount's factor in each month of the year."""
    scatter: float = 0.0
    """The amount's relative standard deviation from month to month."""
    rounds: tuple[tuple[int, float], ...] = ()
    """Amounts that are multiples of so many cents, and their shares."""
    endings: tuple[tuple[int, float], ...] = ()
    """Cents of an amount, and their shares."""
    hours: tuple[int, ...] = ()
    """The weight of each hour of the day, between whose middles it goes on straight lines; empty: the calendar's."""
    where: Tree = None
    sibling: int = 0  # The number, from 1, of the owner's sibling on the other side; 0: there is none.
    factors: FactorsByColumn | None = None
    bursts: tuple[Bursts, ...] = ()


@dataclass(frozen=True, slots=True)
class Spending:
    """Free entries whose amounts follow from what there is to spend."""

    entries: tuple[int, ...]
    scale: tuple[float, float]
    """The least and the largest factor on their amounts."""
    saved: tuple[float, float]
    """The share of what comes in that is left over: the least and the largest."""
    takes_rest: bool = False
    """Whether the last free row of a month is one of these entries, wherever it can be all that is left."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Entries that are refused, in order of time."""

    funds: tuple[int, ...]
    """Where the sum would fall below the floor."""
    limited: tuple[int, ...] = ()
    """Where a day's sum would be more than the limit of what `of` points at."""
    of: Path | None = None
    most: Path | None = None
    least: int = 0
    """Cents; no limit is below it."""
    tried: float = 0.0
    """Share of those refused after which the next one of the day is the same again."""
    within: int = 60_000_000
    """Microseconds until then, at most."""


@dataclass(frozen=True, slots=True)
class Panel(Rows):
    """Rows of owners that add up."""

    kind = "panel"
    of: str
    number: int
    weight: Path
    level: Path | None
    floor: Path | None
    counts: Tree
    beyond: Tree
    entries: tuple[Entry, ...]
    spending: Spending | None = None
    refused: Refused | None = None
