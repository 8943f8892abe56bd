"""Texts of plain words that mean nothing: so many words, or so many characters."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...program import columns
from ..distributions import Sampler
from ..ground import Frame, Kernel, Table
from ..hashing import Ints, below, hash_range
from ..vector import Vec
from .base import register

_STARTS: Final = 65_536
"""Words at which a text may begin."""
_PIECE: Final = 1 << 20
"""Bytes that are gathered at once, so that long texts need little memory beside themselves."""


@register("prose")
class Prose(Kernel):
    """A stretch of one long line of words that is hashed from the column: of `distribution` words, or of `distribution` characters.

    It starts with a capital letter; one of so many characters ends with a full stop, wherever the line is cut.
    """

    program: columns.Prose

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._size = Sampler(self.program.distribution)
        self._place_key = self.subkey("place")

    @cached_property
    def _line(self) -> tuple[NDArray[np.uint8], Ints]:
        """The line's bytes, and where each word of it starts."""
        pool = self.table.engine.pool(self.program.pool)
        words = next(iter(pool.fields.values())).words
        if words is None:
            raise TypeError("prose is made of texts")
        texts = [text.encode() for text in words.texts]
        # No text goes beyond the last start by more than 2,000 words, which are more than 2,000 characters.
        places = below(hash_range(self.subkey("line"), 0, _STARTS + 2_001), len(texts))
        twice = np.flatnonzero(places[1:] == places[:-1]) + 1
        places[twice] = (places[twice] + 1) % len(texts)
        starts = np.zeros(len(places) + 1, np.int64)
        np.cumsum(np.array([len(text) + 1 for text in texts], np.int64)[places], out=starts[1:])
        line = b" ".join(texts[place] for place in places.tolist()) + b" "
        line = line.upper() if self.program.case == "upper" else line
        return np.frombuffer(line, np.uint8), starts

    def values(self, frame: Frame) -> Vec:
        line, starts = self._line
        first = below(frame.hash(self._place_key), _STARTS)
        size = self._size.draw(frame.hash(self.key))
        begin = starts[first]
        cut = self.program.of == "length"
        length = size if cut else starts[first + size] - 1 - begin
        ends = np.zeros(frame.count + 1, np.int64)
        np.cumsum(length, out=ends[1:])
        data = np.empty(int(ends[-1]), np.uint8)
        low = 0
        while low < frame.count:
            high = max(int(np.searchsorted(ends, ends[low] + _PIECE, side="right")) - 1, low + 1)
            mine = slice(int(ends[low]), int(ends[high]))
            shift = np.repeat(begin[low:high] - ends[low:high], length[low:high])
            data[mine] = line[np.arange(mine.start, mine.stop, dtype=np.int64) + shift]
            low = high
        if frame.count:
            if cut:
                data[ends[1:] - 1] = ord(".")
            if self.program.case is None:
                heads = data[ends[:-1]]
                data[ends[:-1]] = np.where((heads >= ord("a")) & (heads <= ord("z")), heads - 32, heads)
        return Vec(np.zeros(0), text=pa.StringArray.from_buffers(frame.count, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(data)))
