"""Whether the tables of a series hold what they should: rows and digests, read back, against the manifest or the plan.

A merge replaces rows that nobody has counted, so the manifest of merged tables has no digest: to know it after each batch would cost
a batch more with each day. It follows from the plan, and is worked out here, when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..engine.digest import Digest
from ..engine.engine import Engine
from ..errors import InputError, LockedError, RunError, first_line
from ..frozen import dataclass
from ..plan.plan import Plan
from ..program.tasks import PartTask
from ..sinks.lakehouse import own_files
from ..sinks.sources import Source, Stored, parquet_of
from ..sinks.warehouse import ENOUGH, FILE, connect, quoted, relations
from ..spec.repository import DatasetConfigurationRepository
from ..spec.urls import folder_of, url_of
from .loaded import series_of_tables
from .manifest import Noted, Say, TableEntry
from .part import generate
from .place import table_place
from .root import within
from .tables import is_held

if TYPE_CHECKING:
    import pyarrow as pa

_TOGETHER: Final = 65_536
"""Rows that are read at a time."""


@dataclass(frozen=True, slots=True)
class Holds:
    """What a table holds, or should."""

    rows: int
    digest: str
    """Empty: only the rows are known."""


def wrong_tables(
    root: Path | str, noted: Noted, say: Say, step: Callable[[], None], repository: DatasetConfigurationRepository | None = None
) -> Iterator[tuple[str, str]]:
    """(table, what is wrong) of a series' tables that do not hold what they should; `step` is called after each table."""
    wanted = _Wanted(root, noted, say, repository)
    for table in noted.value.tables:
        should = wanted.of(table)
        sample = table.digest_sample if table.digest and table.digest_sample > 0 else 1
        try:
            found = _held(root, noted, table, sample)
        except LockedError:
            raise
        except (RunError, FileNotFoundError) as error:
            yield table.name, str(error)
        else:
            if found.rows != should.rows:
                yield table.name, f"has {found.rows:,} rows instead of {should.rows:,}"
            elif should.digest and found.digest != should.digest:
                yield table.name, "changed"
        step()


class _Wanted:
    """What tables should hold."""

    def __init__(self, root: Path | str, noted: Noted, say: Say, repository: DatasetConfigurationRepository | None) -> None:
        self._root, self._noted, self._say, self._repository = root, noted, say, repository
        self._planned: tuple[Plan, Engine] | None = None
        self._told = False

    def of(self, table: TableEntry) -> Holds:
        """Of one of them; where neither manifest nor plan tell a digest, its rows."""
        if table.digest or self._told:
            return Holds(table.rows, table.digest)
        try:
            plan, engine = self._planned = self._planned or self._plan()
        except InputError as error:
            self._told = True
            self._say(f"for some tables only the rows were counted: {error}")
            return Holds(table.rows, "")
        return _follows(plan, engine, table.name)

    def _plan(self) -> tuple[Plan, Engine]:
        series = series_of_tables(self._root, self._noted, self._repository)
        engine = Engine(series.plan.program)
        return series.load(engine, series.days, series.days[0], fresh=True), engine


def _follows(plan: Plan, engine: Engine, name: str) -> Holds:
    """What follows from the plan of a load."""
    table = plan.table(name)
    digest = Digest(table.primary_key)
    for part in table.parts:
        task = PartTask("", name, part.index, part.ranges, plan.day_of(part), _TOGETHER, table.primary_key, 1, table.delivery)
        for batch in generate(engine, task):
            digest.update(batch)
    return Holds(digest.rows, digest.hex())


def _held(root: Path | str, noted: Noted, table: TableEntry, sample: int) -> Holds:
    """What a table holds. Raises RunError and FileNotFoundError, which say why it cannot be read."""
    import duckdb
    import pyarrow as pa

    digest = Digest(table.key, sample)
    try:
        rows = _of_warehouse(folder_of(root), noted, table) if noted.environment == "warehouse" else _of_delta(root, noted, table)
        for batch in rows:
            digest.update(batch)
        return Holds(digest.rows, digest.hex())
    except FileNotFoundError:
        raise FileNotFoundError("missing") from None
    except (OSError, ValueError, TypeError, LookupError, pa.ArrowException, duckdb.Error) as error:
        raise RunError(f"cannot be read ({first_line(error)})") from None


def _of_delta(root: Path | str, noted: Noted, table: TableEntry) -> Iterator[pa.RecordBatch]:
    files = _files(root, table_place("lakehouse", noted.schema, table.name))
    if not files:
        raise FileNotFoundError
    derived = {partition.name for partition in table.partitions if partition.derived}
    for file in files:
        with parquet_of(file) as parquet:
            names = [name for name in parquet.schema_arrow.names if name not in derived]
            yield from parquet.iter_batches(_TOGETHER, columns=names)


def _files(root: Path | str, place: Sequence[str]) -> Sequence[Source]:
    """The files of a Delta table; none where there is no table."""
    if url := url_of(root):
        from ..sinks.store import Store

        top, store = "/".join(place), Store(url)
        return [Stored(url, f"{top}/{file.path}") for file in store.standing(top)] if store.look(top) is not None else []
    folder = within(folder_of(root), *place)
    return own_files(folder) if (folder / "_delta_log").is_dir() else []


def _of_warehouse(root: Path, noted: Noted, table: TableEntry) -> Iterator[pa.RecordBatch]:
    name = table.name
    if not within(root, FILE).is_file():
        raise FileNotFoundError
    try:
        connection = connect(root, ENOUGH, read_only=True)
    except RunError as error:
        # What cannot be looked at now may be whole.
        raise (LockedError(root, "") if is_held(error, root / FILE) else error) from None
    try:
        found = relations(connection, noted.schema).get(name.lower())
        if found is None:
            raise FileNotFoundError
        if found.is_view:
            raise RunError("is a view")
        rows: Any = connection.sql(f"SELECT * FROM {quoted(noted.schema or 'main')}.{quoted(name)}")
        # The second is its name in older versions.
        read = rows.to_arrow_reader if hasattr(rows, "to_arrow_reader") else rows.fetch_arrow_reader
        yield from read(_TOGETHER)
    finally:
        connection.close()
