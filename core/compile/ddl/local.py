"""DuckDB, as the local warehouse has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ...sinks.reading import literal
from ...sinks.warehouse import quoted
from .dialect import CONTROL, NOTHING, Dialect, Row, one_line, told, whole
from .model import Table, Type

_TYPES: Final = {
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "boolean": "BOOLEAN",
    "double": "DOUBLE",
    "varchar": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
_CUTS: Final = re.compile(f"({CONTROL.pattern})")


class DuckDb(Dialect):
    """Keys stand in the comments: DuckDB enforces them by indexes that lie in memory, and replaces no table that another refers to.

    Texts have no lengths, which it would not heed.
    """

    title = "DuckDB"
    ends = ";\n"
    most = 255
    refused = NOTHING

    def _quoted(self, text: str) -> str:
        return quoted(text)

    def literal(self, text: str) -> str:
        found = [piece for piece in _CUTS.split(whole(text)) if piece] or [""]
        return " || ".join(f"chr({ord(piece)})" if CONTROL.fullmatch(piece) else literal(piece) for piece in found)

    def type(self, kind: Type) -> str:
        return f"DECIMAL({kind.precision}, {kind.scale})" if kind.name == "decimal" else _TYPES[kind.name]

    def create_schema(self, schema: str) -> str:
        return f"CREATE SCHEMA IF NOT EXISTS {self.name(schema)}"

    def create_table(self, table: Table) -> tuple[str, ...]:
        place = self.place(table)
        columns = [f"  {self.name(each.name)} {self.type(each.type)}{'' if each.nullable else ' NOT NULL'}" for each in table.columns]
        out = [f"CREATE TABLE IF NOT EXISTS {place} (\n" + ",\n".join(columns) + "\n)"]
        if table.about:
            out.append(f"COMMENT ON TABLE {place} IS {self.literal(one_line(table.about))}")
        for column in table.columns:
            about = one_line(told(table, column.name))
            if about:
                out.append(f"COMMENT ON COLUMN {place}.{self.name(column.name)} IS {self.literal(about)}")
        return tuple(out)

    def keys(self, tables: Sequence[Table]) -> tuple[str, ...]:
        return ()

    def fill(self, table: Table, rows: Sequence[Row]) -> tuple[str, ...]:
        return "BEGIN", *self.replaced(table, rows), "COMMIT"
