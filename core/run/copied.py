"""Rows as texts that other programs read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Literal

import pyarrow as pa

from ..sinks.reading import literal
from ..sinks.warehouse import quoted
from .look import texts

Form = Literal["text", "csv", "json", "sql"]
FORMS: Final[tuple[Form, ...]] = ("text", "csv", "json", "sql")


def copied(rows: pa.Table, form: Form, table: str) -> str:
    """Rows in a form: lines with tabs, CSV with a head, JSON objects, or an INSERT into `table`.

    As text, tabs and line ends inside of values are blanks. In CSV nothing stands for NULL and `""` for an empty text.
    """
    cells = list(zip(*(texts(column) for column in rows.columns), strict=True))
    names, kinds = rows.column_names, [_plain(column.type) for column in rows.columns]
    if form == "text":
        return "\n".join("\t".join(_line(cell) for cell in row) for row in cells)
    if form == "csv":
        return "\n".join(",".join(_csv(cell) for cell in row) for row in (names, *cells))
    if form == "json":
        objects = [
            "{" + ", ".join(f"{json.dumps(name)}: {_json(cell, kind)}" for name, cell, kind in zip(names, row, kinds, strict=True)) + "}"
            for row in cells
        ]
        return objects[0] if len(objects) == 1 else "[\n  " + ",\n  ".join(objects) + "\n]"
    return _insert(table, names, [[_sql(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in cells])


def copied_cell(rows: pa.Table, form: Form) -> str:
    """The only value of a table of one row and one column: as it is, or as it is written in CSV, JSON or SQL; NULL as text is empty."""
    column = rows.column(0)
    (cell,), kind = texts(column), _plain(column.type)
    return {"text": cell or "", "csv": _csv(cell), "json": _json(cell, kind), "sql": _sql(cell, kind)}[form]


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_number(kind: pa.DataType, cell: str) -> bool:
    known = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return known and cell.lstrip("-")[:1].isdigit()


def _line(cell: str | None) -> str:
    return "" if cell is None else cell.replace("\t", " ").replace("\r", " ").replace("\n", " ")


def _csv(cell: str | None) -> str:
    if cell is None:
        return ""
    return '"' + cell.replace('"', '""') + '"' if not cell or set(cell) & set('",\r\n') or cell != cell.strip() else cell


def _json(cell: str | None, kind: pa.DataType) -> str:
    if cell is None or (pa.types.is_floating(kind) and not _is_number(kind, cell)):
        return "null"
    return cell if pa.types.is_boolean(kind) or _is_number(kind, cell) else json.dumps(cell, ensure_ascii=False)


def _sql(cell: str | None, kind: pa.DataType) -> str:
    if cell is None:
        return "NULL"
    if pa.types.is_boolean(kind):
        return cell.upper()
    if pa.types.is_date(kind):
        return f"DATE {literal(cell)}"
    if pa.types.is_timestamp(kind):
        return f"TIMESTAMP {literal(cell)}"
    return cell if _is_number(kind, cell) else literal(cell)


def _insert(table: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    listed = ", ".join(quoted(name) for name in names)
    values = ",\n  ".join(f"({', '.join(row)})" for row in rows)
    return f"INSERT INTO {quoted(table)} ({listed}) VALUES\n  {values};"
