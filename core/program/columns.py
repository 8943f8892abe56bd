"""How each column is computed: one dataclass a kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from .values import Distribution, Factor, FactorsByColumn, Path, Scaled, Tree, Way


class Kernel:
    """Base of what a kernel of the engine is told; a subclass is known by its `kind`."""

    kind: ClassVar[str]
    members: ClassVar[dict[str, type[Kernel]]] = {}
    """Every subclass by its kind."""
    __slots__ = ()

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "kind" in cls.__dict__:
            Kernel.members[cls.kind] = cls


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its kernel, and what holds for every kernel."""

    kernel: Kernel
    type: str = "varchar"
    """SQL type."""
    nullable: bool = False
    dictionary: bool = False
    """Whether its texts come from a list."""
    changing: bool = False
    """Whether the value depends on the day as of which the row is seen."""
    recalled: bool = False
    """Whether a row that repeats an earlier one has it from that one."""
    when: Tree = None
    """The condition without which it is NULL."""
    nulls: float = 0.0
    """Exact share of NULL."""
    unknown: bool = False
    """Whether -1 stands for NULL: the key of a target's row for the unknown."""


# Drawn values


@dataclass(frozen=True, slots=True)
class Change:
    """How a column changes; `times` is the factor that a change applies to the first value of a number."""

    times: Distribution | None = None


@dataclass(frozen=True, slots=True)
class NumberBy:
    """Other distributions for rows where a category has a value."""

    column: str
    values: Mapping[str, Distribution]


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


@dataclass(frozen=True, slots=True)
class WeightsBy:
    """Other weights for rows where another category has a value."""

    column: str
    values: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Mostly:
    """A category of the same weights, and the share of the rows that take its value."""

    path: Path
    share: float


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
    deck: str
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
class SeatDeal(Kernel):
    """A row of a list for each seat, by quota."""

    kind = "deal"
    pool: str
    field: str
    bits: int
    """The list is dealt to each 2**bits seats."""


@dataclass(frozen=True, slots=True)
class Sequence(Kernel):
    """First values, last values, and those between; weights under the empty text are for all rows that no category rules."""

    kind = "sequence"
    words: tuple[str, ...]
    first: Mapping[str, tuple[float, ...]]
    between: Mapping[str, tuple[float, ...]]
    by: Path
    last: Mapping[str, tuple[int, ...]]


# Texts


@dataclass(frozen=True, slots=True)
class Piece:
    """A column in a template; whole numbers are written with leading zeros up to a width."""

    path: Path
    width: int = 0


@dataclass(frozen=True, slots=True)
class Text(Kernel):
    """A template: texts, and columns between them."""

    kind = "text"
    pieces: tuple[str | Piece, ...]
    case: Literal["lower", "upper"] | None = None
    ascii: bool = False


@dataclass(frozen=True, slots=True)
class Prose(Kernel):
    """So many words, or words of a total length."""

    kind = "prose"
    pool: str
    of: Literal["words", "length"]
    distribution: Distribution
    case: Literal["lower", "upper"] | None = None


@dataclass(frozen=True, slots=True)
class Code(Kernel):
    """An identifier of a scheme."""

    kind = "code"
    scheme: str
    unique: bool
    pattern: str | None = None
    prefix: Path | None = None


@dataclass(frozen=True, slots=True)
class Ipv4(Kernel):
    """An address of IP version 4."""

    kind = "ipv4"
    unique: bool


@dataclass(frozen=True, slots=True)
class Ipv6(Kernel):
    """An address of IP version 6."""

    kind = "ipv6"
    unique: bool


@dataclass(frozen=True, slots=True)
class JsonField:
    """One field of a document."""

    name: str
    path: Path
    type: str


@dataclass(frozen=True, slots=True)
class Document(Kernel):
    """A JSON document of columns."""

    kind = "json"
    fields: tuple[JsonField, ...]


# A row among others


@dataclass(frozen=True, slots=True)
class Key(Kernel):
    """The row's number, from 1."""

    kind = "key"


@dataclass(frozen=True, slots=True)
class CalendarKey(Kernel):
    """The number that digits of the moment make: [part, digits]."""

    kind = "calendar_key"
    format: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Parent(Kernel):
    """The key of the row that the row stands on."""

    kind = "parent"
    of: str
    key: str


@dataclass(frozen=True, slots=True)
class Position(Kernel):
    """1, 2, 3 .. among the rows of the parent."""

    kind = "position"


@dataclass(frozen=True, slots=True)
class Aggregate(Kernel):
    """Over the rows that stand on the row, or on the row that it was chosen out of (`siblings`)."""

    kind = "aggregate"
    of: str
    take: Literal["sum", "count", "min", "max"]
    siblings: bool = False
    where: Tree = None
    column: tuple[str, str | None] | None = None
    """[column, part] of what is added up; None for a count."""


@dataclass(frozen=True, slots=True)
class Copy(Kernel):
    """The value at the end of a path."""

    kind = "copy"
    path: Path


@dataclass(frozen=True, slots=True)
class Sql(Kernel):
    """An expression."""

    kind = "sql"
    tree: Tree


@dataclass(frozen=True, slots=True)
class Field(Kernel):
    """What a row of a list is written down with: a pool's field, or values."""

    kind = "field"
    pool: str = ""
    field: str = ""
    values: tuple[int | float | str | bool | None, ...] = ()


# Moments


@dataclass(frozen=True, slots=True)
class Begin(Kernel):
    """When the row began."""

    kind = "begin"


@dataclass(frozen=True, slots=True)
class End(Kernel):
    """When the row ended; `open` is the day (from 1970) that stands in rows that last."""

    kind = "end"
    open: int | None = None


@dataclass(frozen=True, slots=True)
class Until(Kernel):
    """When a row ends that takes a stretch of time."""

    kind = "until"


@dataclass(frozen=True, slots=True)
class Current(Kernel):
    """Whether the row lasts."""

    kind = "current"


@dataclass(frozen=True, slots=True)
class Bound:
    """A moment that another is raised or lowered to."""

    path: Path
    type: str


@dataclass(frozen=True, slots=True)
class Moment(Kernel):
    """Some time after (`sign` 1) or before (-1) another moment."""

    kind = "moment"
    origin: Path
    origin_type: str
    sign: int = 1
    lag: Scaled | None = None
    not_before: Bound | None = None
    not_after: Bound | None = None


@dataclass(frozen=True, slots=True)
class CalendarPart(Kernel):
    """A part of the moment that a row of a calendar is."""

    kind = "calendar_part"
    part: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lifecycle."""

    name: str
    after: tuple[int, ...]
    """The places of the steps that it may follow."""
    share: float = 1.0
    when: Tree = None
    lag: Scaled | None = None
    at: tuple[Path, bool] | None = None
    """[moment at which it happens, whether that is a date]."""
    factors: FactorsByColumn | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle(Kernel):
    """How far a row has come."""

    kind = "lifecycle"
    steps: tuple[Step, ...]
    start: Path | None = None
    """When the first step happens; None: when the row begins."""


# References


@dataclass(frozen=True, slots=True)
class Popularity:
    """Weight of rank r of n: (r / n + head) ** -zipf."""

    zipf: float
    head: float


@dataclass(frozen=True, slots=True)
class Pointing(Kernel):
    """What points at rows of another table."""

    to: str
    key: str
    """The target's key column."""
    dense: bool
    """Whether that is the row's number."""
    orphans: float = 0.0
    """Exact share of keys that point at no row."""


@dataclass(frozen=True, slots=True)
class Reference(Pointing):
    """A row drawn by popularity among those that are there."""

    kind = "reference"
    skew: Popularity | None = None
    distinct: bool = False
    any: bool = False
    """Whether rows are drawn that are not there on the day."""


@dataclass(frozen=True, slots=True)
class SeatedReference(Reference):
    """As `reference`, to rows on seats."""

    kind = "seated"


@dataclass(frozen=True, slots=True)
class ConditionalPopularity:
    """Factors on the popularity of the target's rows by a column of theirs, and columns of ours."""

    of: str
    values: tuple[str, ...]
    by: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class FactoredReference(Reference):
    """As `reference`, with popularity that depends on the row that draws."""

    kind = "factored"
    factors: ConditionalPopularity | None = None


@dataclass(frozen=True, slots=True)
class AlikeReference(Reference):
    """As `reference`; a share of a parent's rows is drawn among the target's rows of one value of a column."""

    kind = "alike"
    alike: str = ""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Stratum:
    """A value of an exact category."""

    column: str
    code: int


@dataclass(frozen=True, slots=True)
class ShareReference(Pointing):
    """A quota of each day by a weight of the target."""

    kind = "share"
    weight: str = ""
    stratum: Stratum | None = None


@dataclass(frozen=True, slots=True)
class EarlierReference(Pointing):
    """A row of the same table before this one."""

    kind = "earlier"


@dataclass(frozen=True, slots=True)
class TurnReference(Pointing):
    """Of what is born in these rows and comes back."""

    kind = "turn"


@dataclass(frozen=True, slots=True)
class TimedReference(Pointing):
    """The row of a calendar that a moment lies in; None: the row's begin."""

    kind = "by_time"
    at: Path | None = None
    at_date: bool = False


@dataclass(frozen=True, slots=True)
class MatchReference(TimedReference):
    """The row whose columns equal values of ours."""

    kind = "match"
    match: Mapping[str, Path] | None = None
    """Their column -> our value."""
    how: Way | None = None
    climb: tuple[str, ...] = ()
    """Steps to rows that begin with this one and share its match."""


@dataclass(frozen=True, slots=True)
class Turns(Kernel):
    """How often a born row comes back."""

    kind = "turns"


@dataclass(frozen=True, slots=True)
class VisitorPanel:
    """Kinds of seats that the same visitors fit, and [every how manieth turn, kinds of visitors]."""

    name: str
    kinds: tuple[int, ...]
    turns: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Visitor(Pointing):
    """Who comes to a seat, in turn."""

    kind = "visitor"
    by: str = ""
    panels: tuple[VisitorPanel, ...] = ()


# Sums


@dataclass(frozen=True, slots=True)
class Entry(Kernel):
    """Which of a panel's entries the row is."""

    kind = "entry"


@dataclass(frozen=True, slots=True)
class Standing(Kernel):
    """The sum of an owner's entries."""

    kind = "standing"
    of: str
    at: Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Stock(Kernel):
    """Pieces on hand."""

    kind = "stock"
    place: str
    good: str
    events: str
    sales: str
    share: str
    drawn: str
    quantity: str
    review: int
    """Days."""
    cover: float
    lot: int
    pieces_per_day: float
