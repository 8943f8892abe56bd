"""Texts made of other columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..vector import Mask, Vec, Words, integer_array, string_array
from .base import Kernel, register
from .identifiers import fixed_text, put_digits

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


def to_ascii(text: str) -> str:
    """The text without accents and without characters that have no ASCII form."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


@register("text")
class Text(Kernel):
    """Pieces joined: literal texts, and columns that may have a width (numbers with leading zeros)."""

    def __init__(self, program: Mapping[str, Any], table: Table, column: str) -> None:
        super().__init__(program, table, column)
        self._changes: list[Callable[[str], str]] = []
        if program.get("ascii"):
            self._changes.append(to_ascii)
        if program.get("case") == "lower":
            self._changes.append(str.lower)
        elif program.get("case") == "upper":
            self._changes.append(str.upper)
        self._changed: dict[int, tuple[Words, pa.StringArray]] = {}

    def _change(self, text: str) -> str:
        for change in self._changes:
            text = change(text)
        return text

    def _words(self, words: Words) -> pa.StringArray:
        known = self._changed.get(id(words))
        if known is None:
            known = self._changed[id(words)] = (words, string_array([self._change(text) for text in words.texts]))
        return known[1]

    def _strings(self, vec: Vec) -> pa.StringArray:
        """The texts of a vector; the case is changed once a word rather than once a row."""
        if vec.words is not None:
            return self._words(vec.words).take(integer_array(vec.values.astype(np.int32, copy=False), pa.int32()))
        if vec.text is None:
            return pc.cast(integer_array(vec.values.astype(np.int64, copy=False), pa.int64()), pa.string())
        if not self._changes:
            return vec.text
        return string_array([self._change(text or "") for text in vec.text.to_pylist()])

    def values(self, frame: Frame) -> Vec:
        valid: Mask | None = None
        pieces: list[pa.StringArray | pa.Scalar] = []
        for piece in self.program["pieces"]:
            if isinstance(piece, str):
                pieces.append(string_array([self._change(piece)])[0])
                continue
            path, column, part, width = piece
            vec = frame.follow(path, column, part)
            if vec.valid is not None:
                valid = vec.valid if valid is None else valid & vec.valid
            if width:
                out = np.empty((len(vec), width), np.uint8)
                put_digits(out, 0, width, vec.values.astype(np.int64, copy=False))
                pieces.append(fixed_text(out))
            else:
                pieces.append(self._strings(vec))
        if all(isinstance(piece, pa.Scalar) for piece in pieces):
            return Vec(np.zeros(frame.count, np.int32), valid, words=Words(("".join(p.as_py() for p in pieces),)))
        joined = pc.binary_join_element_wise(*pieces, string_array([""])[0])
        return Vec(np.zeros(0), valid, text=joined)
