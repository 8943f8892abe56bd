"""A grid over rows that are worked out while it is scrolled through, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...core.format import printable
from ..pages import PAGE, Page, Pages

_WIDEST: Final = 40
_WIDEST_CUT: Final = 400
"""Characters of a text that are looked at: the rest is never seen."""
NULL: Final = "NULL"
_ORPHAN: Final = " !"
_WAITS: Final = "\u2591"
_TWICE: Final = 2


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


class Grid(ScrollView, can_focus=True):
    """Lines of cells under a head, of which only those on the screen are asked for.

    It holds a few pages. Where rows are missing it says so by `Wants`, shows a sign in their place and answers keys as ever; who
    owns it hands in pages by `put`.
    """

    DEFAULT_CSS = """
    Grid { height: 1fr; }
    Grid > .grid--head { text-style: bold; background: $surface; color: $text; }
    Grid > .grid--odd { background: $surface 40%; }
    Grid > .grid--line { background: $boost; }
    Grid > .grid--cursor { background: $panel; color: $text; }
    Grid:focus > .grid--cursor { background: $primary; color: $text; text-style: bold; }
    Grid > .grid--null { color: $text-disabled; text-style: dim; }
    Grid > .grid--orphan { color: $text-error; text-style: bold; }
    Grid > .grid--waits { color: $text-disabled; text-style: dim; }
    Grid > .grid--edge { color: $panel-lighten-2; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"grid--{name}" for name in ("head", "odd", "line", "cursor", "null", "orphan", "waits", "edge")
    }
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1, 0)", "Up", show=False, id="grid.up"),
        Binding("down,j", "move(1, 0)", "Down", show=False, id="grid.down"),
        Binding("left,h", "move(0, -1)", "Left", show=False, id="grid.left"),
        Binding("right,l", "move(0, 1)", "Right", show=False, id="grid.right"),
        Binding("pageup,left_square_bracket", "turn(-1)", "A screen up", show=False, id="grid.page_up"),
        Binding("pagedown,right_square_bracket", "turn(1)", "A screen down", show=False, id="grid.page_down"),
        Binding("ctrl+u", "turn(-0.5)", "Half a screen up", show=False, id="grid.half_up"),
        Binding("ctrl+d", "turn(0.5)", "Half a screen down", show=False, id="grid.half_down"),
        Binding("ctrl+home,g", "end(-1, 0)", "First row", show=False, id="grid.top"),
        Binding("ctrl+end,G", "end(1, 0)", "Last row", show=False, id="grid.bottom"),
        Binding("home,0,circumflex_accent", "end(0, -1)", "First column", show=False, id="grid.first_column"),
        Binding("end,dollar_sign", "end(0, 1)", "Last column", show=False, id="grid.last_column"),
    ]

    class Moved(Message):
        """The cursor stands on another cell, or another table is shown."""

    class Wants(Message):
        """Rows that are on the screen, or beside it, are not there."""

    class Opened(Message):
        """A cell was clicked twice."""

    class Headed(Message):
        """The name of a column was clicked."""

        def __init__(self, column: int) -> None:
            super().__init__()
            self.column = column

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's
        super().__init__(id=id)
        self.columns: tuple[GridColumn, ...] = ()
        self.pages = Pages(0)
        self.row = self.column = 0
        """Of the cursor."""
        self._widths: list[int] = []
        self._frozen = 0

    # What is shown

    def show(self, columns: Sequence[GridColumn], count: int, *, row: int = 0, column: int = 0, frozen: int = 1) -> None:
        """Shows other rows: `count` of them, of which none is there yet; `frozen` columns do not scroll."""
        same = [each.name for each in columns] == [each.name for each in self.columns]
        widths = self._widths if same else [0] * len(columns)
        self.columns, self.pages, self._frozen = tuple(columns), Pages(count), frozen
        heads = [cell_len(_head(each)) for each in columns]
        self._widths = [max(low, head, min(each.width, _WIDEST)) for low, head, each in zip(widths, heads, columns, strict=True)]
        self._fit()
        self.row = self.column = 0
        if not same:
            self.scroll_to(0, 0, animate=False)
        self.move(row, column)
        self.refresh()
        self.post_message(self.Wants())

    def put(self, page: Page) -> None:
        """Shows the rows of a page, and asks for what is wanted next."""
        self.pages.put(page)
        before = list(self._widths)
        for number, texts in enumerate(page.texts):
            longest = max((cell_len(_cut(text)) if text is not None else len(NULL) for text in texts), default=0)
            if number in page.strays:
                longest += len(_ORPHAN)
            self._widths[number] = max(self._widths[number], min(longest, _WIDEST))
        if self._widths != before:
            self._fit()
        self.refresh()
        self.post_message(self.Wants())

    def _fit(self) -> None:
        self.virtual_size = Size(sum(self._widths) + 2 * len(self._widths) + 1, self.pages.count + 1)

    @property
    def lines(self) -> int:
        """Rows that fit below the head."""
        return max(self.scrollable_content_region.height - 1, 1)

    @property
    def seen(self) -> range:
        """The rows on the screen."""
        first = round(self.scroll_y)
        return range(first, min(first + self.lines, self.pages.count))

    @property
    def missing(self) -> int | None:
        """The page that is wanted next."""
        return self.pages.missing(self.seen.start, self.seen.stop - 1)

    def texts_of(self, row: int) -> list[str | None]:
        """The cells of a row; raises KeyError for one that is not there."""
        return [self.pages.cell(row, column) for column in range(len(self.columns))]

    # Where the cursor is

    def move(self, row: int, column: int) -> None:
        """Puts the cursor on a cell, as far as there are cells, and makes it seen."""
        before = self.row
        self.row = min(max(row, 0), max(self.pages.count - 1, 0))
        self.column = min(max(column, 0), max(len(self.columns) - 1, 0))
        top, left = round(self.scroll_y), round(self.scroll_x)
        if not top - 1 <= self.row <= top + self.lines:
            # Far from what is seen: rows before and after it are seen as well.
            top = max(self.row - self.lines // 2, 0)
        elif self.row < top or self.row == top + self.lines:
            top = self.row if self.row < top else self.row - self.lines + 1
        if self.column >= self._frozen and self._widths:
            begin = self._begin(self.column) - self._edge
            room = max(self.scrollable_content_region.width - self._edge - 1, 1)
            end = begin + self._widths[self.column] + 2
            left = begin if begin < left else max(min(end - room, begin), left)
        self.scroll_to(left, top, animate=False)
        for line in {before, self.row}:
            # The head is the first line.
            self.refresh_line(line + 1)
        self.post_message(self.Moved())

    def action_move(self, rows: int, columns: int) -> None:
        """Moves the cursor by cells."""
        self.move(self.row + rows, self.column + columns)

    def action_turn(self, screens: float) -> None:
        """Moves the cursor by screens, and what is seen with it."""
        rows = int(screens * self.lines)
        self.scroll_to(y=round(self.scroll_y) + rows, animate=False)
        self.move(self.row + rows, self.column)

    def action_end(self, rows: int, columns: int) -> None:
        """Moves the cursor to the first or the last row or column."""
        row = self.row if not rows else 0 if rows < 0 else self.pages.count - 1
        self.move(row, self.column if not columns else 0 if columns < 0 else len(self.columns) - 1)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Asks for the rows that come into sight."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Wants())

    def on_resize(self) -> None:
        """Keeps the cursor in sight."""
        self.move(self.row, self.column)
        self.post_message(self.Wants())

    def on_click(self, event: events.Click) -> None:
        """Puts the cursor where the mouse is; a second click opens the cell, one on the head orders by the column."""
        at = event.get_content_offset(self)
        column = self._column_at(at.x) if at is not None else None
        if at is None or column is None:
            return
        if at.y == 0:
            self.post_message(self.Headed(column))
        elif round(self.scroll_y) + at.y - 1 < self.pages.count:
            self.move(round(self.scroll_y) + at.y - 1, column)
            if event.chain == _TWICE:
                self.post_message(self.Opened())

    # Drawing

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
            return [Segment(f" {_padded(_head(column), width, column.right)} ", base) for column, width in heads]
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
        return (_cut(text) + _ORPHAN, "orphan") if line in page.strays.get(column, ()) else (_cut(text), "")


def _head(column: GridColumn) -> str:
    return printable(f"{column.name} {column.mark}".rstrip())


def _cut(text: str) -> str:
    return printable(text[:_WIDEST_CUT])


def _padded(text: str, width: int, right: bool) -> str:
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(width - 2, 0)) + ".."[:width]
    return " " * (width - length) + text if right else text + " " * (width - length)
