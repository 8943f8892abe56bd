"""PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .dialect import NOTHING, Dialect, Row, constraint, one_line, whole
from .model import Table, Type

_TYPES: Final = {
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "boolean": "BOOLEAN",
    "double": "DOUBLE PRECISION",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}


_DEFERRED: Final = "DEFERRABLE INITIALLY DEFERRED"
"""Tables may refer to each other in a circle."""


class Postgres(Dialect):
    """Keys are real: foreign ones are looked at when a transaction ends, so that tables may be loaded in any order."""

    title = "PostgreSQL"
    ends = ";\n"
    most = 63
    refused = NOTHING
    default_schema = "public"

    def _quoted(self, text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    def literal(self, text: str) -> str:
        # With E a backslash is an escape whatever the server's settings say.
        escaped = re.sub(r"[\\\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", whole(text)).replace("'", "''")
        return f"E'{escaped}'" if "\\" in escaped else f"'{escaped}'"

    def type(self, kind: Type) -> str:
        if kind.name == "varchar":
            return "TEXT" if kind.length is None else f"VARCHAR({kind.length})"
        return f"DECIMAL({kind.precision}, {kind.scale})" if kind.name == "decimal" else _TYPES[kind.name]

    def create_schema(self, schema: str) -> str:
        return f"CREATE SCHEMA IF NOT EXISTS {self.name(schema)}"

    def create_table(self, table: Table) -> tuple[str, ...]:
        place = self.place(table)
        lines = [f"  {self.name(each.name)} {self.type(each.type)}{'' if each.nullable else ' NOT NULL'}" for each in table.columns]
        if table.primary_key:
            lines.append(f"  PRIMARY KEY ({self.names(table.primary_key)})")
        out = [f"CREATE TABLE IF NOT EXISTS {place} (\n" + ",\n".join(lines) + "\n)"]
        if table.about:
            out.append(f"COMMENT ON TABLE {place} IS {self.literal(one_line(table.about))}")
        told = [(f"{place}.{self.name(column.name)}", column.about) for column in table.columns if column.about]
        out += [f"COMMENT ON COLUMN {name} IS {self.literal(one_line(about))}" for name, about in told]
        return tuple(out)

    def keys(self, tables: Sequence[Table]) -> tuple[str, ...]:
        out = []
        for table in tables:
            for key in table.foreign_keys:
                name, place = constraint("fk", table.name, key.column, most=self.most), self.place(table)
                parent = f"{self.place(Table(table.schema, key.parent, ()))} ({self.name(key.parent_column)})"
                where = f"conname = {self.literal(name)} AND conrelid = {self.literal(place)}::regclass"
                there = f"SELECT FROM pg_catalog.pg_constraint WHERE {where}"
                what = f"FOREIGN KEY ({self.name(key.column)}) REFERENCES {parent} {_DEFERRED}"
                added = f"ALTER TABLE {place} ADD CONSTRAINT {self.name(name)} {what}"
                # There is no IF NOT EXISTS for constraints.
                out.append(f"DO {self.literal(f'BEGIN IF NOT EXISTS ({there}) THEN {added}; END IF; END')}")
        return tuple(out)

    def fill(self, table: Table, rows: Sequence[Row]) -> tuple[str, ...]:
        return "BEGIN", *self.replaced(table, rows), "COMMIT"
