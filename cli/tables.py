"""Tables of values: fitted to a terminal, whole in a pipe, a line a column, as CSV, as JSON."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from ..core.errors import InputError
from ..core.format import printable
from .streams import say, tell, tell_json

if TYPE_CHECKING:
    import pyarrow as pa

Form = Literal["table", "vertical", "csv", "json"]

_GAP: Final = "  "
_NARROWEST: Final = 12
"""Cells that a cut column keeps."""


def form_of(*, as_json: bool, csv: bool, vertical: bool) -> Form:
    """The form that was asked for; raises InputError for several."""
    asked: list[Form] = [form for form, wanted in (("json", as_json), ("csv", csv), ("vertical", vertical)) if wanted]  # type: ignore[misc]
    if len(asked) > 1:
        raise InputError(f"--{asked[0]} and --{asked[1]} exclude each other")
    return asked[0] if asked else "table"


def write_table(table: pa.Table, form: Form) -> None:
    """Writes a table to standard output; cuts something only where that is a terminal, and only in the form `table`."""
    if form == "json":
        tell_json(_plain_rows(table))
    elif form == "csv":
        _write_csv(table)
    elif form == "vertical":
        _write_vertical(table)
    else:
        lines, shown = aligned(table, shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
        tell(*lines)
        if shown < table.num_columns:
            say(f"{shown} of {table.num_columns} columns fit here; --vertical, --csv and --json show all")


@dataclass(slots=True)
class _Column:
    name: str
    cells: list[str]
    """As they are shown, NULL as `NULL`."""
    is_text: bool
    is_number: bool
    width: int = 0
    """Cells of a terminal."""

    def cut(self, limit: int) -> int:
        """The width where texts have at most so many cells. Numbers and times are never cut: half of one reads like another."""
        return min(self.width, limit) if self.is_text else self.width


def _columns(table: pa.Table) -> list[_Column]:
    import pyarrow as pa
    from rich.cells import cell_len

    from ..core.run.look import texts

    columns = []
    for field, values in zip(table.schema, table.columns, strict=True):
        number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_decimal(field.type)
        fixed = number or pa.types.is_temporal(field.type) or pa.types.is_boolean(field.type)
        cells = ["NULL" if text is None else printable(text) for text in texts(values)]
        column = _Column(printable(field.name), cells, not fixed, number)
        column.width = max(cell_len(column.name), *map(cell_len, cells), 1) if cells else max(cell_len(column.name), 1)
        columns.append(column)
    return columns


def aligned(table: pa.Table, width: int | None) -> tuple[list[str], int]:
    """A head and a line for each row, at most so many cells wide (None: as wide as it takes), and how many columns they show."""
    columns = _columns(table)
    shown = columns if width is None else _fitted(columns, max(width, 2))
    rows = (
        [(column.name, column) for column in shown],
        *([(column.cells[row], column) for column in shown] for row in range(table.num_rows)),
    )
    return [_GAP.join(_padded(text, column) for text, column in row).rstrip() for row in rows], len(shown)


def _padded(text: str, column: _Column) -> str:
    from rich.cells import cell_len, set_cell_size

    room = column.width - cell_len(text)
    # Marks that combine take no cell, so their number is bounded as well.
    if room < 0 or len(text) > 8 * column.width:
        return set_cell_size(text[: 8 * column.width], column.width - 1) + "…"
    return " " * room + text if column.is_number else text + " " * room


def _fitted(columns: list[_Column], width: int) -> list[_Column]:
    """As many of the columns, from the left, as fit with their texts cut to one width, the widest that is possible."""
    count = len(columns)
    while count > 1 and _needed(columns[:count], _NARROWEST) > width:
        count -= 1
    shown = columns[:count]
    if count <= 1:
        for column in shown:
            column.width = min(column.width, width)
    elif _needed(shown, width) > width:
        limit = max(limit for limit in range(_NARROWEST, width) if _needed(shown, limit) <= width)
        for column in shown:
            column.width = column.cut(limit)
    return shown


def _needed(columns: Sequence[_Column], limit: int) -> int:
    return sum(column.cut(limit) for column in columns) + len(_GAP) * (len(columns) - 1)


def _write_vertical(table: pa.Table) -> None:
    from rich.cells import cell_len

    columns = _columns(table)
    width = max((cell_len(column.name) for column in columns), default=0)
    for row in range(table.num_rows):
        tell(f"row {row + 1:,} of {table.num_rows:,}")
        tell(*(f"  {column.name}{' ' * (width - cell_len(column.name))}  {column.cells[row]}".rstrip() for column in columns))


def _write_csv(table: pa.Table) -> None:
    from ..core.run.look import texts

    print(",".join(_csv_cell(name) for name in table.column_names))
    columns = [texts(column) for column in table.columns]
    for row in range(table.num_rows):
        print(",".join(_csv_cell(column[row]) for column in columns))


def _csv_cell(text: str | None) -> str:
    """Nothing for NULL, `""` for the empty text; the csv module knows no difference."""
    if text is None:
        return ""
    text = printable(text, keep="\n\t")
    return '"' + text.replace('"', '""') + '"' if not text or set(text) & set('",\n\t') or text != text.strip() else text


def _plain_rows(table: pa.Table) -> list[dict[str, Any]]:
    """A mapping a row; a name that comes again gets its number."""
    from ..core.run.look import texts

    names: list[str] = []
    for name in table.column_names:
        again = (f"{name}_{number}" for number in range(2, len(table.column_names) + 2))
        names.append(name if name not in names else next(other for other in again if other not in names))
    columns = []
    for column in table.columns:
        try:
            columns.append([_plain(value) for value in column.to_pylist()])
        except (OverflowError, ValueError):
            # A time that Python cannot hold, such as 'infinity'.
            columns.append(list(texts(column)))
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    """What JSON can hold; everything else, not a number and infinity too, as text."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)
