"""What values are entered with: a text field, choices side by side, and a line that opens an editor; each is one widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

WALK: list[BindingType] = [
    # Before anything else, so that what is typed after such a key comes to the field that it leads to, however fast it comes.
    Binding("up,shift+tab", "app.focus_previous", "Previous field", show=False, priority=True),
    Binding("down,tab", "app.focus_next", "Next field", show=False, priority=True),
]
FOCUSED = "bold $block-cursor-foreground on $block-cursor-background"
"""How the word under the keyboard looks."""


class FieldInput(Input):
    """A text field between others: up, down and enter leave it."""

    BINDINGS: ClassVar = [*WALK, Binding("enter", "app.focus_next", "Next field", show=False, priority=True)]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Its text is as long as it likes, and its size is that of its style: no letter has the form arranged anew."""
        return super().refresh(*regions, repaint=repaint, layout=layout and not self.is_mounted, recompose=recompose)


class Choice(Widget, can_focus=True):
    """Some words, of which one holds: `[so]` where it was chosen, `(so)` where it is the default of the data or the machine."""

    DEFAULT_CSS = "Choice { height: 1; width: 1fr; text-wrap: nowrap; }"
    BINDINGS: ClassVar = [
        *WALK,
        Binding("right", "move(1)", "Next value", show=False),
        Binding("space", "move(1)", "Next value", show=False, id="choice.next"),
        Binding("left", "move(-1)", "Previous value", show=False),
        Binding("home", "move(-99)", "First value", show=False),
        Binding("end", "move(99)", "Last value", show=False),
        Binding("backspace,delete", "clear", "Default", show=False, id="choice.default"),
    ]

    @dataclass
    class Changed(Message):
        """Another word; None for the default."""

        value: str | None

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(classes="control")
        self.choices = tuple(choices)
        self.value: str | None = None
        self.held = ""
        """What holds where nothing was chosen."""

    def show(self, value: str | None, held: str) -> None:
        """Shows another value, without a message."""
        if (value, held) != (self.value, self.held):
            self.value, self.held = value, held
            self.refresh()

    def choose(self, value: str | None) -> None:
        """Takes a value, and says so."""
        if value != self.value:
            self.value = value
            self.refresh()
            self.post_message(self.Changed(value))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as all words."""
        return sum(len(word) + 2 for word in self.choices)

    def _places(self) -> list[tuple[int, int, int]]:
        """(first cell, cell after the last, number of the word) of what is shown."""
        now = self.value if self.value is not None else self.held
        if self.get_content_width(self.size, self.size) > self.size.width:
            number = self.choices.index(now) if now in self.choices else 0
            return [(0, len(self.choices[number]) + 2, number)]
        out, x = [], 0
        for number, word in enumerate(self.choices):
            out.append((x, x + len(word) + 2, number))
            x += len(word) + 2
        return out

    def render(self) -> Content:
        """The words, or the one that holds where there is no room for all."""
        now = self.value if self.value is not None else self.held
        marks = "[]" if self.value is not None else "()"
        places = self._places()
        # Where nothing holds yet, the first word shows where the keyboard is.
        marked = now if now in self.choices else self.choices[0]
        words: list[tuple[str, str]] = []
        for _, _, number in places:
            word = self.choices[number]
            text = f"{marks[0]}{word}{marks[1]}" if word == now else f" {word} "
            words.append((text, FOCUSED if self.has_focus and word == marked else "bold" if word == now else "$text-muted"))
        if len(places) < len(self.choices):
            words.append((f" {places[0][2] + 1} of {len(self.choices)}", "$text-muted"))
        return Content.assemble(*words)

    def action_move(self, steps: int) -> None:
        """Takes a word further on; of two the other one."""
        now = self.value if self.value is not None else self.held
        number = self.choices.index(now) if now in self.choices else -1 if steps > 0 else len(self.choices)
        if abs(steps) == 1 and len(self.choices) == 2:
            self.choose(self.choices[(number + 1) % 2])
        else:
            self.choose(self.choices[min(max(number + steps, 0), len(self.choices) - 1)])

    def action_clear(self) -> None:
        """Back to the default."""
        self.choose(None)

    def on_click(self, event: events.Click) -> None:
        """Takes the word under the mouse."""
        places = self._places()
        if len(places) < len(self.choices):
            self.choose(self.choices[(places[0][2] + 1) % len(self.choices)])
            return
        for first, after, number in places:
            if first <= event.x < after:
                self.choose(self.choices[number])


class Opener(Widget, can_focus=True):
    """A line that says what a value comes to; enter opens its editor."""

    DEFAULT_CSS = "Opener { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }"
    BINDINGS: ClassVar = [
        *WALK,
        Binding("enter", "open", "Edit", show=False),
        Binding("space", "open", "Edit", show=False, id="opener.open"),
        Binding("backspace,delete", "clear", "Default", show=False, id="opener.default"),
    ]

    class Opened(Message):
        """The editor is wanted."""

    class Cleared(Message):
        """The default is wanted."""

    def __init__(self) -> None:
        super().__init__(classes="control")
        self.text = ""
        self.is_set = False

    def show(self, text: str, is_set: bool) -> None:
        """Shows another text."""
        if (text, is_set) != (self.text, self.is_set):
            self.text, self.is_set = text, is_set
            self.refresh()

    def render(self) -> Content:
        """The text, and that it can be opened."""
        return Content.styled(f"[+] {self.text}", FOCUSED if self.has_focus else "" if self.is_set else "$text-muted")

    def action_open(self) -> None:
        """Asks for the editor."""
        self.post_message(self.Opened())

    def action_clear(self) -> None:
        """Asks for the default."""
        self.post_message(self.Cleared())

    def on_click(self) -> None:
        """The mouse opens it as well."""
        self.action_open()
