"""Columns that change: how often each row's value has, by the day it is seen."""

from __future__ import annotations

from ...program.columns import Change
from ..ground import Frame
from ..hashing import Ints


def epoch_of(changes: Change | None, frame: Frame, column: str) -> Ints | None:
    """Changes of a column among those of each row; None for a column that does not change."""
    return None if changes is None else frame.table.layout.epoch(frame, changes.leader or column)
