"""What was written, as DuckDB sees it: a view for each table, whatever it is stored as."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InputError, RunError, first_line
from ..plan.plan import Plan, TablePlan
from ..run.cancel import CancelToken
from ..run.guarded import Guard, first, guarded
from ..run.manifest import Manifest
from ..run.place import above, target
from ..run.tables import attach, delta_files, inside, of_folders
from ..sinks.reading import NAMED, literal, rows_of
from ..sinks.warehouse import FILE, quoted

if TYPE_CHECKING:
    import duckdb


@dataclass(slots=True)
class Views:
    """What could be read, and what not."""

    files: list[str]
    """What may be read: the tables' files, and the lists that the dataset draws from."""
    problems: dict[str, str] = field(default_factory=dict)
    """Table -> why it cannot be read."""


_MEMORY: Final = 256 << 20
"""Bytes that DuckDB may use; what needs more uses temporary files."""
_FEW: Final = 1 << 20
"""Bytes of a table's files that are read once."""
_THREADS: Final = 2
"""Each needs memory of its own: with more of them the same memory would not suffice."""


@contextmanager
def opened(
    plan: Plan, prepare: Callable[[duckdb.DuckDBPyConnection], Views], cancel: CancelToken | None = None
) -> Iterator[tuple[Guard, dict[str, str]]]:
    """A locked connection with the views that `prepare` makes, and why others are not there: table -> sentence.

    Raises InputError where nothing of the plan was written, and RunError while the warehouse is held by a run.
    """
    import duckdb

    def ready(connection: duckdb.DuckDBPyConnection) -> Views:
        views = prepare(connection)
        if len(views.problems) == len(plan.tables):
            told = next(iter(views.problems.values()))
            raise InputError(f"nothing of {plan.dataset_id} can be read under {plan.output.root}: {told}")
        return views

    try:
        with guarded(ready, lambda views: views.files, memory=_MEMORY, threads=_THREADS, cancel=cancel) as (guard, views):
            yield guard, views.problems
    except duckdb.IOException as error:
        raise RunError(f"{plan.output.root} cannot be read now: {first(str(error))}") from None


def plain_view(connection: duckdb.DuckDBPyConnection, name: str, reader: str) -> None:
    """Makes the view of a table whose rows `reader` reads."""
    connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT * FROM {reader}")


def _read_once(connection: duckdb.DuckDBPyConnection, name: str, reader: str) -> None:
    """As `plain_view`, of rows so few that they are read once, and not for each of a dozen questions.

    Where they cannot all be read it is a view, so that only what asks for the broken ones fails.
    """
    import duckdb

    try:
        connection.execute(f"CREATE TABLE {quoted(name)} AS SELECT * FROM {reader}")
    except duckdb.Error:
        plain_view(connection, name, reader)


def views_of_run(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    manifest: Manifest | None,
    view: Callable[[duckdb.DuckDBPyConnection, str, str], None] | None = None,
) -> Views:
    """Makes a view for each table that a run wrote, by `view` or as `plain_view`; raises InputError where its warehouse is gone."""
    import duckdb

    if plan.output.mode == "table" and plan.output.environment == "warehouse":
        if not (plan.output.root / FILE).exists():
            raise InputError(f"{plan.output.root / FILE} does not exist: generate {plan.dataset_id} first")
        attach(connection, plan.output.root)
    views = Views([str(file.path) for file in plan.lists.values()])
    for table in plan.tables:
        try:
            reader, files = _reader(plan, table, manifest)
            few = files and sum(os.path.getsize(file) for file in files) <= _FEW
            (view or (_read_once if few else plain_view))(connection, table.name, reader)
            # A view binds late: a file that is damaged or gone is found here, not in the middle of a check.
            connection.execute(f"SELECT * FROM {quoted(table.name)} LIMIT 0").fetchall()
            views.files += files
        except (duckdb.Error, OSError, RunError) as error:
            connection.execute(f"DROP VIEW IF EXISTS {quoted(table.name)}")
            views.problems[table.name] = first(first_line(error))
    return views


def _reader(plan: Plan, table: TablePlan, manifest: Manifest | None) -> tuple[str, Sequence[str]]:
    """SQL after FROM, and the files that it reads."""
    root, output = plan.output.root.resolve(), plan.output
    if output.mode == "table" and output.environment == "warehouse":
        return f"warehouse.{quoted(output.schema or 'main')}.{quoted(table.name)}", ()
    folder = root / target(plan, table.name)
    if output.mode == "table":
        files = delta_files(folder)
        if files is None:
            raise FileNotFoundError(f"{folder} is not a Delta table")
    else:
        files = _noted(root, table, manifest) or _planned(plan, table) or sorted(str(path) for path in folder.rglob(f"*.{output.mode}"))
        if not files:
            raise FileNotFoundError(f"{folder} holds no {output.mode} file")
    for file in files:
        if not inside(Path(file), root):
            gone = not Path(file).is_symlink() and not Path(file).exists()
            raise FileNotFoundError(f"{file} does not exist" if gone else f"{file} is not a plain file under {root}")
    if not table.partitions:
        return csv_rows(table, files) if output.mode == "csv" else rows_of("parquet", files), files
    # What is derived for the folders alone is no column of the declaration.
    derived = ", ".join(table.day_columns)
    bare = f"SELECT *{f' EXCLUDE ({derived})' if derived else ''} FROM "
    if output.mode == "table":
        return f"({bare}{rows_of('parquet', files)})", files
    reader = csv_rows(table, files, f", {NAMED}") if output.mode == "csv" else rows_of("parquet", files, NAMED)
    return f"({bare}({of_folders(reader, files, folder, table.partitions)}))", files


def _noted(root: Path, table: TablePlan, manifest: Manifest | None) -> list[str]:
    """The files that the manifest names; one that is gone is missed."""
    for noted in manifest.tables if manifest is not None else ():
        if noted.name == table.name:
            return [str(root / file.path) for file in noted.files if file.path]
    return []


def _planned(plan: Plan, table: TablePlan) -> list[str]:
    """The files of a run that has just ended and whose paths follow a pattern."""
    top = plan.output.root.resolve() / above(plan)
    return [str(top / plan.path(part)) for part in table.parts] if plan.output.pattern else []


def csv_rows(table: TablePlan, files: Sequence[str], more: str = "") -> str:
    """CSV has no types: those of the plan, columns that it does not know as texts. `more` options follow a comma."""
    types = {column.name: "TIMESTAMPTZ" if column.type == "timestamp" else column.type.upper() for column in table.columns}
    with open(files[0], encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    columns = ", ".join(f"{literal(name)}: {literal(types.get(name, 'VARCHAR'))}" for name in header)
    options = f"columns = {{{columns}}}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = ''"
    return rows_of("csv", files, options + more)
