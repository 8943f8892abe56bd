"""Spark SQL of a lakehouse: Delta tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .dialect import Dialect, Row, one_line, told, whole
from .model import Table, Type

_TYPES: Final = {
    "bigint": "BIGINT",
    "integer": "INT",
    "boolean": "BOOLEAN",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


class Spark(Dialect):
    """Keys stand in the comments: Delta tables have none."""

    title = "Spark"
    ends = ";\n"
    most = 255
    # What Delta takes for no name of a column, a folder, and a variable, which no quotes protect.
    refused = re.compile(r"[ ,;{}()\t=/\\]|\$\{|\A\.+\Z")

    def _quoted(self, text: str) -> str:
        return f"`{text.replace('`', '``')}`"

    def literal(self, text: str) -> str:
        # `${` would be a variable, in texts too; a backslash is an escape.
        escaped = re.sub(r"[\\'\x00-\x1f\x7f$]", lambda found: f"\\u{ord(found[0]):04x}", whole(text))
        return f"'{escaped}'"

    def type(self, kind: Type) -> str:
        if kind.name == "varchar":
            return "STRING" if kind.length is None else f"VARCHAR({kind.length})"
        return f"DECIMAL({kind.precision}, {kind.scale})" if kind.name == "decimal" else _TYPES[kind.name]

    def create_schema(self, schema: str) -> str:
        return f"CREATE SCHEMA IF NOT EXISTS {self.name(schema)}"

    def create_table(self, table: Table) -> tuple[str, ...]:
        columns = []
        for column in table.columns:
            about = one_line(told(table, column.name))
            parts = (self.name(column.name), self.type(column.type), "" if column.nullable else "NOT NULL")
            columns.append("  " + " ".join(filter(None, (*parts, f"COMMENT {self.literal(about)}" if about else ""))))
        lines = [f"CREATE TABLE IF NOT EXISTS {self.place(table)} (", ",\n".join(columns), ")", "USING DELTA"]
        if table.partitioned_by:
            lines.append(f"PARTITIONED BY ({self.names(table.partitioned_by)})")
        elif table.clustered_by:
            lines.append(f"CLUSTER BY ({self.names(table.clustered_by)})")
        if table.about:
            lines.append(f"COMMENT {self.literal(one_line(table.about))}")
        if table.properties:
            told_of = ", ".join(f"{self.literal(name)} = {self.literal(value)}" for name, value in table.properties.items())
            lines.append(f"TBLPROPERTIES ({told_of})")
        return ("\n".join(lines),)

    def keys(self, tables: Sequence[Table]) -> tuple[str, ...]:
        return ()

    def fill(self, table: Table, rows: Sequence[Row]) -> tuple[str, ...]:
        # One statement, as Delta has no transaction of two; rows that are equal are left alone.
        key, *others = [self.name(column.name) for column in table.columns]
        names = self.column_names(table)
        lines = [
            f"MERGE INTO {self.place(table)} AS old",
            f"USING (SELECT * FROM VALUES\n{self.values(table, rows)}\n  AS given ({names})) AS new",
            f"ON old.{key} = new.{key}",
            f"WHEN MATCHED AND NOT ({' AND '.join(f'old.{name} <=> new.{name}' for name in others)}) THEN",
            f"  UPDATE SET {', '.join(f'old.{name} = new.{name}' for name in others)}",
            f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({', '.join(f'new.{name}' for name in (key, *others))})",
        ]
        return ("\n".join(lines),)
