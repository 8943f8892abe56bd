"""A dataset's own checks before there are rows: whether DuckDB can answer them at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..errors import InputError
from ..plan.plan import Plan
from ..run.guarded import TooSlow, first, guarded
from ..sinks.warehouse import quoted
from .derived import derive

if TYPE_CHECKING:
    import duckdb

_SECONDS: Final = 10.0


def unanswerable(plan: Plan) -> Iterator[tuple[str, str]]:
    """Checks that can never be answered, by their sentences, and why: each is planned over empty tables."""
    import duckdb

    if not plan.checks:
        return

    def prepare(connection: duckdb.DuckDBPyConnection) -> None:
        for table in plan.tables:
            columns = ", ".join(f"{quoted(c.name)} {'TIMESTAMPTZ' if c.type == 'timestamp' else c.type}" for c in table.columns)
            connection.execute(f"CREATE TABLE {quoted(table.name)} ({columns})")

    with guarded(prepare, lambda _: [], threads=1) as (guard, _):
        for check in derive(plan).checks:
            if check.group == "rule":
                sql = f"SELECT {', '.join(check.ask.values())} FROM {check.source}"
                try:
                    guard.asked(sql, "the check")
                    guard.rows(f"EXPLAIN {sql}", _SECONDS)
                except TooSlow:
                    # It may be slow for what it counts before it is asked; that is no reason to refuse it.
                    continue
                except (InputError, duckdb.Error) as error:
                    yield check.sentence, f"cannot be asked: {first(str(error))}"
