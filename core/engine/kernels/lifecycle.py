"""Lifecycles: how far a row has come as of a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...program import columns
from ..calendar import DAY
from ..distributions import Sampler
from ..expressions import evaluate
from ..ground import Frame, Kernel, Table
from ..hashing import Ints, hash_ints, unit
from ..resolve import truth
from ..vector import Mask, Vec, Words
from .base import register
from .open_time import in_open_time

_NOWHERE: Final = -1
"""Where rows come from to a step that has a moment of its own."""


class _Reached(NamedTuple):
    """Who ever reaches a step."""

    there: Mask
    rows: Ints
    after: NDArray[np.int8]
    """The step that each of these rows comes from."""


@register("lifecycle")
class Lifecycle(Kernel):
    """The last step that a row has reached; its parts are the steps' times, NULL until reached.

    The whole timeline is a pure function of the row; `as_of` only decides how much of it shows.
    """

    program: columns.Lifecycle

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._steps = self.program.steps
        self._words = Words([step.name for step in self._steps])
        self._lags = [Sampler(s.lag.distribution, s.lag.scale) if s.lag is not None else None for s in self._steps]
        self._keys = [self.subkey(step.name) for step in self._steps]

    def _start(self, frame: Frame) -> Ints:
        return frame.follow(*self.program.start).values if self.program.start is not None else frame.begin

    def _reached(self, frame: Frame) -> list[_Reached]:
        """Which rows ever reach each step but the first, and after which one: no moment is needed to know."""
        return frame.memo(self, "reached", lambda: self._who_reaches(frame))

    def _who_reaches(self, frame: Frame) -> list[_Reached]:
        left: list[Mask] = [np.ones(frame.count, np.bool_)]
        out = []
        for number in range(1, len(self._steps)):
            step = self._steps[number]
            eligible = left[step.after[0]].copy()
            after = np.full(frame.count, step.after[0], np.int8)
            for other in step.after[1:]:
                after[left[other]] = other
                eligible |= left[other]
            if step.when is not None:
                eligible &= truth(evaluate(step.when, frame))
            rows = np.flatnonzero(eligible)
            if step.share < 1 or step.factors:
                # The share uses the lower bits, the lag the upper ones: independent, for the price of one hash.
                share = unit(hash_ints(self._keys[number], frame.rows[rows]) << np.uint64(24))
                rows = rows[share < self._goal(frame, step, rows)]
            if step.at is not None:
                at = frame.follow(*step.at[0])
                rows = rows if at.valid is None else rows[at.valid[rows]]
            reached = np.zeros(frame.count, np.bool_)
            reached[rows] = True
            for other in step.after:
                left[other][rows] = False
            left.append(reached.copy())
            out.append(_Reached(reached, rows, after[rows]))
        return out

    def _goal(self, frame: Frame, step: columns.Step, rows: Ints) -> float | NDArray[np.float64]:
        """The share of some rows that goes a step."""
        goal: float | NDArray[np.float64] = step.share
        for column, factors in (step.factors or {}).items():
            chosen = frame.get(column)
            texts = chosen.words.texts if chosen.words is not None else ("False", "True")
            codes = chosen.values[rows] if chosen.words is not None else chosen.values[rows].astype(np.bool_).astype(np.int64)
            goal = goal * np.array([factors.get(text, 1.0) for text in texts])[codes]
        return goal

    def _times(self, frame: Frame, number: int, rows: Ints, before: Ints) -> Ints:
        """When some rows reach a step; `before`: when they reach the one that each comes from."""
        step, lag = self._steps[number], self._lags[number]
        if step.at is not None:
            path, is_date = step.at
            at = frame.follow(*path).values[rows]
            time = self.table.engine.calendar.to_utc(at * DAY) if is_date else at
        elif lag is not None:
            # Whole milliseconds, as the moments that it is counted from.
            time = before + lag.draw(hash_ints(self._keys[number], frame.rows[rows])) // 1000 * 1000
        else:
            time = before
        return time if step.clocked is None else in_open_time(frame, step.clocked, time, rows)

    def _times_of(self, frame: Frame, number: int) -> Ints:
        """When those who ever reach a step do so: each comes one way, so that no step is worked out twice for a row."""
        rows = self._reached(frame)[number - 1].rows
        here, ways = np.full(len(rows), number, np.int64), []
        for step in range(number, 0, -1):
            mine = np.flatnonzero(here == step)
            if len(mine):
                reached = self._reached(frame)[step - 1]
                ways.append((step, mine))
                here[mine] = reached.after[np.searchsorted(reached.rows, rows[mine])] if self._steps[step].at is None else _NOWHERE
        time, mine = np.zeros(len(rows), np.int64), np.flatnonzero(here == 0)
        time[mine] = self._start(frame)[rows[mine]] if len(mine) else 0
        for step, mine in reversed(ways):
            time[mine] = self._times(frame, step, rows[mine], time[mine])
        return time

    def timeline(self, frame: Frame) -> tuple[Ints, list[Ints]]:
        """The number of the last step reached as of the end of `as_of`, and each step's time, where it is ever reached."""
        return frame.memo(self, "timeline", lambda: self._whole(frame))

    def _whole(self, frame: Frame) -> tuple[Ints, list[Ints]]:
        end = self.table.engine.as_of_end
        times, status = [self._start(frame)], np.zeros(frame.count, np.int64)
        for number, (_, rows, after) in enumerate(self._reached(frame), 1):
            mine = self._times(frame, number, rows, self._before(number, rows, after, times))
            status[rows[mine < end]] = number
            times.append(np.zeros(frame.count, np.int64))
            times[-1][rows] = mine
        return status, times

    def _before(self, number: int, rows: Ints, after: NDArray[np.int8], times: Sequence[Ints]) -> Ints:
        """When some rows reach the steps that they come from to this one, of the times of all steps before."""
        first, *others = self._steps[number].after
        out = times[first][rows]
        for other in others:
            mine = np.flatnonzero(after == other)
            out[mine] = times[other][rows[mine]]
        return out

    def settled(self) -> int | None:
        if self.program.start is not None or any(step.at is not None for step in self._steps):
            return None
        latest = [0]
        for step, lag in zip(self._steps[1:], self._lags[1:], strict=True):
            closed = self.table.engine.calendar.clocks.get(step.clocked.clock).longest() if step.clocked is not None else 0
            latest.append(max(latest[before] for before in step.after) + (lag.most if lag is not None else 0) + closed)
        return max(latest) // DAY + 2

    def values(self, frame: Frame) -> Vec:
        return Vec(self.timeline(frame)[0].astype(np.int32), words=self._words)

    def part(self, frame: Frame, name: str) -> Vec:
        number = self._words.places[name]
        reached = self._reached(frame)[number - 1] if number else None
        if reached is None:
            times = self._start(frame)
        elif 4 * len(reached.rows) > frame.count or frame.remembers(self, "timeline"):
            times = self.timeline(frame)[1][number]
        else:
            # Whoever asks for what few rows reach need not know what the others do.
            times = np.zeros(frame.count, np.int64)
            times[reached.rows] = self._times_of(frame, number)
        shown = times < self.table.engine.as_of_end
        return Vec(times, shown if reached is None else reached.there & shown)
