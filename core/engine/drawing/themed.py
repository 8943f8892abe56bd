"""Draws of siblings that are mostly alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from ...frozen import dataclass
from ..alias import build_alias, draw_alias, draw_stacked
from ..ground import Frame
from ..hashing import Bits, Ints, hash_ints
from ..index import Index
from .favourites import Favourites
from .population import Population

_LOYAL = 4
"""Attempts in which what was drawn among rows of one value is drawn among them again; a few more find rows of any value."""
_PIECE = 16_384


@dataclass(frozen=True, slots=True)
class _Themes:
    """Alias tables of the rows of each value, one after the other, and of all rows behind them."""

    alias: Bits
    entries: Ints
    """The row that each entry stands for."""
    starts: Ints
    sizes: Ints
    of: Ints
    """The number of the table of each row's value."""

    @property
    def whole(self) -> Bits:
        """The table of all rows."""
        return self.alias[self.starts[-1] :]


class Themed:
    """A row by popularity out of a fixed population; a share of a parent's rows out of those of one value of a column.

    The value is that of a row drawn by popularity for the parent, so a value is as frequent as its rows are popular, and each row
    is as popular as it would be alone. What must be drawn anew, because a sibling has it, finds other values after a few attempts.
    """

    def __init__(
        self,
        keys: Sequence[int],
        population: Population,
        weights: Callable[[int], Ints],
        index: Callable[[], Index],
        share: float,
        theme_key: int,
        alike_key: int,
        favourites: Favourites | None,
    ) -> None:
        self._keys, self.population, self._weights, self._index = keys, population, weights, index
        self._theme_key, self._alike_key = theme_key, alike_key
        self._favourites = favourites
        self._share = np.uint64(min(int(share * 2.0**64), (1 << 64) - 1))

    @cached_property
    def _themes(self) -> _Themes:
        count = self.population.fixed
        index, weights = self._index(), self._weights(count)
        starts = np.flatnonzero(np.diff(index.places, prepend=-1))
        sizes = np.diff(np.append(starts, count))
        tables = [build_alias(weights[index.rows[low : low + size]]) for low, size in zip(starts, sizes, strict=True)]
        of = np.empty(count, np.int64)
        of[index.rows] = np.repeat(np.arange(len(starts), dtype=np.int64), sizes)
        entries = np.concatenate([index.rows, np.arange(count, dtype=np.int64)])
        return _Themes(np.concatenate([*tables, build_alias(weights)]), entries, np.append(starts, count), np.append(sizes, count), of)

    def draw(self, frame: Frame, attempt: int, pending: Ints | None) -> Ints:
        """A row for each row of the frame, or for those at `pending`."""
        known, key = self._themes, self._keys[attempt]
        rows = frame.rows if pending is None else frame.rows[pending]
        if attempt >= _LOYAL:
            return draw_alias(known.whole, hash_ints(key, rows))
        themes, place = frame.memo(self, "theme", lambda: self._theme(frame))
        if pending is not None:
            place = pending if place is None else place[pending]
        out = np.empty(len(rows), np.int64)
        # A favourite is drawn like all else in the table of the parent's value: an owner has some in each of them.
        bits = None if self._favourites is None else self._favourites.bits(frame, key, pending)
        # In pieces, because the many scratch columns of a large frame would be new memory each time.
        for low in range(0, len(rows), _PIECE):
            mine = rows[low : low + _PIECE]
            table = themes[low : low + _PIECE] if place is None else themes[place[low : low + _PIECE]]
            table = np.where(hash_ints(self._alike_key, mine) < self._share, table, len(known.starts) - 1)
            offset, size = known.starts[table], known.sizes[table]
            drawn = hash_ints(key, mine) if bits is None else bits[low : low + _PIECE]
            out[low : low + _PIECE] = known.entries[offset + draw_stacked(known.alias, offset, size, drawn)]
        return out

    def fits(self, frame: Frame, place: int, row: int) -> bool:
        """Whether a row may be drawn for one of a frame at all, whatever its popularity."""
        return True

    def _theme(self, frame: Frame) -> tuple[Ints, Ints | None]:
        """The table of the value that the rows of each parent share, and the place of each row's parent (None: one to one)."""
        parents, place = frame.parents
        return self._themes.of[draw_alias(self._themes.whole, parents.hash(self._theme_key))], place
