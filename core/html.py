"""Values as small tables of HTML, which notebooks show in the place of a repr. Texts of others are escaped, and printable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from .format import printable

_MOST: Final = 200
"""Rows of a table."""


def html_card(title: str, facts: Mapping[str, str], head: Sequence[str] = (), rows: Iterable[Sequence[str | int]] = ()) -> str:
    """A title, facts in a line each, and a table under them, whose whole numbers stand on the right; facts without a text are left out."""
    lines = [f"<b>{_text(title)}</b>"]
    lines += [f"<div>{_text(name)}: {_text(value)}</div>" for name, value in facts.items() if value]
    if head:
        every = list(rows)
        lines += ["<table>", _row(head, "th"), *(_row(row, "td") for row in every[:_MOST]), "</table>"]
        lines += [f"<div>and {len(every) - _MOST:,} more</div>"] if len(every) > _MOST else []
    return "\n".join(lines)


def _row(cells: Sequence[str | int], tag: str) -> str:
    return f"<tr>{''.join(_cell(cell, tag) for cell in cells)}</tr>"


def _cell(cell: str | int, tag: str) -> str:
    side = "right" if isinstance(cell, int) else "left"
    return f'<{tag} style="text-align: {side}">{_text(f"{cell:,}" if isinstance(cell, int) else cell)}</{tag}>'


def _text(text: str) -> str:
    return escape(printable(text))
