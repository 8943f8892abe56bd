"""From a row to the rows that belong to it: the one that a reference points at, and those that point at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal

import numpy as np
import pyarrow as pa

from ..engine.hashing import Ints
from ..engine.vector import Vec
from ..frozen import dataclass
from ..plan.plan import ForeignKey, Plan
from ..program.columns import Parent
from ..run.look import texts
from ..run.preview import PlanRows, frame_of
from .search import Search

FAMILY: int = 20
"""Rows of one relation that a family shows."""
NEAR: int = 200_000
"""Rows that are looked through for each relation of a family that cannot be worked out backwards."""


Begin = Callable[[Search], Search]
"""Is given each search before it begins, and may stop it then or later."""


def begun(search: Search) -> Search:
    """Lets a search go on to its end."""
    return search


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a reference leads."""

    link: ForeignKey
    key: str | None
    """The value of the reference; None for NULL."""
    place: int | None
    """Of the row among those of the parent; None where there is none."""
    as_of: date | None
    """The day as of which the reference sees its parent, where that changes with time and it is not the day that is looked at."""
    why: Literal["", "null", "orphan", "not written", "outside"] = ""
    """Why there is no row: nothing is referred to; the key is an orphan; the plan writes no such table, or not that row of it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A column of another table that refers to a table."""

    table: str
    column: str
    parent_column: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows that refer to a row."""

    link: Link
    key: str
    places: Ints
    """The first of them."""
    is_whole: bool
    """Whether these are all."""
    reached: int
    """The place up to which rows were looked at."""


def reference(plan: Plan, table: str, column: str) -> ForeignKey | None:
    """What a column refers to; None where it refers to nothing. Raises UnknownNameError for a table that is not written."""
    return next((key for key in plan.table(table).foreign_keys if key.column == column), None)


def references_to(plan: Plan, table: str, column: str | None = None) -> tuple[Link, ...]:
    """The columns of written tables that refer to a table, or to one column of it."""
    return tuple(
        Link(other.name, key.column, key.parent_column)
        for other in plan.tables
        for key in other.foreign_keys
        if key.parent == table and column in (None, key.parent_column)
    )


def parent(rows: PlanRows, table: str, place: int, link: ForeignKey, as_of: date | None = None, begin: Begin = begun) -> Followed:
    """The row that a reference of one row points at, as that row sees it; raises DataError."""
    column = rows.some(table, np.array([place]), [link.column], as_of).column(0)
    shown = texts(column)[0]
    if shown is None:
        return Followed(link, None, None, None, "null")
    plan = rows.plan
    if link.parent not in plan.names:
        return Followed(link, shown, None, None, "not written")
    number = place + plan.table(table).first_row
    if number < 0:
        # The row for the unknown refers to the rows for the unknown.
        return Followed(link, shown, 0 if plan.table(link.parent).first_row < 0 else None, None, "outside")
    with rows.engine(as_of) as engine:
        try:
            target, places, there = frame_of(engine, table, np.array([number])).through(link.column)
        except KeyError:
            target = None
        if target is not None and there is not None and not there[0]:
            unknown = shown == "-1" and plan.table(link.parent).first_row < 0
            return Followed(link, shown, 0, None) if unknown else Followed(link, shown, None, None, "orphan")
    if target is None or target.table.name != link.parent:
        return _by_key(rows, link, shown, column[0], as_of, begin)
    with rows.engine(as_of) as engine:
        at = 0 if places is None else int(places[0])
        found = int(target.rows[at])
        seen = target.seen if isinstance(target.seen, int) else int(target.seen[at])
        changes = not target.table.layout.happens and any(column.as_of for column in plan.table(link.parent).columns)
        day = rows.day_of(seen) if changes and 0 <= seen < engine.as_of else as_of
    where = rows.place_of(link.parent, found, day)
    return Followed(link, shown, where, day, "" if where is not None else "outside")


def _by_key(rows: PlanRows, link: ForeignKey, shown: str, key: pa.Scalar, as_of: date | None, begin: Begin) -> Followed:
    """A key that is computed from other columns says no more than its value."""
    found = begin(Search(rows, link.parent, as_of)).by_value(link.parent_column, key)
    return Followed(link, shown, int(found[0]), as_of) if len(found) else Followed(link, shown, None, None, "orphan")


def children(rows: PlanRows, table: str, place: int, link: Link, as_of: date | None = None) -> tuple[str, pa.Scalar | None, Ints | None]:
    """The key of a row, as text and as a value, and the places of the rows that refer to it by a column.

    The places are None where nothing but a search can find them; the key is None where it is NULL. Raises DataError.
    """
    column = rows.some(table, np.array([place]), [link.parent_column], as_of).column(0)
    shown = texts(column)[0]
    if shown is None:
        return "NULL", None, np.zeros(0, np.int64)
    plan, number = rows.plan, place + rows.plan.table(table).first_row
    count = rows.count(link.table, as_of)
    with rows.engine(as_of) as engine:
        other = engine.table(link.table)
        kernel = other.program.columns[link.column].kernel
        if number < 0 or not other.layout.dense or other.layout.of != table or not isinstance(kernel, Parent):
            return shown, column[0], None
        try:
            found = frame_of(engine, table, np.array([number])).children(link.table)[0].rows
        except TypeError:
            # Of this layout children cannot be told.
            return shown, column[0], None
        places = found - plan.table(link.table).first_row
        places = places[(places >= 0) & (places < count)]
        present = engine.table(link.table).present(other.rows_frame(places + plan.table(link.table).first_row), link.column)
    return shown, column[0], places if present is None else places[present]


def relation(rows: PlanRows, table: str, place: int, link: Link, as_of: date | None = None, begin: Begin = begun) -> Relation:
    """The first rows that refer to a row, looked for among few; raises DataError."""
    key, value, places = children(rows, table, place, link, as_of)
    if places is not None or value is None:
        found = np.zeros(0, np.int64) if places is None else places
        return Relation(link, key, found[:FAMILY], len(found) <= FAMILY, rows.count(link.table, as_of))
    search = begin(Search(rows, link.table, as_of, bound=NEAR))
    found = search.by_value(link.column, value)
    return Relation(link, key, found[:FAMILY], search.is_whole and len(found) <= FAMILY, search.reached)


def orphans(rows: PlanRows, table: str, column: str, places: Ints, as_of: date | None = None) -> Ints:
    """Which of some rows hold a key of no row in a column: their indexes among `places`."""
    plan = rows.plan
    if reference(plan, table, column) is None or not plan.has_orphans(table, column):
        return np.zeros(0, np.int64)
    numbers = np.asarray(places, np.int64) + plan.table(table).first_row
    known = np.flatnonzero(numbers >= 0)
    with rows.engine(as_of) as engine:
        frame = frame_of(engine, table, numbers[known])
        value: Vec = frame.get(column)
        try:
            there = frame.through(column).there
        except KeyError:
            there = None
        if there is None:
            return np.zeros(0, np.int64)
        stray = ~there if value.valid is None else ~there & value.valid
    return known[stray]
