"""Samples over the whole of a run, in bounded room."""

from __future__ import annotations

from typing import Final

_MOST: Final = 240
"""Values that are kept: more than a chart has cells on most screens."""


class Samples:
    """Values at even steps. Where there are too many, neighbours become their mean, so that the first ones stay told."""

    def __init__(self) -> None:
        self._means: list[float] = []
        self._span = 1
        self._waiting: list[float] = []

    def add(self, value: float) -> None:
        """Takes the next value."""
        self._waiting.append(value)
        if len(self._waiting) == self._span:
            self._means.append(sum(self._waiting) / self._span)
            self._waiting.clear()
        if len(self._means) == _MOST:
            self._means = [sum(self._means[at : at + 2]) / 2 for at in range(0, _MOST, 2)]
            self._span *= 2

    @property
    def values(self) -> list[float]:
        """From the first to the last; those of the end that make no whole step yet count as one."""
        return [*self._means, sum(self._waiting) / len(self._waiting)] if self._waiting else list(self._means)
