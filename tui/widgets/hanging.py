"""Lines with a head each, whose text goes on below itself where it is longer than the room."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

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
    """Each line in at most `width` cells; what a text has more goes on below its beginning, or below half the width."""
    out = []
    for head, text in lines:
        if len(head) + len(text) <= width or width < 1:
            out.append(head + text)
            continue
        indent = " " * min(len(head), width // 2)
        out += textwrap.wrap(text, width, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False) or [head]
    return out
