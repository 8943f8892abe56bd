"""How the wizard ends: asked by a key, told by a signal, or by a defect; and that nothing keeps it from ending."""

from __future__ import annotations

import os
import signal
from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread, main_thread
from threading import current_thread as thread
from time import monotonic
from types import FrameType

from rich.console import RenderableType
from textual import events
from textual.reactive import var
from textual.widgets import Input

from .going import Going
from .run_state import RunState
from .screens.dialogs import Confirm
from .state import CheckState, Draft
from .unpromised import is_gone

LONGEST_STOP = 10.0
"""Seconds that a run has to stop in when the wizard is left, and the screens to be closed in."""
_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Leaving(Going):
    """An application that can always be left, and asks first where something would be lost."""

    draft: var[Draft] = var(Draft("", {}), init=False)
    job: var[RunState | None] = var(None)
    checks: var[dict[str, CheckState]] = var(dict[str, CheckState])
    """By run id."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.drafts: dict[str, Draft] = {}
        self.saved: list[Path] = []
        self.begun = draft
        """What the wizard opened with."""
        self._kept = [draft]
        self._waiting = self._asked_to_leave = False
        self._at: AbstractEventLoop | None = None
        self.leaving = False
        """Whether the screens are being closed, or about to be."""
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
        """The datasets and templates whose settings were changed, and would be lost."""
        drafts = {**self.drafts, self.draft.chosen: self.draft}
        return [name for name, draft in drafts.items() if draft.changed_at_all and draft not in self._kept]

    # Asked

    def action_interrupt(self) -> None:
        """Copies what is selected, and drops the selection; quits where nothing is."""
        # Not needed before.
        from textual.widgets import TextArea

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
            stays = "Nothing of it will be published, and what was there before stays."
            if self.job is not None and (self.job.published or self.job.by_days):
                stays = "What was written is complete." if self.job.published else "The days that are published stay."
            return f"{what} is under way. Stop it and quit? {stays}" + (f"\n{lost}" if lost else "")
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

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Ends the wizard; the first reason to end is the one that its exit code tells."""
        self.ending.set()
        if not self.leaving:
            self.leaving = True
            super().exit(result, self.return_code or return_code, message)

    def is_defect(self, error: Exception) -> bool:
        """Nothing is that fails because its screen is being taken away."""
        if self.leaving or is_gone():
            return False
        self.ending.set()
        return True

    async def on_event(self, event: events.Event) -> None:
        """Drops keys and sizes that still wait once the wizard is being left: each would be worked off first."""
        if not (self.leaving and isinstance(event, events.InputEvent | events.Paste | events.Resize)):
            await super().on_event(event)

    def is_lost(self, event: events.Key | events.Paste) -> bool:
        """Also those that wait for others."""
        return self.leaving or super().is_lost(event)

    def settle(self, seconds: float) -> None:
        """Stops what still works behind the wizard, and waits that long at most until it has ended."""
        going: list[CheckState | RunState] = [*self.checks.values(), *([self.job] if self.job is not None else [])]
        for one in going:
            one.cancel.set()
        end = monotonic() + seconds
        for one in going:
            one.ended.wait(max(end - monotonic(), 0.0))

    # Signals

    def on_load(self) -> None:
        """Signals are worked off where the screens are."""
        self._at = get_running_loop()

    def watch_stops(self) -> None:
        """Textual takes each SIGCONT for the end of its own suspension; after a bare SIGSTOP the terminal is still set up."""
        if not hasattr(signal, "SIGCONT") or thread() is not main_thread():
            return
        resume = signal.getsignal(signal.SIGCONT)

        def continued(number: int, frame: FrameType | None) -> None:
            if callable(resume) and self.suspended_itself:
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
            if self._at is None or self._at.is_closed():
                # The screens are not there yet, or are gone already.
                raise SystemExit(128 + signalled)
            self._at.call_soon_threadsafe(self._terminated, signalled)

        def watch() -> None:
            self.ending.wait()
            if not over.wait(seconds):
                self.give_back()
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

    def leave_without_terminal(self) -> None:
        """Ends as by SIGHUP where the terminal went away and no signal told it."""
        if not self.leaving and not self.has_terminal:
            self._terminated(signal.SIGHUP)

    def _terminated(self, number: int) -> None:
        if self.job is not None:
            self.job.cancel.set()
        self.exit(return_code=128 + number)
