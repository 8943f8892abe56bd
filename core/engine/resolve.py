"""How a column of a frame is resolved.

Each step asks only the one before it, through the frame, which keeps all three: the rows that a column points at (its part
`row`), the frame of these rows (`target`), and values (`values`; keys are values of the target).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .asof import Kept
from .edges import numbered
from .errors import FAILURES, named
from .expressions import evaluate
from .ground import Frame, Table, Target
from .hashing import Ints
from .vector import Mask, Vec

_SMALL: Final = 65_536
"""Rows up to which a table's columns may be computed whole and kept: it only saves time, never changes a value."""
_DAYS_KEPT: Final = 64
_PAYS: Final = 8
"""Rows of a table on each of its days for two rows of a frame, up to which whole tables of days are worked out where the next frame is
not likely to ask for them again; as many times more where it is."""
_NEVER: Final = (-1 << 60, -1 << 60)
_SAMPLE: Final = 4_096
"""Rows of a frame that tell whether the same ones come again and again: those have the same values, but for columns that change."""


class Resolver:
    """The columns of one table, for frames of it; those of small tables of lasting rows are gathered from the whole column."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._columns = table.program.columns
        moment = table.engine.moment
        self._whole: Kept[tuple[str, str | None], Vec] = Kept(moment, _DAYS_KEPT)
        self._by_day: Kept[tuple[str, str | None, int], Vec] = Kept(moment, _DAYS_KEPT, _DAYS_KEPT)
        self._spans = (_NEVER, _NEVER)
        """The days of the two frames that changing columns were asked for last."""

    def values(self, frame: Frame, column: str, part: str | None) -> Vec:
        """A column of a frame, or a part of a compound one."""
        table = self._table
        if frame.start is None and not table.layout.happens and frame.count >= 256 and table.size <= _SMALL:
            if not self._columns[column].changing:
                return self._entire(column, part).take(frame.rows)
            gathered = self._gather_by_day(frame, column, part)
            if gathered is not None:
                return gathered
            once, places = frame.memo(self, "once a day", lambda: self._once_a_day(frame))
            if once is not None:
                return once.get(column, part).take(places)
        elif frame.start is None and not table.layout.happens and frame.count >= _SAMPLE and not self._columns[column].changing:
            once, places = frame.memo(self, "once", lambda: self._once(frame))
            if once is not None:
                return once.get(column, part).take(places)
        return self._fresh(frame, column, part)

    def _once(self, frame: Frame) -> tuple[Frame | None, Ints]:
        """Each of a frame's rows once, and where each one of the frame is among them; None where a sample says that few come twice."""
        rows = frame.rows
        sample = np.sort(rows[:: len(rows) // _SAMPLE][:_SAMPLE])
        if 4 * int(np.count_nonzero(np.diff(sample))) > 3 * _SAMPLE:
            return None, rows
        distinct, places = numbered(rows)
        return self._table.rows_frame(distinct), places

    def _once_a_day(self, frame: Frame) -> tuple[Frame | None, Ints]:
        """As `_once`, of rows that are seen on days of their own."""
        rows, seen = frame.rows, frame.seen
        if isinstance(seen, int):
            return None, rows
        first = int(seen.min())
        distinct, places = numbered(rows * (int(seen.max()) + 1 - first) + seen - first)
        if 4 * len(distinct) > 3 * len(rows):
            return None, rows
        some = np.zeros(len(distinct), np.int64)
        some[places] = np.arange(len(rows), dtype=np.int64)
        return self._table.rows_frame(rows[some], seen[some]), places

    def target(self, frame: Frame, column: str) -> Target:
        """The rows that a column of a frame points at; which there are follows from what the column says of NULL, too."""
        try:
            return self._table.kernel(column).target(self._recalled(frame, column))
        except FAILURES as error:
            raise named(error, self._table.name, column) from error

    def present(self, frame: Frame, column: str) -> Mask | None:
        """The rows of a frame that a column's condition and its share of NULLs leave; None: all."""
        told = self._columns[column]
        if told.when is None and not told.nulls:
            return None
        return frame.memo(self, column, lambda: self._present(frame, column))

    def _present(self, frame: Frame, column: str) -> Mask:
        told = self._columns[column]
        out = None if told.when is None else truth(evaluate(told.when, frame))
        if not told.nulls and out is not None:
            return out
        some = ~self._table.quota(frame, self._table.key(column, "nulls"), told.nulls)
        return some if out is None else out & some

    def _recalled(self, frame: Frame, column: str) -> Frame:
        return self._table.layout.recalled(frame) if self._columns[column].recalled else frame

    def _fresh(self, frame: Frame, column: str, part: str | None) -> Vec:
        told = self._columns[column]
        try:
            frame = self._recalled(frame, column)
            kernel = self._table.kernel(column)
            present = self.present(frame, column)
            if part == "row" and present is not None and not present.any():
                return Vec(np.zeros(frame.count, np.int64), present)
            out = kernel.part(frame, part) if part is not None else kernel.values(frame)
        except FAILURES as error:
            raise named(error, self._table.name, column) from error
        if present is not None:
            out = out.where(present)
        if part is None and told.unknown and out.valid is not None:
            return Vec(np.where(out.valid, out.values, -1))
        return out

    def _entire(self, column: str, part: str | None) -> Vec:
        return self._whole.get((column, part), lambda: self._fresh(self._table.frame(0, self._table.size), column, part))

    def _gather_by_day(self, frame: Frame, column: str, part: str | None) -> Vec | None:
        seen, size = frame.seen, self._table.size
        if isinstance(seen, int):
            return self._on_day(column, part, seen).take(frame.rows) if frame.count * 4 >= size else None
        first, last = int(seen.min()), int(seen.max())
        if (last - first + 1) * size * (1 if self._goes_on(first, last) else _PAYS) > frame.count * 2:
            return None
        days = [self._on_day(column, part, day) for day in range(first, last + 1)]
        if days[0].text is not None or any(day.valid is not None for day in days):
            return None
        stacked = Vec(np.concatenate([day.values for day in days]), None, days[0].scale, days[0].words)
        return stacked.take(frame.rows + (seen - first) * size)

    def _goes_on(self, first: int, last: int) -> bool:
        """Whether frames come in order of days, so that the first day of one is the last of the one before."""
        if self._spans[-1] != (first, last):
            self._spans = self._spans[-1], (first, last)
        return self._spans[0][1] in (first - 1, first)

    def _on_day(self, column: str, part: str | None, day: int) -> Vec:
        def whole() -> Vec:
            return self._fresh(self._table.frame(0, self._table.size, seen=day), column, part)

        return self._by_day.get((column, part, day), whole)


def truth(vec: Vec) -> Mask:
    """Where a condition is true (neither false nor NULL)."""
    out = vec.values.astype(np.bool_, copy=False)
    return out if vec.valid is None else out & vec.valid
