"""How a grid is laid out and drawn: lines of cells under a head, beside columns that do not scroll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...core.format import printable
from ..pages import PAGE, Page, Pages

WIDEST: Final = 40
"""Cells of a column at most."""
_LOOKED_AT: Final = 400
"""Characters of a text that are looked at: the rest is never seen."""
NULL: Final = "NULL"
ORPHAN: Final = " !"
_WAITS: Final = "\u2591"


@dataclass(frozen=True, slots=True)
class GridColumn:
    """What is known of a column before any row is there."""

    name: str
    right: bool = False
    """Whether its values stand on the right, as numbers do."""
    width: int = 0
    """Cells that its values will take, as far as that is known."""
    mark: str = ""
    """Stands behind the name."""


class GridLines(ScrollView):
    """How the cells of a grid are laid out and drawn."""

    DEFAULT_CSS = """
    GridLines { height: 1fr; }
    GridLines > .grid--head { text-style: bold; background: $surface; color: $text; }
    GridLines > .grid--odd { background: $surface 40%; }
    GridLines > .grid--line { background: $boost; }
    GridLines > .grid--cursor { background: $panel; color: $text; }
    GridLines:focus > .grid--cursor { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
    GridLines > .grid--null { color: $text-disabled; text-style: italic; }
    GridLines > .grid--orphan { color: $text-error; text-style: bold; }
    GridLines > .grid--waits { color: $text-disabled; }
    GridLines > .grid--edge { color: $panel-lighten-2; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"grid--{name}" for name in ("head", "odd", "line", "cursor", "null", "orphan", "waits", "edge")
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's
        super().__init__(id=id)
        self.columns: tuple[GridColumn, ...] = ()
        self.pages = Pages(0)
        self.row = self.column = 0
        """Of the cursor."""
        self._widths: list[int] = []
        self._frozen = 0

    def _fit(self) -> None:
        self.virtual_size = Size(sum(self._widths) + 2 * len(self._widths) + 1, self.pages.count + 1)

    @property
    def _edge(self) -> int:
        """Cells of the columns that do not scroll, before the line beside them."""
        return sum(self._widths[: self._frozen]) + 2 * self._frozen

    def _begin(self, column: int) -> int:
        return sum(self._widths[:column]) + 2 * column

    def _column_at(self, x: int) -> int | None:
        if x >= self._edge:
            x += round(self.scroll_x) - 1
        end = 0
        for number, width in enumerate(self._widths):
            end += width + 2
            if x < end:
                return number
        return None

    def render_line(self, y: int) -> Strip:
        """The head, or a row."""
        width = self.scrollable_content_region.width
        row = round(self.scroll_y) + y - 1
        if not self.columns or (y and row >= self.pages.count):
            return Strip.blank(width, self.rich_style)
        base = self._style("head") if y == 0 else self._base(row)
        parts = self._part(range(self._frozen), y, row, base)
        room = max(width - self._edge - 1, 0)
        if len(self.columns) > self._frozen:
            parts.append(Segment("\u2502", base + self.get_component_rich_style("grid--edge", partial=True)))
        left, at = round(self.scroll_x), 0
        some: list[int] = []
        skip = 0
        for number in range(self._frozen, len(self.columns)):
            begin, at = at, at + self._widths[number] + 2
            if at > left and begin < left + room:
                skip = left - begin if not some else skip
                some.append(number)
        rest = Strip(self._part(some, y, row, base)).crop(skip, skip + room)
        return Strip([*parts, *rest]).adjust_cell_length(width, base)

    def _base(self, row: int) -> Style:
        if row == self.row:
            return self._style("line")
        return self._style("odd") if row % 2 else self.rich_style

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"grid--{name}")

    def _part(self, columns: Sequence[int], y: int, row: int, base: Style) -> list[Segment]:
        """The cells of some columns of a line."""
        if y == 0:
            heads = [(self.columns[n], self._widths[n]) for n in columns]
            return [Segment(f" {_padded(head_of(column), width, column.right)} ", base) for column, width in heads]
        page = self.pages.page(row)
        out = []
        for number in columns:
            text, style = _WAITS * min(self._widths[number], 6), "waits"
            if page is not None:
                text, style = self._cell(page, row % PAGE, number)
            look = base
            if style:
                look += self.get_component_rich_style(f"grid--{style}", partial=True)
            if row == self.row and number == self.column:
                look += self.get_component_rich_style("grid--cursor", partial=True)
            out.append(Segment(f" {_padded(text, self._widths[number], self.columns[number].right)} ", look))
        return out

    def _cell(self, page: Page, line: int, column: int) -> tuple[str, str]:
        text = page.texts[column][line]
        if text is None:
            return NULL, "null"
        if not text:
            return "''", "null"
        return (cut(text) + ORPHAN, "orphan") if line in page.strays.get(column, ()) else (cut(text), "")


def head_of(column: GridColumn) -> str:
    """What stands above a column."""
    return printable(f"{column.name} {column.mark}".rstrip())


def cut(text: str) -> str:
    """A text as it may stand in a cell."""
    return printable(text[:_LOOKED_AT])


def _padded(text: str, width: int, right: bool) -> str:
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(width - 2, 0)) + ".."[:width]
    return " " * (width - length) + text if right else text + " " * (width - length)
