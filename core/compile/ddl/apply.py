"""Declaring tables where they are not there: in a local lakehouse or warehouse. Those that are there are left as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from ...engine.vector import arrow_type
from ...errors import ForeignError, RunError, sentence
from ...frozen import dataclass
from ...plan.plan import Environment
from ...run.limits import check_limits
from ...run.log import LogStore
from ...run.publish import recover
from ...run.record import config_rows
from ...run.root import locked, real_folder, refuse_bytes, within
from ...run.schemas import SCHEMAS
from ...run.targets import refuse_log, refuse_names
from ...sinks.warehouse import ENOUGH, FILE
from ...spec.repository import DatasetConfigurationRepository
from .dialect import one_line, told
from .local import DuckDb
from .model import Column, Table, Type
from .scripts import declared
from .tables import CONFIG_SCHEMA, config_tables, tables_of

if TYPE_CHECKING:
    from ...plan.plan import Plan
    from ...spec.repository import DatasetInfo

_VARCHAR: Final = "__CHAR_VARCHAR_TYPE_STRING"
"""Where Spark notes in a Delta table that a text has a length."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of it."""

    place: str
    """Where, without secrets."""
    made: tuple[str, ...]
    """Tables, with their schemas."""
    there: tuple[str, ...]
    """Those that were left as they are."""


def apply_here(root: Path, environment: Environment, plan: Plan | None = None, datasets: Sequence[DatasetInfo] | None = None) -> Applied:
    """Makes the tables of the log and the configs, and those of a plan, under an output root.

    Rows of the configs are brought up to date; tables of a plan come without rows, and runs take them. `datasets` as of
    `scripts_of`. Raises ForeignError and PlaceError for what stands where a table would, LockedError while somebody writes
    there, ParameterError and RunError.
    """
    check_limits("ddl apply")
    refuse_bytes(root)
    if plan is not None:
        refuse_names(plan)
    configs = config_tables("" if environment == "lakehouse" else CONFIG_SCHEMA)
    wanted = (*configs, *(tables_of(plan, environment == "lakehouse") if plan is not None else ()))
    known = DatasetConfigurationRepository().list() if datasets is None else datasets
    try:
        with locked(root):
            recover(root)
            refuse_log(root, environment)
            made = _in_lakehouse(root, wanted) if environment == "lakehouse" else _in_warehouse(root, wanted)
            LogStore(root, environment, ENOUGH).know(*config_rows(known, plan))
    except OSError as error:
        raise RunError(sentence(error, root)) from None
    return applied(str(root), wanted, made)


def applied(place: str, wanted: Sequence[Table], made: Sequence[Table]) -> Applied:
    """Of all tables those that were made, and the others."""
    names = [f"{table.schema}.{table.name}" if table.schema else table.name for table in wanted]
    new = [table in made for table in wanted]
    return Applied(
        place,
        tuple(name for name, is_new in zip(names, new, strict=True) if is_new),
        tuple(name for name, is_new in zip(names, new, strict=True) if not is_new),
    )


def _in_lakehouse(root: Path, tables: Sequence[Table]) -> list[Table]:
    """Makes Delta tables; those that are there are looked at first, so that none is made where another cannot be."""
    from ...sinks.lakehouse import Form, declare_table

    missing = [(table, folder) for table in tables if (folder := _free(root, table)) is not None]
    for table, folder in missing:
        schema = pa.schema([_field(table, column) for column in table.columns])
        is_log = not table.schema and table.name in SCHEMAS
        declare_table(folder, schema, one_line(table.about), Form(table.partitioned_by, table.properties), log=is_log)
    return [table for table, _ in missing]


def _free(root: Path, table: Table) -> Path | None:
    """The folder in which a Delta table can be made; None where there is one. Raises ForeignError and PlaceError."""
    from ...sinks.delta_log import LOG, is_table

    above = within(root, "Tables", *([table.schema] if table.schema else []))
    if table.schema and real_folder(above) and real_folder(above / LOG):
        raise ForeignError(above, "is a table, so it cannot hold the tables of a schema")
    folder = within(root, "Tables", *([table.schema] if table.schema else []), table.name)
    if not real_folder(folder):
        return folder
    if is_table(folder):
        return None
    first = next((path for path in sorted(folder.iterdir()) if path.name != LOG), None)
    if first is not None:
        raise ForeignError(first, "is not a part of a Delta table, and one would be made beside it")
    return folder


def _field(table: Table, column: Column) -> pa.Field:
    """A column as a Delta table notes it, with its comment and its length where Spark looks for them."""
    notes = {"comment": one_line(told(table, column.name))}
    if column.type.name == "varchar" and column.type.length is not None:
        notes[_VARCHAR] = f"varchar({column.type.length})"
    return pa.field(column.name, arrow_type(_sql(column.type)), column.nullable, {name: text for name, text in notes.items() if text})


def _sql(kind: Type) -> str:
    """A plan's name of a type."""
    return f"decimal({kind.precision},{kind.scale})" if kind.name == "decimal" else kind.name


def _in_warehouse(root: Path, tables: Sequence[Table]) -> list[Table]:
    """Makes tables of DuckDB, all in one transaction; the file is not written to where none is missing."""
    from ...sinks.warehouse import connect, relations, writing

    there = set()
    if (root / FILE).exists():
        connection = connect(root, ENOUGH, read_only=True)
        try:
            for schema in {table.schema for table in tables}:
                there |= {(schema, name) for name in relations(connection, schema)}
        finally:
            connection.close()
    missing = [table for table in tables if (table.schema, table.name.lower()) not in there]
    if missing:
        with writing(root, ENOUGH) as connection:
            connection.execute("BEGIN")
            for statement in declared(DuckDb(), missing):
                connection.execute(statement)
            connection.execute("COMMIT")
    return missing
