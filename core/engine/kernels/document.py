"""JSON documents of columns."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...program import columns
from ..digits import moment_texts
from ..ground import Frame, Kernel
from ..vector import Vec, Words, arrow_type, string_array
from .base import register

_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


@register("json")
class Json(Kernel):
    """One object a row: texts, dates and moments (ISO 8601, UTC) as strings, numbers and booleans as such, NULL as null."""

    program: columns.Document

    def values(self, frame: Frame) -> Vec:
        pieces: list[Any] = []
        before = "{"
        for field in self.program.fields:
            pieces += [_literal(f"{before}{json.dumps(field.name)}:"), _shown(frame.follow(*field.path), field.type)]
            before = ","
        pieces += [_literal("}"), _literal("")]
        return Vec(np.zeros(0), text=pc.binary_join_element_wise(*pieces, null_handling="replace", null_replacement="null"))


def _literal(text: str) -> pa.Scalar:
    return string_array([text])[0]


def _shown(vec: Vec, kind: str) -> pa.Array:
    """The JSON of each value; NULL stays NULL."""
    if kind == "varchar":
        if vec.words is not None:
            quoted = Words([json.dumps(text, ensure_ascii=False) for text in vec.words.texts])
            return Vec(vec.values, vec.valid, words=quoted).strings()
        text = vec.strings()
        for plain, escaped in _ESCAPES:
            text = pc.replace_substring(text, plain, escaped)
        return _quoted(text)
    if kind == "timestamp":
        return _quoted(Vec(np.zeros(0), vec.valid, text=moment_texts(vec.values, b"T")).strings())
    plain = pc.cast(vec.to_arrow(arrow_type(kind)), pa.string())
    return _quoted(plain) if kind == "date" else plain


def _quoted(text: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(_literal('"'), text, _literal('"'), _literal(""))
