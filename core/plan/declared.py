"""What the declaration of each column names: the columns that its words, paths and expressions lead through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Final, get_args, get_origin

from ..spec.dataset import Dataset
from ..spec.dues import ByRhythm
from ..spec.names import Strict
from ..spec.names import path as dotted_path
from ..spec.shapes import equal
from .parsed_sql import parse
from .sql_tree import Node
from .time import dated

Place = tuple[str, str]
"""Table and column; the column `ROWS` stands for what the table's layout decides of a row: when it is, and where it stands."""

Edge = tuple[str, Place]
"""The word of the declaration, and what it names."""

ROWS: Final = ""
DECIDED: Final = ("key", "parent", "position", "begin", "end", "current", "entry", "visits")
"""Kinds whose values the layout decides."""
_PIECE: Final = re.compile(r"\{([a-z0-9_.]+)(?::[^}]*)?\}")
_SQL: Final = ("sql", "when", "where", "moves_balance", "exceeds_balance")
"""Keys that hold an expression of the row."""


class Paths:
    """Where the paths and expressions of a dataset lead."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def _along(self, table: str, path: str) -> Iterator[Place]:
        """The columns that a path leads through, and the one at its end; what is inside a column is the column."""
        for step in path.split("."):
            model = self.dataset.tables[table].columns.get(step)
            if model is None:
                return
            yield table, step
            to = self.to(table, model)
            if to is None:
                return
            table = to

    def to(self, table: str, model: Any) -> str | None:
        if model.kind == "parent":
            parents = self.dataset.tables[table].rows.parents
            return str(model.of or parents[0]) if model.of or parents else None
        to = getattr(model, "to", None)
        return str(to) if to in self.dataset.tables else None

    def _read(self, table: str, text: str) -> Iterator[Place]:
        def paths(node: Node | None) -> Iterator[str]:
            if node is not None:
                if node.kind == "path":
                    yield node.value
                for inner in node.inner:
                    yield from paths(inner)

        for path in paths(parse(dated(text, self.dataset.history))):
            yield from self._along(table, path)

    def _time(self, table: str) -> Iterator[Place]:
        """When a row happens: what the layout decides, and the column that shows it, of this row or of the one that it begins with."""
        yield table, ROWS
        declared = self.dataset.tables[table]
        begin = next((name for name, model in declared.columns.items() if model.kind == "begin"), None)
        if begin is not None:
            yield table, begin
        elif declared.rows.parents:
            yield from self._time(declared.rows.parents[0])


class LayoutEdges(Paths):
    """What the layout of each table names; a layout has a method of its name where it names columns."""

    def _of_rows(self, table: str) -> Iterator[Edge]:
        rows = self.dataset.tables[table].rows
        own = getattr(self, f"_rows_{rows.layout}", None)
        yield from (("of", (of, ROWS)) for of in self._stands_on(rows))
        if own is not None:
            yield from own(table, rows)

    def _stands_on(self, rows: Any) -> Iterable[str]:
        of = getattr(rows, "of", None)
        return [of] if isinstance(of, str) else of or ()

    def _rows_events(self, table: str, rows: Any) -> Iterator[Edge]:
        if rows.time_zone is not None:
            yield from (("time_zone", place) for place in self._along(table, rows.time_zone))
        if rows.within_day is not None:
            yield "within_day", (rows.within_day, ROWS)

    def _rows_children(self, table: str, rows: Any) -> Iterator[Edge]:
        column = getattr(rows.count, "column", None)
        if column is not None:
            yield "count", (rows.of, column)
        for one in rows.factors:
            yield from (("factors", place) for place in self._along(rows.of, one.column))
        for one in rows.duration_factors:
            yield from (("duration_factors", place) for place in self._along(table, one.column))

    def _rows_snapshot(self, table: str, rows: Any) -> Iterator[Edge]:
        if rows.where is not None:
            yield from (("where", place) for place in self._read(table, rows.where))

    def _rows_subset(self, _: str, rows: Any) -> Iterator[Edge]:
        yield "where", (rows.of, equal(rows.where)[0])

    def _rows_recurring(self, _: str, rows: Any) -> Iterator[Edge]:
        yield "where", (rows.of, equal(rows.where)[0])
        if rows.returns is not None:
            yield "returns", (rows.of, equal(rows.returns.where)[0])

    def _rows_spells(self, _: str, rows: Any) -> Iterator[Edge]:
        yield "column", (rows.of, rows.column)

    def _rows_grid(self, _: str, rows: Any) -> Iterator[Edge]:
        yield "quota", (rows.of, rows.quota)

    def _rows_panel(self, table: str, rows: Any) -> Iterator[Edge]:
        for word in ("weight", "typical_balance", "overdraft_limit"):
            if getattr(rows, word) is not None:
                yield word, (rows.of, getattr(rows, word))
        for word in ("moves_balance", "exceeds_balance"):
            if getattr(rows, word) is not None:
                yield from ((word, place) for place in self._read(table, getattr(rows, word)))
        for entry in rows.entries.values():
            if isinstance(entry.amount, str):
                yield "entries", (rows.of, entry.amount)
            if isinstance(entry.due, ByRhythm):
                yield "entries", (rows.of, entry.due.column)
            if entry.multiply_by is not None:
                yield from (("entries", place) for place in self._along(table, entry.multiply_by))
            if entry.where is not None:
                yield from (("entries", place) for place in self._read(rows.of, entry.where))
            yield from (("entries", (rows.of, one.column)) for one in entry.factors)
        if rows.refused is not None and rows.refused.limit is not None:
            for path in (rows.refused.limit.of, rows.refused.limit.most):
                yield from (("refused", place) for place in self._along(table, path))


class Edges(LayoutEdges):
    """What each column of a dataset, and each table's layout, names directly.

    A kind has a method of its name here where its keys mean more than they are: a path, or an expression, of the row. Those are found by
    their types, so that a new word with a path in it needs nothing here.
    """

    def __init__(self, dataset: Dataset) -> None:
        super().__init__(dataset)
        self._direct: dict[Place, tuple[Edge, ...]] = {}

    def given(self) -> Iterator[tuple[Place, Place]]:
        """Each column that is drawn given the value of an exact category which names it, and that category."""
        for table, declared in self.dataset.tables.items():
            for column, model in declared.columns.items():
                if model.kind == "category" and model.deals:
                    for one in model.factors:
                        yield from ((place, (table, column)) for place in self._along(table, one.column))

    def direct(self, place: Place) -> tuple[Edge, ...]:
        """What a column's declaration names, each with the word that names it."""
        if place not in self._direct:
            found = self._of_rows(place[0]) if place[1] == ROWS else self._of_column(*place)
            self._direct[place] = tuple(dict.fromkeys(edge for edge in found if edge[1] != place))
        return self._direct[place]

    def _of_column(self, table: str, column: str) -> Iterator[Edge]:
        declared = self.dataset.tables[table]
        model = declared.columns[column]
        if column in declared.rows.recalled:
            yield "same", (table, ROWS)
        changes = getattr(declared.rows, "changes", None)
        if changes is not None and (column in changes.columns or column in changes.leaders):
            # A change always gives another value, so that the values of old rows are not shared out as those of young ones are.
            yield from (("changes", place) for place in self._time(table))
            if changes.sways(column):
                yield "changes", (table, changes.by.column)
        if model.kind in DECIDED:
            yield "rows", (table, ROWS)
        own = getattr(self, f"_{model.kind}", None)
        if own is not None:
            yield from own(table, column, model)
        yield from self._walk(model, table)

    def _walk(self, model: Strict, table: str, word: str = "") -> Iterator[Edge]:
        """Every path, and every expression, that a model and those inside it hold."""
        for name, kinds in _keys(type(model)).items():
            value, said = getattr(model, name), word or name.rstrip("_")
            if value is None or type(model).__name__ in _ELSEWHERE.get(name, ()):
                continue
            if kinds == "path":
                for text in _texts(value):
                    yield from ((said, place) for place in self._along(table, text))
            elif kinds == "sql":
                yield from ((said, place) for place in self._read(table, value))
            else:
                for inner in _models(value):
                    yield from self._walk(inner, table, said)

    def _text(self, table: str, _: str, model: Any) -> Iterator[Edge]:
        for found in _PIECE.finditer(model.template or ""):
            yield from (("template", place) for place in self._along(table, found[1]))

    def _spell(self, table: str, _: str, __: Any) -> Iterator[Edge]:
        yield from (("every", place) for place in self._time(table))

    def _open(self, table: str, _: str, model: Any) -> Iterator[Edge]:
        if model.at is None:
            yield from (("clock", place) for place in self._time(table))

    def _copy(self, table: str, column: str, model: Any) -> Iterator[Edge]:
        if model.from_ is not None:
            if any(self.dataset.tables[name].columns[step].kind == "spell" for name, step in self._along(table, model.from_)):
                # The spell of the day on which the row happens.
                yield from (("from", place) for place in self._time(table))
            return
        rows = self.dataset.tables[table].rows
        if rows.by_time or not rows.parents:
            yield "rows", (table, ROWS)
            return
        up = next((name for name, other in self.dataset.tables[table].columns.items() if other.kind == "parent"), None)
        if up is not None:
            yield from (("from", place) for place in self._along(table, f"{up}.{column}"))

    def _end(self, table: str, _: str, __: Any) -> Iterator[Edge]:
        yield from (("rows", place) for place in self._time(table))

    def _current(self, table: str, _: str, __: Any) -> Iterator[Edge]:
        for name, model in self.dataset.tables[table].columns.items():
            if model.kind == "end":
                yield "rows", (table, name)

    def _lifecycle(self, table: str, _: str, model: Any) -> Iterator[Edge]:
        if model.from_ is None:
            yield from (("from", place) for place in self._time(table))
        for step in model.steps.values():
            for one in step.factors:
                yield from (("factors", place) for place in self._along(table, one.column))

    def _category(self, table: str, _: str, model: Any) -> Iterator[Edge]:
        if model.only_while is not None:
            yield from (("only_while", place) for place in self._time(table))
            yield from (("only_while", (model.only_while.to, name)) for name in (model.only_while.match, model.only_while.weight) if name)

    def _sequence(self, table: str, _: str, __: Any) -> Iterator[Edge]:
        yield "rows", (table, ROWS)

    def _aggregate(self, table: str, _: str, model: Any) -> Iterator[Edge]:
        children, _dot, summed = model.of.partition(".")
        yield "of", (children, ROWS)
        if summed:
            yield from (("of", place) for place in self._along(children, summed))
        if model.where is not None:
            yield from (("where", place) for place in self._read(children, model.where))

    def _stock(self, table: str, _: str, model: Any) -> Iterator[Edge]:
        sales, _dot, sold = model.of.partition(".")
        yield "rows", (table, ROWS)
        for name in (sales, *self.dataset.tables[sales].rows.parents):
            for column, other in self.dataset.tables[name].columns.items():
                if column == sold or getattr(other, "to", None) in self.dataset.tables[table].rows.parents:
                    yield "of", (name, column)
        for name in self.dataset.tables[table].rows.parents:
            if model.by is not None and model.by.column in self.dataset.tables[name].columns:
                yield "by", (name, model.by.column)

    def _balance(self, _: str, __: str, model: Any) -> Iterator[Edge]:
        yield "of", (model.of, ROWS)

    def _attendee(self, table: str, _: str, model: Any) -> Iterator[Edge]:
        yield from (("rows", place) for place in self._time(table))
        yield "quota", (model.to, model.quota)

    def _reference(self, table: str, _: str, model: Any) -> Iterator[Edge]:
        target = self.dataset.tables[model.to]
        if model.at is None and (not target.rows.always_there or model.match) and model.available:
            # Only what is there at this row's own time is drawn.
            yield from (("to", place) for place in self._time(table))
        if model.pick in ("earlier", "visit", "share") or model.distinct or model.affinity is not None:
            yield model.pick if model.pick != "draw" else "distinct" if model.distinct else "affinity", (table, ROWS)
        theirs = {"weight": model.weight, "affinity": model.affinity and model.affinity.column}
        theirs |= {"elasticity": model.elasticity and model.elasticity.column, "noise": model.noise and model.noise.by}
        theirs |= {"discount": model.elasticity and model.elasticity.discount}
        for word, column in theirs.items():
            if column:
                yield from ((word, place) for place in self._along(model.to, column))
        for one in model.factors:
            yield "factors", (model.to, equal(one.of)[0])
        for column in model.match:
            yield from (("match", place) for place in self._along(model.to, column))
        for other in model.or_match:
            for column in other:
                yield from (("or_match", place) for place in self._along(model.to, column))
        for word in ("ageing", "fads", "elasticity", "noise"):
            if getattr(model, word) is not None:
                yield from ((word, place) for place in self._time(table))
        if model.ageing is not None:
            yield from (("ageing", place) for place in self._time(model.to))


_ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    # Keys whose paths start from another table's rows: each kind reads them itself.
    "of": ("Aggregate", "Popularity", "Stock"),
    "where": ("Aggregate",),
    "by": ("Noise",),
    "noise": ("Reference",),
}


@cache
def _keys(model: type[Strict]) -> dict[str, str]:
    """The keys of a model that lead to columns: `path`, `sql`, or `models` for those that may hold some inside."""
    out = {}
    for name, field in model.model_fields.items():
        if name in _SQL:
            out[name] = "sql"
        elif any(_is_path(each) for each in field.metadata) or _holds(field.annotation, _is_path_type) or name == "column":
            out[name] = "path"
        elif _holds(field.annotation, _is_model):
            out[name] = "models"
    return out


def _is_path(validator: Any) -> bool:
    return getattr(validator, "func", None) is dotted_path


def _is_path_type(kind: Any) -> bool:
    return get_origin(kind) is Annotated and any(_is_path(each) for each in get_args(kind)[1:])


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Strict)


def _holds(kind: Any, wanted: Callable[[Any], bool]) -> bool:
    return wanted(kind) or any(_holds(inner, wanted) for inner in get_args(kind))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def _models(value: Any) -> Iterator[Strict]:
    if isinstance(value, Strict):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _models(inner)
