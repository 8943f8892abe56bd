"""The base of all layouts, and the register that makes one known.

A new layout is one module with its model (registered here) and one class in the engine.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Protocol, TypeVar, get_args, get_type_hints

from ...errors import brief
from ...program.columns import Ageing, Key, Popularity, Rates
from ...program.rows import Rows
from ...program.values import Path, Way
from ..compiled import Compiled, Found
from ..distributions import Distribution
from ..modelling import BeforeValidator
from ..names import Strict
from ..numbers import whole

LAYOUTS: dict[str, type[LayoutModel]] = {}

RATIO: Final = re.compile(r"(\d{1,18}(?:\.\d{1,18})?) per ([a-z_][a-z0-9_]*)", re.ASCII)
_MOST: Final = 10**12


def _number(value: Any) -> Any:
    if isinstance(value, dict):
        return {size: inner if isinstance(inner, dict) else _number(inner) for size, inner in value.items()}
    if isinstance(value, str) and RATIO.fullmatch(value):
        return value
    if not isinstance(value, int | float) and (not isinstance(value, str) or value[:1].isalpha() or " per " in value):
        raise ValueError(f"`{brief(value)}` is not a number of rows; write `500`, `{{small: 500, large: 8_000}}` or `0.25 per orders`")
    value = whole(value)
    if isinstance(value, int) and value > _MOST:
        raise ValueError(f"must be at most {_MOST:,}")
    return value


Number = Annotated[int | dict[str, int | str] | str, BeforeValidator(_number)]
"""Rows at the end of the history: a count, or a ratio to another table; or one of these for each size."""


class RowsError(ValueError):
    """A problem with one key of a table's rows."""

    def __init__(self, key: str, text: str) -> None:
        self.key = key
        super().__init__(text)


class RowScope(Protocol):
    """What a layout may ask while it is compiled; errors name the table by themselves."""

    table: str

    def layout(self, table: str) -> LayoutModel:
        """The layout of a table; raises ValueError for an unknown one."""

    def happens(self, table: str) -> bool:
        """Whether the rows of a table happen (or last)."""

    def number(self, table: str) -> float:
        """Rows of a table at the end of the dataset's own history (expected, for snapshots)."""

    def counted(self, given: Any) -> int:
        """The rows that a `number` key asks for; raises RowsError."""

    def exact_total(self) -> int | None:
        """Rows of this table at the end of the history where they follow from `target_rows` without a rounding, else None."""

    def group_total(self, count: Distribution) -> int:
        """Children of a group of 1,024 parents; raises ValueError where the distribution cannot be met."""

    def parents_of(self, count: Distribution, children: int) -> int:
        """Parents of exactly so many children; raises ValueError where the distribution cannot be met."""

    def pack_total(self, distributions: Sequence[Distribution], sizes: Sequence[int]) -> int:
        """Children of 1,024 parents of which so many follow each distribution; raises ValueError where a distribution cannot be met."""

    def shared_out(self, distributions: Sequence[Distribution], sizes: Sequence[int], children: int) -> tuple[int, list[int]]:
        """Parents of exactly so many children, and how many of the last, cut block of them follow each distribution.

        Raises ValueError where there are none.
        """

    def head(self, column: str) -> list[int] | None:
        """See `core.spec.kinds.base.Scope`."""

    def columns(self, table: str) -> Mapping[str, Any]:
        """The models of a table's columns."""

    def pool_rows(self, pool: str) -> int:
        """Rows of a pool."""

    def pool_column(self, name: str, field: str) -> Sequence[Any]:
        """A field of a pool, row by row: texts, or whole numbers; raises ValueError for an unknown pool or field."""

    def kind(self, table: str, column: str) -> Any:
        """The model of a column."""

    def key_of(self, table: str) -> str:
        """The key column of a table."""

    def days(self) -> int:
        """Days of the dataset's own history."""

    def history(self) -> tuple[date, date]:
        """First and last day of the dataset's own history."""

    def of_table(self, table: str) -> RowScope:
        """The same questions from another table."""

    def find_in(self, table: str, path: str) -> Found:
        """Resolves a path from a row of a table."""

    def zoned(self, path: str) -> Path:
        """A path to a text that names time zones, which become known to the program; raises ValueError where it is none."""

    def sql_in(self, table: str, text: str) -> Compiled:
        """Compiles an expression of a row of a table."""

    def need_part(self, part: str) -> None:
        """Makes known that a part of a moment is computed; raises ValueError where the dataset's calendar lacks what it needs."""

    def parts_behind(self, table: str, text: str) -> set[tuple[str, str, str]]:
        """What inside columns an expression is computed from, however far away: (table, column, part)."""

    def columns_behind(self, table: str, path: str) -> set[tuple[str, str]]:
        """The column at the end of a path, and every one that it is computed from: (table, column)."""


class FieldScope(RowScope, Protocol):
    """What a layout may ask for one of its columns."""

    def pool(self, name: str) -> Mapping[str, Compiled]:
        """The fields of a pool, made known to the program."""


class LayoutModel(Strict, ABC):
    """What every layout says of its rows."""

    layout: str

    is_event: ClassVar[bool] = False
    """Whether a table of it drives the dataset where no `driving` is written."""
    may_drive: ClassVar[bool] = False
    """Whether `target_rows` may count its rows."""
    ends: ClassVar[bool] = False
    """Whether its rows may end: they have an `end` and a `current`."""
    keeps_hours: ClassVar[bool] = False
    """Whether its rows keep hours of their own, whatever the temporal patterns say."""
    lacks_parents: ClassVar[bool] = False
    """Whether some rows stand on no row of the tables that the others stand on."""
    has_position: ClassVar[bool] = False
    """Whether its rows are counted within their parent: they have a `position`."""
    by_time: ClassVar[bool] = False
    """Whether a row is a span of time: others refer to the one that their moment lies in."""
    same_time: ClassVar[bool] = False
    """Whether its rows begin with the row that they stand on."""
    dense: ClassVar[bool] = True
    """Whether rows are numbered without gaps and for ever, so that others may be drawn from them or stand on them."""

    by_day: ClassVar[bool] = False
    """Whether each day is a range of its rows, which quotas are exact in."""
    of_posts: ClassVar[bool] = False
    """Whether its rows hold posts, which are never empty and which lists are dealt over."""
    as_of_day: ClassVar[bool] = False
    """Whether its rows are what is there as of a day, and are there on no other."""
    of_states: ClassVar[bool] = False
    """Whether its rows are the states that other rows go through."""
    comes_whole: ClassVar[bool] = False
    """Whether its rows are always written together: they are no events, and have no births."""
    owns: ClassVar[bool] = False
    """Whether rows of other tables are born of its rows, and come while these are there."""

    popular: ClassVar[bool] = False
    """Whether some of its rows may be drawn more often than others."""
    known_at_once: ClassVar[bool] = False
    """Whether all its rows may be looked at together: snapshots combine them, factors tell them apart."""

    @property
    def takes_number(self) -> bool:
        """Whether its rows may be as many as is asked for, by `target_rows` or by its children."""
        return self.may_drive

    @property
    def children_of(self) -> str:
        """The table under whose rows these come in groups of siblings; empty: none."""
        return ""

    @property
    def picked_from(self) -> str:
        """The table some of whose rows these are, one to one; empty: none."""
        return ""

    @property
    def born_in(self) -> str:
        """The table in whose rows these are born, and to which they may come back; empty: none."""
        return ""

    @property
    def comes_back(self) -> bool:
        """Whether its rows come back to the table that they are born in."""
        return False

    @property
    def rates(self) -> tuple[Popularity | Rates, Ageing | None] | None:
        """The laws by which its rows are drawn in those in which they come back; None: they are not."""
        return None

    @property
    def sums_of(self) -> str:
        """The table whose rows' sums these are the entries of; empty: none."""
        return ""

    @property
    def always_there(self) -> bool:
        """Whether the same rows are there on every day."""
        return False

    @property
    def spans(self) -> bool:
        """Whether each of its rows takes a stretch of time: it has an `end`, which is never NULL."""
        return False

    @property
    def parents(self) -> tuple[str, ...]:
        """The tables that the rows stand on."""
        return ()

    @property
    def may_lack_rows(self) -> bool:
        """Whether an owner that is there may have no row."""
        return False

    @property
    def recalled(self) -> tuple[str, ...]:
        """Columns that a row which repeats an earlier one has from that one."""
        return ()

    def happens(self, scope: RowScope) -> bool:
        """Whether the rows happen (have a time of their own) or last (are seen as of a day)."""
        return self.is_event

    @abstractmethod
    def row_count(self, scope: RowScope) -> float:
        """Rows at the end of the dataset's own history; not asked of the table that `target_rows` counts."""

    def parent_rows(self, scope: RowScope, rows: int) -> int:
        """Rows of the table stood on, where these rows are counted exactly; raises ValueError."""
        raise ValueError(f"{self.layout} do not say how many rows they stand on")

    def parents_head(self, scope: RowScope, column: str) -> list[int] | None:
        """As `RowScope.head`, of a category of the rows stood on, where these rows are counted exactly; None: any will do."""
        return None

    def posts(self, scope: RowScope) -> int:
        """The number of posts that its rows hold one after another."""
        return 0

    def matches(self, scope: RowScope, columns: Sequence[str]) -> Way | None:
        """How the engine finds rows of `scope.table` by the values of these columns; None: it cannot.

        Raises ValueError with a sentence where the columns would do but for something else.
        """
        key = scope.key_of(scope.table)
        if list(columns) == [key] and isinstance(scope.find_in(scope.table, key).compiled.kernel, Key):
            return Way("key", key, draws=False)
        return None

    def field(self, scope: FieldScope, name: str) -> Compiled | None:
        """A value that the rows of `scope.table` have of themselves, as a column; None where there is none of this name."""
        return None

    @abstractmethod
    def compile(self, scope: RowScope) -> Rows:
        """What the engine is told of the rows; raises ValueError and RowsError with a sentence."""


L = TypeVar("L", bound=type[LayoutModel])


def register(layout: L) -> L:
    """Class decorator: makes a layout known by the literal of its `layout` field."""
    LAYOUTS[get_args(get_type_hints(layout)["layout"])[0]] = layout
    return layout


def short(value: Any) -> Any:
    """A layout as it may be written: nothing or a mapping without `layout` holds entities, a bare word is the layout."""
    if value is None:
        return {"layout": "entities"}
    if isinstance(value, str):
        return {"layout": value}
    if isinstance(value, dict) and "layout" not in value:
        return {"layout": "entities", **value}
    return value


def rows_union() -> Any:
    """The type of a table's `rows`: any registered layout."""
    from ..modelling import Field

    members: Any = None
    for model in LAYOUTS.values():
        members = model if members is None else members | model
    return Annotated[Annotated[members, Field(discriminator="layout")], BeforeValidator(short)]
