"""One run, watched within the scrolling terminal: the same view as the wizard's, without the wizard."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Label

from ..core.errors import InputError
from ..core.job import JobResult
from ..core.plan.plan import Plan
from ..core.run.cancel import CancelToken
from .headline import headline
from .run_state import RunState
from .settings import read_settings
from .theme import DEFAULT_THEME, THEMES
from .widgets.run_view import RunView

_HERE: Final = Path(__file__).parent
_LINES: Final = """
Screen:inline { height: 23; min-height: 23; border: none; padding: 0; }
Screen:inline RunView RunLog { height: 5; }
"""


class InlineRun(App[None]):
    """The view of a run, which ends with it; what it showed last stays in the terminal."""

    ENABLE_COMMAND_PALETTE = False
    INLINE_PADDING = 0
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-short")]
    CSS = (
        (_HERE / "wizard.tcss").read_text(encoding="utf-8")
        + (_HERE / "screens" / "run.tcss").read_text(encoding="utf-8").replace("RunScreen", "Screen")
        + _LINES
    )
    BINDINGS: ClassVar = [Binding("ctrl+c,x,q", "stop", "Stop", priority=True)]

    def __init__(self, plan: Plan, work: Callable[..., JobResult], cancel: CancelToken, theme: str = DEFAULT_THEME) -> None:
        super().__init__()
        self.job = RunState(plan, cancel=cancel)
        self._work = work
        self._over = False
        self.ended = False
        """Whether it is about to end."""
        self.done: JobResult | None = None
        self.failed: BaseException | None = None
        self.started = False
        """Whether the run has begun, so that it will end."""
        for one in THEMES.values():
            self.register_theme(one)
        self.theme = theme

    def compose(self) -> ComposeResult:
        """A line that says how it stands, and the view."""
        yield Label("starting; ctrl+c stops it", id="headline", markup=False)
        yield RunView()

    def on_mount(self) -> None:
        """Starts the run, in a thread of its own, and looks at it ten times a second."""
        self.screen.add_class("-started")
        self.query_one("#bars").can_focus = False
        self.set_interval(0.1, self._look)
        Thread(target=self._run, name="run", daemon=True).start()
        self.started = True
        Thread(target=self._expect, name="estimate", daemon=True).start()

    def _expect(self) -> None:
        from ..core.run.estimate import estimate

        # What cannot be estimated fails in the run as well, which tells it.
        with suppress(Exception):
            self.job.expected = estimate(self.job.plan) if self.job.plan is not None else None

    def _run(self) -> None:
        try:
            self.done = self._work(emit=self.job.hub.put, cancel=self.job.cancel)
        except BaseException as error:  # is raised again where the caller waits
            self.failed = error
        finally:
            self.job.ended.set()

    def _look(self) -> None:
        if self._over:
            return
        self._over = ended = self.job.ended.is_set()
        events = self.job.hub.drain()
        for event in events:
            self.job.take(event)
        if self.done is not None and ended:
            self.job.result = self.done.run
        if events or ended:
            self.query_one(RunView).show(self.job)
            self.query_one("#headline", Label).update(headline(self.job, "; ctrl+c stops it", ""))
        if ended:
            # What it shows last is drawn before it ends.
            self.set_timer(0.2, self._end)

    def _end(self) -> None:
        self.ended = True
        self.exit()

    def action_stop(self) -> None:
        """Asks the run to stop."""
        self.job.cancel.set()


def run_inline(plan: Plan, work: Callable[..., JobResult], cancel: CancelToken) -> JobResult:
    """Does a run (`run_job` with all but `emit` and `cancel`) and shows it within the terminal; raises what it raises."""
    app = InlineRun(plan, work, cancel, read_settings(os.environ).theme)
    app.run(inline=True, inline_no_clear=True)
    if app.started and app.done is None and app.failed is None:
        # The terminal went away.
        cancel.set()
        app.job.ended.wait()
    if app.failed is not None:
        raise app.failed
    if app.done is None:
        raise InputError("the run was not started: the terminal could not be used")
    return app.done


def refuse_no_terminal(**given: Any) -> None:
    """Raises InputError where a run cannot be shown within the terminal, or is asked for in a way that excludes it (flag -> whether)."""
    for name, is_given in given.items():
        if is_given:
            raise InputError(f"--inline and --{name.replace('_', '-')} exclude each other")
    if sys.platform == "win32":
        raise InputError("--inline needs a terminal as Linux and macOS have it: leave it out, bars are shown as well")
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise InputError("--inline needs a terminal: leave it out, a line for each table is written as well")
