"""What days brought, as DuckDB sees it: of each table all rows with the day that brought them, and the last state of each key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import RunError, first_line
from ..format import many
from ..plan.plan import Plan
from ..program.tasks import CHANGE_TYPE, SNAPSHOT_DATE
from ..run.guarded import first
from ..run.tables import by_day, inside
from ..sinks.reading import NAMED, literal, rows_of
from ..sinks.warehouse import quoted
from ..spec.kinds.family import Key
from ..spec.layouts.calendar import Calendar
from ..spec.layouts.listed import Listed
from ..spec.layouts.snapshot import Snapshot
from .check import Check
from .report import Silent
from .subject import Subject, Written, own
from .written import Views, csv_rows, plain_view

if TYPE_CHECKING:
    import duckdb

    from ..plan.series import Arrival

_SCHEMA: Final = "days"
"""Of the views of all rows; those of the last states have the names of their tables."""


@dataclass(frozen=True)
class Brought:
    """What the days brought of a table."""

    arrival: Arrival
    due: tuple[date, ...]
    """The days on which it is written."""
    noted: Mapping[date, int]
    """Rows of each day, as the ledger has them."""
    files: Mapping[Path, date]
    """Those that the ledger names, and the day of each."""
    kept: bool = False
    """Whether a table holds the rows, and says itself of which day they are: then `noted` is what must be there."""

    @property
    def name(self) -> str:
        """Of the table."""
        return self.arrival.table.name

    @property
    def source(self) -> str:
        """All rows as a SQL source: `t`, with the day that brought each in `_day`."""
        return f"{_SCHEMA}.{quoted(self.name)} AS t"

    @property
    def empty(self) -> frozenset[date]:
        """Days that are there and brought no row."""
        bare = frozenset(day for day, rows in self.noted.items() if not rows)
        return bare if self.kept else bare & frozenset(self.files.values())

    @property
    def marked(self) -> bool:
        """Whether the rows say why they came."""
        return self.arrival.delivery is not None and self.arrival.delivery.marked

    @property
    def follows(self) -> bool:
        """Whether a row comes again when it has changed."""
        return self.arrival.delivery is not None and bool(self.arrival.delivery.compared)

    @property
    def last(self) -> date | None:
        """The last day that is there."""
        return max(self.noted, default=None)

    @property
    def dated(self) -> frozenset[str]:
        """Columns that are as they were when the row came, and may have changed since."""
        stands = self.arrival.type == "snapshot" or self.follows
        return frozenset() if stands else frozenset(column.name for column in self.arrival.table.columns if column.as_of)


@dataclass(frozen=True)
class Days:
    """Days of one series, to be judged: of all its tables, or of those that keep their snapshots while others are merged."""

    plan: Plan
    """Of the days whose rows have all come, as of the last day: late ones may still come of the others."""
    first: date
    last: date
    tables: Mapping[str, Brought]
    run_id: str
    """Of the newest run that wrote some."""
    coming: frozenset[str] = frozenset()
    """Other tables, of whose rows nobody knows how many have come: late ones may still."""

    @cached_property
    def subject(self) -> Subject:
        """The declaration."""
        return Subject(self.plan)

    @property
    def begins(self) -> bool:
        """Whether nothing came before these days."""
        return self.first == self.plan.dataset.history.start

    @property
    def late(self) -> bool:
        """Whether rows may still come of the days that are judged."""
        return any(brought.arrival.late for brought in self.tables.values()) and self.plan.window[1] == self.last

    def happens(self, table: Written) -> bool:
        """Whether the rows of a table are of the days on which they happen."""
        return self.subject.happens(table.name) and not table.rows.of_states

    def within(self, table: Written) -> str | None:
        """SQL: the row is of the days that are judged; None where this cannot be seen. Rows are numbered in order of time."""
        start, end = self.plan.window
        begun = self.subject.begun(table)
        if begun is not None:
            return f"{begun[1]} BETWEEN DATE '{start}' AND DATE '{end}'"
        key = next((name for name, model in table.each(Key) if model.format is None and table.columns[name].type == "bigint"), None)
        if key is None or not table.rows.dense:
            return None
        return f"{own(key)} BETWEEN {table.plan.first_row + 1} AND {table.plan.first_row + table.plan.rows}"

    def others(self, table: Written) -> bool:
        """Whether a table brings rows of other days too than those that are judged."""
        brought = self.tables[table.name]
        before = not self.begins and (brought.follows or brought.arrival.type == "snapshot")
        return self.happens(table) and (bool(brought.arrival.late) or before or self.plan.window[1] < self.last)

    def lacks(self, table: Written) -> str:
        """Why the last states of a table's rows are not all of its rows; empty where they are."""
        if table.name not in self.tables:
            return ""
        brought = self.tables[table.name]
        if not brought.due:
            return f"no snapshot of {table.name} is due on these days"
        if self.stale(table):
            return f"the last snapshot of {table.name} is of {brought.last}"
        if not self.happens(table) and brought.arrival.type != "snapshot" and not self.begins:
            return f"rows of {table.name} that came before {self.first} are not seen"
        if brought.arrival.late and (self.late or not self.happens(table)):
            # Those that last are all that have begun up to the last day.
            return f"rows of {table.name} may still come late"
        return f"{table.name} does not show the day of its rows" if self.others(table) and self.within(table) is None else ""

    def shows(self, table: Written) -> bool:
        """Whether some row of a table can be there."""
        return table.name not in self.tables or bool(self.tables[table.name].due)

    def stale(self, table: Written) -> bool:
        """Whether the last snapshot of a table may have been left behind by the days since."""
        if table.name not in self.tables:
            return False
        brought = self.tables[table.name]
        # After the history calendars grow by a year at a time.
        grown = self.last > self.plan.dataset.history.end and brought.last is not None and brought.last.year < self.last.year
        fixed = isinstance(table.rows, Listed) or (isinstance(table.rows, Calendar) and not grown)
        fixed = fixed and not any(column.as_of for column in table.plan.columns)
        return brought.arrival.type == "snapshot" and not fixed and brought.due[-1:] != (self.last,)

    def heard(self, every: Iterable[Check | Silent]) -> Iterator[Check | Silent]:
        """Of the checks of a load of all rows those that can speak of these days; the others with the reason why they cannot."""
        lacks = {name: reason for name in self.tables if (reason := self.lacks(self.subject.tables[name]))}
        for one in every:
            if isinstance(one, Silent):
                yield one
                continue
            if one.table in self.tables and one.name == "KeyUniqueness" and one.column == ", ".join(self.plan.table(one.table).primary_key):
                # That nothing comes twice is asked of all rows, and not of the last states.
                continue
            reason = "late rows may still come" if self._awaits(one) else self._reason(one, lacks)
            yield Silent(one.name, one.table, one.sentence, reason) if reason else one

    def _awaits(self, check: Check) -> bool:
        """Whether it counts rows that may come late: those of its own table, or those that stock of a day has taken account of."""
        if check.name == "RowCount":
            return check.table in self.coming
        read = (check.table, *check.reads)
        stock = (name for name in read if isinstance(self.subject.tables[name].rows, Snapshot))
        return check.group == "rule" and bool(self.coming.intersection(read)) and any(stock)

    def view_in_table(self, connection: duckdb.DuckDBPyConnection, name: str, reader: str) -> None:
        """Makes the view of a table; of one that keeps its snapshots that of the newest, beside the view of all."""
        if name not in self.tables:
            plain_view(connection, name, reader)
            return
        table, brought = self.subject.tables[name], self.tables[name]
        bare = f"SELECT * EXCLUDE ({SNAPSHOT_DATE})"
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
        connection.execute(f"CREATE VIEW {_SCHEMA}.{quoted(name)} AS {bare}, {SNAPSHOT_DATE} AS _day FROM {reader}")
        within = self.within(table) if self.others(table) else None
        newest = f"t.{SNAPSHOT_DATE} = DATE {literal(str(brought.last))}" if brought.last is not None else "false"
        where = f"{newest} AND {within}" if within is not None else newest
        connection.execute(f"CREATE VIEW {quoted(name)} AS {bare} FROM {reader} AS t WHERE {where}")

    def _reason(self, check: Check, lacks: Mapping[str, str]) -> str:
        mine = self.subject.tables[check.table]
        if check.of_parts and self.shows(mine) and (check.name == "TableStructure" or not self.stale(mine)):
            return ""
        for name in (name for name in (check.table, *check.reads) if name in self.tables):
            if name in lacks:
                return lacks[name]
            for column in self.tables[name].dated:
                if re.search(rf"\b{re.escape(column)}\b", " ".join((check.source, *check.ask.values())), re.IGNORECASE):
                    return f"the {column} of {name} is as it was when the row came"
        return ""


def views_of_days(connection: duckdb.DuckDBPyConnection, days: Days) -> Views:
    """Makes the views of all rows and of the last states; raises InputError where nothing can be read."""
    import duckdb

    views = Views([str(file.path) for file in days.plan.lists.values()])
    root = days.plan.output.root.resolve()
    connection.execute(f"CREATE SCHEMA {_SCHEMA}")
    for table in days.subject.tables.values():
        brought = days.tables[table.name]
        files = {str(path): day for path, day in brought.files.items() if inside(path, root)}
        try:
            if not files:
                gone = f"none of {many(len(brought.files), 'file')} is there" if brought.files else "no day of it is there"
                raise FileNotFoundError(gone)
            options = f", {NAMED}" if days.plan.output.mode == "csv" else NAMED
            connection.execute(f"CREATE VIEW {_SCHEMA}.{quoted(table.name)} AS {by_day(_reader(days, table, list(files), options), files)}")
            connection.execute(_last_states(days, table, files))
            views.files += files
        except (duckdb.Error, OSError, RunError) as error:
            views.problems[table.name] = first(first_line(error))
    return views


def _reader(days: Days, table: Written, files: list[str], options: str = "") -> str:
    if days.plan.output.mode == "csv":
        return csv_rows(table.plan, files, options)
    return rows_of("parquet", files, options)


def _last_states(days: Days, table: Written, files: Mapping[str, date]) -> str:
    brought = days.tables[table.name]
    left_out = f" EXCLUDE ({quoted(CHANGE_TYPE)})" if brought.marked else ""
    within = days.within(table) if days.others(table) else None
    where = f" WHERE {within}" if within is not None else ""
    if brought.arrival.type == "snapshot":
        newest = max(files.values())
        files = {file: day for file, day in files.items() if day == newest}
    if not brought.follows:
        return f"CREATE VIEW {quoted(table.name)} AS SELECT *{left_out} FROM {_reader(days, table, list(files))} AS t{where}"
    # A table and no view: each source of checks would look for the last states anew. What does not fit is spilled.
    listed = "_day" + (f", {quoted(CHANGE_TYPE)}" if brought.marked else "")
    keys = ", ".join(own(key) for key in table.plan.primary_key)
    newest_first = f"row_number() OVER (PARTITION BY {keys} ORDER BY t._day DESC) = 1"
    return f"CREATE TABLE {quoted(table.name)} AS SELECT * EXCLUDE ({listed}) FROM {brought.source}{where} QUALIFY {newest_first}"
