"""What keeps a line under the cursor readable."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


def one_colour(line: Strip) -> Strip:
    """A line in the colours in which it begins: what is faint, or coloured, beside others cannot be read on the cursor's ground."""
    parts = list(line)
    if not parts or parts[0].style is None:
        return line
    plain = Style(color=parts[0].style.color, dim=False)
    return Strip([Segment(part.text, (part.style or Style()) + plain, part.control) for part in parts], line.cell_length)
