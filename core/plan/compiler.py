"""From a dataset to the engine's program: every name resolved, every column compiled once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final, TypeVar

from ..engine.pools import Pool, field_type, read_columns
from ..errors import ConfigError, hint
from ..program.columns import Column as ColumnProgram
from ..program.columns import Copy as CopyKernel
from ..program.columns import Parent, Pointing
from ..program.content import KNOWN
from ..program.program import Pool as PoolProgram
from ..program.program import Table as TableProgram
from ..program.values import Json, Tree
from ..spec.compiled import MOST_TEXT, Compiled
from ..spec.dataset import Dataset
from ..spec.drawn import found_built_in
from ..spec.kinds.moment import MARKS
from ..spec.layouts.base import LAYOUTS, RATIO, LayoutModel, RowScope, RowsError
from ..spec.repository import CONFIGS
from ..spec.values import physical
from .drawn_pools import DrawnPools
from .scope import ColumnScope, Place, RowsScope

MOST_ROWS: Final = 10**13
"""Rows of a table: what the engine multiplies them by stays within 64 bits."""

T = TypeVar("T")


class Compiler:
    """Compiles one dataset at one size. All problems are ConfigErrors that name the path inside the file."""

    def __init__(self, dataset: Dataset, source: Path, size: str | None, target_rows: int, drawn: DrawnPools | None = None) -> None:
        self.dataset = dataset
        self.drawn = drawn if drawn is not None else DrawnPools(dataset, 0)
        self.source = source
        self._size = size
        self._target_rows = target_rows
        self._columns: dict[Place, Compiled] = {}
        self._conditions: dict[Place, Tree] = {}
        self._open: list[tuple[str, str]] = []
        self._numbers: dict[str, float] = {}
        self.pools: dict[str, PoolProgram] = {}
        self.lists: dict[str, Path] = {}
        """The file of each pool."""
        self.marks: set[str] = set()
        """What the engine must know of the calendar: holidays, events, fiscal."""
        self.zones: set[str] = set()
        """Time zones that clocks go by because rows name them."""
        self.uses: dict[Place, set[Place]] = defaultdict(set)
        """Which columns each compiled column is computed from, directly."""
        self.parts: dict[Place, set[tuple[str, str, str]]] = defaultdict(set)
        """What inside other columns it is computed from, directly: (table, column, part)."""

    def wrong(self, where: str, text: str) -> ConfigError:
        """An error at a path of the dataset's file."""
        return ConfigError(self.source, [(where, text)])

    def tables(self) -> dict[str, TableProgram]:
        """What the engine is told of every table."""
        self._refuse_circles()
        return {name: self._table(name) for name in self.dataset.tables}

    def _refuse_circles(self) -> None:
        """Raises ConfigError where the rows of a table depend on themselves, directly or through other tables."""
        stands_on = {name: self.layout(name).parents for name in self.dataset.tables}
        try:
            TopologicalSorter(stands_on).prepare()
        except CycleError as error:
            # Each name of a cycle stands on the one after it, read backwards.
            circle = error.args[1][::-1]
            raise self.wrong(f"tables.{circle[0]}.rows", f"rows of `{circle[0]}` depend on themselves: {' -> '.join(circle)}") from None

    def _table(self, name: str) -> TableProgram:
        table = self.dataset.tables[name]
        columns = {column: self._column(name, column) for column in table.columns}
        return TableProgram(
            world=self.dataset.world_of(name),
            rows=self._rows_of(name, lambda rows, scope: rows.compile(scope)),
            columns=columns,
            unknown=self._unknown(name) if table.unknown is not None else None,
        )

    def _column(self, table: str, name: str) -> ColumnProgram:
        compiled, model = self.column(table, name), self.dataset.tables[table].columns[name]
        if compiled.kernel is None:
            raise TypeError(f"{table}.{name} is not a column of its own")
        return ColumnProgram(
            kernel=compiled.kernel,
            type=compiled.type,
            nullable=self.nullable(table, name),
            dictionary=compiled.words is not None and not name.startswith("_"),
            changing=compiled.sees,
            recalled=name in self.dataset.tables[table].rows.recalled,
            when=self._conditions.get((table, name)),
            nulls=float(model.nulls),
            unknown=compiled.unknown,
        )

    def _unknown(self, name: str) -> dict[str, Json]:
        """The values of a table's row for the unknown, as the engine holds them."""
        table = self.dataset.tables[name]
        out: dict[str, Json] = dict.fromkeys(c for c in table.columns if not c.startswith("_"))
        for column, value in (table.unknown or {}).items():
            try:
                out[column] = physical(value, self.column(name, column).type)
            except ValueError as error:
                raise self.wrong(f"tables.{name}.unknown.{column}", str(error)) from None
        return out | {table.key[0]: -1}

    def nullable(self, table: str, column: str) -> bool:
        """Whether a written column may be NULL."""
        unknown = self.dataset.tables[table].unknown
        missing = unknown is not None and unknown.get(column) is None and column not in self.dataset.tables[table].key
        return missing or self.column(table, column).nullable

    def layout(self, table: str) -> LayoutModel:
        """The layout model of a table; raises ValueError."""
        if table not in self.dataset.tables:
            raise ValueError(f"there is no table `{table}`{hint(table, list(self.dataset.tables))}")
        return self.dataset.tables[table].rows

    def happens(self, table: str) -> bool:
        """Whether the rows of a table happen."""
        return self.layout(table).happens(RowsScope(self, table))

    @cached_property
    def exact(self) -> tuple[str, ...]:
        """The driving table and the tables that its rows are made from, whose rows follow from `target_rows` without a rounding."""
        out = [self.dataset.driver]
        while (parent := self.layout(out[-1]).children_of) in self.dataset.tables and parent not in out:
            out.append(parent)
        return tuple(out)

    def _refuse_fixed(self) -> None:
        """Raises ConfigError where `target_rows` cannot say how many rows the driving table has."""
        driver, fixed = self.dataset.driver, [table for table in self.exact if not self.layout(table).takes_number]
        if not fixed:
            return
        rows = self.layout(fixed[0])
        if not self.layout(driver).may_drive:
            able = ", ".join(name for name, model in LAYOUTS.items() if model.may_drive)
            raise self.wrong("driving", f"`{driver}` holds {rows.layout}; these can drive a dataset: {able}")
        origin = " and ".join(f"`{name}`" for name in rows.parents) or f"its {rows.layout}"
        raise self.wrong(
            "driving",
            f"`target_rows` cannot count `{driver}`: how many rows `{fixed[0]}` has follows from {origin}; let another table drive",
        )

    def number(self, table: str) -> float:
        """Rows of a table at the end of the dataset's own history (expected, for snapshots)."""
        known = self._numbers.get(table)
        if known is None:
            self._numbers[table] = float("nan")
            known = self._number(table)
            if known > MOST_ROWS:
                raise self.wrong(f"tables.{table}.rows", f"{known:,.0f} rows are more than the {MOST_ROWS:,} that a table may have")
            self._numbers[table] = known
        elif math.isnan(known):
            raise self.wrong(f"tables.{table}.rows.number", f"the size of `{table}` depends on itself")
        return known

    def _number(self, table: str) -> float:
        if table == self.dataset.driver:
            self._refuse_fixed()
            return self._target_rows
        if table in self.exact:
            child = self.exact[self.exact.index(table) - 1]
            return self._rows_of(child, lambda rows, scope: rows.parent_rows(scope, int(self.number(child))))
        return self._rows_of(table, lambda rows, scope: rows.row_count(scope))

    def _rows_of(self, table: str, ask: Callable[[LayoutModel, RowScope], T]) -> T:
        """What a layout answers; its errors are those of the table's rows."""
        try:
            return ask(self.layout(table), RowsScope(self, table))
        except RowsError as error:
            raise self.wrong(f"tables.{table}.rows.{error.key}", str(error)) from None
        except ValueError as error:
            raise self.wrong(f"tables.{table}.rows", str(error)) from None

    def count(self, given: int | dict[str, int | str] | str) -> int:
        """The rows that a `number` key asks for; raises RowsError."""
        if isinstance(given, dict):
            if self._size is None or self._size not in given:
                sizes = ", ".join(self.dataset.sizes) or "none"
                raise RowsError("number", f"speaks of the sizes {', '.join(given)}, but the dataset's sizes are {sizes}")
            given = given[self._size]
            return self.count(given) if isinstance(given, str) else max(given, 1)
        if isinstance(given, str):
            found = RATIO.fullmatch(given)
            ratio, of = (float(found[1]), found[2]) if found else (0.0, "")
            of = self.dataset.driver if of == "driving" else of
            if of not in self.dataset.tables:
                raise RowsError("number", f"there is no table `{of}`{hint(of, list(self.dataset.tables))}")
            return max(int(ratio * self.number(of) + 0.5), 1)
        if given < 1:
            raise RowsError("number", "must be at least 1")
        return given

    def column(self, table: str, column: str) -> Compiled:
        """A compiled column; raises ConfigError."""
        place = (table, column)
        known = self._columns.get(place)
        if known is not None:
            return known
        if place in self._open:
            circle = " -> ".join(".".join(p) for p in [*self._open[self._open.index(place) :], place])
            raise self.wrong("tables", f"columns depend on each other in a circle: {circle}")
        model = self.dataset.tables[table].columns[column]
        self._open.append(place)
        try:
            scope = ColumnScope(self, table, column)
            out = model.compile(scope)
            if model.when is not None:
                condition = scope.sql(model.when)
                if condition.type != "boolean":
                    raise ValueError(f"`when` is a {condition.type}, not a condition")
                self._conditions[place] = condition.tree
                out = replace(
                    out,
                    nullable=not out.unknown,
                    sees=out.sees or condition.sees,
                    state=out.state or condition.state,
                )
            if model.nulls:
                out = replace(out, nullable=not out.unknown)
            if out.longest > MOST_TEXT:
                raise ValueError(f"its texts could reach {out.longest:,} characters; {MOST_TEXT:,} are allowed")
        except ValueError as error:
            raise self.wrong(f"tables.{table}.columns.{self._written(table, column)}", str(error)) from None
        finally:
            self._open.pop()
        self._columns[place] = out
        return out

    def _written(self, table: str, column: str) -> str:
        """The column that somebody wrote: where one was made for a SQL type alone, the first that is a copy of it."""
        if found_built_in(column.removeprefix("_")) is None:
            return column
        columns = self.dataset.tables[table].columns.items()
        return next((name for name, model in columns if model.kind == "copy" and str(model.from_).startswith(f"{column}.")), column)

    def points_at(self, table: str, column: str) -> tuple[str, str] | None:
        """The table and key whose values a column holds: a key, a parent, a reference, or a copy of one of these."""
        model, kernel = self.dataset.tables[table].columns[column], self.column(table, column).kernel
        if model.kind == "copy":
            if not isinstance(kernel, CopyKernel):
                return None
            path, last, part = kernel.path
            for step in path:
                found = self.points_at(table, step)
                if found is None:
                    return None
                table = found[0]
            return None if part is not None else self.points_at(table, last)
        if isinstance(kernel, Parent):
            return kernel.of, kernel.key
        if isinstance(kernel, Pointing):
            return kernel.to, kernel.key
        return (table, column) if model.kind == "key" else None

    def uses_of(self, table: str, column: str) -> set[Place]:
        """Every column that a column is computed from, however far away."""
        return _closure({(table, column)}, self.uses)

    def behind(self, places: set[Place]) -> set[Place]:
        """These columns, and every one that they are computed from."""
        return _closure(places, self.uses) | places

    def users_of(self, *places: Place) -> set[Place]:
        """These columns, and every one that is computed from them."""
        users: dict[Place, set[Place]] = defaultdict(set)
        for user, used in self.uses.items():
            for place in used:
                users[place].add(user)
        return _closure(set(places), users) | set(places)

    def need_part(self, part: str) -> None:
        """Makes known that a part of a moment is computed; raises ValueError where no calendar is named."""
        mark = MARKS.get(part)
        if mark is None:
            return
        if part in ("holiday", "is_holiday", "event") and self.dataset.calendar.name is None:
            raise ValueError(f"`{part}` needs a calendar with {mark}; write for example `calendar: {{name: us_retail}}`")
        self.marks.add(mark)

    def pool(self, name: str) -> Pool:
        """The rows of a pool; raises ValueError."""
        types = self.pool_program(name)
        program, file = self.pools[name], self.lists[name]
        if self.drawn.find(name) is not None:
            return _read_drawn(program.sha256, tuple(types.items()))
        return _read_pool(file, program.sha256)[1]

    def pool_program(self, name: str) -> Mapping[str, str]:
        """Makes a pool known to the program; returns its fields' types. Raises ValueError."""
        drawn = self.drawn.find(name) if name not in self.pools else None
        if drawn is not None:
            KNOWN.lies(drawn.drawn.sha256, drawn.path)
            self.pools[name], self.lists[name] = PoolProgram(drawn.drawn.sha256, dict(drawn.fields)), drawn.path
        if name not in self.pools:
            places = [self.source.parent / "pools" / f"{name}.csv", CONFIGS / "reference" / f"{name}.csv"]
            file = next((place for place in places if place.is_file()), None)
            if file is None:
                odd = next((place for place in places if place.exists() or place.is_symlink()), None)
                if odd is not None:
                    raise ValueError(f"the pool `{name}` cannot be read: {odd} is not a file")
                known = {path.stem for place in places for path in place.parent.glob("*.csv") if path.is_file()} - {name}
                raise ValueError(f"there is no pool `{name}`{hint(name, sorted(known | {*self.drawn.names()}))}")
            if not file.resolve().is_relative_to(file.parent.parent.resolve()):
                raise ValueError(f"the pool `{name}` is a link that leads out of the dataset's folder; put a copy there")
            digest = KNOWN.note(file)
            types, _ = _read_pool(file, digest)
            self.pools[name], self.lists[name] = PoolProgram(digest, dict(types)), file
        return self.pools[name].fields


def _closure(found: set[Place], edges: Mapping[Place, set[Place]]) -> set[Place]:
    out: set[Place] = set()
    pending = list(found)
    while pending:
        for place in edges.get(pending.pop(), ()):
            if place not in out:
                out.add(place)
                pending.append(place)
    return out


@lru_cache(maxsize=64)
def _read_pool(path: Path, digest: str) -> tuple[tuple[tuple[str, str], ...], Pool]:
    """The fields' types of a pool file and its rows; keyed by the digest, so a changed file is read anew."""
    try:
        columns = read_columns(path.read_bytes().decode("utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"the pool {path} cannot be used: {error}") from error
    types = tuple((name, field_type(values)) for name, values in columns.items())
    return types, Pool.of(columns, dict(types))


@lru_cache(maxsize=64)
def _read_drawn(digest: str, types: tuple[tuple[str, str], ...]) -> Pool:
    """The rows of a pool that was drawn, whose types do not follow from how its texts look."""
    return Pool.load(PoolProgram(digest, dict(types)), KNOWN)
