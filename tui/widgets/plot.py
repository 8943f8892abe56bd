"""A small chart with a title and axes, as large as its room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content
from textual.widgets import Static

from ...core.charts import bars, curve, figure, framed
from ...core.format import printable

Draw = Callable[[int, int], list[str]]


class Plot(Static):
    """Bars or a curve of numbers; empty until it is told what to show.

    What it draws follows its size, so give it a height: a title takes a line, the ends of an axis or the labels of bars another.
    """

    DEFAULT_CSS = """
    Plot { height: 8; width: 1fr; text-wrap: nowrap; }
    """

    _heading = ""
    _draw: Draw | None = None

    def show_bars(
        self,
        values: Sequence[float],
        labels: Sequence[str] = (),
        *,
        title: str = "",
        scale: Callable[[float], str] = figure,
        beside: Sequence[float] = (),
    ) -> None:
        """Shows upright bars of values from 0 up; `scale` writes the axis, `beside` are values to compare with, drawn as lines."""
        most = max([*values, *beside], default=0.0)
        told = [printable(label) for label in labels]

        def draw(width: int, height: int) -> list[str]:
            gutter = max(len(scale(most)), len(scale(0)))
            drawn = bars(values, told, width - gutter - 2, height, beside=beside, most=most)
            labelled = any(told) and height > 1
            body = drawn[:-1] if labelled else drawn
            lines = framed(body, scale(most), scale(0))
            return [*lines, " " * (gutter + 2) + drawn[-1]] if labelled and drawn else lines

        self._show(title, draw if values else None)

    def show_curve(
        self,
        values: Sequence[float],
        *,
        title: str = "",
        ends: tuple[str, str] = ("", ""),
        scale: Callable[[float], str] = figure,
        beside: Sequence[float] = (),
    ) -> None:
        """Shows a curve, filled from 0 up; `ends` name its first and last value, `beside` is a second curve, drawn as a line."""
        most = max([*values, *beside], default=0.0)
        told = (printable(ends[0]), printable(ends[1]))

        def draw(width: int, height: int) -> list[str]:
            gutter = max(len(scale(most)), len(scale(0)))
            room = height - any(told)
            return framed(curve(values, width - gutter - 2, room, beside=beside, most=most), scale(most), scale(0), told)

        self._show(title, draw if values else None)

    def _show(self, title: str, draw: Draw | None) -> None:
        self._heading, self._draw = printable(title), draw
        self.refresh()

    def render(self) -> Content:
        """The title and the chart, in the room that there is."""
        width, height = self.content_size
        if self._draw is None or not width or not height:
            return Content("")
        title = f"{self._heading}\n" if self._heading and height > 1 else ""
        return Content(title) + Content.styled("\n".join(self._draw(width, height - bool(title))), "$text-primary")
