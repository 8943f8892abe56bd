"""A grid over rows that are worked out while it is scrolled through, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.binding import Binding
from textual.message import Message

from ..pages import Page, Pages
from .grid_lines import NULL, ORPHAN, WIDEST, GridColumn, GridLines, cut, head_of

_TWICE: Final = 2


class Grid(GridLines, can_focus=True):
    """Lines of cells under a head, of which only those on the screen are asked for.

    It holds a few pages. Where rows are missing it says so by `Wants`, shows a sign in their place and answers keys as ever; who
    owns it hands in pages by `put`.
    """

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

    # What is shown

    def show(self, columns: Sequence[GridColumn], count: int, *, row: int = 0, column: int = 0, frozen: int = 1) -> None:
        """Shows other rows: `count` of them, of which none is there yet; `frozen` columns do not scroll."""
        same = [each.name for each in columns] == [each.name for each in self.columns]
        widths = self._widths if same else [0] * len(columns)
        self.columns, self.pages, self._frozen = tuple(columns), Pages(count), frozen
        heads = [cell_len(head_of(each)) for each in columns]
        self._widths = [max(low, head, min(each.width, WIDEST)) for low, head, each in zip(widths, heads, columns, strict=True)]
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
            longest = max((cell_len(cut(text)) if text is not None else len(NULL) for text in texts), default=0)
            if number in page.strays:
                longest += len(ORPHAN)
            self._widths[number] = max(self._widths[number], min(longest, WIDEST))
        if self._widths != before:
            self._fit()
        self.refresh()
        self.post_message(self.Wants())

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
