"""Declaring tables in a PostgreSQL database. Passwords come into no sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ...errors import InputError, ParameterError, RunError, brief, first_line
from ...format import printable
from ...run.targets import refuse_names
from .apply import Applied, applied
from .model import Table
from .postgres import Postgres
from .scripts import declared, known_rows
from .tables import CONFIG_SCHEMA, config_tables, tables_of

if TYPE_CHECKING:
    import psycopg

    from ...plan.plan import Plan
    from ...spec.repository import DatasetInfo

_FORM: Final = "write it as postgresql://user@host:5432/database; the password may be in it, in PGPASSWORD or in ~/.pgpass"
_PATIENCE: Final = 10
"""Seconds for the server to answer."""
_THERE: Final = """
SELECT space.nspname, class.relname FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
_ALONE: Final = "SELECT pg_catalog.pg_advisory_xact_lock(7305794510832)"
"""So that two who declare the same tables do it one after another; any number does."""


def apply_to(url: str, plan: Plan | None = None, datasets: Sequence[DatasetInfo] | None = None) -> Applied:
    """Makes the tables of the log and the configs, and those of a plan, in a database, all in one transaction.

    Rows of the configs are brought up to date; the tables of a plan come without rows, in the schema of its output. Raises
    InputError where psycopg is missing, ParameterError for a URL that is none of PostgreSQL, and RunError for what the server says.
    """
    try:
        import psycopg
        from psycopg import conninfo
    except ImportError:
        raise InputError("PostgreSQL needs psycopg: pip install 'ingen-fab-synthetic-data[postgres]'") from None
    if not url.startswith(("postgresql://", "postgres://")):
        raise ParameterError("url", f"it is not of PostgreSQL; {_FORM}")
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        # What the library says would hold the URL, and the password in it.
        raise ParameterError("url", f"it cannot be read; {_FORM}") from None
    if plan is not None:
        refuse_names(plan)
    secrets = [str(parts[name]) for name in ("password", "sslpassword") if parts.get(name)]
    place = _place(parts)
    try:
        settings: dict[str, Any] = {"connect_timeout": _PATIENCE, **parts, "client_encoding": "UTF8"}
        with psycopg.connect(conninfo.make_conninfo(**settings), autocommit=True) as connection, connection.transaction():
            return _applied(connection, place, plan, datasets)
    except psycopg.Error as error:
        raise RunError(_sentence(error, place, secrets)) from None


def _applied(
    connection: psycopg.Connection[tuple[Any, ...]], place: str, plan: Plan | None, datasets: Sequence[DatasetInfo] | None
) -> Applied:
    dialect = Postgres()
    configs = config_tables(CONFIG_SCHEMA)
    wanted = (*configs, *(tables_of(plan, lakehouse=False) if plan is not None else ()))
    connection.execute(_ALONE)
    there = {(str(schema), str(name)) for schema, name in connection.execute(_THERE).fetchall()}

    def is_missing(table: Table) -> bool:
        return (table.schema or dialect.default_schema, table.name) not in there

    missing = [table for table in wanted if is_missing(table)]
    known = {table.name: table for table in configs}
    statements = [*declared(dialect, missing)]
    for name, rows in known_rows(plan, datasets).items():
        statements += dialect.replaced(known[name], rows)
    for statement in statements:
        connection.execute(statement.encode())
    return applied(place, wanted, missing)


def _place(parts: dict[str, Any]) -> str:
    """The URL without its password, as a user knows it."""
    user = f"{parts['user']}@" if parts.get("user") else ""
    port = f":{parts['port']}" if parts.get("port") else ""
    return brief(f"postgresql://{user}{parts.get('host') or ''}{port}/{parts.get('dbname') or ''}")


def _sentence(error: psycopg.Error, place: str, secrets: Sequence[str]) -> str:
    said = first_line(error)
    for secret in secrets:
        said = said.replace(secret, "***")
    whole = str(error)
    if error.sqlstate is None or error.sqlstate.startswith(("08", "28", "3D")):
        if "password" in whole and ("authentication failed" in whole or "supplied" in whole):
            return f"{place}: the server does not take this user and password; {_FORM}"
        if "does not exist" in whole and "database" in whole:
            return f"{place}: there is no such database on the server; make it first, with createdb or CREATE DATABASE"
        return f"{place}: the server does not let us in, or does not answer: {printable(said.rpartition('failed: ')[2])}"
    return f"{place}: {printable(said)}"
