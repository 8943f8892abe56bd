"""Lines with a head each, whose text goes on below itself where it is longer than the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.widgets import Static

from ...core.format import printable


class Hanging(Static):
    """Lines of (head, text), as high as they need."""

    DEFAULT_CSS = "Hanging { width: 1fr; height: auto; }"

    def tell(self, lines: Sequence[tuple[str, str]]) -> None:
        """Shows other lines; heads and texts are of anybody."""
        self.update(hung(lines))


def hung(lines: Sequence[tuple[str, str]]) -> Group:
    """Each line with its text beside its head, and what it has more below its beginning."""
    return Group(*(_Line(printable(head), printable(text)) for head, text in lines))


@dataclass(frozen=True, slots=True)
class _Line:
    head: str
    text: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A head without room for anything beside it stands on lines of its own."""
        head, text, width = Text(self.head, overflow="fold"), Text(self.text, overflow="fold"), options.max_width
        if cell_len(self.head) >= width:
            yield head
            yield Padding(text, (0, 0, 0, width // 2))
            return
        line = Table.grid("", "")
        line.columns[0].no_wrap = True
        line.add_row(head, text)
        yield line
