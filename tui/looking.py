"""What is looked at in the preview: views of tables, the way from one to the next, and the rows behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final

from ..core import format as shown
from ..core.errors import InputError
from ..core.plan.plan import ColumnPlan, Plan, TablePlan
from .pages import PAGE, Page
from .widgets.grid_lines import GridColumn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..core.run.preview import PlanRows
    from ..core.run.sampled import Sampled
    from ..core.virtual.search import Search

    Places = NDArray[np.int64]

SORTED: Final = 100_000
"""Rows that are sorted at most: a table that has more is sorted around the cursor."""
_NUMBERS: Final = ("bigint", "integer", "double", "decimal")
_WIDTHS: Final = {"date": 10, "timestamp": 19, "boolean": 5}


@dataclass(frozen=True, slots=True)
class Order:
    """By which column rows are sorted."""

    column: int
    name: str
    falling: bool


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Rows of one table, all of them or some, as of a day."""

    table: str
    as_of: date | None = None
    """None: as of the plan's own day."""
    places: Places | None = None
    """Of the rows, in their order; None: all rows of the table."""
    what: str = ""
    """Which rows these are."""
    row: int = 0
    column: int = 0
    order: Order | None = None
    pinned: int | None = None
    """The place of the row that the next view was reached from."""
    more: More | None = None
    """How a search that was stopped goes on."""

    def place(self, row: int) -> int:
        """The place of a row among the rows of the table."""
        return row if self.places is None else int(self.places[row])

    def same(self, other: View) -> bool:
        """Whether another view shows the same rows, wherever the cursor is."""
        mine, theirs = ((view.table, view.as_of, view.order) for view in (self, other))
        return mine == theirs and self.places is other.places

    @property
    def title(self) -> str:
        """What it is called in a trail."""
        day = f" as of {self.as_of}" if self.as_of is not None else ""
        what = f" {self.what}" if self.what else ""
        order = f" by {self.order.name}{' descending' if self.order.falling else ''}" if self.order is not None else ""
        pinned = f" row {shown.rows(self.pinned + 1)}" if self.pinned is not None else ""
        return f"{self.table}{day}{what}{order}{pinned}"


@dataclass(frozen=True, slots=True)
class More:
    """A search that has not seen all rows."""

    condition: str
    """In SQL; empty where rows of one value are looked for."""
    column: str
    start: int
    """The place at which it goes on."""
    key: object = None
    """The value that is looked for, as Arrow holds it."""


@dataclass(frozen=True, slots=True)
class ToRow:
    """Go to a row, from 0."""

    row: int


@dataclass(frozen=True, slots=True)
class ToDay:
    """Go to the first row of a day."""

    day: date


@dataclass(frozen=True, slots=True)
class AsOf:
    """See the tables as of a day; None: as of the plan's."""

    day: date | None


def destination(text: str, count: int, read: Callable[[str], int | None]) -> ToRow | ToDay | AsOf | None:
    """Where a text leads: `1M` to a row, `-1` to the last one, `2024-03-05` to a day's first row, `@2024-03-05` to the tables as of it.

    `@` alone leads back to the plan's own day. `read` reads a number of rows. None for an empty text. Raises InputError.
    """
    text = text.strip()
    if not text:
        return None
    if text.startswith("@"):
        day = text[1:].strip()
        return AsOf(_day(day) if day else None)
    if text[:4].isdigit() and text[4:5] == "-":
        return ToDay(_day(text))
    row = count + 1 - (read(text[1:]) or 1) if text.startswith("-") else read(text) or 1
    if not count:
        raise InputError("there are no rows here")
    if not 1 <= row <= count:
        raise InputError(f"there are {shown.rows(count)} rows here: say 1 to {shown.rows(count)}, not {text}")
    return ToRow(row - 1)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"`{text}` is not a day: write it as 2024-12-31") from None


def grid_columns(table: TablePlan, order: Order | None = None) -> list[GridColumn]:
    """The columns of a table for a grid: `>` marks those that lead to another table, `^` and `v` the one that rows are sorted by."""
    links = {key.column for key in table.foreign_keys}
    out = []
    for number, column in enumerate(table.columns):
        marks = ">" if column.name in links else ""
        if order is not None and order.column == number:
            marks += "v" if order.falling else "^"
        out.append(GridColumn(column.name, column.type.startswith(_NUMBERS), _width(column, table), marks))
    return out


def _width(column: ColumnPlan, table: TablePlan) -> int:
    if column.name in table.primary_key and column.type == "bigint":
        return len(str(table.rows))
    return _WIDTHS.get(column.type, min(column.longest, 12))


def frozen(table: TablePlan) -> int:
    """How many columns do not scroll: those of the key that stand first, else one."""
    count = 0
    for column in table.columns[:2]:
        if column.name not in table.primary_key:
            break
        count += 1
    return max(count, 1)


def trail(titles: Sequence[str], room: int = 0) -> str:
    """The way to what is looked at; where the room is short, its beginning gives way."""
    told = " > ".join(titles)
    for first in range(1, len(titles)):
        if len(told) <= room or not room:
            break
        told = " > ".join(["..", *titles[first:]])
    return told


class Behind:
    """The rows of a plan for the preview, for any thread: one engine for what is on the screen, and another for what takes longer."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._making = Lock()

    @cached_property
    def _shown(self) -> PlanRows:
        from ..core.run.preview import PlanRows

        return PlanRows(self.plan)

    @cached_property
    def _aside(self) -> PlanRows:
        from ..core.run.preview import PlanRows

        return PlanRows(self.plan)

    @property
    def shown(self) -> PlanRows:
        """For pages: nobody holds it for long."""
        with self._making:
            return self._shown

    @property
    def aside(self) -> PlanRows:
        """For searches and figures, so that pages do not wait for them."""
        with self._making:
            return self._aside

    def count(self, view: View) -> int:
        """How many rows a view has; raises InputError for a day that is not seen."""
        return self.shown.count(view.table, view.as_of) if view.places is None else len(view.places)

    def page(self, view: View, count: int, number: int) -> Page:
        """A page of a view that has `count` rows; raises DataError."""
        import numpy as np

        from ..core.run.look import texts
        from ..core.virtual.follow import orphans

        low, high = number * PAGE, min((number + 1) * PAGE, count)
        places = np.arange(low, high, dtype=np.int64) if view.places is None else view.places[low:high]
        if view.places is None:
            rows = self.shown.page(view.table, low, high - low, view.as_of)
        else:
            rows = self.shown.some(view.table, places, as_of=view.as_of)
        strays = {}
        for place, name in enumerate(rows.column_names):
            found = orphans(self.shown, view.table, name, places, view.as_of)
            if len(found):
                strays[place] = frozenset(found.tolist())
        return Page(number, rows, [texts(column) for column in rows.columns], strays)

    def sampled(self, view: View, column: int) -> Sampled:
        """A whole column of a view in numbers; raises DataError."""
        from ..core.run.sampled import sampled
        from ..core.virtual.follow import orphans

        name = self.plan.table(view.table).columns[column].name
        rows = self.aside

        def strays(places: Places) -> int:
            return len(orphans(rows, view.table, name, places, view.as_of))

        wanted = strays if self.plan.has_orphans(view.table, name) else None
        return sampled(rows, view.table, name, view.as_of, among=view.places, strays=wanted)

    def search(self, table: str, as_of: date | None = None, start: int = 0) -> Search:
        """A search that has not begun; raises InputError for a day that is not seen."""
        from ..core.virtual.search import Search

        return Search(self.aside, table, as_of, start=start)

    def ordered(self, view: View, count: int, column: int) -> View:
        """The rows of a view by one column, ascending, or descending where they ascend already; of many rows those around the cursor."""
        import numpy as np

        from ..core.run.look import order

        name = self.plan.table(view.table).columns[column].name
        falling = view.order == Order(column, name, False)
        what, places = view.what, view.places
        if places is None:
            low = 0 if count <= SORTED else min(max(view.row - SORTED // 2, 0), count - SORTED)
            places = np.arange(low, min(low + SORTED, count), dtype=np.int64)
            if count > SORTED:
                what = f"rows {shown.rows(low + 1)} to {shown.rows(low + len(places))}"
        # From their own order, so that equal values stand as in the table.
        places = np.sort(places)
        values = self.aside.some(view.table, places, [name], view.as_of).column(0)
        return replace(view, places=places[order(values, falling)], what=what, row=0, column=column, order=Order(column, name, falling))
