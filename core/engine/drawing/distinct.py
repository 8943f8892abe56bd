"""Draws of siblings, none of which has what another one has."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..ground import Frame
from ..hashing import Ints
from .redrawn import Drawing

ROUNDS: Final = 7
"""Attempts after the first; what is still there twice walks on from row to row."""


def distinct(drawing: Drawing, whole: Frame, asking: Ints | None) -> Ints:
    """A row for each row of a frame of whole groups of siblings; only those at `asking` draw, and differ (None: all)."""
    _, owner = whole.parents
    if owner is None:
        return drawing.draw(whole, 0, None)
    out = drawing.draw(whole, 0, asking)
    owner = owner if asking is None else owner[asking]
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    counts = np.diff(np.append(starts, len(owner)))
    place = np.arange(len(owner), dtype=np.int64) - np.repeat(starts, counts)
    twice = _repeated(out, place)
    for attempt in range(1, ROUNDS + 1):
        if not len(twice):
            break
        out[twice] = drawing.draw(whole, attempt, twice if asking is None else asking[twice])
        # Only the siblings of what was drawn anew can be alike now.
        families = np.searchsorted(starts, twice, side="right") - 1
        families = families[np.flatnonzero(np.diff(families, prepend=-1))]
        first, size = starts[families], counts[families]
        ends = np.cumsum(size)
        asked = np.repeat(first - (ends - size), size) + np.arange(int(ends[-1]), dtype=np.int64)
        twice = asked[_repeated(out[asked], place[asked])]
    if len(twice):
        _walk(drawing, whole, asking, out, place, twice)
    if asking is None:
        return out
    everyone = np.zeros(whole.count, np.int64)
    everyone[asking] = out
    return everyone


def _walk(drawing: Drawing, whole: Frame, asking: Ints | None, out: Ints, place: Ints, twice: Ints) -> None:
    """The last resort, for few rows: the next ones that are alive, may be drawn and are not yet among the siblings."""
    population, day = drawing.population, whole.day if asking is None else whole.day[asking]
    for row in twice.tolist():
        first = row - int(place[row])
        last = row
        while last + 1 < len(out) and place[last + 1] > 0:
            last += 1
        siblings = set(out[first : last + 1].tolist()) - {int(out[row])} | set(out[first:row].tolist())
        one = day[row : row + 1]
        begun = population.of(one)
        candidate, second = int(out[row]), -1
        asks = row if asking is None else int(asking[row])
        for _ in range(int(begun[0])):
            candidate = (candidate + 1) % int(begun[0])
            if candidate in siblings or not population.alive(np.array([candidate]), one, begun)[0]:
                continue
            if drawing.fits(whole, asks, candidate):
                break
            second = candidate if second < 0 else second
        else:
            # Where nothing else may be drawn, what may not is better than what a sibling has.
            candidate = second if second >= 0 else candidate
        out[row] = candidate


def _repeated(values: Ints, place: Ints) -> Ints:
    """Rows whose value an earlier sibling has; siblings stand together, `place` counts them from 0."""
    bad = np.zeros(len(values), np.bool_)
    for back in range(1, int(place.max(initial=0)) + 1):
        alike = values[back:] == values[:-back]
        # Few are alike, so few are asked whether they are siblings.
        rows = np.flatnonzero(alike) + back
        bad[rows[place[rows] >= back]] = True
    return np.flatnonzero(bad)
