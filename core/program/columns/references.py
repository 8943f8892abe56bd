"""Columns that point at rows of another table."""

from __future__ import annotations

from collections.abc import Mapping

from ...frozen import dataclass
from ..values import Factor, Path, RateLaw, Way
from .base import Kernel
from .habits import Favourites, Mostly


@dataclass(frozen=True, slots=True)
class Popularity:
    """Weight of rank r of n: (r / n + head) ** -zipf."""

    zipf: float
    head: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Weight of rank r of n: the value of mean 1 that r / n of a law's values exceed."""

    law: RateLaw
    shape: float
    """The shape of the gamma distribution, or the standard deviation of the logarithm."""


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
    skew: Popularity | Rates | None = None
    distinct: bool = False
    any: bool = False
    """Whether rows are drawn that are not there on the day."""
    mostly: Mostly | None = None
    favourites: Favourites | None = None


@dataclass(frozen=True, slots=True)
class RowPopularity(Kernel):
    """How often a row is drawn by a reference of another table, in units of 10**-places of the mean."""

    kind = "popularity"
    table: str
    column: str
    """The reference."""
    places: int
    skew: Popularity | Rates | None = None


@dataclass(frozen=True, slots=True)
class PostReference(Reference):
    """As `reference`, to rows on posts."""

    kind = "post_reference"


@dataclass(frozen=True, slots=True)
class ConditionalPopularity:
    """Factors on the popularity of the target's rows by a column of theirs, and columns of ours."""

    of: str
    values: tuple[str, ...]
    by: tuple[Factor, ...]
    also: ConditionalPopularity | None = None
    """Factors by another column of the target's rows, multiplied by these."""


@dataclass(frozen=True, slots=True)
class Ageing:
    """Factors on popularity by a row's age in days: the anchors of straight lines."""

    days: tuple[int, ...]
    factors: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fads:
    """Factors on popularity that wander."""

    every: int
    """Days after which a row has another one."""
    spread: float
    """Standard deviation of its logarithm."""


@dataclass(frozen=True, slots=True)
class Elasticity:
    """Factors on popularity by a number of the row on the day over its first value: that ratio to a power."""

    column: str
    exponent: float
    discount: str | None = None
    """A share that is taken off the number."""
    every: int = 0
    """Days for which the share is the same (0: there is none)."""
    early: int = 0
    """Days of the first ones that lie before the origin."""


@dataclass(frozen=True, slots=True)
class VariedReference(Reference):
    """As `reference`, with popularity that depends on the row that draws, or moves in time."""

    kind = "varied"
    factors: ConditionalPopularity | None = None
    share: float = 0.0
    """Of a parent's rows, those that are drawn among the target's rows of one value of the column that factors are of."""
    returning: float = 0.0
    """Of parents, those whose value is one that the owner of favourites returns to."""
    ageing: Ageing | None = None
    fads: Fads | None = None
    elasticity: Elasticity | None = None
    weight: str | None = None
    """The target's number column that popularity is, instead of a skew."""


@dataclass(frozen=True, slots=True)
class AgedReference(Reference):
    """As `reference`, to a population of any size, with popularity that depends on a row's age alone."""

    kind = "aged"
    ageing: Ageing | None = None


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
class ShareNoise:
    """How far the shares of a day scatter: each member's weight is multiplied by a lognormal factor of the day."""

    scatter: float
    """Its relative standard deviation."""
    by: Path | None = None
    """What members have in common that share a part of it."""
    common: float = 0.0
    """That part of its variance, in the logarithm."""


@dataclass(frozen=True, slots=True)
class ShareReference(Pointing):
    """A quota of each day by a weight of the target."""

    kind = "share"
    weight: str = ""
    stratum: Stratum | None = None
    mostly: Mostly | None = None
    noise: ShareNoise | None = None


@dataclass(frozen=True, slots=True)
class EarlierReference(Pointing):
    """A row of the same table before this one."""

    kind = "earlier"


@dataclass(frozen=True, slots=True)
class VisitReference(Pointing):
    """Of what is born in these rows and comes back."""

    kind = "visit"


@dataclass(frozen=True, slots=True)
class DrawnVisitReference(AgedReference):
    """Of what is born in these rows, or is drawn in those of another value."""

    kind = "drawn_visit"


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
    others: tuple[Mapping[str, Path], ...] = ()
    """What is matched, one after the other, where nothing was found before."""
    favourites: Favourites | None = None


@dataclass(frozen=True, slots=True)
class Visits(Kernel):
    """How often a born row comes back."""

    kind = "visits"


@dataclass(frozen=True, slots=True)
class AttendeeClass:
    """Kinds of visitors that come equally often."""

    rows: tuple[int, ...]
    """The rows of their list."""
    visits: int = 0
    """Visits against other classes."""
    script: tuple[int, ...] = ()
    """Turns of their visits, counted from the first."""


@dataclass(frozen=True, slots=True)
class AttendeePanel:
    """Kinds of posts that the same visitors fit, and these."""

    name: str
    kinds: tuple[int, ...]
    classes: tuple[AttendeeClass, ...]


@dataclass(frozen=True, slots=True)
class Attendee(Pointing):
    """Who comes to a post, in turn."""

    kind = "attendee"
    by: str = ""
    panels: tuple[AttendeePanel, ...] = ()
    law: Rates | None = None
    """How visits differ within a class."""
    again: int = 0
    """Of 1,000 visits so many are soon followed by another."""
