"""How a notebook reads what it has written: with DuckDB in a Python notebook, with Spark in a Spark notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import RunError
from ..plan.plan import Plan
from ..run.events import RunResult
from ..run.place import target
from .places import Kernel


@dataclass(frozen=True, slots=True)
class Reader:
    """Answers SQL over the tables of a plan."""

    named: Callable[[str], str]
    """A table, as SQL calls it."""
    quoted: Callable[[str], str]
    """A column, as SQL calls it."""
    number: Callable[[str], int]
    """The number that is a statement's answer."""


@contextmanager
def reader(plan: Plan, result: RunResult, kernel: Kernel, spark: Any) -> Iterator[Reader]:
    """Reads the tables of a run; raises RunError where nothing that is there can."""
    if kernel == "spark" and plan.output.mode == "table":
        yield _with_spark(plan, spark)
        return
    try:
        import duckdb
    except ImportError:
        raise RunError(
            "files that Python has written are checked where DuckDB is: set `check` to False, or use a Python notebook"
        ) from None
    connection = duckdb.connect()
    try:
        for table in result.tables:
            connection.register(_view(table.name), _dataset(plan, table.name, table.files))
        yield Reader(lambda name: _quoted(_view(name)), _quoted, lambda sql: int((connection.execute(sql).fetchone() or (0,))[0]))
    finally:
        connection.close()


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
    return Reader(lambda name: f"`{_view(name)}`", lambda name: f"`{name}`", lambda sql: int(spark.sql(sql).first()[0]))
