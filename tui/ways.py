"""From one view of the preview to the next: each way is worked out in a thread, and says what to show then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from ..core import format as shown
from ..core.cells import cut
from ..core.errors import InputError
from .looking import Behind, More, View

if TYPE_CHECKING:
    from ..core.plan.plan import ForeignKey
    from ..core.virtual.follow import Link
    from ..core.virtual.search import Search

_LONGEST: Final = 40
"""Characters of a condition that stand in the trail."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Where a key led."""

    origin: View | None
    """From where; whoever has left it meanwhile goes nowhere."""
    view: View | None
    """To where; None: nowhere."""
    count: int = 0
    """Rows of the view."""
    instead: bool = False
    """Whether it takes the place of its origin in the trail."""
    alone: bool = False
    """Whether nothing that was looked at before is gone back to."""
    note: str = ""
    """To be said."""


class Seeking:
    """One or more searches that a thread begins: how far it is, and a way to stop it, whatever it has come to."""

    def __init__(self) -> None:
        self._search: Search | None = None
        self._stopped = False

    @property
    def is_stopped(self) -> bool:
        """Whether it was asked to end."""
        return self._stopped

    def begin(self, search: Search) -> Search:
        """Takes the search, which is stopped at once where that was asked for meanwhile."""
        self._search = search
        if self._stopped:
            search.stop()
        return search

    def stop(self) -> None:
        """Ends it soon; what it has found stays."""
        self._stopped = True
        if self._search is not None:
            self._search.stop()

    @property
    def told(self) -> str:
        """How far it is."""
        search = self._search
        if search is None:
            return "looking ... Escape stops"
        return f"looking through {search.table}: row {shown.rows(search.reached)} of {shown.rows(search.total)}; Escape stops"


def opened(behind: Behind, origin: View | None, view: View, *, instead: bool = False) -> Way:
    """To a view; raises InputError for a day that is not seen."""
    return Way(origin, view, behind.count(view), instead)


def on_day(behind: Behind, origin: View, day: date) -> Way:
    """To the first row that begins on a day, or after it; raises InputError."""
    whole = replace(origin, places=None, what="", order=None, more=None)
    place = behind.shown.begun_before(origin.table, day)
    if place is None:
        raise InputError(f"rows of {origin.table} are not in the order of their days; `@{day}` shows them as of that day")
    count = behind.count(whole)
    if place >= count:
        raise InputError(f"no row of {origin.table} begins on {day} or later")
    return Way(origin, replace(whole, row=place), count, instead=origin.places is None)


def sorted_by(behind: Behind, origin: View, count: int, column: int) -> Way:
    """To the same rows by a column; raises DataError."""
    view = behind.ordered(origin, count, column)
    return Way(origin, view, behind.count(view), instead=origin.order is not None or origin.places is not None)


def to_parent(behind: Behind, origin: View, link: ForeignKey) -> Way:
    """To the row that the cell under the cursor refers to, as of the day on which it does so; raises DataError."""
    from ..core.virtual.follow import parent

    found = parent(behind.shown, origin.table, origin.place(origin.row), link, origin.as_of)
    if found.place is None:
        why = {
            "null": f"{link.column} is NULL: it refers to no row of {link.parent}",
            "orphan": f"{found.key} is an orphan: no row of {link.parent} has that {link.parent_column}",
            "not written": f"{link.parent} is not among the tables of this run",
            "outside": f"the {link.parent} row of {found.key} is not among the rows of this run",
        }
        return Way(origin, None, note=why[found.why])
    number = [column.name for column in behind.plan.table(link.parent).columns].index(link.parent_column)
    view = View(link.parent, as_of=found.as_of, row=found.place, column=number)
    return Way(origin, view, behind.count(view))


def to_children(behind: Behind, origin: View, link: Link, seeking: Seeking) -> Way:
    """To the rows that refer to the row under the cursor; raises DataError."""
    from ..core.virtual.follow import children

    search = seeking.begin(behind.search(link.table, origin.as_of))
    key, value, places = children(behind.shown, origin.table, origin.place(origin.row), link, origin.as_of)
    if value is None:
        return Way(origin, None, note=f"{link.parent_column} is NULL: nothing refers to it")
    if places is None:
        places = search.by_value(link.column, value)
    else:
        search.reached = search.total
    more = None if search.is_whole else More("", link.column, search.reached, value)
    view = View(link.table, origin.as_of, places, f"of {link.column} {key}", more=more)
    if not len(places):
        return Way(origin, None if more is None else view, note=_none(search, link.table, f"{link.column} {key}"))
    return Way(origin, view, len(places), note=_partly(search))


def searched(behind: Behind, origin: View, condition: str, seeking: Seeking) -> Way:
    """To the rows of the table for which a condition holds; raises InputError and DataError."""
    search = seeking.begin(behind.search(origin.table, origin.as_of))
    places = search.by_condition(condition)
    more = None if search.is_whole else More(condition, "", search.reached)
    view = View(origin.table, origin.as_of, places, f"where {cut(condition, _LONGEST)}", more=more)
    if not len(places):
        return Way(origin, None if more is None else view, note=_none(search, origin.table, condition))
    return Way(origin, view, len(places), note=_partly(search))


def further(behind: Behind, origin: View, more: More, seeking: Seeking) -> Way:
    """To the same rows and those that a search finds when it goes on; raises DataError."""
    import numpy as np

    search = seeking.begin(behind.search(origin.table, origin.as_of, more.start))
    found = search.by_condition(more.condition) if more.condition else search.by_value(more.column, more.key)
    before = np.zeros(0, np.int64) if origin.places is None else np.sort(origin.places)
    left = None if search.is_whole else replace(more, start=search.reached)
    view = replace(origin, places=np.concatenate([before, found]), order=None, more=left)
    note = _partly(search) or f"{shown.many(len(found), 'row')} more; all rows were looked at"
    return Way(origin, view, len(before) + len(found), instead=True, note=note)


def _partly(search: Search) -> str:
    return "" if search.is_whole else f"looked as far as row {shown.rows(search.reached)} of {shown.rows(search.total)}; + goes on"


def _none(search: Search, table: str, what: str) -> str:
    return f"no row of {table} has {what}" if search.is_whole else f"nothing yet: {_partly(search)}"
