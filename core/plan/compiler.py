"""From a dataset to the engine's program: every name resolved, every column compiled once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ..engine.pools import Pool, field_type
from ..errors import ConfigError, hint
from ..spec.dataset import Dataset
from ..spec.kinds.base import Compiled, Found
from ..spec.layouts import RATIO, Entities
from ..spec.names import MICROSECONDS, duration
from ..spec.repository import CONFIGS
from .sql import compile_sql
from .time import RUN_UP

Place = tuple[str, str]
"""(table, column)."""

_MANY_WORDS: Final = 2_000
_CLASSES: Final = 64
_DEALT: Final = 16


class Compiler:
    """Compiles one dataset at one size. All problems are ConfigErrors that name the path inside the file."""

    def __init__(self, dataset: Dataset, source: Path, size: str | None, target_rows: int) -> None:
        self.dataset = dataset
        self.source = source
        self._size = size
        self._target_rows = target_rows
        self._columns: dict[tuple[str, str], Compiled] = {}
        self._open: list[tuple[str, str]] = []
        self._numbers: dict[str, float] = {}
        self.pools: dict[str, dict[str, Any]] = {}
        self.uses: dict[Place, set[Place]] = defaultdict(set)
        """Which columns each compiled column is computed from, directly."""

    def wrong(self, where: str, text: str) -> ConfigError:
        """An error at a path of the dataset's file."""
        return ConfigError(self.source, [(where, text)])

    def tables(self) -> dict[str, dict[str, Any]]:
        """The engine's program of every table."""
        return {name: self._table(name) for name in self.dataset.tables}

    def _table(self, name: str) -> dict[str, Any]:
        table = self.dataset.tables[name]
        columns = {}
        for column in table.columns:
            compiled = self.column(name, column)
            program = dict(compiled.program)
            program |= {"type": compiled.type, "nullable": compiled.nullable}
            if compiled.words is not None:
                # The kernel keeps its own list of words under `words`; what matters here is that there is one.
                program.setdefault("words", True)
            if compiled.sees:
                program["changing"] = True
            columns[column] = program
        return {
            "world": self.dataset.dataset_id,
            "rows": self._rows(name),
            "columns": columns,
            "written": [c for c in table.columns if not c.startswith("_")],
        }

    def layout(self, table: str) -> Any:
        """The layout model of a table; raises ValueError."""
        if table not in self.dataset.tables:
            raise ValueError(f"there is no table `{table}`{hint(table, list(self.dataset.tables))}")
        return self.dataset.tables[table].rows

    def happens(self, table: str) -> bool:
        """Whether the rows of a table happen."""
        layout = self.layout(table)
        return layout.layout == "events" or (layout.layout == "children" and self.happens(layout.of))

    def number(self, table: str) -> float:
        """Rows of a table at the end of the dataset's own history (expected, for snapshots)."""
        known = self._numbers.get(table)
        if known is None:
            if self._numbers.get(table, 0) is None:
                raise ValueError(f"the size of `{table}` depends on itself")
            self._numbers[table] = float("nan")
            known = self._numbers[table] = self._number(table)
        elif math.isnan(known):
            raise self.wrong(f"tables.{table}.rows.number", f"the size of `{table}` depends on itself")
        return known

    def _number(self, table: str) -> float:
        layout = self.layout(table)
        if table == self.dataset.driver:
            if layout.layout not in ("events", "entities"):
                raise self.wrong("driving", f"`{table}` holds {layout.layout}; events and entities can drive a dataset")
            return self._target_rows
        if layout.layout == "list":
            return len(layout.values) if layout.values is not None else self._pool(layout.pool).rows
        if layout.layout == "children":
            from ..engine.laws import multiset

            return self.number(layout.of) * int(multiset(layout.count.engine(), 1024).sum()) / 1024
        if layout.layout == "snapshot":
            out = 1.0
            for of in layout.of:
                out *= self.number(of)
            return out
        given = layout.number
        if given is None:
            raise self.wrong(f"tables.{table}.rows", "needs `number`: these events do not drive the dataset")
        return self._count(table, given)

    def _count(self, table: str, given: int | dict[str, int] | str) -> float:
        where = f"tables.{table}.rows.number"
        if isinstance(given, dict):
            if self._size is None or self._size not in given:
                sizes = ", ".join(self.dataset.sizes) or "none"
                raise self.wrong(where, f"speaks of the sizes {', '.join(given)}, but the dataset's sizes are {sizes}")
            return max(given[self._size], 1)
        if isinstance(given, str):
            found = RATIO.fullmatch(given)
            ratio, of = (float(found[1]), found[2]) if found else (0.0, "")
            of = self.dataset.driver if of == "driving" else of
            if of not in self.dataset.tables:
                raise self.wrong(where, f"there is no table `{of}`{hint(of, list(self.dataset.tables))}")
            return max(int(ratio * self.number(of) + 0.5), 1)
        if given < 1:
            raise self.wrong(where, "must be at least 1")
        return given

    def _rows(self, table: str) -> dict[str, Any]:
        layout = self.layout(table)
        if layout.layout == "list":
            return {"layout": "list", "number": int(self.number(table))}
        if layout.layout == "children":
            return self._children(table, layout)
        if layout.layout == "snapshot":
            for of in layout.of:
                if self.layout(of).layout not in ("entities", "list"):
                    raise self.wrong(
                        f"tables.{table}.rows.of", f"`{of}` holds {self.layout(of).layout}; a snapshot is of entities or lists"
                    )
            return {"layout": "snapshot", "of": list(layout.of)}
        number = int(self.number(table))
        if layout.layout == "events":
            return {"layout": "events", "number": number}
        return self._entities(table, layout, number)

    def _children(self, table: str, layout: Any) -> dict[str, Any]:
        from ..engine.laws import multiset

        where = f"tables.{table}.rows.count"
        if layout.of not in self.dataset.tables:
            raise self.wrong(f"tables.{table}.rows", f"there is no table `{layout.of}`{hint(layout.of, list(self.dataset.tables))}")
        if self.layout(layout.of).layout == "snapshot":
            raise self.wrong(f"tables.{table}.rows.of", f"`{layout.of}` is a snapshot; children stand on rows that begin")
        count = layout.count.engine()
        if count["type"] not in ("constant", "geometric", "poisson", "uniform", "empirical", "normal"):
            raise self.wrong(
                where, f"a {count['type']} law gives no counts; constant, uniform, geometric, poisson, normal and empirical do"
            )
        if count["type"] not in ("constant", "empirical") and count.get("max") is None:
            raise self.wrong(where, "needs a max: no parent may have more children")
        try:
            if int(multiset(count, 1024).sum()) < 1:
                raise self.wrong(where, "no parent ever has a child")
        except ValueError as error:
            raise self.wrong(where, str(error)) from None
        return {"layout": "children", "of": layout.of, "count": count}

    def _entities(self, table: str, layout: Entities, number: int) -> dict[str, Any]:
        early = min(max(int(number * layout.before + 0.5), 1), number)
        out: dict[str, Any] = {"layout": "entities", "number": number, "before": early, "run_up": RUN_UP}
        if layout.leaves is not None:
            law = layout.leaves
            try:
                days = law.microseconds() / MICROSECONDS["day"]
            except ValueError as error:
                raise self.wrong(f"tables.{table}.rows.leaves", str(error)) from None
            out["leaves"] = _in_days(law.engine(), days)
        if layout.changes is not None:
            pace = [(duration(period) // MICROSECONDS["day"], share) for period, share in layout.changes.pace.items()]
            names = list(layout.changes.columns)
            dealt = _shares([layout.changes.weight(name) for name in names], _DEALT)
            out["changes"] = {
                "pace": [[period, round(share * _CLASSES)] for period, share in pace],
                "columns": dict(zip(names, dealt, strict=True)),
            }
        return out

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
                    raise ValueError(f"`when` is a {condition.type}, no condition")
                program = {**out.program, "when": condition.program["tree"]}
                out = replace(out, program=program, nullable=True, sees=out.sees or condition.sees, state=out.state or condition.state)
            if model.nulls:
                out = replace(out, program={**out.program, "nulls": model.nulls}, nullable=True)
        except ValueError as error:
            raise self.wrong(f"tables.{table}.columns.{column}", str(error)) from None
        finally:
            self._open.pop()
        self._columns[place] = out
        return out

    def uses_of(self, table: str, column: str) -> set[Place]:
        """Every column that a column is computed from, however far away."""
        return _closure({(table, column)}, self.uses)

    def users_of(self, *places: Place) -> set[Place]:
        """These columns, and every one that is computed from them."""
        users: dict[Place, set[Place]] = defaultdict(set)
        for user, used in self.uses.items():
            for place in used:
                users[place].add(user)
        return _closure(set(places), users) | set(places)

    def _pool(self, name: str) -> Pool:
        self.pool_program(name)
        return _read_pool(self.pools[name]["path"], self.pools[name]["sha256"])[1]

    def pool_program(self, name: str) -> Mapping[str, str]:
        """Makes a pool known to the program; returns its fields' types. Raises ValueError."""
        if name not in self.pools:
            places = [self.source.parent / "pools" / f"{name}.csv", CONFIGS / "reference" / f"{name}.csv"]
            file = next((place for place in places if place.is_file()), None)
            if file is None:
                known = sorted({path.stem for place in places for path in place.parent.glob("*.csv")})
                raise ValueError(f"there is no pool `{name}`{hint(name, known)}")
            digest = sha256(file.read_bytes()).hexdigest()
            types, _ = _read_pool(str(file), digest)
            self.pools[name] = {"path": str(file), "sha256": digest, "fields": dict(types)}
        fields: Mapping[str, str] = self.pools[name]["fields"]
        return fields


class ColumnScope:
    """What one column may ask while it is compiled: see `core.spec.kinds.base.Scope`."""

    def __init__(self, compiler: Compiler, table: str, column: str) -> None:
        self._compiler = compiler
        self.table = table
        self.column = column

    def find(self, path: str) -> Found:
        return self.find_in(self.table, path)

    def find_in(self, table: str, path: str) -> Found:
        compiler = self._compiler
        compiler.layout(table)
        steps = path.split(".")
        follow: list[str] = []
        here = table
        nullable = False
        while True:
            columns = compiler.dataset.tables[here].columns
            step = steps[0]
            if step not in columns:
                near = hint(step, list(columns))
                raise ValueError(f"table `{here}` has no column `{step}`{near}")
            compiled = compiler.column(here, step)
            compiler.uses[self.table, self.column].add((here, step))
            nullable = nullable or compiled.nullable
            if len(steps) == 1:
                return Found(tuple(follow), step, None, replace(compiled, nullable=nullable))
            if steps[1] in compiled.parts:
                part = compiled.parts[steps[1]]
                nullable = nullable or part.nullable
                if len(steps) > 2:
                    raise ValueError(f"`{path}`: nothing is inside `{'.'.join(steps[:2])}`; write a column for it and go on from there")
                return Found(tuple(follow), step, steps[1], replace(part, nullable=nullable))
            model = columns[step]
            target = getattr(model, "to", None) or (model.target(ColumnScope(compiler, here, step)) if model.kind == "parent" else None)
            if target is None:
                near = hint(steps[1], list(compiled.parts))
                raise ValueError(f"`{path}`: nothing called `{steps[1]}` is inside{near}")
            nullable = nullable or bool(getattr(model, "orphans", 0))
            follow.append(step)
            here, steps = target, steps[1:]

    def sql(self, text: str) -> Compiled:
        return self.sql_in(self.table, text)

    def sql_in(self, table: str, text: str) -> Compiled:
        return compile_sql(text, lambda path: self.find_in(table, path), self._compiler.happens(table))

    def pool(self, name: str) -> Mapping[str, Compiled]:
        types = self._compiler.pool_program(name)
        out = {}
        for field, kind in types.items():
            words: tuple[str, ...] | None = None
            if kind == "varchar":
                texts = tuple(self.pool_values(name, field))
                words = texts if len(texts) <= _MANY_WORDS else ()
            out[field] = Compiled({}, kind, words)
        return out

    def pool_values(self, name: str, field: str) -> Sequence[str]:
        program = self._compiler.pools[name]
        words = _read_pool(program["path"], program["sha256"])[1].fields[field].words
        return words.texts if words is not None else ()

    def layout(self, table: str) -> Any:
        return self._compiler.layout(table)

    def kind(self, table: str, column: str) -> Any:
        self._compiler.layout(table)
        found = self._compiler.dataset.tables[table].columns.get(column)
        if found is None:
            raise ValueError(f"table `{table}` has no column `{column}`{hint(column, list(self._compiler.dataset.tables[table].columns))}")
        return found

    def happens(self, table: str) -> bool:
        return self._compiler.happens(table)

    def number(self, table: str) -> float:
        self._compiler.layout(table)
        return self._compiler.number(table)

    def key_of(self, table: str) -> str:
        self._compiler.layout(table)
        key = self._compiler.dataset.tables[table].key
        if len(key) != 1:
            raise ValueError(f"`{table}` has no key of one column; give one column `kind: key`")
        return key[0]

    def days(self) -> int:
        history = self._compiler.dataset.history
        return (history.end - history.start).days + 1

    def change(self) -> Mapping[str, Any] | None:
        changes = getattr(self._compiler.layout(self.table), "changes", None)
        if changes is None or self.column not in changes.columns:
            return None
        given = changes.columns[self.column]
        times = getattr(given, "times", None)
        return {"times": times.engine() if times is not None else None}

    def column_of_kind(self, table: str, kind: str, **keys: object) -> str:
        for name, column in self._compiler.dataset.tables[table].columns.items():
            if column.kind == kind and all(getattr(column, key, None) == value for key, value in keys.items()):
                return name
        return ""


def _closure(found: set[Place], edges: Mapping[Place, set[Place]]) -> set[Place]:
    out: set[Place] = set()
    pending = list(found)
    while pending:
        for place in edges.get(pending.pop(), ()):
            if place not in out:
                out.add(place)
                pending.append(place)
    return out


def _in_days(law: dict[str, Any], days: float) -> dict[str, Any]:
    return {key: value * days if isinstance(value, float | int) else value for key, value in law.items()}


def _shares(weights: Sequence[float], total: int) -> list[int]:
    """Whole shares of a total by largest remainder, each at least 1."""
    exact = [weight * total / sum(weights) for weight in weights]
    out = [max(int(share), 1) for share in exact]
    order = sorted(range(len(out)), key=lambda n: exact[n] - out[n])
    while sum(out) > total:
        out[max(range(len(out)), key=lambda n: out[n] - exact[n])] -= 1
    for n in reversed(order):
        if sum(out) == total:
            break
        out[n] += 1
    return out


@lru_cache(maxsize=64)
def _read_pool(path: str, digest: str) -> tuple[tuple[tuple[str, str], ...], Pool]:
    """The fields' types of a pool file and its rows; keyed by the digest, so a changed file is read anew."""
    from csv import DictReader
    from io import StringIO

    text = Path(path).read_text(encoding="utf-8-sig")
    rows = list(DictReader(StringIO(text)))
    if not rows or any(None in row or None in row.values() for row in rows):
        raise ValueError(f"the pool {path} needs a header and rows with a value in every field")
    types = tuple((name, field_type([row[name] for row in rows])) for name in rows[0])
    return types, Pool.parse(text, dict(types))
