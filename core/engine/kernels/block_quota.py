"""Categories that each 1,024 rows hold in the same numbers."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..block_quota import codes_of
from ..ground import Frame, Kernel, Table
from ..hashing import Ints
from ..vector import Vec, Words
from .base import register


@register("block_quota")
class BlockQuota(Kernel):
    """A value out of a written list, dealt by the permuted blocks of this column or of the one that it depends on."""

    program: columns.BlockQuota

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._codes = codes_of(table, column)
        self._words = Words(self.program.words) if self.program.words else None

    def codes(self, frame: Frame) -> Ints:
        """The place of each row's value in the list."""
        return self._codes.of_rows(frame.rows)

    def values(self, frame: Frame) -> Vec:
        codes = self.codes(frame)
        if self._words is not None:
            return Vec(codes.astype(np.int32), words=self._words)
        return Vec(np.array(self.program.numbers, np.int64)[codes], scale=self.program.scale)
