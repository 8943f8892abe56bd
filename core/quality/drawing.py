"""From plots to shapes: where bars, lines and labels stand. The template turns shapes into SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Final

from ..frozen import dataclass
from .plots import Bars, Days, Histogram, Plot, Ranks

_WIDTH: Final = 360.0
_HEIGHT: Final = 150.0
_WIDE: Final = 1_120.0
_TALL: Final = 230.0
_FOOT: Final = 20.0
_ROW: Final = 19.0
_LABEL: Final = 118.0
_MOST: Final = 12
"""Rows of a plot of named values; the others are told in one."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in pixels from the upper left corner, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Drawing:
    """All shapes of one plot."""

    width: float
    height: float
    found: tuple[Box, ...] = ()
    """Bars of what was found."""
    declared: tuple[Box, ...] = ()
    """Thin marks of what was declared, over the bars."""
    found_line: str = ""
    """Path data."""
    found_area: str = ""
    declared_line: str = ""
    dots: tuple[Label, ...] = ()
    """Places of points, without text."""
    bands: tuple[Box, ...] = ()
    """Spans of events behind everything."""
    grid: tuple[Box, ...] = ()
    """Thin lines as boxes of no height."""
    labels: tuple[Label, ...] = field(default=())


def draw(plot: Plot) -> Drawing:
    """The shapes of a plot."""
    if isinstance(plot, Histogram):
        return _histogram(plot)
    if isinstance(plot, Bars):
        return _columns(plot) if max((len(label) for label in plot.labels), default=0) <= 3 else _rows(plot)
    return _days(plot) if isinstance(plot, Days) else _ranks(plot)


def percent(share: float) -> str:
    """`12 %`, `0.4 %`."""
    return f"{share * 100:.3g} %"


def short(value: float) -> str:
    """`1.2M`, `35k`, `0.25`."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scaled = value / (1e3 if unit == "k" else limit)
            return f"{scaled:.3g}{unit}"
    return f"{value:,.4g}"


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(points))


def _steps(edges: Sequence[float], heights: Sequence[float]) -> list[tuple[float, float]]:
    return [point for n, height in enumerate(heights) for point in ((edges[n], height), (edges[n + 1], height))]


def _nice(low: float, high: float, about: int) -> list[float]:
    """Round numbers from low to high, about so many."""
    if high <= low:
        return [low]
    raw = (high - low) / about
    power = 10 ** floor(log10(raw))
    step = next(step * power for step in (1, 2, 5, 10) if step * power >= raw)
    first = ceil(low / step)
    return [n * step for n in range(first, floor(high / step + 1e-9) + 1)]


def _histogram(plot: Histogram) -> Drawing:
    low, high = plot.edges[0], plot.edges[-1]
    base = _HEIGHT - _FOOT
    widths = [b - a for a, b in zip(plot.edges, plot.edges[1:], strict=False)]
    usual = (high - low) / max(len(widths), 1) or 1.0
    found = [share / width * usual for share, width in zip(plot.found, widths, strict=True)]
    declared = [share / width * usual for share, width in zip(plot.declared, widths, strict=True)]
    top = max((*found, *declared), default=0.0) or 1.0
    if max(declared, default=0.0) * 1.15 >= top:
        # Evenly high bars would fill the plot; a little air lets the line be seen.
        top = max(declared) * 1.15 or 1.0
    scale, tall = _WIDTH / ((high - low) or 1.0), (base - (22 if plot.unit else 10)) / top

    def x(value: float) -> float:
        return (value - low) * scale

    gap = 1.5 if plot.discrete or len(found) < 30 else 0.75
    bars = tuple(
        Box(x(plot.edges[n]) + gap / 2, base - height * tall, max(widths[n] * scale - gap, 0.5), height * tall,
            f"{short(plot.edges[n])}{'' if plot.discrete else f' to {short(plot.edges[n + 1])}'}: "
            f"{percent(plot.found[n])} found, {percent(plot.declared[n])} declared")
        for n, height in enumerate(found)
    )  # fmt: skip
    line = _path(_steps([x(edge) for edge in plot.edges], [base - height * tall for height in declared]))
    if plot.discrete:
        ticks = [value for value in plot.edges[:-1] if len(plot.edges) <= 14 or not round(value - low) % ceil(len(plot.edges) / 12)]
        labels = [Label(x(value + 0.5), _HEIGHT - 6, short(value)) for value in ticks]
    else:
        labels = [Label(x(value), _HEIGHT - 6, short(value)) for value in _nice(low, high, 5)]
    if plot.unit:
        labels.append(Label(_WIDTH, 10, plot.unit, "end"))
    return Drawing(_WIDTH, _HEIGHT, found=bars, declared_line=line, labels=_inside(labels, _WIDTH), grid=(Box(0, base, _WIDTH, 0),))


def _inside(labels: Sequence[Label], width: float) -> tuple[Label, ...]:
    """Labels that do not stick out at the sides."""
    out = []
    for label in labels:
        anchor = label.anchor
        if anchor == "middle" and label.x < 14:
            anchor = "start"
        elif anchor == "middle" and label.x > width - 14:
            anchor = "end"
        out.append(Label(min(max(label.x, 0.0), width), label.y, label.text, anchor))
    return tuple(out)


def _columns(plot: Bars) -> Drawing:
    base = _HEIGHT - _FOOT
    top = max((*plot.found, *plot.declared), default=0.0) or 1.0
    tall, step = (base - 10) / top, _WIDTH / max(len(plot.labels), 1)
    bars, marks, labels = [], [], []
    every = 3 if len(plot.labels) > 14 else 1
    for n, label in enumerate(plot.labels):
        height = plot.found[n] * tall
        said = f"{label}: {percent(plot.found[n])} found, {percent(plot.declared[n])} declared"
        bars.append(Box(n * step + step * 0.12, base - height, step * 0.76, height, said))
        marks.append(Box(n * step + step * 0.04, base - plot.declared[n] * tall - 1, step * 0.92, 2, said))
        if n % every == 0:
            labels.append(Label(n * step + step / 2, _HEIGHT - 6, label))
    return Drawing(_WIDTH, _HEIGHT, found=tuple(bars), declared=tuple(marks), labels=tuple(labels), grid=(Box(0, base, _WIDTH, 0),))


def _rows(plot: Bars) -> Drawing:
    many = len(plot.labels)
    kept = many if many <= _MOST else _MOST - 1
    rows = [(plot.labels[n], plot.found[n], plot.declared[n]) for n in range(kept)]
    top = max((max(found, declared) for _, found, declared in rows), default=0.0) or 1.0
    room = _WIDTH - _LABEL - 48
    bars, marks, labels = [], [], []
    for n, (label, found, declared) in enumerate(rows):
        y = n * _ROW
        said = f"{label}: {percent(found)} found, {percent(declared)} declared"
        bars.append(Box(_LABEL, y + 4, found / top * room, _ROW - 7, said))
        marks.append(Box(_LABEL + declared / top * room - 1, y + 2, 2, _ROW - 3, said))
        labels.append(Label(_LABEL - 8, y + 14, label if len(label) <= 18 else f"{label[:17]}…", "end"))
        labels.append(Label(_LABEL + max(found, declared) / top * room + 6, y + 14, percent(found), "start"))
    if kept < many:
        told = f"{percent(sum(plot.found[kept:]))} found, {percent(sum(plot.declared[kept:]))} declared"
        labels += [Label(_LABEL - 8, kept * _ROW + 14, f"{many - kept} more", "end"), Label(_LABEL, kept * _ROW + 14, told, "start")]
    height = (len(rows) + (kept < many)) * _ROW + 4
    return Drawing(_WIDTH, max(height, 40), found=tuple(bars), declared=tuple(marks), labels=tuple(labels))


def _days(plot: Days) -> Drawing:
    base, top_room = _TALL - _FOOT, 26.0
    many = len(plot.found)
    top = max((*plot.found, *plot.declared), default=0.0) or 1.0
    left = 44.0
    wide, tall = (_WIDE - left) / max(many, 1), (base - top_room) / top

    def points(values: Sequence[float]) -> list[tuple[float, float]]:
        return [(left + (n + 0.5) * wide, base - value * tall) for n, value in enumerate(values)]

    found = points(plot.found)
    area = f"{_path([(found[0][0], base), *found, (found[-1][0], base)])} Z" if found else ""
    start = date.fromisoformat(plot.start)
    labels = [Label(left - 6, base - value * tall + 4, short(value), "end") for value in _nice(0, top, 4)]
    grid = [Box(left, base - value * tall, _WIDE - left, 0) for value in _nice(0, top, 4)]
    months = max(ceil(many / 30 / 14), 1)
    for n in range(many):
        day = start + timedelta(days=n)
        if day.day == 1 and (day.month - 1) % months == 0:
            labels.append(Label(left + n * wide, _TALL - 5, f"{day:%b %Y}" if day.month == 1 or n < 31 else f"{day:%b}", "start"))
    if many < 45:
        labels += [Label(left, _TALL - 5, plot.start, "start"), Label(_WIDE, _TALL - 5, f"{start + timedelta(days=many - 1)}", "end")]
    bands, end = [], 0.0
    for event, first, days in sorted(plot.events, key=lambda event: event[1]):
        x = left + first * wide
        bands.append(Box(x, top_room - 6, max(days * wide, 2.0), base - top_room + 6, event))
        row = 10.0 if x >= end else 21.0
        name = event.replace("_", " ")
        anchor = "end" if x + len(name) * 6 > _WIDE else "start"
        labels.append(Label(x if anchor == "start" else min(x + days * wide, _WIDE), row, name, anchor))
        end = x + len(name) * 6.5
    return Drawing(_WIDE, _TALL, found_line=_path(found), found_area=area, declared_line=_path(points(plot.declared)),
                   bands=tuple(bands), grid=tuple(grid), labels=tuple(labels))  # fmt: skip


def _ranks(plot: Ranks) -> Drawing:
    left, base = 40.0, _HEIGHT + 30 - _FOOT
    if not plot.ranks:
        return Drawing(_WIDTH, _HEIGHT)
    last = max(log10(plot.ranks[-1]), 1e-9)
    values = [value for value in (*plot.found, *plot.declared) if value > 0]
    low, high = floor(log10(max(min(values), 0.5))), log10(max(values))
    wide, tall = (_WIDTH - left) / last, (base - 10) / max(high - low, 1e-9)

    def at(rank: float, value: float) -> tuple[float, float]:
        return left + log10(rank) * wide, base - (log10(max(value, 10.0**low)) - low) * tall

    kept = range(0, len(plot.ranks), max(len(plot.ranks) // 120, 1))
    dots = tuple(Label(*at(plot.ranks[n], plot.found[n]), "") for n in kept if plot.found[n] > 0)
    line = _path([at(plot.ranks[n], plot.declared[n]) for n in kept])
    labels = [Label(left - 6, base - (power - low) * tall + 4, short(10.0**power), "end") for power in range(low, floor(high) + 1)]
    grid = [Box(left, base - (power - low) * tall, _WIDTH - left, 0) for power in range(low, floor(high) + 1)]
    labels += [Label(left + power * wide, base + 14, short(10.0**power)) for power in range(floor(last) + 1)]
    return Drawing(_WIDTH, _HEIGHT + 30, declared_line=line, dots=dots, grid=tuple(grid), labels=_inside(labels, _WIDTH))
