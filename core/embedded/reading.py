"""How a notebook reads what it has written: with DuckDB in a Python notebook, with Spark in a Spark notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..plan.plan import Plan
from ..run.events import RunResult
from ..run.place import target
from .checks import Question
from .places import Kernel


@dataclass(frozen=True, slots=True)
class Reader:
    """Answers SQL over the tables of a plan."""

    named: Callable[[str], str]
    """A table, as SQL calls it."""
    quoted: Callable[[str], str]
    """A column, as SQL calls it."""
    number: Callable[[Question], int]
    """The answer of a question."""


@contextmanager
def reader(plan: Plan, result: RunResult, kernel: Kernel, spark: Any) -> Iterator[Reader]:
    """Reads the tables of a run."""
    if kernel == "spark" and plan.output.mode == "table":
        yield _with_spark(plan, spark)
        return
    try:
        import duckdb
    except ImportError:
        # The images of Spark notebooks have none.
        yield _with_arrow(plan, result)
        return
    connection = duckdb.connect()
    try:
        for table in result.tables:
            connection.register(_view(table.name), _dataset(plan, table.name, table.files))
        yield Reader(lambda name: _quoted(_view(name)), _quoted, lambda asked: int((connection.execute(asked.sql).fetchone() or (0,))[0]))
    finally:
        connection.close()


def _with_arrow(plan: Plan, result: RunResult) -> Reader:
    """Reads files in this process, without a database."""
    import pyarrow.compute as pc

    files = {table.name: table.files for table in result.tables}

    def column(table: str, name: str) -> Any:
        return _dataset(plan, table, files[table]).to_table(columns=[name]).column(0)

    def number(asked: Question) -> int:
        if not asked.columns:
            return int(_dataset(plan, asked.table, files[asked.table]).count_rows())
        if asked.parent is None:
            rows = _dataset(plan, asked.table, files[asked.table]).to_table(columns=list(asked.columns))
            counted = rows.group_by(list(asked.columns)).aggregate([([], "count_all")])
            return int(pc.sum(pc.greater(counted["count_all"], 1)).as_py() or 0)
        known = pc.is_in(column(asked.table, asked.columns[0]).drop_null(), value_set=column(*asked.parent).combine_chunks())
        return int(pc.sum(pc.invert(known)).as_py() or 0)

    return Reader(str, str, number)


def _view(name: str) -> str:
    return f"synthetic_data_{name}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _dataset(plan: Plan, name: str, files: tuple[str, ...]) -> Any:
    if plan.output.url:
        from deltalake import DeltaTable

        return DeltaTable(f"{plan.output.url}/{target(plan, name)}").to_pyarrow_dataset()
    from pyarrow import dataset

    kind = "csv" if plan.output.mode == "csv" else "parquet"
    return dataset.dataset([str(Path(plan.output.root) / file) for file in files], format=kind)


def _with_spark(plan: Plan, spark: Any) -> Reader:
    for name in plan.names:
        spark.read.format("delta").load(f"{plan.output.place}/{target(plan, name)}").createOrReplaceTempView(_view(name))
    return Reader(lambda name: f"`{_view(name)}`", lambda name: f"`{name}`", lambda asked: int(spark.sql(asked.sql).first()[0]))
