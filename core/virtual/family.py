"""A row and all that belongs to it: what it refers to, what refers to it, and what shares its references."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..engine.hashing import Ints
from ..engine.vector import string_array
from ..frozen import dataclass
from ..plan.plan import TablePlan
from ..run.preview import PlanRows
from .follow import FAMILY, Begin, begun, parent, references_to, relation
from .search import Search

_DEPTH: Final = 3
"""References that are followed one after another."""
_SHARED: Final = 1_000_000
"""Rows that are looked through for those that share references."""


@dataclass(frozen=True, slots=True)
class Kin:
    """Rows of one table that belong to a row in one way."""

    table: str
    way: str
    """How they belong to it, such as `customer_id 4711`."""
    as_of: date | None
    places: Ints
    rows: pa.Table
    note: str = ""
    """What has to be said of them."""


def family(rows: PlanRows, table: str, place: int, as_of: date | None = None, begin: Begin = begun) -> Iterator[Kin]:
    """What belongs to a row, one relation after another, each with 20 rows at most; raises DataError.

    `begin` is given each search that this takes, to stop it.

    First what it refers to, and what that refers to, each as of the day on which it is referred to; then what refers to it;
    then rows of tables whose keys are made of the same references, such as the stock of a shop's article.
    """
    known: dict[str, set[str]] = {}
    yield from _parents(rows, table, place, as_of, known, _DEPTH, begin)
    for link in references_to(rows.plan, table):
        found = relation(rows, table, place, link, as_of, begin)
        note = "" if found.is_whole else "the first ones" if len(found.places) else f"none among the first {found.reached:,} rows"
        kin = Kin(link.table, f"{link.column} {found.key}", as_of, found.places, rows.some(link.table, found.places, as_of=as_of), note)
        _learn(kin.rows, rows.plan.table(link.table), known)
        yield kin
    for other in rows.plan.tables:
        if other.name != table:
            yield from _sharing(rows, other, known, as_of, begin)


def _parents(
    rows: PlanRows, table: str, place: int, as_of: date | None, known: dict[str, set[str]], depth: int, begin: Begin
) -> Iterator[Kin]:
    for link in rows.plan.table(table).foreign_keys:
        found = parent(rows, table, place, link, as_of, begin)
        if found.key is None or found.why == "not written":
            continue
        known.setdefault(link.parent, set()).add(found.key)
        places = np.array([] if found.place is None else [found.place], np.int64)
        note = {"orphan": "an orphan: there is no such row", "outside": "not among the rows of this run"}.get(found.why, "")
        found_rows = rows.some(link.parent, places, as_of=found.as_of)
        yield Kin(link.parent, f"{table}.{link.column} {found.key}", found.as_of, places, found_rows, note)
        if found.place is not None and depth > 1:
            yield from _parents(rows, link.parent, found.place, found.as_of, known, depth - 1, begin)


def _learn(found: pa.Table, table: TablePlan, known: dict[str, set[str]]) -> None:
    for link in table.foreign_keys:
        keys = pc.cast(found.column(link.column), pa.string()).to_pylist()
        known.setdefault(link.parent, set()).update(key for key in keys if key is not None)


def _sharing(rows: PlanRows, table: TablePlan, known: dict[str, set[str]], as_of: date | None, begin: Begin) -> Iterator[Kin]:
    """Rows of a table whose key is made of references alone, all of which are known."""
    links = {link.column: link.parent for link in table.foreign_keys}
    if len(table.primary_key) == 1 or not all(known.get(links.get(column, "")) for column in table.primary_key):
        return
    wanted = pc.scalar(True)
    schema = rows.schema(table.name)
    for column in table.primary_key:
        kind = schema.field(column).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        keys = pc.cast(string_array(sorted(known[links[column]])), kind)
        wanted &= pc.field(column).isin(keys)
    search = begin(Search(rows, table.name, as_of, bound=_SHARED))
    places = search.by_expression(wanted, FAMILY)
    if len(places):
        yield Kin(table.name, " and ".join(table.primary_key), as_of, places, rows.some(table.name, places, as_of=as_of))
