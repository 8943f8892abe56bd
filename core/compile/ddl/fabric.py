"""T-SQL of a Fabric Warehouse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .dialect import CONTROL, Dialect, Row, constraint, remark, whole
from .model import Column, Table, Type

_BYTES: Final = 4
"""Of a character in UTF-8, at most: lengths are in bytes."""
_MOST_BYTES: Final = 8_000
"""Of a text that is not `max`."""
_TYPES: Final = {
    "bigint": "BIGINT",
    "integer": "INT",
    "boolean": "BIT",
    "double": "FLOAT",
    "date": "DATE",
    "timestamp": "DATETIME2(6)",
}
_CUTS: Final = re.compile(rf"(?<=\$)(?=\()|({CONTROL.pattern})")
_SHORT: Final = 2_000
"""Characters that surely stay below the bytes at which a sum of texts is cut."""


class Fabric(Dialect):
    """Keys come by ALTER and are not enforced, nothing has a default, and what would be a comment of a column stands beside it."""

    title = "a Fabric Warehouse"
    ends = "\nGO\n"
    most = 128
    # A `$(` would be a variable of sqlcmd.
    refused = re.compile(r"[/\\]|\.\Z|\$\(")
    default_schema = "dbo"

    def _quoted(self, text: str) -> str:
        return f"[{text.replace(']', ']]')}]"

    def literal(self, text: str) -> str:
        # No line break: a line `GO` ends a batch, and a backslash before a line break goes with it. No `$(`, as in names.
        found = [piece for piece in _CUTS.split(whole(text)) if piece] or [""]
        pieces = [f"CHAR({ord(piece)})" if CONTROL.fullmatch(piece) else _string(piece) for piece in found]
        if len(pieces) > 1 and len(text) > _SHORT:
            pieces.insert(0, "CAST('' AS VARCHAR(MAX))")
        return " + ".join(pieces)

    def type(self, kind: Type) -> str:
        if kind.name == "varchar":
            length = kind.length * _BYTES if kind.length is not None else None
            return f"VARCHAR({length})" if length is not None and length <= _MOST_BYTES else "VARCHAR(MAX)"
        return f"DECIMAL({kind.precision}, {kind.scale})" if kind.name == "decimal" else _TYPES[kind.name]

    def create_schema(self, schema: str) -> str:
        # A schema can only be made by the first statement of a batch.
        made = self.literal(f"CREATE SCHEMA {self.name(schema)}")
        return f"IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = {self.literal(schema)}) EXEC ({made})"

    def create_table(self, table: Table) -> tuple[str, ...]:
        place = self.place(table)
        lines = [f"IF OBJECT_ID({self.literal(place)}, 'U') IS NULL", f"CREATE TABLE {place} ("]
        if table.about:
            lines.insert(0, f"-- {table.name}: {remark(table.about)}")
        for column in table.columns:
            comma = "," if column is not table.columns[-1] else ""
            about = f" -- {remark(column.about)}" if column.about else ""
            lines.append(f"  {self._column(column)}{comma}{about}")
        return ("\n".join([*lines, ")"]),)

    def _column(self, column: Column) -> str:
        return f"{self.name(column.name)} {self.type(column.type)} {'NULL' if column.nullable else 'NOT NULL'}"

    def keys(self, tables: Sequence[Table]) -> tuple[str, ...]:
        primary = [self._primary(table) for table in tables if table.primary_key]
        foreign = []
        for table in tables:
            for key in table.foreign_keys:
                parent = self.place(Table(table.schema, key.parent, ()))
                what = f"FOREIGN KEY ({self.name(key.column)}) REFERENCES {parent} ({self.name(key.parent_column)}) NOT ENFORCED"
                foreign.append(self._added(table, "foreign_keys", constraint("FK", table.name, key.column, most=self.most), what))
        return (*primary, *foreign)

    def _primary(self, table: Table) -> str:
        name = constraint("PK", table.name, most=self.most)
        return self._added(table, "key_constraints", name, f"PRIMARY KEY NONCLUSTERED ({self.names(table.primary_key)}) NOT ENFORCED")

    def _added(self, table: Table, view: str, name: str, what: str) -> str:
        place = self.place(table)
        there = f"SELECT 1 FROM sys.{view} WHERE name = {self.literal(name)} AND parent_object_id = OBJECT_ID({self.literal(place)})"
        return f"IF NOT EXISTS ({there})\nALTER TABLE {place} ADD CONSTRAINT {self.name(name)} {what}"

    def fill(self, table: Table, rows: Sequence[Row]) -> tuple[str, ...]:
        delete, insert = self.replaced(table, rows)
        return (f"BEGIN TRANSACTION;\n{delete};\n{insert};\nCOMMIT TRANSACTION;",)


def _string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
