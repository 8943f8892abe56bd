"""What each column depends on, read from the declaration alone: which words name which columns, and which causes two columns share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ..frozen import dataclass
from ..spec.dataset import Dataset
from .declared import ROWS, Edge, Edges, Place

_OF_ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "attendee": ("quota",),
    "begin": ("duration_factors", "quota", "where"),
    "end": ("duration_factors", "quota"),
    "entry": ("entries", "refused"),
    "parent": ("count", "factors", "quota", "weight", "where"),
    "position": ("count", "factors"),
    "visits": ("returns",),
}
"""Words of layouts that matter for the values of a kind."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """Something that a column depends on, and the word that says so."""

    table: str
    """Empty for a list."""
    column: str
    """Empty for a row of a table that is drawn and not written; of a list its name."""
    word: str
    """The key of the declaration: `by`, `factors`, `weight`, `sql` .."""

    def told(self, table: str = "") -> str:
        """`channel (by)`, `customers.city (from)`, `list us_places (pool)`; columns of `table` go without its name."""
        if not self.table:
            place = f"list {self.column}"
        elif not self.column:
            place = self.table
        else:
            place = self.column if self.table == table else f"{self.table}.{self.column}"
        return f"{place} ({self.word})"


class Dependences:
    """The declared dependences of a dataset's columns, written or not.

    Columns of a row that another row was drawn for depend on that row: two columns copied from one customer have the customer in common.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._told: dict[Place, tuple[Dependence, ...]] = {}
        self._edges = Edges(dataset)
        self._causes: dict[Place, frozenset[Place]] = {}
        # What an exact category names is drawn given its value, so that these columns have the category in common.
        self._given: dict[Place, list[Place]] = {}
        for place, category in self._edges.given():
            self._given.setdefault(place, []).append(category)

    def causes(self, place: Place) -> frozenset[Place]:
        """A column and all that it depends on, however far away; also what was drawn given one of these."""
        if place not in self._causes:
            seen, pending = {place}, [place]
            while pending:
                here = pending.pop()
                for other in (*(other for _, other in self._edges.direct(here)), *self._given.get(here, ())):
                    if other not in seen:
                        seen.add(other)
                        pending.append(other)
            self._causes[place] = frozenset(seen)
        return self._causes[place]

    def related(self, table: str, one: str, other: str) -> bool:
        """Whether two columns of a row may be associated: one depends on the other, or both on a third thing."""
        return not self.causes((table, one)).isdisjoint(self.causes((table, other)))

    def names(self, table: str, one: str, other: str) -> bool:
        """Whether the declaration of one column names the other, directly or through columns that are not written."""
        return any(
            (found.table, found.column) == (table, second)
            for first, second in ((one, other), (other, one))
            for found in self.told((table, first))
        )

    def told(self, place: Place) -> tuple[Dependence, ...]:
        """What a column depends on as its readers see it: written columns, lists, and tables of which a row is drawn behind the scenes.

        Columns that are not written lead on to what they depend on.
        """
        if place not in self._told:
            self._told[place] = self._tell(place)
        return self._told[place]

    def users(self, place: Place) -> Iterator[Place]:
        """The written columns that are told to depend on a column."""
        for table in self.dataset.written:
            for column in self.dataset.tables[table].columns:
                if not column.startswith("_") and any((each.table, each.column) == place for each in self.told((table, column))):
                    yield table, column

    def _tell(self, place: Place) -> tuple[Dependence, ...]:
        out: dict[tuple[str, str], Dependence] = {}
        seen, pending = {place}, [*self._said(place)]
        while pending:
            word, (table, column) = pending.pop(0)
            if (table, column) in seen:
                continue
            seen.add((table, column))
            if column == ROWS and table != place[0]:
                out.setdefault((table, ""), Dependence(table, "", word))
                continue
            if column != ROWS and not column.startswith("_") and self.dataset.writes(table):
                out.setdefault((table, column), Dependence(table, column, word))
                continue
            model = None if column == ROWS else self.dataset.tables[table].columns[column]
            pool, to = getattr(model, "pool", None), getattr(model, "to", None)
            if pool is not None:
                out.setdefault(("", pool), Dependence("", pool, word))
            if to is not None and self.dataset.writes(to):
                out.setdefault((to, ""), Dependence(to, "", word))
            else:
                inner = model.kind if model is not None else self.dataset.tables[place[0]].columns[place[1]].kind
                pending += self._said((table, column), inner)
        return tuple(each for each in out.values() if not self._is_a_step(each, out.values()))

    def _is_a_step(self, one: Dependence, others: Iterable[Dependence]) -> bool:
        """Whether it is the row, or the reference to it, through which the same word reaches a column that is told too."""
        if not one.table:
            return False
        to = self._edges.to(one.table, self.dataset.tables[one.table].columns[one.column]) if one.column else one.table
        return to is not None and any(other.table == to and other.column and other.word == one.word for other in others)

    def _said(self, place: Place, kind: str = "") -> Iterator[Edge]:
        """The edges of a column that readers are told of; of what a layout decides, those that matter for a kind of column."""
        table, column = place
        if column == ROWS:
            # What the rows that it stands on stand on is told of these.
            yield from (edge for edge in self._edges.direct(place) if edge[1][1] != ROWS and edge[0] in _OF_ROWS.get(kind, ()))
            return
        model = self.dataset.tables[table].columns.get(column)
        if model is None:
            # The day of a kept snapshot is no column of the declaration.
            return
        if model.kind == "popularity":
            of, _, reference = model.of.rpartition(".")
            yield "popularity", (of, reference)
        if model.kind != "key":
            counts = model.kind == "balance" or (model.kind == "aggregate" and "." not in model.of)
            yield from (edge for edge in self._edges.direct(place) if edge[1][1] != ROWS or counts or model.kind in _OF_ROWS)


_last: list[Dependences] = []
"""Of the dataset that was asked about last: whoever walks through a dataset's columns asks about one after another."""


def dependences_of(dataset: Dataset) -> Dependences:
    """The declared dependences of a dataset."""
    kept = _last[0] if _last else None
    if kept is None or kept.dataset is not dataset:
        kept = Dependences(dataset)
        _last[:] = [kept]
    return kept
