"""Factors as bars that are changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ...core.cells import cut
from ...core.charts import bars, figure
from ...core.format import printable
from ...core.spec.numbers import number
from .control import FOCUSED

MOST = 1_000.0
"""The largest factor."""
_BEGINS = frozenset("0123456789.-+")
"""What a figure begins with."""
_GOES_ON = frozenset("0123456789.,_eEkKmM%-+")
"""What it may hold: k and others that are keys elsewhere are of it once it has begun."""


class Weights(Widget, can_focus=True):
    """Bars, one of which is marked: arrows choose it and change it by a tenth, page keys by one, and figures can be typed.

    Few short names stand below upright bars, others before lying ones.
    """

    DEFAULT_CSS = "Weights { width: 1fr; text-wrap: nowrap; }"
    BINDINGS: ClassVar = [
        Binding("pageup", "add(1.0)", "One more", show=False),
        Binding("pagedown", "add(-1.0)", "One less", show=False),
        Binding("home", "choose(-999)", "First", show=False),
        Binding("end", "choose(999)", "Last", show=False),
        Binding("backspace", "unwrite", "Last figure away", show=False, id="weights.unwrite"),
        Binding("delete", "declared", "As declared", show=False, id="weights.declared"),
        *(Binding(way, f"arrow('{way}')", show=False) for way in ("left", "right", "up", "down")),
        *(
            Binding(key, f"arrow('{way}')", way.capitalize(), show=False, id=f"vim.{way}")
            for way, key in (("left", "h"), ("right", "l"), ("up", "k"), ("down", "j"))
        ),
    ]

    class Changed(Message):
        """A bar is higher or lower than before, or another one is marked."""

    def __init__(self, names: Sequence[str], labels: Sequence[str], values: Sequence[float], declared: Sequence[float]) -> None:
        super().__init__()
        self.names, self.labels = tuple(names), tuple(labels)
        self.values, self.declared = list(values), tuple(declared)
        self.at = 0
        self.typed = ""
        """What is being typed."""
        self.problem = ""
        """Why it is no factor; empty where it is one."""
        self.upright = max(map(len, self.labels), default=0) <= 4
        self.styles.height = 9 if self.upright else max(len(self.names), 1)

    @property
    def told(self) -> str:
        """The bar that is marked, in words."""
        if not self.names:
            return "nothing here has a factor"
        held = self.declared[self.at]
        value = f"{self.typed}_" if self.typed else f"{self.values[self.at]:g}"
        return f"{self.names[self.at]} {value}" + (f"   declared {held:g}" if held != self.values[self.at] or self.typed else "")

    def render(self) -> Content:
        """The bars; of those that are lying, each with its name and figure."""
        if not self.names:
            return Content("")
        return self._upright() if self.upright else self._lying()

    def _upright(self) -> Content:
        width, height = self.size
        most = max(*self.values, *self.declared, 1.0)
        lines = bars(self.values, self.labels, width, height, beside=self.declared, most=most)
        edges = [place * width // len(self.values) for place in (self.at, self.at + 1)]
        parts: list[tuple[str, str]] = []
        for row, line in enumerate(lines):
            end = edges[1] if row < len(lines) - 1 else edges[0] + len(self.labels[self.at])
            parts += [
                (line[: edges[0]], "$text-primary"),
                (line[edges[0] : end], self._marked(row == len(lines) - 1)),
                (f"{line[end:]}\n", "$text-primary"),
            ]
        return Content.assemble(*parts)

    def _marked(self, label: bool) -> str:
        return (FOCUSED if self.has_focus else "reverse") if label else "bold $text-accent"

    def _lying(self) -> Content:
        width, most = self.size.width, max(*self.values, 1.0)
        named = min(max(map(cell_len, self.labels)), width // 3)
        parts: list[tuple[str, str]] = []
        for number_, (label, value) in enumerate(zip(self.labels, self.values, strict=True)):
            room = max(width - named - 12, 4)
            bar = "█" * max(round(room * value / most), 1 if value > 0 else 0)
            mark = "*" if value != self.declared[number_] else " "
            look = (FOCUSED if self.has_focus else "reverse") if number_ == self.at else ""
            parts += [
                (set_cell_size(cut(printable(label), named), named), look),
                (f" {value:>7g}{mark} ", "bold"),
                (f"{bar}\n", "$text-primary"),
            ]
        return Content.assemble(*parts)

    # What changes

    def action_arrow(self, way: str) -> None:
        """Chooses along the names, and changes across them."""
        along = ("left", "right") if self.upright else ("up", "down")
        across = ("down", "up") if self.upright else ("left", "right")
        if way in along:
            self.action_choose(1 if way == along[1] else -1)
        else:
            self.action_add(0.1 if way == across[1] else -0.1)

    def action_choose(self, steps: int) -> None:
        """Marks another bar; the last and the first are neighbours of one step."""
        count = len(self.names)
        if count:
            self.typed = self.problem = ""
            self.at = (self.at + steps) % count if abs(steps) == 1 else min(max(self.at + steps, 0), count - 1)
            self._tell()

    def action_add(self, amount: float) -> None:
        """Changes the marked bar."""
        if self.names:
            self.typed = self.problem = ""
            self._put(round(min(max(self.values[self.at] + amount, 0.0), MOST), 3))

    def action_declared(self) -> None:
        """The marked bar as the dataset declares it."""
        if self.names:
            self.typed = self.problem = ""
            self._put(self.declared[self.at])

    def action_unwrite(self) -> None:
        """Takes the last figure back."""
        self._type(self.typed[:-1])

    def on_key(self, event: events.Key) -> None:
        """A figure is typed into the marked bar."""
        if event.character is not None and event.character in (_GOES_ON if self.typed else _BEGINS) and self.names:
            event.stop()
            event.prevent_default()
            self._type(self.typed + event.character)

    def _type(self, text: str) -> None:
        self.typed, self.problem = text, ""
        if not text:
            self._tell()
            return
        try:
            value = float(number(text))
        except ValueError as error:
            self.problem = str(error)
        else:
            if 0 <= value <= MOST:
                self._put(value)
                return
            self.problem = f"must be from 0 to {MOST:,.0f}, not {figure(value)}"
        self._tell()

    def _put(self, value: float) -> None:
        self.values[self.at] = value
        self._tell()

    def _tell(self) -> None:
        self.refresh()
        self.post_message(self.Changed())

    def on_click(self, event: events.Click) -> None:
        """A click marks a bar; in upright ones it also says how high it is to be."""
        if not self.names:
            return
        self.typed = self.problem = ""
        if not self.upright:
            self.at = min(event.y, len(self.names) - 1)
        else:
            self.at = min(event.x * len(self.names) // max(self.size.width, 1), len(self.names) - 1)
            room = self.size.height - 1
            if event.y < room:
                most = max(*self.values, *self.declared, 1.0)
                self.values[self.at] = round(most * (room - event.y) / room, 1)
        self._tell()
