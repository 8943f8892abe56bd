"""Lifecycles: how far a row has come as of a moment."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..calendar import DAY
from ..distributions import Sampler
from ..expressions import evaluate
from ..ground import Frame, Kernel, Table
from ..hashing import Ints, unit
from ..vector import Mask, Vec, Words
from .base import register
from .category import by_value
from .open_time import in_open_time


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

    def timeline(self, frame: Frame) -> tuple[Ints, list[tuple[Ints, Mask | None]]]:
        """The number of the last step reached as of the end of `as_of`, and each step's time and who ever reaches it."""
        end = self.table.engine.as_of_end
        start = frame.follow(*self.program.start).values if self.program.start is not None else frame.begin
        times: list[tuple[Ints, Mask | None]] = [(start, None)]
        left: list[Mask] = [np.ones(frame.count, np.bool_)]
        status = np.zeros(frame.count, np.int64)
        for number in range(1, len(self._steps)):
            step = self._steps[number]
            after = step.after
            eligible = left[after[0]].copy()
            base = times[after[0]][0]
            for other in after[1:]:
                base = np.where(left[other], times[other][0], base)
                eligible |= left[other]
            if step.when is not None:
                condition = evaluate(step.when, frame)
                eligible &= condition.values.astype(bool)
                if condition.valid is not None:
                    eligible &= condition.valid
            bits = frame.hash(self._keys[number])
            if step.share < 1 or step.factors:
                goal: float | np.typing.NDArray[np.float64] = step.share
                for column, factors in (step.factors or {}).items():
                    chosen = frame.get(column)
                    if chosen.words is not None:
                        per_code = np.array([factors.get(text, 1.0) for text in chosen.words.texts])
                        goal = goal * per_code[chosen.values]
                    else:
                        mine = by_value(frame, column)
                        goal = goal * np.array([factors.get(value, 1.0) for value in mine])
                # The share uses the lower bits, the lag the upper ones: independent, for the price of one hash.
                eligible &= unit(bits << np.uint64(24)) < goal
            lag = self._lags[number]
            # Whole milliseconds, as the moments that it is counted from.
            time = base if lag is None else base + lag.draw(bits) // 1000 * 1000
            if step.at is not None:
                path, is_date = step.at
                at = frame.follow(*path)
                time = self.table.engine.calendar.to_utc(at.values * DAY) if is_date else at.values
                if at.valid is not None:
                    eligible &= at.valid
            if step.clocked is not None:
                time = in_open_time(frame, step.clocked, time, eligible)
            for other in after:
                left[other] &= ~eligible
            left.append(eligible.copy())
            times.append((time, eligible))
            status = np.where(eligible & (time < end), number, status)
        return status, times

    def _known(self, frame: Frame) -> tuple[Ints, list[tuple[Ints, Mask | None]]]:
        return frame.memo(self, "timeline", lambda: self.timeline(frame))

    def settled(self) -> int | None:
        if self.program.start is not None or any(step.at is not None for step in self._steps):
            return None
        latest = [0]
        for step, lag in zip(self._steps[1:], self._lags[1:], strict=True):
            closed = self.table.engine.calendar.clocks.get(step.clocked.clock).longest() if step.clocked is not None else 0
            latest.append(max(latest[before] for before in step.after) + (lag.most if lag is not None else 0) + closed)
        return max(latest) // DAY + 2

    def values(self, frame: Frame) -> Vec:
        return Vec(self._known(frame)[0].astype(np.int32), words=self._words)

    def part(self, frame: Frame, name: str) -> Vec:
        times, reached = self._known(frame)[1][self._words.places[name]]
        shown = times < self.table.engine.as_of_end
        return Vec(times, shown if reached is None else reached & shown)
