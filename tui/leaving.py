"""How the wizard ends: asked by a key, told by a signal, or by a defect; and that nothing keeps it from ending."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread, main_thread
from threading import current_thread as thread
from time import monotonic
from types import FrameType
from typing import Any

from rich.console import RenderableType
from textual import events
from textual._context import active_message_pump
from textual.app import App
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, TextArea
from textual.worker import NoActiveWorker, get_current_worker

from .screens.dialogs import Confirm
from .state import CheckState, Draft, RunState

LONGEST_STOP = 10.0
"""Seconds that a run has to stop in when the wizard is left, and the screens to be closed in."""
_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
_AS_BEFORE = b"\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
"""What Textual writes when it gives a terminal back."""


class Leaving(App[None]):
    """An application that can always be left, and asks first where something would be lost."""

    draft: reactive[Draft] = reactive(Draft("", {}), init=False)
    job: reactive[RunState | None] = reactive(None)
    checks: reactive[dict[str, CheckState]] = reactive(dict[str, CheckState])
    """By run id."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.drafts: dict[str, Draft] = {}
        self.saved: list[Path] = []
        self.begun = draft
        """What the wizard opened with."""
        self._kept = [draft]
        self._waiting = self._asked_to_leave = False
        self.ending = Event()
        """Whether the wizard is to end; also seen by other threads."""

    @property
    def parting(self) -> list[str]:
        """What to say once the terminal is back."""
        lines = [
            f"synthetic-data generate --config {path}" for path in dict.fromkeys(self.saved) if path.suffix in (".yaml", ".yml", ".json")
        ]
        return ["To generate what you saved:", *(f"  {line}" for line in lines)] if lines else []

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.job is not None and self.job.running

    def keep(self, draft: Draft) -> None:
        """Notes that a draft was saved, copied or generated: leaving does not lose it."""
        self._kept.append(draft)

    @property
    def unsaved(self) -> list[str]:
        """The datasets whose settings were changed, and would be lost."""
        drafts = {**self.drafts, self.draft.dataset_id: self.draft}
        return [name for name, draft in drafts.items() if draft.config and draft not in self._kept]

    # Asked

    def action_interrupt(self) -> None:
        """Copies what is selected, and drops the selection; quits where nothing is."""
        field = self.focused
        text = (field.selected_text if isinstance(field, Input | TextArea) else "") or self.screen.get_selected_text()
        if not text:
            self.action_quit_wizard()
            return
        self.copy_to_clipboard(text)
        self.screen.clear_selection()
        if isinstance(field, Input):
            field.cursor_position = field.cursor_position
        elif isinstance(field, TextArea):
            field.move_cursor(field.cursor_location)
        self.notify("Copied; ctrl+c again quits.")

    def action_quit_wizard(self) -> None:
        """Quits; asks first while a run is under way or where settings would be lost, and asked again waits for nothing."""
        if self._waiting:
            self.exit()
        elif self._asked_to_leave:
            self._leave(True)
        elif question := self._question():
            self._asked_to_leave = True
            self.push_screen(Confirm(question, "Stop and quit" if self.running else "Quit", "Stay"), self._leave)
        else:
            self.exit()

    def _question(self) -> str:
        lost = f"The changed settings of {', '.join(self.unsaved)} are not saved." if self.unsaved else ""
        if self.running:
            what = "The check of what was written" if self.job is not None and self.job.published else "A run"
            return f"{what} is under way. Stop it and quit?" + (f"\n{lost}" if lost else "")
        return f"{lost} Quit?" if lost else ""

    def _leave(self, sure: bool | None) -> None:
        self._asked_to_leave = False
        if sure and self.running and self.job is not None:
            self._waiting = True
            self.job.cancel.set()
            self.set_timer(LONGEST_STOP, self.exit)
            self.notify("Stopping the run ... ctrl+c quits without waiting for it.", timeout=LONGEST_STOP)
        elif sure:
            self.exit()

    # On the way out

    @property
    def leaving(self) -> bool:
        """Whether the screens are being closed, or about to be."""
        return self._exit

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Ends the wizard; the first reason to end is the one that its exit code tells."""
        self.ending.set()
        if not self._exit:
            super().exit(result, self.return_code or return_code, message)

    def _handle_exception(self, error: Exception) -> None:
        """Shows a defect and ends; but what fails because its screen is being taken away is none."""
        if self._exit or _is_gone():
            self.log.error(repr(error))
            return
        self.ending.set()
        super()._handle_exception(error)

    async def on_event(self, event: events.Event) -> None:
        """Drops keys and sizes that still wait once the wizard is being left: each would be worked off first."""
        if not (self._exit and isinstance(event, events.InputEvent | events.Paste | events.Resize)):
            await super().on_event(event)

    def settle(self, seconds: float) -> None:
        """Stops what still works behind the wizard, and waits that long at most until it has ended."""
        going: list[CheckState | RunState] = [*self.checks.values(), *([self.job] if self.job is not None else [])]
        for one in going:
            one.cancel.set()
        end = monotonic() + seconds
        for one in going:
            one.ended.wait(max(end - monotonic(), 0.0))

    # Signals

    def watch_stops(self) -> None:
        """Textual takes each SIGCONT for the end of its own suspension; after a bare SIGSTOP the terminal is still set up."""
        if not hasattr(signal, "SIGCONT") or thread() is not main_thread():
            return
        resume = signal.getsignal(signal.SIGCONT)

        def continued(number: int, frame: FrameType | None) -> None:
            if callable(resume) and getattr(self._driver, "_must_signal_resume", True):
                resume(number, frame)
            self.refresh(layout=True)

        if callable(resume):
            signal.signal(signal.SIGCONT, continued)

    @contextmanager
    def bounded(self, seconds: float) -> Iterator[None]:
        """Ends the process itself where signals or keys asked for the end and the wizard is still there that much later."""
        over, number = Event(), 0

        def told(signalled: int, _: FrameType | None) -> None:
            nonlocal number
            number = number or signalled
            self.ending.set()
            if self._loop is None:
                # The screens are not there yet, or are gone already.
                raise SystemExit(128 + signalled)
            self._loop.call_soon_threadsafe(self._terminated, signalled)

        def watch() -> None:
            self.ending.wait()
            if not over.wait(seconds):
                self._give_back()
                os._exit(128 + number if number else self.return_code or 0)

        # Not asyncio's own handlers: they wait for a loop that may hang on a terminal that is gone.
        before = {one: signal.signal(one, told) for one in _SIGNALS} if thread() is main_thread() else {}
        Thread(target=watch, name="bounded", daemon=True).start()
        try:
            yield
        finally:
            over.set()
            for one, handler in before.items():
                signal.signal(one, handler)

    def _terminated(self, number: int) -> None:
        if self.job is not None:
            self.job.cancel.set()
        self.exit(return_code=128 + number)

    def _give_back(self) -> None:
        driver: Any = self._driver
        attributes = getattr(driver, "attrs_before", None)
        with suppress(Exception):
            import termios

            if attributes is not None:
                termios.tcsetattr(driver.fileno, termios.TCSANOW, attributes)
                # A terminal that takes nothing more must not keep the process; opened anew, as the shell shares the one that is open.
                os.write(os.open(os.ttyname(driver.fileno), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK), _AS_BEFORE)


def _is_gone() -> bool:
    """Whether what runs just now belongs to a widget that is being removed: its work may come after its children have gone."""
    try:
        node: object = get_current_worker().node
    except NoActiveWorker:
        node = active_message_pump.get(None)
    return isinstance(node, Widget) and (node._pruning or not node.is_attached)
