"""What columns and layouts may ask while they are compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, Protocol

from ..engine.counting import group_total, parents_of
from ..engine.layouts.children_by_category import pack_total, shared_out
from ..engine.pools import Pool
from ..errors import hint
from ..program.columns import Change, Clocked
from ..program.values import BEHIND, Path
from ..spec.calendars import load_calendar
from ..spec.clocks import known_zone
from ..spec.compiled import Compiled, Found
from ..spec.dataset import Dataset
from ..spec.distributions import Distribution
from ..spec.layouts.base import LayoutModel
from ..spec.quotas import SIZE, headed
from .sql import compile_sql
from .time import dated, titles

_MANY_WORDS: Final = 2_000
_MOST_ZONES: Final = 64

Place = tuple[str, str]
"""(table, column)."""


class Compiler(Protocol):
    """What scopes ask of the compiler that they were made by."""

    dataset: Dataset
    uses: dict[Place, set[Place]]
    """Which columns each compiled column is computed from, directly."""
    parts: dict[Place, set[tuple[str, str, str]]]
    """What inside other columns it is computed from, directly: (table, column, part)."""
    zones: set[str]
    """Time zones that clocks go by because rows name them."""

    @property
    def exact(self) -> tuple[str, ...]:
        """The driving table and the tables that it stands on, whose rows follow from `target_rows` without a rounding."""

    def layout(self, table: str) -> LayoutModel:
        """The layout model of a table; raises ValueError."""

    def happens(self, table: str) -> bool:
        """Whether the rows of a table happen."""

    def number(self, table: str) -> float:
        """Rows of a table at the end of the dataset's own history (expected, for snapshots)."""

    def count(self, given: int | dict[str, int | str] | str) -> int:
        """The rows that a `number` key asks for; raises RowsError."""

    def column(self, table: str, column: str) -> Compiled:
        """A compiled column; raises ConfigError."""

    def behind(self, places: set[Place]) -> set[Place]:
        """These columns, and every one that they are computed from."""

    def need_part(self, part: str) -> None:
        """Makes known that a part of a moment is computed; raises ValueError where no calendar is named."""

    def pool(self, name: str) -> Pool:
        """The rows of a pool; raises ValueError."""

    def pool_program(self, name: str) -> Mapping[str, str]:
        """Makes a pool known to the program; returns its fields' types. Raises ValueError."""


class RowsScope:
    """What a layout may ask: see `core.spec.layouts.base.RowScope`."""

    def __init__(self, compiler: Compiler, table: str) -> None:
        self._compiler = compiler
        self.table = table

    def layout(self, table: str) -> LayoutModel:
        return self._compiler.layout(table)

    def happens(self, table: str) -> bool:
        return self._compiler.happens(table)

    def number(self, table: str) -> float:
        self._compiler.layout(table)
        return self._compiler.number(table)

    def counted(self, given: Any) -> int:
        return self._compiler.count(given)

    def exact_total(self) -> int | None:
        return int(self._compiler.number(self.table)) if self.table in self._compiler.exact else None

    def group_total(self, count: Distribution) -> int:
        return group_total(count.engine())

    def parents_of(self, count: Distribution, children: int) -> int:
        return parents_of(count.engine(), children)

    def pack_total(self, distributions: Sequence[Distribution], sizes: Sequence[int]) -> int:
        return pack_total([distribution.engine() for distribution in distributions], sizes)

    def shared_out(self, distributions: Sequence[Distribution], sizes: Sequence[int], children: int) -> tuple[int, list[int]]:
        return shared_out([distribution.engine() for distribution in distributions], sizes, children)

    def head(self, column: str) -> list[int] | None:
        first = int(self.number(self.table)) % SIZE
        if not first:
            return None
        exact = self._compiler.exact
        if self.table in exact[1:]:
            child = exact[exact.index(self.table) - 1]
            counted = self._compiler.layout(child).parents_head(self.of_table(child), column)
            if counted is not None:
                return counted
        return headed(self.kind(self.table, column).sizes(), first)

    def columns(self, table: str) -> Mapping[str, Any]:
        self._compiler.layout(table)
        return self._compiler.dataset.tables[table].columns

    def pool_rows(self, pool: str) -> int:
        return self._compiler.pool(pool).rows

    def pool_column(self, name: str, field: str) -> Sequence[Any]:
        pool = self._compiler.pool(name)
        if field not in pool.fields:
            raise ValueError(f"the pool `{name}` has no field `{field}`{hint(field, list(pool.fields))}")
        vec = pool.fields[field]
        return [vec.words.texts[code] for code in vec.values] if vec.words is not None else [int(value) for value in vec.values]

    def of_table(self, table: str) -> RowsScope:
        return RowsScope(self._compiler, table)

    def find_in(self, table: str, path: str) -> Found:
        compiler = self._compiler
        compiler.layout(table)
        steps = path.split(".")
        follow: list[str] = []
        here = table
        nullable = False
        while True:
            columns = compiler.dataset.tables[here].columns
            step = f"{BEHIND}{steps[0]}" if f"{BEHIND}{steps[0]}" in columns else steps[0]
            if step not in columns:
                near = hint(step, list(columns))
                raise ValueError(f"table `{here}` has no column `{step}`{near}")
            compiled = compiler.column(here, step)
            self._note((here, step))
            nullable = nullable or compiled.nullable
            if len(steps) == 1:
                return Found(tuple(follow), step, None, replace(compiled, nullable=nullable))
            if steps[1] in compiled.parts:
                part = compiled.parts[steps[1]]
                self._note_part((here, step), steps[1])
                if compiled.type in ("date", "timestamp"):
                    self.need_part(steps[1])
                nullable = nullable or part.nullable
                if len(steps) > 2:
                    raise ValueError(f"`{path}`: nothing is inside `{'.'.join(steps[:2])}`; write a column for it and go on from there")
                return Found(tuple(follow), step, steps[1], replace(part, nullable=nullable))
            model = columns[step]
            target = getattr(model, "to", None) or (model.target(ColumnScope(compiler, here, step)) if model.kind == "parent" else None)
            if target is None:
                near = hint(steps[1], list(compiled.parts))
                raise ValueError(f"`{path}`: nothing called `{steps[1]}` is inside{near}")
            nullable = nullable or bool(getattr(model, "orphans", 0)) or compiled.unknown
            follow.append(step)
            here, steps = target, steps[1:]

    def zoned(self, path: str) -> Path:
        found = self.find_in(self.table, path)
        words = found.compiled.words
        if not words or len(words) > _MOST_ZONES:
            raise ValueError(f"`{path}` is not a text of at most {_MOST_ZONES} known values, so it cannot tell the time zone")
        self._compiler.zones |= set(map(known_zone, words))
        return found.program

    def sql_in(self, table: str, text: str) -> Compiled:
        return compile_sql(
            dated(text, self._compiler.dataset.history), lambda path: self.find_in(table, path), self._compiler.happens(table)
        )

    def kind(self, table: str, column: str) -> Any:
        self._compiler.layout(table)
        found = self._compiler.dataset.tables[table].columns.get(column)
        if found is None:
            raise ValueError(f"table `{table}` has no column `{column}`{hint(column, list(self._compiler.dataset.tables[table].columns))}")
        return found

    def key_of(self, table: str) -> str:
        self._compiler.layout(table)
        model = self._compiler.dataset.tables[table]
        key = model.key
        if len(key) != 1:
            # A key of several columns: what refers to it goes by the row's own number, and copies them through it.
            key = tuple(name for name, column in model.columns.items() if column.kind == "key")[:1]
        if not key:
            raise ValueError(f"`{table}` needs a key of a single column; give one column `kind: key`")
        return key[0]

    def days(self) -> int:
        history = self._compiler.dataset.history
        return (history.end - history.start).days + 1

    def parts_behind(self, table: str, text: str) -> set[tuple[str, str, str]]:
        record = _Record(self._compiler, table)
        record.sql_in(table, text)
        return record.parts | {part for place in self._compiler.behind(record.places) for part in self._compiler.parts[place]}

    def columns_behind(self, table: str, path: str) -> set[tuple[str, str]]:
        record = _Record(self._compiler, table)
        record.find_in(table, path)
        return self._compiler.behind(record.places)

    def history(self) -> tuple[date, date]:
        history = self._compiler.dataset.history
        return history.start, history.end

    def has_unknown(self, table: str) -> bool:
        return self._compiler.dataset.tables[table].unknown is not None

    def marked_names(self, part: str) -> Sequence[str]:
        named = self._compiler.dataset.calendar.name
        calendar = load_calendar(named) if named is not None else None
        if calendar is None:
            return ()
        return tuple(calendar.events) if part == "event" else titles(calendar)

    def need_part(self, part: str) -> None:
        self._compiler.need_part(part)

    def _note(self, place: tuple[str, str]) -> None:
        """Remembers that a column was asked for."""

    def _note_part(self, place: tuple[str, str], part: str) -> None:
        """Remembers that something inside a column was asked for."""


class _Record(RowsScope):
    """Keeps what was asked for."""

    def __init__(self, compiler: Compiler, table: str) -> None:
        super().__init__(compiler, table)
        self.places: set[tuple[str, str]] = set()
        self.parts: set[tuple[str, str, str]] = set()

    def _note(self, place: tuple[str, str]) -> None:
        self.places.add(place)

    def _note_part(self, place: tuple[str, str], part: str) -> None:
        self.parts.add((*place, part))


class ColumnScope(RowsScope):
    """What one column may ask: see `core.spec.kinds.base.Scope`."""

    def __init__(self, compiler: Compiler, table: str, column: str) -> None:
        super().__init__(compiler, table)
        self.column = column

    def _note(self, place: tuple[str, str]) -> None:
        self._compiler.uses[self.table, self.column].add(place)

    def _note_part(self, place: tuple[str, str], part: str) -> None:
        self._compiler.parts[self.table, self.column].add((*place, part))

    def find(self, path: str) -> Found:
        return self.find_in(self.table, path)

    def sql(self, text: str) -> Compiled:
        return self.sql_in(self.table, text)

    def pool(self, name: str) -> Mapping[str, Compiled]:
        types = self._compiler.pool_program(name)
        out = {}
        for field, kind in types.items():
            words: tuple[str, ...] | None = None
            characters = 0
            if kind == "varchar":
                texts = tuple(self.pool_values(name, field))
                words = texts if len(texts) <= _MANY_WORDS else ()
                characters = max(map(len, texts), default=0)
            out[field] = Compiled(None, kind, words, longest=characters)
        return out

    def pool_values(self, name: str, field: str) -> Sequence[str]:
        words = self._compiler.pool(name).fields[field].words
        return words.texts if words is not None else ()

    def clocked(self, clock: str, zone: str | None) -> Clocked:
        known = self._compiler.dataset.clocks
        if clock not in known:
            told = hint(clock, list(known)) if known else "; declare it under `clocks` of the dataset"
            raise ValueError(f"there is no clock `{clock}`{told}")
        if zone is None:
            return Clocked(clock)
        return Clocked(clock, self.zoned(zone))

    def change(self) -> Change | None:
        changes = getattr(self._compiler.layout(self.table), "changes", None)
        if changes is None:
            return None
        if self.column in changes.leaders:
            return Change(leader=changes.leaders[self.column])
        if self.column not in changes.columns:
            return None
        factor = changes.columns[self.column].factor
        return Change(factor.engine() if factor is not None else None)

    def columns_of_kind(self, table: str, kind: str, **keys: object) -> list[str]:
        return [
            name
            for name, column in self._compiler.dataset.tables[table].columns.items()
            if column.kind == kind and all(getattr(column, key, None) == value for key, value in keys.items())
        ]

    def column_of_kind(self, table: str, kind: str, **keys: object) -> str:
        return next(iter(self.columns_of_kind(table, kind, **keys)), "")
