"""One table of a program at work."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np

from ..program.columns import Parent
from ..program.program import Table as TableProgram
from ..program.values import BEHIND, Path
from .asof import Kept
from .errors import OutOfRange, named
from .frame import Frame
from .ground import Bounds, Engine, Kernel, Target
from .ground import Frame as SomeFrame
from .hashing import Ints, hash_ints, make_key
from .kernels import KERNELS, make_kernel
from .layouts import make_layout
from .numbers import fitted
from .permute import permute
from .permuted_blocks import PermutedBlocks
from .resolve import Resolver
from .vector import Mask, Vec

_NULL_BLOCK: Final = 1_024
_DAYS_KEPT: Final = 4


class Table:
    """A layout, and a kernel for each column, made at its first use."""

    def __init__(self, engine: Engine, name: str, program: TableProgram) -> None:
        self.engine = engine
        self.name = name
        self.world = program.world
        self.program = program
        self.layout = make_layout(program.rows, self)
        self._kernels: dict[str, Kernel] = {}
        self._blocks: dict[str, PermutedBlocks] = {}
        self._sizes: Kept[str, int] = Kept(engine.moment, _DAYS_KEPT)
        self._resolver = Resolver(self)
        self.written = program.written

    def key(self, column: str, *purpose: str) -> int:
        """A key of one column."""
        return make_key(self.engine.seed, self.world, self.name, column.removeprefix(BEHIND), *purpose)

    def kernel(self, column: str) -> Kernel:
        """The kernel of one column."""
        kernel = self._kernels.get(column)
        if kernel is None:
            kernel = self._kernels[column] = make_kernel(self.program.columns[column], self, column)
        return kernel

    def check(self, column: str) -> None:
        """Raises ValueError where a column cannot be filled for all days of the plan."""
        if KERNELS[self.program.columns[column].kernel.kind].checks:
            self.kernel(column).check()

    def permuted_blocks(self, column: str, number: int) -> PermutedBlocks:
        """The shuffle of blocks that a column of this table deals; `number` is the table's rows by the end of the history."""
        blocks = self._blocks.get(column)
        if blocks is None:
            # The word is a part of the key: with another one all values would change.
            blocks = self._blocks[column] = PermutedBlocks(self.key(column, "deck"), number)
        return blocks

    def frame(self, start: int, count: int, seen: Ints | int | None = None) -> Frame:
        """A frame of consecutive rows."""
        return Frame(self, start, count, None, seen)

    def rows_frame(self, rows: Ints, seen: Ints | int | None = None, day: Ints | None = None) -> Frame:
        """A frame of any rows; `day`: the local day on which each begins, where that is known."""
        return Frame(self, None, len(rows), rows, seen, day)

    @cached_property
    def siblings_differ(self) -> bool:
        """Whether siblings are drawn together in some column, none of which has what another one has."""
        return any(getattr(column.kernel, "distinct", False) for column in self.program.columns.values())

    @property
    def size(self) -> int:
        """Rows up to the horizon, for tables whose rows last; those of snapshots are others each day."""
        return self._sizes.get("rows", lambda: self.layout.before(len(self.engine.calendar.weights)))

    def values(self, frame: SomeFrame, column: str, part: str | None) -> Vec:
        """A column of a frame, or a part of a compound one."""
        return self._resolver.values(frame, column, part)

    def target(self, frame: SomeFrame, column: str) -> Target:
        """The rows that a column of a frame points at."""
        return self._resolver.target(frame, column)

    def present(self, frame: SomeFrame, column: str) -> Mask | None:
        """The rows of a frame that a column's condition and its share of NULLs leave; None: all."""
        return self._resolver.present(frame, column)

    def fitted(self, frame: SomeFrame, column: str) -> Vec:
        """A written column of a frame, whose values its type can hold; raises CellError."""
        try:
            return fitted(frame.get(column), self.program.columns[column].type)
        except OutOfRange as error:
            raise named(error.among(frame.rows), self.name, column) from None

    def bounds(self, first: SomeFrame, last: SomeFrame, column: str, part: str | None = None) -> Bounds | None:
        """Bounds of a column, or of a part of it, in ranges of rows, by the first and the last row of each; None: not known."""
        return self.kernel(column).bounds(first, last, part) if self._always(column) else None

    def climbed(self, frame: SomeFrame, column: str) -> SomeFrame | None:
        """The rows stood on by each of a frame's rows, which never fall from row to row; None: not known to be so."""
        if not (self.layout.in_order and self._always(column) and isinstance(self.program.columns[column].kernel, Parent)):
            return None
        parents, places = frame.parents
        return parents if places is None else parents.table.rows_frame(parents.rows[places], day=parents.day[places])

    def bounds_at(self, first: SomeFrame, last: SomeFrame, path: Path) -> Bounds | None:
        """As `bounds`, of what stands at the end of a path."""
        through, column, part = path
        for step in through:
            above, below = (frame.table.climbed(frame, step) for frame in (first, last))
            if above is None or below is None:
                return None
            first, last = above, below
        return first.table.bounds(first, last, column, part)

    def _always(self, column: str) -> bool:
        """Whether every row has a value of its own in a column, the same on every day."""
        told = self.program.columns[column]
        return not (told.nullable or told.changing or told.recalled or told.unknown or told.when is not None or told.nulls)

    def quota(self, frame: SomeFrame, key: int, share: float, from_end: bool = False) -> Mask:
        """An exact share of the rows: of each 1,024 row numbers, and of all rows up to the driving total.

        `from_end` takes its share from the other end of the shuffle, so that two quotas never meet.
        """
        total = self.layout.own_number if self.layout.happens else 0
        block, inside = frame.rows // _NULL_BLOCK, frame.rows % _NULL_BLOCK
        size = np.full(frame.count, _NULL_BLOCK, np.int64)
        if total % _NULL_BLOCK:
            cut = total // _NULL_BLOCK
            size[block == cut] = total % _NULL_BLOCK
            late = frame.rows >= total
            if late.any():
                inside[late] = (frame.rows[late] - total) % _NULL_BLOCK
                block[late] = cut + 1 + (frame.rows[late] - total) // _NULL_BLOCK
                size[late] = _NULL_BLOCK
        before = np.minimum(block * _NULL_BLOCK, total) if total else block * _NULL_BLOCK
        if total:
            before = np.where(block > total // _NULL_BLOCK, total + (block - total // _NULL_BLOCK - 1) * _NULL_BLOCK, before)
        taken = np.floor((before + size) * share + 0.5) - np.floor(before * share + 0.5)
        slot = permute(hash_ints(key, block), size, inside)
        return slot >= size - taken if from_end else slot < taken
