"""A check: what it asks DuckDB, and how the answer is judged: a typed value, which travels as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from ..frozen import dataclass
from .plots import Plot
from .report import Figure, Group, Silent

if TYPE_CHECKING:
    from .subject import Subject, Written

Answer = Mapping[str, Any]
"""Measure -> value, as DuckDB gives it."""


NO_ROWS: Final = "there are no rows to look at"
NO_VALUES: Final = "there are no values to look at"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means."""

    passed: bool
    score: float
    observed: Figure
    expected: Figure
    limit: Figure
    rows: int
    plot: Plot | None = None
    offending: tuple[str, ...] = ()
    sentence: str = ""
    """What is said instead of the check's own sentence; empty: nothing."""
    unasked: str = ""
    """Why the answer tells nothing, so that it is neither a pass nor a failure; empty: it tells something."""


def unasked(reason: str, rows: int = 0) -> Verdict:
    """The verdict on an answer that tells nothing."""
    return Verdict(True, 1.0, reason, "", 0, rows, unasked=reason)


class Judge:
    """Base of what judges an answer: frozen values, known by their `kind`, that need nothing of the declaration any more."""

    kind: ClassVar[str]
    members: ClassVar[dict[str, type[Judge]]] = {}
    """Every subclass by its kind."""
    __slots__ = ()

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        Judge.members[cls.kind] = cls

    def __call__(self, answer: Answer) -> Verdict:
        """The verdict on an answer."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Check:
    """Aggregates over a source of rows; all checks of one source are asked together, in one scan."""

    name: str
    table: str
    column: str
    sentence: str
    group: Group
    source: str
    """SQL after FROM."""
    ask: Mapping[str, str]
    """Measure -> SQL aggregate."""
    judge: Judge
    culprits: str = ""
    """A query for the keys of rows that break it, asked only when it fails."""
    reads: tuple[str, ...] = field(default=())
    """Other tables that the source reads."""
    of_parts: bool = False
    """Whether it holds of any rows of the table, and not only of all of them."""


@dataclass(frozen=True, slots=True)
class NoneBad(Judge):
    """No row is `bad`, of so many `rows`."""

    kind: ClassVar[str] = "none_bad"

    def __call__(self, answer: Answer) -> Verdict:
        return none_of(int(answer["bad"]), int(answer["rows"]))


Deriver = Callable[["Subject"], Iterable[Check | Silent]]
DERIVERS: Final[list[Deriver]] = []


def register(deriver: Deriver) -> Deriver:
    """Decorator: makes the checks of one concern known. A module of the folder `checks` is enough for a new one."""
    DERIVERS.append(deriver)
    return deriver


def never(
    table: Written,
    name: str,
    column: str,
    sentence: str,
    condition: str,
    *,
    source: str = "",
    joins: str = "",
    counted: str = "count(*)",
    group: Group = "structure",
    reads: tuple[str, ...] = (),
    named: str = "",
) -> Check:
    """A check that no row meets a condition (SQL over the row `t`).

    `counted` counts the rows it is about; `named` is SQL of what names one, for sources whose rows are not the table's.
    """
    place = f"{source or table.source}{joins}"
    return Check(
        name=name,
        table=table.name,
        column=column,
        sentence=sentence,
        group=group,
        source=place,
        ask={"rows": counted, "bad": f"count(*) FILTER (WHERE {condition})"},
        judge=NoneBad(),
        culprits=f"SELECT {named or table.key} FROM {place} WHERE {condition} ORDER BY {'1' if named else table.order} LIMIT 5",
        reads=reads,
        of_parts=not (source or joins or reads),
    )


def none_of(bad: int, rows: int) -> Verdict:
    """The verdict on something that may never happen."""
    return Verdict(bad == 0, 1 - min(bad / max(rows, 1), 1.0), bad, 0, 0, rows)


def near(observed: float, expected: float, limit: float, rows: int, width: float = 1.0, plot: Plot | None = None) -> Verdict:
    """The verdict on a figure that may lie `limit` from what is expected; `width` is what a score of 0 would be off."""
    off = abs(observed - expected)
    return Verdict(off <= limit, max(1 - off / width, 0.0) if width else float(off == 0), observed, expected, limit, rows, plot)


def worst_of(verdicts: Sequence[Verdict]) -> Verdict:
    """The first verdict that failed, else the one of the lowest score."""
    failed = [verdict for verdict in verdicts if not verdict.passed]
    return min(failed or verdicts, key=lambda verdict: verdict.score, default=unasked(NO_VALUES))
