"""Asking the log tables and the data, read-only, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from ..errors import InputError, NoOutputError, RunError
from ..frozen import dataclass
from ..sinks.reading import literal
from ..spec.urls import OTHER_READERS, local_root
from ..statement import tokens
from .cancel import CancelToken
from .guarded import Guard, checked_tables, first, guarded
from .limits import check_limits
from .manifest import Say, unsaid
from .root import refuse_bytes
from .tables import Found, name_tables, settle

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY: Final = 2 << 30
"""Bytes that a query may use; what needs more uses temporary files."""
SECONDS: Final = 300.0
"""Seconds that a query may run by default."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a query, every value as DuckDB writes it, so that nothing is too large for it."""

    names: tuple[str, ...]
    """Columns; equal names have a number after them."""
    types: tuple[str, ...]
    """DuckDB's names of their types."""
    rows: tuple[tuple[str | None, ...], ...]
    """None is NULL. Nested values are JSON."""


def query(
    output_dir: Path | str, sql: str, *, seconds: float | None = SECONDS, cancel: CancelToken | None = None, say: Say = unsaid
) -> pa.Table:
    """The result of one SELECT over the config and log tables and the data of an output root.

    Log tables answer to `log_…` and `config.log_…`, data to `<dataset_id>.<table>`, tables without a schema to their
    names; each is what its newest run wrote. DESCRIBE, SUMMARIZE, SHOW TABLES and EXPLAIN are answered too. Nothing can be
    written, and nothing but those tables can be read. A publication that was cut is finished first; `say` is told, and
    of what was passed over. Raises InputError; RunError where a file is broken, or it takes longer than `seconds` or
    more memory than MEMORY; RunCancelled.
    """

    def take(relation: duckdb.DuckDBPyRelation) -> pa.Table:
        return relation.to_arrow_table().rename_columns(_apart(relation.columns))

    with opened(output_dir, cancel, say) as (guard, found):
        return ask(guard, found, sql, take, seconds)


def answer(
    output_dir: Path | str,
    sql: str,
    *,
    seconds: float | None = SECONDS,
    most: int | None = None,
    cancel: CancelToken | None = None,
    say: Say = unsaid,
) -> Answer:
    """As `query`, with every value as a text; `most` rows of it, the first ones (None: all)."""
    with opened(output_dir, cancel, say) as (guard, found):
        return ask(guard, found, sql, partial(texts, most=most), seconds)


def columns(output_dir: Path | str, *, cancel: CancelToken | None = None, say: Say = unsaid) -> dict[str, tuple[str, ...]]:
    """The columns of each table that a query can read, by the name under which it is found. Raises as `query`."""
    with opened(output_dir, cancel, say) as (guard, found):
        rows = guard.rows("SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY ALL")
    out: dict[str, list[str]] = {}
    for schema, table, column in rows:
        where = "" if schema == "main" else str(schema)
        if (where, table) in found.tables:
            out.setdefault(f"{where}.{table}" if where else str(table), []).append(str(column))
    return {name: tuple(known) for name, known in out.items()}


def texts(relation: duckdb.DuckDBPyRelation, most: int | None = None) -> Answer:
    """What a statement gives, every value as a text; `most` rows of it, the first ones (None: all)."""
    types = [str(kind) for kind in relation.types]
    shown = [f"to_json(#{n + 1})::VARCHAR" if _nested(kind) else f"#{n + 1}::VARCHAR" for n, kind in enumerate(types)]
    told = relation.project(", ".join(f"{sql} AS c{n}" for n, sql in enumerate(shown)))
    rows = (told if most is None else told.limit(most)).fetchall()
    return Answer(tuple(_apart(relation.columns)), tuple(types), tuple(rows))


def _nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(("STRUCT(", "MAP("))


def _apart(names: Sequence[str]) -> list[str]:
    """Equal names told apart by a number, as DuckDB does it for the columns of a subquery."""
    out: list[str] = []
    for name in names:
        new, number = name, 0
        while new in out or (number and new in names):
            number += 1
            new = f"{name}_{number}"
        out.append(new)
    return out


@contextmanager
def opened(output_dir: Path | str, cancel: CancelToken | None, say: Say = unsaid) -> Iterator[tuple[Guard, Found]]:
    """A connection over the tables of an output root, for `ask`; raises as `query`."""
    output_dir = local_root(output_dir, "a query reads", OTHER_READERS)
    check_limits("a query")
    refuse_bytes(output_dir)
    if not output_dir.is_dir():
        raise NoOutputError(output_dir)
    root = output_dir.resolve()
    settle(root, say)

    def prepare(connection: duckdb.DuckDBPyConnection) -> Found:
        return name_tables(connection, root, say)

    with guarded(prepare, lambda found: found.files, memory=MEMORY, cancel=cancel) as connected:
        yield connected


def ask(guard: Guard, found: Found, sql: str, take: Callable[[duckdb.DuckDBPyRelation], T], seconds: float | None) -> T:
    """What `take` makes of the answer to a statement that may run over these tables; raises as `query`."""
    import duckdb

    what = "the query"
    try:
        allowed = _allowed(guard, found, sql, what)

        def work(connection: duckdb.DuckDBPyConnection) -> T:
            relation = connection.sql(allowed)
            if relation is None:
                raise InputError(f"{what} gives no rows")
            return take(relation)

        return guard.work(work, seconds)
    except duckdb.OutOfMemoryException:
        raise RunError(f"{what} needs more than the {MEMORY >> 30} GiB of memory that it may use") from None
    except MemoryError:
        raise RunError(f"{what} needs more than the {MEMORY >> 30} GiB of memory that it may use") from None
    except duckdb.Error as error:
        raise InputError(first(str(error))) from None


def _allowed(guard: Guard, found: Found, sql: str, what: str) -> str:
    """The statement as it may run; raises InputError."""
    words = tokens(sql, what)
    sql = sql[: words[-1].end + 1]
    begin = [word.text.upper() for word in words[:3]]
    if begin in (["SHOW", "TABLES"], ["SHOW", "ALL", "TABLES"]) and len(words) == len(begin):
        return _listing(found)
    explained = ""
    if begin[0] == "EXPLAIN":
        explained, sql = "EXPLAIN ", sql[words[0].end + 1 :]
        if begin[1:2] in (["ANALYZE"], ["("]):
            raise InputError(f"{what} may be EXPLAIN with a SELECT; options of EXPLAIN are not allowed")
        if not sql.strip():
            raise InputError(f"{what} has nothing after EXPLAIN")
    asked = guard.asked(sql, what, shows=not explained)
    checked_tables(asked, found.names, found.problems)
    return explained + sql


def _listing(found: Found) -> str:
    """SELECT of the tables of the root, with their schemas."""
    rows = []
    for key, table in sorted(found.tables.items()):
        dataset, run = found.runs.get(key, ("", ""))
        rows.append(f"({', '.join(literal(text) for text in (*key, table.storage, dataset, run))})")
    if not rows:
        rows, where = ["('', '', '', '', '')"], " WHERE false"
    else:
        where = ""
    return f'SELECT * FROM (VALUES {", ".join(rows)}) AS t("schema", "table", stored_as, dataset_id, run_id){where}'
