"""Lists that are filled anew, each time with columns as wide as they need."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import DataTable


def fill(table: DataTable[Text], names: Sequence[Text], lines: Sequence[Sequence[Text]], keys: Sequence[str | None] = ()) -> None:
    """Puts other lines into a list; `keys` name them.

    Columns that find their width themselves never become narrower, and are drawn before they have found it where something else of
    the screen changes in the same moment.
    """
    table.clear(columns=True)
    for number, name in enumerate(names):
        table.add_column(name, width=max([name.cell_len, *(line[number].cell_len for line in lines)]))
    for line, key in zip(lines, keys or [None] * len(lines), strict=True):
        table.add_row(*line, key=key)
