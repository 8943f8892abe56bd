"""Texts made of other columns."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...program import columns
from ..digits import digit_texts
from ..ground import Frame, Kernel, Table
from ..hashing import Ints
from ..vector import Mask, Vec, Words, integer_array, string_array
from .base import register


def to_ascii(text: str) -> str:
    """The text without accents and without characters that have no ASCII form."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _changed(text: str, ascii_only: bool, case: str | None) -> str:
    text = to_ascii(text) if ascii_only else text
    return text.lower() if case == "lower" else text.upper() if case == "upper" else text


@lru_cache(128)
def _joined_words(words: Words, before: str, after: str, ascii_only: bool, case: str | None) -> pa.StringArray:
    """A list's texts between two literals. Lists outlive engines, so whoever makes another engine has them at once."""
    return string_array([f"{before}{_changed(text, ascii_only, case)}{after}" for text in words.texts])


@register("text")
class Text(Kernel):
    """Pieces joined: literal texts, and columns that may have a width (numbers with leading zeros).

    Every piece is a place in a list of texts. The lists are laid end to end and all pieces of all rows are taken from
    them at once, row by row: the texts of the rows then lie ready in the buffer, and only their offsets are thinned out.
    """

    program: columns.Text

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._known: dict[tuple[int, str, str], tuple[object, pa.StringArray]] = {}

    def _change(self, text: str) -> str:
        return _changed(text, self.program.ascii, self.program.case)

    def _words(self, words: Words, before: str, after: str) -> pa.StringArray:
        """A list's texts between two literals: changed and joined once a word, not once a row."""
        known = self._known.get((id(words), before, after))
        if known is None:
            texts = _joined_words(words, before, after, self.program.ascii, self.program.case)
            known = self._known[id(words), before, after] = (words, texts)
        return known[1]

    def _pieces(self, before: str, vec: Vec, width: int, after: str) -> list[tuple[pa.StringArray, Ints | None]]:
        """Lists of texts and places in them; None for the rows' own order."""
        if vec.words is not None:
            return [(self._words(vec.words, before, after), vec.values)]
        around = [[(string_array([text]), np.zeros(len(vec), np.int64))] if text else [] for text in (before, after)]
        if vec.text is not None:
            text = (
                vec.text
                if not (self.program.ascii or self.program.case)
                else string_array([self._change(text or "") for text in vec.text.to_pylist()])
            )
            return [*around[0], (text, None), *around[1]]
        numbers = vec.values.astype(np.int64, copy=False)
        low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
        if not width and low >= 0 and high < len(_NUMBERS):
            return [(self._words(_NUMBERS, before, after), numbers)]
        if low >= 0 and high < 10 ** (width or 18):
            digits = width or (len(str(low)) if len(str(low)) == len(str(high)) else 0)
            return [*around[0], digit_texts(digits, numbers), *around[1]]
        # A width is the least: what is longer, or has a sign, is as long as it is.
        return [*around[0], (string_array([f"{number:0{width}}" for number in numbers.tolist()]), None), *around[1]]

    def values(self, frame: Frame) -> Vec:
        valid: Mask | None = None
        groups: list[tuple[str, Vec, int, str]] = []
        literal = ""
        for piece in self.program.pieces:
            if isinstance(piece, str):
                text = self._change(piece)
                if groups and not literal and groups[-1][1].words is not None:
                    groups[-1] = (*groups[-1][:3], text)
                else:
                    literal += text
                continue
            vec = frame.follow(*piece.path)
            if vec.valid is not None:
                valid = vec.valid if valid is None else valid & vec.valid
            groups.append((literal, vec, piece.width, ""))
            literal = ""
        if not groups:
            return Vec(np.zeros(frame.count, np.int32), valid, words=Words((literal,)))
        groups[-1] = (*groups[-1][:3], groups[-1][3] + literal)
        return Vec(np.zeros(0), valid, text=_joined([piece for group in groups for piece in self._pieces(*group)], frame.count))


_NUMBERS: Final = Words([str(number) for number in range(10_000)])


def _joined(pieces: list[tuple[pa.StringArray, Ints | None]], count: int) -> pa.StringArray:
    places = np.empty((count, len(pieces)), np.int32)
    start = 0
    for n, (texts, own) in enumerate(pieces):
        np.add(np.arange(count) if own is None else own, start, out=places[:, n], casting="unsafe")
        start += len(texts)
    texts = pa.concat_arrays([texts for texts, _ in pieces]) if len(pieces) > 1 else pieces[0][0]
    # Places are within their list by construction: looking at each again would cost a tenth.
    taken = pc.take(texts, integer_array(places.ravel(), pa.int32()), boundscheck=False)
    _, offsets, data = taken.buffers()
    ends = np.frombuffer(offsets, np.int32, count=count * len(pieces) + 1)[:: len(pieces)]
    return pa.StringArray.from_buffers(count, pa.py_buffer(np.ascontiguousarray(ends)), data)
