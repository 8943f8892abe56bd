"""Factors that depend on some columns of a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..program.values import Factor
from .ground import Frame
from .hashing import Ints
from .vector import Vec

_MOST: Final = 1_000.0
ONE: Final = 1_024
"""What stands for a factor of 1."""


class Factors:
    """The factors on `many` things for each row of a frame, multiplied over some columns of it.

    Each of `by` has the `path` of a column, its `values` (texts and booleans; whole numbers from 0 on have none), and for each
    thing the `factors` of these. Numbers beyond all factors, those under 0, and NULL have the last one. Products above 1,000 are
    scaled down, those of a class together: sums of larger ones would not fit 64 bits, and ratios within a class stay.
    """

    def __init__(self, by: Sequence[Factor], many: int) -> None:
        self._by = by
        combined = np.ones((1, many))
        for one in by:
            combined = (combined[:, None, :] * np.array(one.factors, np.float64).T[None, :, :]).reshape(-1, many)
        combined /= np.maximum(combined.max(axis=1, keepdims=True) / _MOST, 1.0)
        # Rows that are alike to all factors are of one class.
        distinct, classes = np.unique(np.floor(combined * ONE + 0.5).astype(np.int64), axis=0, return_inverse=True)
        self.table: Ints = distinct
        """The factor of each thing for each class, in 1/1024: shape (classes, many)."""
        self._class_of: Ints = classes.ravel()
        self._by_step: dict[str, list[tuple[Factor, int]]] = {}
        """By the first step of the path, with what a value counts in the number of a combination."""
        stride = 1
        for one in reversed(by):
            through = one.path.through
            self._by_step.setdefault(through[0] if through else "", []).append((one, stride))
            stride *= len(one.factors[0])

    def classes(self, frame: Frame) -> Ints:
        """The class of each row."""
        if not self._by:
            return np.zeros(frame.count, np.int64)
        out: Ints | None = None
        for step, mine in self._by_step.items():
            target, places, there = frame.through(step) if step else (frame, None, None)
            # Siblings have what they stand on in common: it is looked at once.
            part = _combined(frame, mine, 0) if places is None or there is not None else _combined(target, mine, 1)[places]
            out = part if out is None else out + part
        if out is None:
            return np.zeros(frame.count, np.int64)
        return self._class_of[out]


def _combined(frame: Frame, some: Sequence[tuple[Factor, int]], gone: int) -> Ints:
    """The part of the number of each row's combination that some factors make; `gone` steps of their paths led here."""
    out = np.zeros(frame.count, np.int64)
    for one, stride in some:
        path, column, part = one.path
        vec = frame.follow(path[gone:], column, part)
        last = len(one.factors[0]) - 1
        if one.values is not None:
            code = coded(vec, one.values)
        else:
            code = np.minimum(vec.values.astype(np.int64).view(np.uint64), np.uint64(last)).view(np.int64)
        if vec.valid is not None:
            code = np.where(vec.valid, code, last)
        out += code * stride
    return out


def coded(vec: Vec, values: Sequence[str]) -> Ints:
    """The place of each row's text, or boolean, among some values; 0 for others."""
    places = {value: place for place, value in enumerate(values)}
    texts = vec.words.texts if vec.words is not None else ("False", "True")
    return np.array([places.get(text, 0) for text in texts], np.int64)[vec.values.astype(np.int64)]
