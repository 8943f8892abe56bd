"""The last gate before the terminal: nothing that a text of others holds can steer it."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from ..core.format import printable


class Clean(LineFilter):
    """Takes control characters out of drawn lines. Screens show them as escapes; a widget that does not shows nothing in their place."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same lines, as wide as before."""
        return [segment if segment.text.isascii() and segment.text.isprintable() else _clean(segment) for segment in segments]


def _clean(segment: Segment) -> Segment:
    text, style, control = segment
    if control or printable(text) == text:
        return segment
    return Segment("".join(one if printable(one) == one else "?" * cell_len(one) for one in text), style)
