"""What tests of the engine share."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.plan import Plan


def tables_of(plan: Plan) -> duckdb.DuckDBPyConnection:
    """All tables of a plan in DuckDB."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    engine = Engine(plan.program)
    for table in plan.tables:
        batches = engine.batches(table.name, table.first_row, table.first_row + table.rows)
        connection.register(table.name, pa.Table.from_batches(batches, engine.schema(table.name)))
    return connection
