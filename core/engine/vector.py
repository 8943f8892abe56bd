"""A column of a block while it is being computed, and its way into Arrow.

Numbers are numpy arrays in their physical form (money as scaled integers, dates as days, timestamps as microseconds).
Texts are codes into a `Words` list wherever the values come from a list, else an Arrow string array. Arrow arrays are
made from buffers: `pa.array` would import pandas at its first call, which costs more than most runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .hashing import Ints

Mask = NDArray[np.bool_]


def string_array(texts: Sequence[str]) -> pa.StringArray:
    """An Arrow string array of Python texts, without pandas."""
    encoded = [text.encode() for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded)))


class Words:
    """An ordered list of distinct texts that codes point into."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def array(self) -> pa.StringArray:
        """The texts as an Arrow array."""
        return string_array(self.texts)

    @cached_property
    def places(self) -> dict[str, int]:
        """Code of each text."""
        return {text: code for code, text in enumerate(self.texts)}


def integer_array(values: NDArray[Any], kind: pa.DataType, valid: pa.Buffer | None = None) -> pa.Array:
    """An Arrow array of a fixed-width type over a numpy buffer."""
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(np.ascontiguousarray(values))])


def bitmap(mask: Mask) -> pa.Buffer:
    """An Arrow validity or boolean buffer."""
    return pa.py_buffer(np.packbits(mask, bitorder="little"))


def physical(array: pa.Array) -> NDArray[Any]:
    """The values of an Arrow array of booleans, doubles or what is counted in whole numbers, anything for NULL.

    Arrow's own ways to numpy and to fill NULLs import pandas, which costs more than most tables.
    """
    data = array.buffers()[1]
    if pa.types.is_boolean(array.type):
        return _bits(data, array)
    kind = "f8" if array.type == pa.float64() else f"i{array.type.bit_width // 8}"
    return np.frombuffer(data, kind, count=array.offset + len(array))[array.offset :]


def validity(array: pa.Array) -> Mask:
    """Which values of an Arrow array are not NULL."""
    return _bits(array.buffers()[0], array) if array.null_count else np.ones(len(array), np.bool_)


def plain(array: pa.Array, missing: int = 0) -> NDArray[Any]:
    """As `physical`, `missing` for NULL."""
    out = physical(array)
    return np.where(validity(array), out, out.dtype.type(missing)) if array.null_count else out


def _bits(buffer: pa.Buffer, array: pa.Array) -> Mask:
    bits = np.unpackbits(np.frombuffer(buffer, np.uint8), bitorder="little", count=array.offset + len(array))
    return bits[array.offset :].view(np.bool_)


def codes_in(distinct: pa.StringArray, texts: pa.StringArray) -> Ints:
    """The place of each text among distinct ones, -1 where it is none of them."""
    return plain(pc.index_in(texts, distinct), missing=-1).astype(np.int64)


@dataclass(slots=True, eq=False)
class Vec:
    """Values of one column for the rows of a frame: a number array, codes with words, or an Arrow text array."""

    values: NDArray[Any]
    """Physical values; codes where `words` is given; unused (empty) where `text` is given."""
    valid: Mask | None = None
    """None: no NULL."""
    scale: int = 0
    """Digits after the decimal point, for decimals."""
    words: Words | None = None
    text: pa.StringArray | None = field(default=None)
    span: tuple[int, int] | None = field(default=None)
    """Bounds of whole numbers, NULLs' included; None: not known."""

    def __len__(self) -> int:
        return len(self.values) if self.text is None else len(self.text)

    def take(self, places: Ints) -> Vec:
        """The values at `places`."""
        valid = None if self.valid is None else self.valid[places]
        if self.text is not None:
            index = integer_array(places.astype(np.int64, copy=False), pa.int64())
            return Vec(self.values, valid, text=self.text.take(index))
        return Vec(self.values[places], valid, self.scale, self.words)

    def slice(self, start: int, stop: int) -> Vec:
        """The values start .. stop - 1, without a copy."""
        valid = None if self.valid is None else self.valid[start:stop]
        text = None if self.text is None else self.text.slice(start, stop - start)
        return Vec(self.values[start:stop], valid, self.scale, self.words, text)

    def where(self, mask: Mask) -> Vec:
        """The same values, NULL where `mask` is false."""
        return Vec(self.values, mask if self.valid is None else self.valid & mask, self.scale, self.words, self.text)

    def strings(self) -> pa.StringArray:
        """Texts as a plain Arrow string array, NULLs kept."""
        if self.text is not None:
            return self.text if self.valid is None else with_validity(self.text, self.valid)
        if self.words is None:
            raise TypeError("not a text")
        codes = integer_array(self.values.astype(np.int32), pa.int32(), None if self.valid is None else bitmap(self.valid))
        return self.words.array.take(codes)

    def to_arrow(self, kind: pa.DataType) -> pa.Array:
        """The Arrow array of the declared type."""
        valid = None if self.valid is None or bool(self.valid.all()) else bitmap(self.valid)
        if pa.types.is_dictionary(kind):
            if self.words is None:
                raise TypeError("a dictionary column needs words")
            codes = integer_array(self.values.astype(np.int32, copy=False), pa.int32(), valid)
            return pa.DictionaryArray.from_arrays(codes, self.words.array, safe=False)
        if pa.types.is_string(kind):
            return self.strings()
        if pa.types.is_boolean(kind):
            return pa.Array.from_buffers(kind, len(self.values), [valid, bitmap(self.values.astype(np.bool_, copy=False))])
        if pa.types.is_decimal(kind):
            wide = np.empty((len(self.values), 2), np.int64)
            wide[:, 0] = self.values
            np.right_shift(wide[:, 0], 63, out=wide[:, 1])
            return pa.Array.from_buffers(kind, len(self.values), [valid, pa.py_buffer(wide)])
        if pa.types.is_float64(kind):
            return integer_array(self.values.astype(np.float64, copy=False), kind, valid)
        width = np.int32 if pa.types.is_date32(kind) or pa.types.is_int32(kind) else np.int64
        return integer_array(self.values.astype(width, copy=False), kind, valid)


def written(values: Sequence[Any], kind: str) -> Vec:
    """The vector of values that stand in a program, in their physical form (None is NULL)."""
    valid = np.array([value is not None for value in values], np.bool_)
    mask = None if valid.all() else valid
    if kind == "varchar":
        words = Words(tuple(dict.fromkeys(value for value in values if value is not None)) or ("",))
        return Vec(np.array([words.places.get(value, 0) for value in values], np.int32), mask, words=words)
    types: dict[str, type[np.generic]] = {"boolean": np.bool_, "double": np.float64}
    scale = int(kind.removesuffix(")").split(",")[1]) if kind.startswith("decimal") else 0
    return Vec(np.array([value or 0 for value in values], types.get(kind, np.int64)), mask, scale)


def joined(first: Vec, second: Vec) -> Vec:
    """The values of two vectors of one type, one after the other."""
    valid = None
    if first.valid is not None or second.valid is not None:
        valid = np.concatenate([np.ones(len(v), np.bool_) if v.valid is None else v.valid for v in (first, second)])
    if second.text is not None:
        return Vec(np.zeros(0), valid, text=pa.concat_arrays([Vec(first.values, words=first.words).strings(), second.text]))
    if first.words is not None and second.words is not None:
        words = Words(tuple(dict.fromkeys((*second.words.texts, *first.words.texts))))
        codes = np.array([words.places[text] for text in first.words.texts], np.int32)[first.values]
        return Vec(np.concatenate([codes, second.values.astype(np.int32)]), valid, words=words)
    return Vec(np.concatenate([first.values.astype(second.values.dtype), second.values]), valid, second.scale)


def with_validity(text: pa.StringArray, valid: Mask) -> pa.StringArray:
    """The texts with NULL where `valid` is false, on top of their own NULLs."""
    if text.offset:
        text = text.take(integer_array(np.arange(len(text), dtype=np.int64), pa.int64()))
    if text.null_count:
        valid = valid & validity(text)
    _, offsets, data = text.buffers()
    return pa.StringArray.from_buffers(len(text), offsets, data, bitmap(valid))


def arrow_type(sql: str, dictionary: bool = False) -> pa.DataType:
    """The Arrow type of a SQL type name: bigint, integer, boolean, double, varchar, date, timestamp, decimal(p,s)."""
    plain = {
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "boolean": pa.bool_(),
        "double": pa.float64(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
    }
    if sql == "varchar":
        return pa.dictionary(pa.int32(), pa.string()) if dictionary else pa.string()
    if sql in plain:
        return plain[sql]
    precision, scale = sql.removeprefix("decimal(").removesuffix(")").split(",")
    return pa.decimal128(int(precision), int(scale))
