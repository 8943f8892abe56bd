"""A wizard without a terminal, driven by keys; everything behind it is real."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.state import Draft
from textual import _wait
from textual.pilot import Pilot


class Driver:
    """A wizard under test."""

    def __init__(self, wizard: Wizard, pilot: Pilot[None]) -> None:
        self.wizard, self.pilot = wizard, pilot

    async def press(self, *keys: str) -> None:
        """Presses keys, and waits until all that they caused is done, a run aside."""
        for key in keys:
            await self.pilot.press(key)
        await self.settled()

    async def type(self, text: str) -> None:
        """Types into the focused field."""
        await self.press(*({" ": "space", "_": "underscore", ":": "colon", ".": "full_stop", "/": "slash"}.get(c, c) for c in text))

    async def settled(self) -> None:
        """Waits for the plan, its estimate and the preview."""
        async with asyncio.timeout(60):
            while True:
                await self.pilot.pause()
                if self.rests:
                    await self.pilot.pause()
                    return
                while not self.rests:
                    # A pause asks every widget of the screen, which is dear where there are hundreds.
                    await asyncio.sleep(0.01)

    @property
    def rests(self) -> bool:
        """Whether nothing works, a run aside."""
        wizard = self.wizard
        if any(not worker.is_finished and worker.group != "run" for worker in wizard.workers):
            return False
        planned = wizard.planned
        if planned is None or planned.draft is not wizard.draft:
            return False
        return bool(planned.plan is None or wizard.expected is not None or wizard.arrives)

    async def until(self, ready: Callable[[], bool]) -> None:
        """Waits until something is so."""
        async with asyncio.timeout(60):
            while not ready():
                # Not until nothing works: a run does all the while.
                await self.pilot.pause(0.01)
        await self.pilot.pause()

    @property
    def drawn(self) -> str:
        """The whole screen as it goes to the terminal."""
        strips = self.wizard.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    @property
    def notes(self) -> list[str]:
        """The messages that stand over the screen."""
        return [note.message for note in self.wizard._notifications]

    def text(self, selector: str) -> str:
        """What a widget of the screen shows."""
        found: Any = self.wizard.screen.query_one(selector)
        return str(found.render())


Story = Callable[[Driver], Awaitable[None]]
Drive = Callable[..., None]


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drive:
    """`drive(story, config={...}, size=(80, 24))`: opens a wizard on retail_oltp_small and lets a coroutine drive it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYNTHETIC_DATA_DIR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    # Each key is followed by several looks at whether the process is idle; half of them wait in vain.
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.004)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0004)

    def run(story: Story, *, config: dict[str, Any] | None = None, size: tuple[int, int] = (120, 40), **options: Any) -> None:
        async def main() -> None:
            wizard = Wizard(Draft("retail_oltp_small", config or {}), **options)
            async with wizard.run_test(size=size) as pilot:
                driver = Driver(wizard, pilot)
                await driver.settled()
                await story(driver)

        asyncio.run(main())

    return run
