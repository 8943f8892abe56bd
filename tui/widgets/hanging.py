"""Lines with a head each, whose text goes on below itself where it is longer than the room."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, get_character_cell_size
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ...core.format import printable


class Hanging(Widget):
    """Lines of (head, text), as high as they need."""

    DEFAULT_CSS = "Hanging { width: 1fr; height: auto; text-wrap: nowrap; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # as Textual calls it
        super().__init__(id=id)
        self._lines: tuple[tuple[str, str], ...] = ()

    def tell(self, lines: Sequence[tuple[str, str]]) -> None:
        """Shows other lines; heads and texts are of anybody."""
        self._lines = tuple((printable(head), printable(text)) for head, text in lines)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are once the texts are wrapped."""
        return max(len(hung(self._lines, width)), 1)

    def render(self) -> Content:
        """The lines, in the room that there is."""
        return Content("\n".join(hung(self._lines, self.content_size.width)))


def hung(lines: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Each line in at most `width` cells; what a text has more goes on below its beginning, or below half the width.

    A head that is wider than all the room has lines of its own. Of blanks, none is lost but the one at which a line ends.
    """
    out: list[str] = []
    for head, text in lines:
        if width < 1 or cell_len(head) + cell_len(text) <= width:
            out.append(head + text)
            continue
        *before, line = _pieces(head, width, width)
        indent = " " * min(cell_len(head), width // 2)
        out += before
        if before and text:
            out.append(line)
            line = indent
        for number, word in enumerate(text.split(" ")):
            blank = " " if number else ""
            left = width - cell_len(line) - len(blank)
            if cell_len(word) <= left:
                line += blank + word
                continue
            # A word that has no room on any line begins on this one.
            if cell_len(word) <= width - len(indent) or left < 1:
                out.append(line)
                line, blank, left = indent, "", width - len(indent)
            first, *more = _pieces(word, left, width - len(indent))
            line += blank + first
            for piece in more:
                out.append(line)
                line = indent + piece
        out.append(line)
    return out


def _pieces(text: str, first: int, room: int) -> list[str]:
    """A text in pieces of at most `room` cells, the first of them in at most `first`."""
    out, piece, left = [], "", first
    for one in text:
        wide = get_character_cell_size(one)
        if wide > left and (piece or left < room):
            out.append(piece)
            piece, left = "", room
        piece, left = piece + one, left - wide
    return [*out, piece]
