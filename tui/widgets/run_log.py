"""What a run says, by level and by text."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Vertical
from textual.widgets import Input, RichLog

from ...core.format import printable
from ...core.run.events import LogLine
from .panel import retitle

LEVELS = ("all", "warnings", "errors")
_HEARD = {"all": ("info", "warning", "error"), "warnings": ("warning", "error"), "errors": ("error",)}
_MOST = 2_000
"""Lines that are shown."""
_SOON = 0.02
"""Seconds until more of them are drawn."""
_AT_ONCE = 40
"""Lines that are drawn before keys have their turn."""


def chosen(lines: Sequence[LogLine], level: str, text: str) -> list[LogLine]:
    """The lines of a level of `LEVELS` or above it that have a text, of either case, in them or in the name of their table."""
    wanted = text.strip().casefold()
    if level == LEVELS[0] and not wanted:
        return list(lines)
    return [line for line in lines if line.level in _HEARD[level] and wanted in f"{line.table} {line.text}".casefold()]


class RunLog(Vertical):
    """The lines of a run; a field that narrows them is there while it is asked for."""

    def __init__(self) -> None:
        super().__init__(id="log")
        self._lines: Sequence[LogLine] = ()
        self._shown = 0
        self._level = 0
        self._pending: deque[LogLine] = deque(maxlen=_MOST)
        """Lines that wait to be drawn."""

    def compose(self) -> ComposeResult:
        """The field and the lines."""
        yield Input(placeholder="words, or a table's name; escape leaves", id="log-filter")
        yield RichLog(id="log-lines", max_lines=_MOST, wrap=True, markup=False)

    def on_mount(self) -> None:
        """Only the field takes keys."""
        self.query_one(RichLog).can_focus = False
        self._title()
        self.watch(self.app, "theme", self._again, init=False)

    def on_resize(self) -> None:
        """Lines are broken for the room that there is, and the newest stay in sight."""
        if self._shown:
            self._again()

    def show(self, lines: Sequence[LogLine]) -> None:
        """Brings the lines up to date; those of another run take the place of all."""
        if lines is not self._lines or len(lines) < self._shown:
            self._lines, self._shown = lines, 0
            self._pending.clear()
            self.query_one(RichLog).clear()
        if self._shown < len(lines):
            self._write(lines[self._shown :])
            self._shown = len(lines)

    def ask(self) -> None:
        """Opens the field."""
        self.add_class("-asked")
        self.query_one(Input).focus()

    def step_level(self) -> None:
        """The next of the levels."""
        self._level = (self._level + 1) % len(LEVELS)
        self._again()

    def _write(self, lines: Sequence[LogLine]) -> None:
        waited = bool(self._pending)
        self._pending.extend(chosen(lines, LEVELS[self._level], self.query_one(Input).value)[-_MOST:])
        self._title()
        if not waited:
            self._draw()

    def _draw(self) -> None:
        """Some of the lines that wait: thousands at once would hold up every key."""
        log, theme = self.query_one(RichLog), self.app.current_theme
        colours = {"warning": theme.warning, "error": theme.error}
        looks = {level: Style(color=Color.parse(colour).rich_color) for level, colour in colours.items() if colour}
        for _ in range(min(_AT_ONCE, len(self._pending))):
            line = self._pending.popleft()
            log.write(Text(f"{line.elapsed:7.1f} s  {line.level:<7}  {printable(line.text)}", style=looks.get(line.level, "")))
        if self._pending:
            self.set_timer(_SOON, self._draw)

    def _again(self) -> None:
        self._pending.clear()
        self.query_one(RichLog).clear()
        self._write(self._lines[: self._shown])

    def _title(self) -> None:
        level, text = LEVELS[self._level], self.query_one(Input).value.strip()
        if not (text or self._level):
            retitle(self, "Log")
            return
        told = f"Log: {level}" + (f", with `{text}`" if text else "")
        retitle(self, f"{told}, {len(chosen(self._lines, level, text))} of {len(self._lines)} lines")

    @on(Input.Changed)
    def _narrowed(self, event: Input.Changed) -> None:
        event.stop()
        self._again()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.set_focus(None)

    def close(self) -> None:
        """Takes the field and its words away."""
        self.remove_class("-asked")
        self.query_one(Input).value = ""
