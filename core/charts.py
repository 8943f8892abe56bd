"""Charts out of block glyphs: numbers in, lines of text out, each as wide as was asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .cells import cell_len, cut, filled, split

_UPRIGHT: Final = " ▁▂▃▄▅▆▇█"
_LYING: Final = " ▏▎▍▌▋▊▉█"
_MARK: Final = "─"
_GAPPED: Final = 3
"""Cells from which on a bar leaves one free, so that neighbours can be told apart."""
_EVEN: Final = 0.75
"""Of the width that even bars must fill; else some are a cell wider than others."""
_MOST_LABEL: Final = 0.4
"""Of a line of a lying chart."""


def bars(
    values: Sequence[float], labels: Sequence[str], width: int, height: int, *, beside: Sequence[float] = (), most: float | None = None
) -> list[str]:
    """Upright bars, one a value, with their labels in the last line where there are any.

    `values` are 0 or more (what is not a finite number leaves a gap); labels that have no room are left out. `beside` are values
    to compare with, each drawn as a line at its height. `most` is the value that reaches the top (default: the largest).
    More values than cells are drawn as means of neighbours. Returns `height` lines of `width` cells; nothing where there is no room.
    """
    if width < 1 or height < 1:
        return []
    labelled = any(labels) and height > 1
    room = height - labelled
    if len(values) > width:
        values, beside, labels = _spread(values, width), _spread(beside, width), _thinned(labels, width)
    top = _top([*values, *beside], most)
    wide = width // len(values) if values else 0
    # All are equally wide, and what is left over stays free, unless that is much.
    drawn = wide * len(values) if wide * len(values) >= _EVEN * width else width
    edges = [number * drawn // len(values) for number in range(len(values) + 1)] if values else [0]
    gapped = wide >= _GAPPED
    columns = [" " * room] * width
    for number, (left, right) in enumerate(pairwise(edges)):
        bar = _column(values[number], top, room, beside[number] if number < len(beside) else None)
        end = right - 1 if gapped else right
        columns[left:end] = [bar] * (end - left)
    lines = _turned(columns, room)
    return [*lines, _legend(labels, edges, width)] if labelled else lines


def curve(
    values: Sequence[float],
    width: int,
    height: int,
    *,
    beside: Sequence[float] = (),
    least: float = 0.0,
    most: float | None = None,
) -> list[str]:
    """A curve over even steps, filled below: `height` lines of `width` cells.

    The curve is stretched to the width, or its values averaged where there are more than cells. `least` stands at the bottom
    and `most` at the top (default: the largest value); `beside` is a second curve, drawn as a line.
    """
    if width < 1 or height < 1:
        return []
    top = _top([*values, *beside], most) - least
    drawn, other = _spread(values, width), _spread(beside, width)
    columns = [
        _column(value - least, top, height, other[number] - least if number < len(other) else None) for number, value in enumerate(drawn)
    ]
    return _turned(columns or [" " * height] * width, height)


def lying(values: Sequence[float], labels: Sequence[str], figures: Sequence[str], width: int) -> list[str]:
    """Lying bars, one a line: the label, the bar and the figure that it stands for."""
    named = min(max(map(cell_len, labels), default=0), max(int(width * _MOST_LABEL), 1))
    told = max(map(cell_len, figures), default=0)
    room = width - named - told - 2
    top = _top(values, None)
    lines = []
    for value, label, figure in zip(values, labels, figures, strict=True):
        bar = _lying(value, top, room) if room > 0 else ""
        line = f"{filled(label, named)} {bar}{' ' if room > 0 else ''}{filled(figure, told, right=True)}"
        lines.append(line if cell_len(line) <= width else cut(line, width, ""))
    return lines


def framed(lines: Sequence[str], top: str, bottom: str, ends: tuple[str, str] = ("", "")) -> list[str]:
    """A chart with an axis to its left, the values at its ends, and below it what its first and last cells are."""
    if not lines:
        return []
    gutter = max(len(top), len(bottom))
    told = [top, *[""] * (len(lines) - 2), bottom] if len(lines) > 1 else [top]
    out = [f"{text:>{gutter}} {'┤' if text else '│'}{line}" for text, line in zip(told, lines, strict=True)]
    if any(ends):
        room = len(lines[0])
        first, last = cut(ends[0], room), ends[1]
        gap = room - cell_len(first) - cell_len(last)
        out.append(" " * (gutter + 2) + (f"{first}{' ' * gap}{last}" if gap > 0 else filled(first, room)))
    return out


def figure(value: float) -> str:
    """A number in few letters, for axes: `0`, `0.05`, `12`, `1234`, `12.3k`, `3.4M`."""
    if not math.isfinite(value):
        return "-"
    size = abs(value)
    for unit, factor, least in (("G", 1e9, 999.5e6), ("M", 1e6, 999.5e3), ("k", 1e3, 1e4)):
        if size >= least:
            return f"{value / factor:.3g}{unit}" if size < 999.5 * factor else f"{value / factor:.0f}{unit}"
    return f"{value:.0f}" if size >= 999.5 else f"{value:.3g}"


def _top(values: Sequence[float], most: float | None) -> float:
    return most if most is not None else max((value for value in values if math.isfinite(value)), default=0.0)


def _column(value: float, top: float, height: int, beside: float | None) -> str:
    """One column, from its top down."""
    filled = _eighths(value, top, height)
    cells = [_UPRIGHT[min(max(filled - 8 * level, 0), 8)] for level in range(height - 1, -1, -1)]
    if beside is not None and math.isfinite(beside) and top > 0:
        level = min(max(int(height * beside / top), 0), height - 1)
        cells[height - 1 - level] = _MARK
    return "".join(cells)


def _eighths(value: float, top: float, room: int) -> int:
    """Eighths of cells that a value fills; whatever is there at all is seen."""
    if not math.isfinite(value) or top <= 0:
        return 0
    return min(max(round(8 * room * value / top), 1 if value > 0 else 0), 8 * room)


def _lying(value: float, top: float, room: int) -> str:
    filled = _eighths(value, top, room)
    return f"{_LYING[8] * (filled // 8)}{_LYING[filled % 8] if filled % 8 else ''}".ljust(room)


def _turned(columns: Sequence[str], height: int) -> list[str]:
    return ["".join(column[level] for column in columns) for level in range(height)]


def _spread(values: Sequence[float], width: int) -> list[float]:
    """As many values as there are cells: means of neighbours, or points between them."""
    count = len(values)
    if not count:
        return []
    if count > width:
        edges = [number * count // width for number in range(width + 1)]
        return [sum(values[low:high]) / (high - low) for low, high in pairwise(edges)]
    if count == 1 or width == 1:
        return [values[0]] * width
    out = []
    for cell in range(width):
        place = cell * (count - 1) / (width - 1)
        low = min(int(place), count - 2)
        out.append(values[low] + (values[low + 1] - values[low]) * (place - low) if place > low else values[low])
    return out


def _thinned(labels: Sequence[str], width: int) -> list[str]:
    return [labels[number * len(labels) // width] for number in range(width)] if labels else []


def _legend(labels: Sequence[str], edges: Sequence[int], width: int) -> str:
    """Labels below the bars' beginnings, as many as there is room for."""
    places = list(zip(labels, edges, strict=False))
    for step in range(1, len(places) + 1):
        chosen = places[::step]
        ends = [*(left for _, left in chosen[1:]), width]
        if all(
            cell_len(label) + 1 <= end - left or (end == width and cell_len(label) <= end - left)
            for (label, left), end in zip(chosen, ends, strict=True)
        ):
            break
    line = [" "] * width
    for label, left in chosen:
        shown = split(cut(label, width - left, ""))
        line[left : left + len(shown)] = shown
    return "".join(line)
