"""Digests of tables: the same for the same rows, in whatever order, chunks or files they come.

Each row is hashed from the physical values of all its columns, keyed by their names; the row hashes are added up modulo
2**64, twice with different finalisers. A digest of files that were read back equals that of the batches they were
written from: texts count by their bytes, whether or not they were dictionaries, numbers by their value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .hashing import Bits, hash_ints, make_key
from .vector import integer_array, physical, plain, validity

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_NULL: Final = np.uint64(0xA5A5_5A5A_0F0F_F0F0)
_MASK: Final = (1 << 64) - 1
_TOGETHER: Final = 8_192
"""Rows of a sample that are hashed at a time."""


class Digest:
    """Adds up rows.

    `key` names the columns that tell rows apart. With `sample` n > 1 only the rows whose key hashes to a multiple of n
    count, so a reader of the files finds the same rows; 1 counts every row.
    """

    def __init__(self, key: Sequence[str], sample: int = 1) -> None:
        self.key = tuple(key)
        self.sample = sample
        self.rows = 0
        self._sums = [0, 0]
        self._waiting: list[pa.RecordBatch] = []

    def update(self, batch: pa.RecordBatch) -> None:
        """Adds the rows of a batch."""
        self.rows += batch.num_rows
        if not batch.num_rows:
            return
        if self.sample == 1:
            self._add(batch)
            return
        chosen = np.flatnonzero(_divides(self.sample, _row_hashes(batch, self.key) >> np.uint64(20)))
        if len(chosen):
            # Samples are small: hashed together, they cost no call of their own.
            self._waiting.append(batch.take(integer_array(chosen.astype(np.int64), pa.int64())))
            if sum(part.num_rows for part in self._waiting) >= _TOGETHER:
                self._flush()

    def _flush(self) -> None:
        if self._waiting:
            for batch in pa.Table.from_batches(self._waiting).combine_chunks().to_batches():
                self._add(batch)
            self._waiting = []

    def _add(self, batch: pa.RecordBatch) -> None:
        hashes = _row_hashes(batch)
        for n in (0, 1):
            self._sums[n] = (self._sums[n] + int(hash_ints(_FINAL[n], hashes).sum(dtype=np.uint64))) & _MASK

    def state(self) -> tuple[int, int, int]:
        """Rows and both sums, for `merge`."""
        self._flush()
        return self.rows, self._sums[0], self._sums[1]

    def merge(self, state: Sequence[int]) -> None:
        """Adds what another digest of the same table counted."""
        self.rows += state[0]
        for n in (0, 1):
            self._sums[n] = (self._sums[n] + state[n + 1]) & _MASK

    def hex(self) -> str:
        """32 hexadecimal digits."""
        self._flush()
        return f"{self._sums[0]:016x}{self._sums[1]:016x}"


_FINAL: Final = (make_key(0, "digest", 0), make_key(0, "digest", 1))


def digest_of(batches: Iterable[pa.RecordBatch], key: Sequence[str], sample: int = 1) -> str:
    """The digest of all rows of some batches."""
    out = Digest(key, sample)
    for batch in batches:
        out.update(batch)
    return out.hex()


def _row_hashes(batch: pa.RecordBatch, names: Sequence[str] = ()) -> Bits:
    total: Bits | None = None
    for name in names or batch.schema.names:
        bits = hash_ints(make_key(0, "column", name), _value_bits(batch.column(name)))
        total = bits if total is None else np.add(total, bits, out=total)
    return np.zeros(batch.num_rows, np.uint64) if total is None else total


def _divides(number: int, bits: Bits) -> NDArray[np.bool_]:
    if number & (number - 1) == 0:
        # A mask is five times as fast as a division.
        return (bits & np.uint64(number - 1)) == 0
    return bits % np.uint64(number) == 0


def _value_bits(column: pa.Array) -> Bits:
    """64 bits for each value, NULLs marked."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        words = _text_bits(column.dictionary)
        out = words[plain(column.indices).astype(np.int64)] if len(words) else np.zeros(len(column), np.uint64)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        out = _text_bits(column)
    elif pa.types.is_boolean(kind):
        out = physical(column).astype(np.uint64)
    elif pa.types.is_decimal(kind):
        out = np.frombuffer(column.buffers()[1], np.uint64)[::2][column.offset : column.offset + len(column)]
    else:
        values = physical(column)
        out = (values if kind == pa.float64() else values.astype(np.int64, copy=False)).view(np.uint64)
        if pa.types.is_timestamp(kind) and kind.unit != "us":
            raise TypeError(f"timestamps are counted in microseconds, not {kind.unit}")
    return np.where(validity(column), out, _NULL) if column.null_count else out


def _text_bits(column: pa.Array) -> Bits:
    """A hash of each text: its length, and its bytes eight at a time."""
    if not len(column):
        return np.zeros(0, np.uint64)
    wide = pa.types.is_large_string(column.type)
    _, offsets_buffer, data = column.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64 if wide else np.int32, count=column.offset + len(column) + 1)[column.offset :]
    offsets = offsets.astype(np.int64)
    start, stop = int(offsets[0]), int(offsets[-1])
    raw = np.zeros(stop - start + 8, np.uint8)
    if stop > start:
        raw[:-8] = np.frombuffer(data, np.uint8)[start:stop]
    # A window of eight bytes at every byte: one gather reads eight characters of every text.
    windows = np.ndarray((stop - start + 1,), dtype="<u8", buffer=raw.data, strides=(1,))
    first = offsets[:-1] - start
    length = np.diff(offsets)
    out = length.astype(np.uint64) * _GOLDEN
    rows, step = np.arange(len(length)), 0
    while True:
        left = length[rows] - step
        rows = rows[left > 0]
        if not len(rows):
            return out
        left = np.minimum(length[rows] - step, 8)
        word = windows[first[rows] + step]
        # Bytes beyond the end belong to the next text.
        word &= np.uint64(_MASK) >> ((np.uint64(8) - left.astype(np.uint64)) * np.uint64(8))
        out[rows] = hash_ints(step + 1, out[rows] ^ word)
        step += 8
