"""Loading a warehouse of Fabric from files of a lakehouse: all tables in one transaction, and the log with them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ..compile.ddl.model import Table
from ..compile.ddl.scripts import DIALECTS, declared, filled, known_rows
from ..compile.ddl.tables import CONFIG_SCHEMA, config_tables, tables_of
from ..errors import RunError, first_line
from ..plan.plan import Plan
from ..plan.series import Series
from ..run.events import RunResult, SeriesResult
from ..run.place import file_folders, table_place
from ..run.record import Record
from ..run.schemas import JOBS, LOG, SCHEMAS
from ..spec.repository import DatasetInfo
from .reading import Reader

_DIALECT: Final = DIALECTS["warehouse"]
_INCOMING: Final = "incoming_"
"""Begins the name of a table that holds the rows of a day until they are merged."""


def connected(utils: Any, name: str) -> Any:
    """A connection to the warehouse of this name; raises RunError."""
    try:
        return utils.data.connect_to_artifact(name, "", "Warehouse")
    except Exception as error:
        raise RunError(f"the warehouse `{name}` cannot be reached: {first_line(error)}") from None


class Warehouse:
    """The warehouse of a plan; each method raises RunError."""

    def __init__(self, plan: Plan, name: str, connection: Any) -> None:
        output = replace(plan.output, mode="table", environment="warehouse", root=Path(name))
        self._plan, self._connection = replace(plan, output=output), connection
        self._files = plan.output
        self._tables = tables_of(plan, False)
        self._configs = config_tables(CONFIG_SCHEMA)

    def look(self) -> None:
        """Makes the tables of the log where there are none, so that a warehouse which cannot be written to is told at once."""
        with _in_words():
            for statement in declared(_DIALECT, self._configs):
                self._connection.execute(statement)

    def days(self) -> set[date]:
        """The days of the dataset that are there, as the log tells; raises RunError where they were made of other settings."""
        with _in_words():
            log, dataset = _DIALECT.place(self._config(LOG)), _DIALECT.literal(self._plan.dataset_id)
            paths = _DIALECT.literal(self._target)
            mine = f"dataset_id = {dataset} AND status = 'COMPLETED' AND file_paths = {paths}"
            rows = self._connection.query(f"SELECT generation_date, message FROM {log} WHERE {mine}")
        if any(str(message) != self._made for message in rows["message"]):
            told = "was made with other settings: set `ignore_state` to True to write its days again, or choose another `schema_name`"
            raise RunError(f"what the schema `{self._plan.output.schema}` of the warehouse holds of {self._plan.dataset_id} {told}")
        return {date.fromisoformat(str(value)[:10]) for value in rows["generation_date"]}

    @property
    def _target(self) -> str:
        """What the log says of where days are."""
        return ", ".join(f"{self._plan.output.schema or 'dbo'}.{name}" for name in self._plan.names)

    @property
    def _made(self) -> str:
        """What the log says of what days are made of."""
        return f"specification {self._plan.spec_hash}"

    def close(self) -> None:
        """Lets go of the connection."""
        with suppress(Exception):
            self._connection.close()

    def load(self, result: RunResult, url: str, datasets: Sequence[DatasetInfo]) -> None:
        """Makes the tables hold what a run wrote into files below `url`, and nothing else."""
        with _in_words():
            for table in self._tables:
                if self._columns(table) not in ([], [column.name for column in table.columns]):
                    self._connection.execute(f"DROP TABLE {_DIALECT.place(table)}")
            self._declare(datasets)
            with self._transaction():
                for table in self._tables:
                    self._connection.execute(f"DELETE FROM {_DIALECT.place(table)}")
                    self._copy(table, table, f"{self._folder(url)}/{table.name}/*.parquet")
                record = Record(result.run_id, self._plan, datetime.now(UTC))
                self._note(LOG, asdict(replace(record.log_row("COMPLETED", "", result), file_paths=self._target)))
                self._note(JOBS, asdict(record.job_row("COMPLETED", "")))

    def failed(self, run_id: str, message: str) -> None:
        """Notes in the log that a run has failed, as far as that can be done."""
        record = Record(run_id, self._plan, datetime.now(UTC))
        with suppress(Exception):
            self._note(LOG, asdict(record.log_row("FAILED", message, None)))
            self._note(JOBS, asdict(record.job_row("FAILED", message)))

    def load_days(
        self, series: Series, result: SeriesResult, url: str, datasets: Sequence[DatasetInfo], again: bool, there: Container[date]
    ) -> None:
        """Brings what a series has written into Delta tables below `url` into the tables: merged by their keys.

        Snapshots, and all tables where `again` says so, are replaced: what waits has their rows as of the last day. Days that are
        `there` have been noted.
        """
        with _in_words():
            days = [date.fromisoformat(day.day) for day in result.days]
            if not days:
                return
            for table in self._tables:
                if not again and self._columns(table) not in ([], [column.name for column in table.columns]):
                    raise RunError(f"the table `{table.name}` of the warehouse has other columns: choose another `schema_name`, or drop it")
            self._declare(datasets)
            record = Record(result.run_id, self._plan, datetime.now(UTC))
            whole = {arrival.table.name for arrival in series.arrivals if arrival.type == "snapshot" and not arrival.kept}
            with self._transaction():
                for table in self._tables:
                    place = "/".join(table_place("lakehouse", self._files.schema, table.name))
                    files = [f"{url}/{place}/{name}" for name in _files(self._files.root / place)]
                    self._bring(table, files, again or table.name in whole)
                for row in _logged(self._files.root):
                    if row["status"] == "COMPLETED" and row["generation_date"] in days and row["generation_date"] not in there:
                        own = {"target_environment": "warehouse", "file_paths": self._target, "message": self._made}
                        self._note(LOG, {**row, **own})
            self._note(JOBS, asdict(record.job_row("COMPLETED", "")))

    def reader(self) -> Reader:
        """Reads the tables."""
        places = {table.name: _DIALECT.place(table) for table in self._tables}
        return Reader(lambda name: places[name], _DIALECT.name, lambda asked: int(self._connection.query(asked.sql).iloc[0, 0]))

    def _folder(self, url: str) -> str:
        return "/".join([url, *file_folders(self._files.schema)])

    def _config(self, name: str) -> Table:
        return next(table for table in self._configs if table.name == name)

    def _declare(self, datasets: Sequence[DatasetInfo]) -> None:
        known = filled(_DIALECT, self._configs, known_rows(self._plan, datasets))
        for statement in (*declared(_DIALECT, self._configs), *known, *declared(_DIALECT, self._tables)):
            self._connection.execute(statement)

    def _columns(self, table: Table) -> list[str]:
        """The columns of the table that stands; none where there is none."""
        schema, name = _DIALECT.literal(table.schema or "dbo"), _DIALECT.literal(table.name)
        told = "SELECT column_name FROM INFORMATION_SCHEMA.COLUMNS"
        rows = self._connection.query(f"{told} WHERE table_schema = {schema} AND table_name = {name} ORDER BY ordinal_position")
        return [str(value) for value in rows["column_name"]]

    def _copy(self, table: Table, into: Table, files: str) -> None:
        columns = ", ".join(f"{_DIALECT.name(column.name)} {n}" for n, column in enumerate(table.columns, 1))
        place, source = _DIALECT.place(into), _DIALECT.literal(files)
        self._connection.execute(f"COPY INTO {place} ({columns}) FROM {source} WITH (FILE_TYPE = 'PARQUET')")

    def _bring(self, table: Table, files: Sequence[str], whole: bool) -> None:
        """Rows of files into a table: in the place of all that it has, or of those with the same keys."""
        place = _DIALECT.place(table)
        if whole or not table.primary_key:
            self._connection.execute(f"DELETE FROM {place}")
            for file in files:
                self._copy(table, table, file)
            return
        incoming = replace(table, name=f"{_INCOMING}{table.name}", primary_key=(), foreign_keys=(), about="")
        new = _DIALECT.place(incoming)
        for statement in _DIALECT.create_table(incoming):
            self._connection.execute(statement)
        self._connection.execute(f"DELETE FROM {new}")
        for file in files:
            self._copy(table, incoming, file)
        keys = [_DIALECT.name(key) for key in table.primary_key]
        same = " AND ".join(f"incoming.{key} = {_DIALECT.name(table.name)}.{key}" for key in keys)
        columns = _DIALECT.column_names(table)
        self._connection.execute(f"DELETE FROM {place} WHERE EXISTS (SELECT 1 FROM {new} AS incoming WHERE {same})")
        self._connection.execute(f"INSERT INTO {place} ({columns}) SELECT {columns} FROM {new}")
        self._connection.execute(f"DROP TABLE {new}")

    def _note(self, name: str, row: Mapping[str, Any]) -> None:
        names = ", ".join(map(_DIALECT.name, row))
        values = ", ".join(map(_value, row.values()))
        self._connection.execute(f"INSERT INTO {_DIALECT.place(self._config(name))} ({names}) VALUES ({values})")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN TRANSACTION")
        try:
            yield
            self._connection.execute("COMMIT TRANSACTION")
        except BaseException:
            with suppress(Exception):
                self._connection.execute("ROLLBACK TRANSACTION")
            raise


def _logged(root: Path) -> list[dict[str, Any]]:
    """The rows of the log of an output root."""
    from deltalake import DeltaTable

    rows: list[dict[str, Any]] = DeltaTable(str(root / "Tables" / LOG)).to_pyarrow_table(columns=SCHEMAS[LOG].names).to_pylist()
    return sorted(rows, key=lambda row: row["generation_date"])


def _files(folder: Path) -> list[str]:
    """The files of a Delta table, below its folder."""
    from deltalake import DeltaTable

    paths = pa.table(DeltaTable(str(folder)).get_add_actions(flatten=True)).column("path").to_pylist()
    return sorted(str(path) for path in paths)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except RunError:
        raise
    except Exception as error:
        raise RunError(f"the warehouse could not be loaded: {first_line(error)}") from None


def _value(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return f"'{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}'"
    if isinstance(value, date):
        return f"'{value.isoformat()}'"
    return _DIALECT.literal(value) if isinstance(value, str) else repr(value)
