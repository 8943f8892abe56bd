"""Drawn numbers, with their changes over time."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np

from ...program import columns
from ...program.values import Path
from ..distributions import Sampler
from ..ground import Frame, Kernel, Table
from ..hashing import Bits, Ints, hash_ints, hash_pairs, index16
from ..numbers import both
from ..together import Together
from ..vector import Vec
from .base import register
from .category import number_among
from .changing import epoch_of

_SMALL: Final = 65_536
_KEPT: Final = 1 << 20
"""Values of one column that are kept: eight megabytes."""


@register("number")
class Number(Kernel):
    """A drawn number in units of 10**-places; `times` scales it, `endings` gives it price endings.

    A changing number is multiplied at each change by a draw of its own (not cumulated, so it does not wander off) and
    moves to the next ending, so that a change always gives another value. One that changes together with another column
    is drawn anew.
    """

    program: columns.Number

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        program = self.program
        self._places = program.places
        self._scaled = bool(program.times or program.endings or (program.changes and program.changes.times))
        # A factor is applied to millionths, so that the rounding happens once, at the end.
        scale = 1e6 if self._scaled else 10.0**self._places
        self._sampler = Sampler(program.distribution, scale)
        self._others = {value: Sampler(other, scale) for value, other in program.by.values.items()} if program.by is not None else {}
        changes = program.changes
        self._factor = Sampler(changes.times, 1e6) if changes is not None and changes.times is not None else None
        self._together = Together(program.follows) if program.follows is not None else None
        self._endings: Ints = np.array(program.endings, np.int64)
        self._by_epoch: Ints = np.zeros(0, np.int64)
        """Of a small table the values of all rows after no change, of all after one, and so on, as far as they were asked for."""
        self._factor_key, self._ending_key, self._anew_key = self.subkey("factor"), self.subkey("ending"), self.subkey("anew")

    def _shared(self, frame: Frame) -> Vec | None:
        """The whole numbers by which rows share a draw."""
        return frame.follow(*self.program.per) if self.program.per is not None else None

    def _bits(self, frame: Frame, epoch: Ints | None) -> Bits:
        """The hash of each row that its number is drawn by; the upper 16 bits are the number's rank among all."""
        shared = self._shared(frame)
        bits = frame.hash(self.key) if shared is None else hash_ints(self.key, shared.values)
        if epoch is not None and self._factor is None:
            some = np.flatnonzero(epoch > 0)
            bits[some] = hash_pairs(self._anew_key, frame.rows[some], epoch[some])
        return bits if self._together is None else self._together.bits(frame, bits)

    def part(self, frame: Frame, name: str) -> Vec:
        if name != "rank":
            return super().part(frame, name)
        return Vec(index16(self._bits(frame, epoch_of(self.program.changes, frame, self.column))))

    def _by(self, frame: Frame, bits: Bits, column: str) -> Ints:
        """What hashes draw by the distributions that another column chooses."""
        which, out = number_among(frame, Path((), column), tuple(self._others)), np.empty(len(bits), np.int64)
        for number, sampler in enumerate([self._sampler, *self._others.values()]):
            mine = np.flatnonzero(which == number)
            if len(mine):
                out[mine] = sampler.draw(bits[mine])
        return out

    def values(self, frame: Frame) -> Vec:
        epoch = epoch_of(self.program.changes, frame, self.column)
        known = self._known(frame, epoch) if epoch is not None and self._is_kept else None
        return self._drawn(frame, epoch) if known is None else known

    @cached_property
    def _is_kept(self) -> bool:
        """Whether the table is small, and a row's values follow from its number of changes alone."""
        program, table = self.program, self.table
        alone = program.by is None and program.per is None and program.follows is None and not table.layout.happens
        if not alone or self._factor is None or table.size > _SMALL:
            return False
        times = program.times
        return times is None or (not times.through and not table.program.columns[times.column].changing)

    def _known(self, frame: Frame, epoch: Ints) -> Vec | None:
        """Values that are looked up among those of all rows; None where these would be more than are asked for in the long run."""
        size = self.table.size
        if frame.count * 16 < size or not frame.count:
            return None
        most = int(epoch.max()) + 1
        if most * size > _KEPT or int(frame.rows.max()) >= size:
            return None
        if len(self._by_epoch) < most * size:
            whole = self.table.frame(0, size)
            more = [self._drawn(whole, np.full(size, n, np.int64)).values for n in range(len(self._by_epoch) // size, most)]
            self._by_epoch = np.concatenate([self._by_epoch, *more])
        return Vec(self._by_epoch.take(epoch * size + frame.rows), None, self._places)

    def _drawn(self, frame: Frame, epoch: Ints | None) -> Vec:
        if self._sampler.constant is not None and self.program.by is None:
            out = np.full(frame.count, self._sampler.constant, np.int64)
        else:
            bits = self._bits(frame, epoch)
            out = self._sampler.draw(bits) if self.program.by is None else self._by(frame, bits, self.program.by.column)
        shared = self._shared(frame)
        valid = shared.valid if shared is not None else None
        if not self._scaled:
            return Vec(out, valid, self._places)
        real = out.astype(np.float64) * 1e-6
        if self.program.times is not None:
            factor = frame.follow(*self.program.times)
            real *= factor.values.astype(np.float64) / 10.0**factor.scale
            valid = both(factor, Vec(out, valid))
        if epoch is not None and self._factor is not None:
            factors = self._factor.draw(hash_pairs(self._factor_key, frame.rows, epoch)).astype(np.float64) * 1e-6
            real *= np.where(epoch > 0, factors, 1.0)
        unit_ = 10.0**self._places
        if len(self._endings):
            step = 10**self._places
            start = (hash_ints(self._ending_key, frame.rows) & np.uint64(1023)).view(np.int64)
            ending = self._endings[(start + (0 if epoch is None else epoch)) % len(self._endings)]
            whole = np.floor(real + 0.5).astype(np.int64)
            # An ending below the half belongs to the whole it follows, one above to the whole it precedes.
            out = np.where(ending * 2 > step, (whole - 1) * step + ending, whole * step + ending)
            return Vec(np.where(out <= 0, ending + step * (ending <= 0), out), valid, self._places)
        out = np.floor(real * unit_ + 0.5).astype(np.int64)
        if epoch is not None and self._factor is not None:
            # The last digit is even in even epochs and odd in odd ones, so that neighbours differ.
            out = out - ((out + epoch) & 1)
        return Vec(out, valid, self._places)
