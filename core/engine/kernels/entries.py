"""What a row of a panel is, and what its owner's rows add up to."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...program import columns
from ..ground import Frame, Kernel, Table, laid_as
from ..layouts.panel import Panel
from ..vector import Vec, Words
from .base import register

_REASONS: Final = Words(["funds", "limit"])


@register("entry")
class Entry(Kernel):
    """The name of the entry that a row is; its parts are the amount, the sum after it, what it undoes, and bursts."""

    def values(self, frame: Frame) -> Vec:
        panel = laid_as(self.table, Panel)
        return Vec(panel.gather(frame, "code").astype(np.int32), words=panel.entries.words)

    def part(self, frame: Frame, name: str) -> Vec:
        panel = laid_as(self.table, Panel)
        if name == "is_burst":
            return Vec(panel.gather(frame, "burst") > 0)
        if name == "burst":
            burst = panel.gather(frame, "burst")
            return Vec(np.maximum(burst - 1, 0).astype(np.int32), burst > 0, words=panel.entries.burst_words)
        if name == "refused":
            refused = panel.gather(frame, "refused")
            return Vec(np.maximum(refused - 1, 0).astype(np.int32), refused > 0, words=_REASONS)
        if name in ("undone", "retried"):
            undone = panel.gather(frame, "undone")
            undoes = panel.gather(frame, "code") == panel.entries.undo
            return Vec(undone + 1, (undone >= 0) & (undoes if name == "undone" else ~undoes))
        return Vec(panel.gather(frame, {"amount": "amount", "balance": "balance"}[name]), scale=2)


@register("standing")
class Standing(Kernel):
    """The sum of an owner's entries at the start of the history or at the end of `as_of`."""

    program: columns.Standing

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._panel = laid_as(table.engine.table(self.program.of), Panel)

    def values(self, frame: Frame) -> Vec:
        day = 0 if self.program.at == "start" else self.table.engine.as_of + 1
        return Vec(self._panel.standing_at(frame, day), scale=2)
