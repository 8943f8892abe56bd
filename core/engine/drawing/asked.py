"""What a draw depends on besides a hash and a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ...frozen import dataclass
from ..ground import Frame
from ..hashing import Bits, Ints

BITS: Final = 12
"""Of the hash that draws a group."""
SHIFT: Final = np.uint64(64 - BITS)


@dataclass(frozen=True, slots=True)
class Asked:
    """How some rows ask."""

    classes: Ints
    """Rows of one class have the same factors."""
    slots: Ints | None = None
    """The slot of the group that a row shares with its siblings, -1 for those that draw one of their own; None: all do."""

    def take(self, places: Ints) -> Asked:
        """Of some of the rows."""
        return Asked(self.classes[places], None if self.slots is None else self.slots[places])

    def again(self, times: int, loyal: int) -> Asked:
        """The rows so many times over, of which the first `loyal` times keep to the group of their siblings."""
        slots = None if self.slots is None else np.tile(self.slots, times)
        if slots is not None:
            slots[max(loyal, 0) * len(self.classes) :] = -1
        return Asked(np.tile(self.classes, times), slots)

    def alone(self) -> Asked:
        """Where each row draws a group of its own."""
        return Asked(self.classes)


class Asking:
    """The classes of rows, the group that a share of siblings has in common, and which rows a class may draw at all."""

    def __init__(
        self,
        classes: Callable[[Frame], Ints],
        fits: Callable[[int, int], bool],
        share: float,
        theme_key: int,
        alike_key: int,
        own: Callable[[Frame, Bits], Bits] | None = None,
    ) -> None:
        """`own`: takes the hash by which each row's parent draws its group, and puts that of its owner's habit in its place."""
        self._classes, self._fits, self._theme_key, self._alike_key, self._own = classes, fits, theme_key, alike_key, own
        self._share = np.uint64(min(int(share * 2.0**64), (1 << 64) - 1))

    def of(self, frame: Frame) -> Asked:
        """How the rows of a frame ask."""
        return frame.memo(self, "asked", lambda: self._asked(frame))

    def fits(self, frame: Frame, place: int, row: int) -> bool:
        """Whether one of a frame's rows may draw a row."""
        return self._fits(int(self.of(frame).classes[place]), row)

    def _asked(self, frame: Frame) -> Asked:
        classes = self._classes(frame)
        if not self._share:
            return Asked(classes)
        parents, place = frame.parents
        bits = parents.hash(self._theme_key)
        bits = bits if place is None else bits[place]
        slots = ((bits if self._own is None else self._own(frame, bits)) >> SHIFT).view(np.int64)
        alike = frame.hash(self._alike_key) < self._share
        return Asked(classes, np.where(alike, slots, -1))
