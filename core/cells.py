"""Texts measured as terminals show them: some letters take two cells, and marks that stand over a letter take none."""

from __future__ import annotations

# What a cell is, is said in one place: the front ends' own drawing measures by it.
from rich.cells import cell_len, set_cell_size

__all__ = ["cell_len", "cut", "filled", "split"]


def cut(text: str, width: int, mark: str = "..") -> str:
    """A text in at most `width` cells; a mark tells that something is missing."""
    if cell_len(text) <= width:
        return text
    return f"{set_cell_size(text, max(width - len(mark), 0))}{mark[: max(width, 0)]}"


def filled(text: str, width: int, right: bool = False) -> str:
    """A text in just `width` cells: cut, or with blanks behind it, or before it where it stands at the `right`."""
    shown = cut(text, width)
    room = " " * (width - cell_len(shown))
    return f"{room}{shown}" if right else f"{shown}{room}"


def split(text: str) -> list[str]:
    """A text cell by cell: behind a letter of two cells stands an empty one, and marks stand with their letter."""
    out: list[str] = []
    begin = 0
    for end in range(1, len(text) + 1):
        # What a letter takes may hang on those before it.
        for _ in range(cell_len(text[:end]) - len(out)):
            out.append(text[begin:end])
            begin = end
        if out and begin < end:
            out[-1 if out[-1] else -2] += text[begin:end]
            begin = end
    return out
