"""Lists dealt over seats: how many seats each row of a list has is exact, and which they are is found without a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...program import columns
from ..hashing import Ints, hash_ints
from ..layouts.seats import Seats
from ..permute import shuffle_pow2, unshuffle_pow2
from ..vector import Vec
from .base import Kernel, register

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


@register("deal")
class Deal(Kernel):
    """Each block of 2**bits seats holds every row of the list as often as its weight says, in a keyed order."""

    program: columns.SeatDeal

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        if not isinstance(table.layout, Seats):
            raise TypeError("a list is dealt over seats")
        self.layout = table.layout
        self._pool = table.engine.pool(self.program.pool)
        self._field = self.program.field
        self.bits = self.program.bits
        self._rows: Ints = np.repeat(np.arange(self._pool.rows, dtype=np.int64), self._pool.weights)
        self.quota: Ints = self._pool.weights
        """Seats of each row of the list in a block."""
        self.first: Ints = np.cumsum(self.quota) - self.quota
        """The slot at which each row of the list begins in a block."""
        self.blocks = self.layout.early >> self.bits

    def seats(self, block: Ints, slot: Ints) -> Ints:
        """The seat of a slot of a block."""
        return (block << self.bits) + unshuffle_pow2(self.bits, hash_ints(self.key, block), slot)

    def places(self, frame: Frame) -> Ints:
        """The row of the list that each row's seat was dealt."""
        seat = self.layout.seat(frame.rows)
        block = seat >> self.bits
        return self._rows[shuffle_pow2(self.bits, hash_ints(self.key, block), seat & ((1 << self.bits) - 1))]

    def values(self, frame: Frame) -> Vec:
        return self.part(frame, self._field)

    def part(self, frame: Frame, name: str) -> Vec:
        if name == "":
            return Vec(self.places(frame))
        return self._pool.fields[name].take(frame.get(self.column, "").values)
