"""Categories that each 1,024 rows hold in the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..deck import Codes
from ..hashing import Ints
from ..vector import Vec, Words
from .base import Kernel, register

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


@register("dealt")
class Dealt(Kernel):
    """A value out of a written list, dealt by the deck of this column or of the one that it depends on."""

    def __init__(self, program: Mapping[str, Any], table: Table, column: str) -> None:
        super().__init__(program, table, column)
        self.dealt = Codes(table.deck(program["deck"], program["number"]), program["runs"], program["cut"])
        self._words = Words(program["words"]) if program.get("words") else None

    def codes(self, frame: Frame) -> Ints:
        """The place of each row's value in the list."""
        return self.dealt.of_rows(frame.rows)

    def values(self, frame: Frame) -> Vec:
        codes = self.codes(frame)
        if self._words is not None:
            return Vec(codes.astype(np.int32), words=self._words)
        return Vec(np.array(self.program["numbers"], np.int64)[codes], scale=self.program.get("scale", 0))
