"""SQL of others over tables that nobody wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError, RunError
from ..plan.plan import Plan
from ..run.cancel import CancelToken
from ..run.guarded import guarded
from ..run.limits import check_limits
from ..run.query import MEMORY, SECONDS, Answer, ask, texts
from ..run.tables import Found, Standing
from .scan import Source, name_virtual

if TYPE_CHECKING:
    import duckdb


def answer_virtual(plan: Plan, sql: str, *, seconds: float | None = SECONDS, cancel: CancelToken | None = None) -> Answer:
    """The answer to one statement over the tables of a plan, which are generated while it reads them, every value as a text.

    What a statement may be, and what it may use, is as in `core.run.query.query`; tables answer to their names. Raises
    InputError; DataError where a value cannot be computed; RunError where it takes too long or too much memory; RunCancelled.
    """
    check_limits("a query")
    source = Source(plan)

    def prepare(connection: duckdb.DuckDBPyConnection) -> Found:
        name_virtual(connection, source)
        names = [("", name) for name in plan.names]
        return Found({name: Standing("virtual", "") for name in names}, dict.fromkeys(names, (plan.dataset_id, "")))

    with guarded(prepare, lambda _: (), memory=MEMORY, cancel=cancel, stop=source.stopped.set) as (guard, found):
        try:
            return ask(guard, found, sql, texts, seconds)
        except InputError:
            # DuckDB tells a failure of whoever makes the rows as one of its own.
            if source.failure is None:
                raise
            if isinstance(source.failure, MemoryError):
                raise RunError("the query needs more memory than it may use for the rows that it reads") from None
            raise source.failure from None
