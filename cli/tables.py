"""Tables of values: fitted to a terminal, whole in a pipe, a line a column, or as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from ..core.errors import InputError
from ..core.format import printable
from .streams import say, tell, tell_json, width_of_terminal

if TYPE_CHECKING:
    import pyarrow as pa

Form = Literal["table", "vertical", "csv", "json"]

_GAP: Final = "  "
_NARROWEST: Final = 12
"""Cells of a terminal that a column which is cut keeps."""


def form_of(*, as_json: bool, csv: bool, vertical: bool) -> Form:
    """The form that was asked for; raises InputError for several."""
    asked: list[Form] = [form for form, wanted in (("json", as_json), ("csv", csv), ("vertical", vertical)) if wanted]  # type: ignore[misc]
    if len(asked) > 1:
        raise InputError(f"--{asked[0]} and --{asked[1]} exclude each other")
    return asked[0] if asked else "table"


@dataclass(slots=True)
class Column:
    """A column as it is shown."""

    name: str
    values: Sequence[str | None]
    """None is NULL."""
    is_number: bool
    """Numbers stand on the right."""
    is_text: bool
    """Texts may be cut. Numbers and times are not: half of one reads like another."""
    cells: list[str] = field(init=False)
    width: int = field(init=False)
    """Cells of a terminal."""

    def __post_init__(self) -> None:
        from rich.cells import cell_len

        self.cells = ["NULL" if value is None else printable(value) for value in self.values]
        self.width = max(1, cell_len(printable(self.name)), *map(cell_len, self.cells))

    @property
    def head(self) -> str:
        """The name, printable."""
        return printable(self.name)

    def cut(self, limit: int) -> int:
        """The width where texts have at most so many cells."""
        return min(self.width, limit) if self.is_text else self.width


def write_table(table: pa.Table, form: Form) -> None:
    """Writes a table of Arrow's; see `write_columns`."""
    if form == "json":
        import json

        # Times and decimals as Python writes them.
        tell_json(json.loads(json.dumps(table.to_pylist(), default=str)))
    else:
        write_columns(columns_of(table), form)


def columns_of(table: pa.Table) -> list[Column]:
    """The columns of a table of Arrow's."""
    import pyarrow as pa

    from ..core.run.look import texts

    columns = []
    for schema, values in zip(table.schema, table.columns, strict=True):
        number = pa.types.is_integer(schema.type) or pa.types.is_floating(schema.type) or pa.types.is_decimal(schema.type)
        fixed = number or pa.types.is_temporal(schema.type) or pa.types.is_boolean(schema.type)
        columns.append(Column(schema.name, texts(values), number, not fixed))
    return columns


def write_columns(columns: Sequence[Column], form: Form) -> None:
    """Writes a table to standard output; cuts something only where that is a terminal, and only in the form `table`."""
    if form == "csv":
        _write_csv(columns)
    elif form == "vertical":
        _write_vertical(columns)
    else:
        lines, shown = aligned(columns, width_of_terminal())
        tell(*lines)
        if shown < len(columns):
            say(f"{shown} of {len(columns)} columns fit here; --vertical, --csv and --json show all")


def aligned(columns: Sequence[Column], width: int | None) -> tuple[list[str], int]:
    """A head and a line for each row, at most so many cells wide (None: as wide as it takes), and how many columns they show."""
    shown = columns if width is None else _fitted(columns, max(width, 2))
    rows = zip(*([column.head, *column.cells] for column in shown), strict=True)
    return [_GAP.join(map(_padded, row, shown)).rstrip() for row in rows], len(shown)


def _padded(text: str, column: Column) -> str:
    from rich.cells import cell_len, set_cell_size

    room = column.width - cell_len(text)
    # Marks that combine take no cell, so their number is bounded as well.
    if room < 0 or len(text) > 8 * column.width:
        return set_cell_size(text[: 8 * column.width], column.width - 1) + "…"
    return " " * room + text if column.is_number else text + " " * room


def _fitted(columns: Sequence[Column], width: int) -> Sequence[Column]:
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


def _needed(columns: Sequence[Column], limit: int) -> int:
    return sum(column.cut(limit) for column in columns) + len(_GAP) * (len(columns) - 1)


def _write_vertical(columns: Sequence[Column]) -> None:
    from rich.cells import cell_len

    width = max((cell_len(column.head) for column in columns), default=0)
    rows = len(columns[0].cells) if columns else 0
    for row in range(rows):
        tell(f"row {row + 1:,} of {rows:,}")
        tell(*(f"  {column.head}{' ' * (width - cell_len(column.head))}  {column.cells[row]}".rstrip() for column in columns))


def _write_csv(columns: Sequence[Column]) -> None:
    for row in zip(*([column.name, *column.values] for column in columns), strict=True):
        print(",".join(map(_csv_cell, row)))


def _csv_cell(text: str | None) -> str:
    """Nothing for NULL, `""` for the empty text; the csv module knows no difference."""
    if text is None:
        return ""
    text = printable(text, keep="\n\t")
    return '"' + text.replace('"', '""') + '"' if not text or set(text) & set('",\n\t') or text != text.strip() else text
