"""Rows of pools near something else, such as the places around a shop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ...program import columns
from ..alias import build_stacked, draw_stacked
from ..ground import Frame, Table
from ..hashing import Ints, unit
from ..vector import Mask
from .base import register
from .changing import epoch_of
from .pool import PoolRow, Want, codes, combinations, wanted_of

_SPACE: Final = 1 << 17
"""Combinations of values at most that have a place each."""


@register("near_pool")
class NearPool(PoolRow):
    """A row of a pool: for a share of the rows among those that are near, for a share of the others among those a little
    farther away, and so on, at last among all.

    Where nothing is near, or the row does not say near to what, the next circle is tried. A changing column draws from
    the pool's even rows in one epoch and from its odd rows in the next, in every circle.
    """

    program: columns.NearPoolRow

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._near = [*self.program.near, columns.Near(1.0, ())]
        self._edges = np.cumsum([near.share for near in self.program.near])
        self._near_key = self.subkey("near")
        self._tables: dict[tuple[Any, ...], tuple[int, int]] = {}
        self._spans: dict[tuple[Any, ...], tuple[Ints, Ints]] = {}
        """Of each circle, by what the codes of wanted values stand for: where the table of a combination starts (-1: not known), and
        its size."""

    def places(self, frame: Frame) -> Ints:
        """The pool row of each row."""
        epoch = epoch_of(self.program.changes, frame, self.column)
        bits = self.bits(frame, self.key, epoch)
        share = unit(self.bits(frame, self._near_key, epoch))
        circle = np.zeros(frame.count, np.int64)
        for edge in self._edges.tolist():
            circle += share >= edge
        wants = [codes(frame.follow(*path)) for _, path in self._match]
        half = (self.half(frame, epoch) if epoch is not None else np.zeros(frame.count, np.int64), (0, 1))
        out = np.zeros(frame.count, np.int64)
        for number, near in enumerate(self._near):
            mine = np.flatnonzero(circle == number)
            if not len(mine):
                continue
            told, there = self._told(frame, near, mine)
            asked = [*((coded[mine], values) for coded, values in (*wants, half)), *told]
            offset, size = self._drawn_from(number, asked)
            there &= size > 0
            found = mine[there]
            out[found] = self._rows[offset[there] + draw_stacked(self._stack, offset[there], size[there], bits[found])]
            circle[mine[~there]] += 1
        return out

    @staticmethod
    def _told(frame: Frame, near: columns.Near, mine: Ints) -> tuple[list[Want], Mask]:
        """What a circle is around, for some of the rows; and which of these say it."""
        told, there = [], np.ones(len(mine), np.bool_)
        for _, path in near.match:
            vec = frame.follow(*path).take(mine)
            if vec.valid is not None:
                there &= vec.valid
            told.append(codes(vec))
        return told, there

    def _drawn_from(self, number: int, wants: list[Want]) -> tuple[Ints, Ints]:
        """Of each row where the table starts that it draws from in a circle, and its size: 0 where no row of the pool fits."""
        space = 1
        for _, values in wants:
            space *= len(values)
        if space > _SPACE:
            found, place = combinations(wants, len(wants[0][0]))
            spans = np.array(self._spans_of(number, found), np.int64).reshape(-1, 2)[place]
            return spans[:, 0], spans[:, 1]
        # What was asked for before is found by its code.
        key = (number, *(values for _, values in wants))
        known = self._spans.get(key)
        if known is None:
            known = self._spans[key] = np.full(space, -1, np.int64), np.zeros(space, np.int64)
        offset, size = known
        code = np.zeros(len(wants[0][0]), np.int64)
        for coded, values in wants:
            code *= len(values)
            code += coded
        out = offset.take(code)
        if len(out) and int(out.min()) < 0:
            missing = np.unique(code[out < 0])
            for one, (low, count) in zip(missing.tolist(), self._spans_of(number, wanted_of(wants, missing)), strict=True):
                offset[one], size[one] = low, count
            out = offset.take(code)
        return out, size.take(code)

    def _spans_of(self, number: int, wanted: Sequence[tuple[Any, ...]]) -> list[tuple[int, int]]:
        """Where the tables of combinations of wanted values start, and their sizes."""
        self._add({(number, *values) for values in wanted} - self._tables.keys())
        return [self._tables[number, *values] for values in wanted]

    def _add(self, keys: set[tuple[Any, ...]]) -> None:
        """Makes the alias tables that are not known yet, all at once."""
        fitting = {key: self._fitting(*key) for key in sorted(keys, key=str)}
        start = len(self._rows)
        for key, fit in fitting.items():
            self._tables[key] = start, len(fit)
            start += len(fit)
        some = [fit for fit in fitting.values() if len(fit)]
        if some:
            rows = np.concatenate(some)
            fresh = build_stacked(self._pool.weights[rows], np.array([len(fit) for fit in some], np.int64))
            self._stack, self._rows = np.concatenate([self._stack, fresh]), np.concatenate([self._rows, rows])

    def _fitting(self, number: int, *wanted: Any) -> Ints:
        """The rows of the pool that are drawn from in a circle, for what is wanted of them."""
        rows = np.flatnonzero(self._pool.weights)
        match = wanted[: len(self._match)]
        for (theirs, _), value in zip(self._match, match, strict=True):
            left = self._with(rows, theirs, value)
            rows = left if len(left) else rows
        for (theirs, _), value in zip(self._near[number].match, wanted[len(match) + 1 :], strict=True):
            rows = self._with(rows, theirs, value)
        if not self.program.changes:
            return rows
        left = rows[rows & 1 == wanted[len(match)]]
        return left if len(left) or number + 1 < len(self._near) else rows

    def _with(self, rows: Ints, field: str, value: Any) -> Ints:
        """Those of some rows of the pool that have a value."""
        vec = self._pool.fields[field]
        if vec.words is not None:
            return rows[vec.values[rows] == vec.words.places.get(value, -1)]
        return rows[vec.values[rows] == value]
