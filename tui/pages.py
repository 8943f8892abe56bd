"""The few pages of a long table that are held while it is scrolled through."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

PAGE: Final = 128
"""Rows of a page: two screens of a large terminal, a few milliseconds of work."""
_MOST: Final = 12
"""Pages that are held."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Some rows of what is shown, and the same as texts."""

    number: int
    """From 0; the first row is `number * PAGE`."""
    rows: pa.Table
    texts: Sequence[Sequence[str | None]]
    """By column; None is NULL."""
    strays: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Column -> the rows of this page whose key there is an orphan."""


class Pages:
    """What is held of `count` rows, and what is wanted next."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._held: OrderedDict[int, Page] = OrderedDict()
        self._failed: set[int] = set()

    def put(self, page: Page) -> None:
        """Holds a page, and lets go of the one that was asked for longest ago where there are too many."""
        self._held[page.number] = page
        self._held.move_to_end(page.number)
        if len(self._held) > _MOST:
            self._held.popitem(last=False)

    def fail(self, number: int) -> None:
        """Wants a page no longer, as its rows cannot be computed."""
        self._failed.add(number)

    def page(self, row: int) -> Page | None:
        """The page on which a row stands; None where it is not there yet."""
        return self._held.get(row // PAGE)

    def cell(self, row: int, column: int) -> str | None:
        """The text of a cell, None for NULL; raises KeyError for a row that is not there."""
        return self._held[row // PAGE].texts[column][row % PAGE]

    def rows(self, rows: range) -> pa.Table | None:
        """Some rows that follow each other, as Arrow holds them; None where they are not all there."""
        import pyarrow as pa

        if not rows:
            return None
        pages = [self._held.get(number) for number in range(rows.start // PAGE, (rows.stop - 1) // PAGE + 1)]
        there = [page.rows for page in pages if page is not None]
        return pa.concat_tables(there).slice(rows.start % PAGE, len(rows)) if len(there) == len(pages) else None

    def missing(self, first: int, last: int) -> int | None:
        """The page to be computed next: the first one of the rows first .. last that is not there, else one beside them."""
        if not self.count:
            return None
        low, high = max(first, 0) // PAGE, min(last, self.count - 1) // PAGE
        for number in range(low, high + 1):
            if number in self._held:
                self._held.move_to_end(number)
        beside = [number for number in (high + 1, low - 1) if 0 <= number * PAGE < self.count]
        return next((n for n in (*range(low, high + 1), *beside) if n not in self._held and n not in self._failed), None)
