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


def neighbour(step: str, distance: int) -> str:
    """The step that many places on, as far as there are steps."""
    names = list(STEPS)
    return names[min(max(names.index(step) + distance, 0), len(names) - 1)]
