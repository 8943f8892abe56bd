"""The wizard's steps, in the order in which a newcomer takes them; they can be taken in any."""

from __future__ import annotations

from typing import Final

STEPS: Final = {
    "browse": "Browse",
    "schema": "Schema",
    "parameters": "Parameters",
    "preview": "Preview",
    "run": "Run",
    "results": "Results",
    "export": "Export",
    "days": "Days",
    "compile": "Compile",
}
"""Name of the mode -> title. The keys 1, 2, .. are their places: a new one comes last, so that none changes."""
_KEPT: Final = 100


def neighbour(step: str, distance: int) -> str:
    """The step that many places on, as far as there are steps."""
    names = list(STEPS)
    return names[min(max(names.index(step) + distance, 0), len(names) - 1)]


class Visited:
    """The steps that were visited, to go back and forward among them, as in a browser."""

    def __init__(self) -> None:
        self._steps: list[str] = []
        self._at = -1

    def visit(self, step: str) -> None:
        """Notes where one is now; what lay ahead is forgotten."""
        if not self._steps or self._steps[self._at] != step:
            self._steps = [*self._steps[: self._at + 1], step][-_KEPT:]
            self._at = len(self._steps) - 1

    def go(self, distance: int) -> str | None:
        """The step visited before (-1) or after (1) the present one, which is then the present one; None where there is none."""
        if not 0 <= self._at + distance < len(self._steps):
            return None
        self._at += distance
        return self._steps[self._at]
