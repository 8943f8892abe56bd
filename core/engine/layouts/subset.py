"""Rows of another table that have one value of a category that deals blocks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from ...program import rows
from ...program.values import Way
from ..block_quota import codes_of
from ..edges import numbered
from ..ground import Frame, Layout, Table
from ..hashing import Bits, Ints
from ..permuted_blocks import BITS, SIZE, Codes
from ..vector import Mask, Vec
from .base import register


class Choice:
    """The rows of a table whose dealt category has one value: each block of 1,024 has as many, so they are numbered densely."""

    def __init__(self, table: Table, column: str, code: int) -> None:
        self._table, self._column, self._code = table, column, code

    @cached_property
    def codes(self) -> Codes:
        """What the blocks hold."""
        return codes_of(self._table, self._column)

    @cached_property
    def each(self) -> int:
        """How many a block has."""
        return self.codes.count(self._code)

    def rows(self, numbers: Ints) -> Ints:
        """The table's row of each number, ascending with it."""
        block = numbers // self.each
        distinct, place = numbered(block)
        inside = self.codes.places(distinct, self._code)
        return (block << BITS) + inside[place, numbers - block * self.each]

    def before(self, row: int) -> int:
        """How many of them lie before a row of the table."""
        block, inside = row >> BITS, row & (SIZE - 1)
        places = self.codes.places(np.array([block], np.int64), self._code)[0]
        return block * self.each + int(np.searchsorted(places, inside))

    def numbers(self, rows: Ints) -> Ints:
        """The number of each row that has the value."""
        block = rows >> BITS
        distinct, place = numbered(block)
        inside = self.codes.places(distinct, self._code)
        # One search for all blocks: each block's places stand in a range of their own.
        stacked = (inside + (np.arange(len(distinct), dtype=np.int64) << BITS)[:, None]).ravel()
        found = np.searchsorted(stacked, (place << BITS) + (rows & (SIZE - 1)))
        return block * self.each + found - place * self.each


@register("subset")
class Subset(Layout):
    """One row for each row of `of` whose `column` has the value `code`, in their order."""

    program: rows.Subset
    at_once = 1 << 14  # a row may need all of its block, and its parent's children

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.of = self.program.of
        self._of = table.engine.table(self.program.of)
        self.choice = Choice(self._of, self.program.column, self.program.code)

    @property
    def happens(self) -> bool:  # type: ignore[override]  # a chosen row happens where its parent does
        return self._of.layout.happens

    @property
    def rises(self) -> bool:
        return self._of.layout.rises

    @property
    def on_day(self) -> bool:
        return self._of.layout.on_day

    @property
    def in_order(self) -> bool:
        return True

    def before(self, day: int) -> int:
        return self.choice.before(self._of.layout.before(day))

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self._of.rows_frame(self.choice.rows(frame.rows)), None

    def day(self, frame: Frame) -> Ints:
        return frame.parents[0].day

    def begin(self, frame: Frame) -> Ints:
        return frame.parents[0].begin

    def alive(self, rows: Ints, days: Ints) -> Mask:
        return self._of.layout.alive(self.choice.rows(rows), days)

    def match(self, how: Way, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        if how.by != "parent":
            return super().match(how, columns, days, bits)
        rows, found = self._of.layout.match(how.above, columns, days, bits)
        has = self.choice.codes.of_rows(rows) == self.program.code
        has = has if found is None else has & found
        numbers = np.zeros(len(rows), np.int64)
        numbers[has] = self.choice.numbers(rows[has])
        return numbers, has
