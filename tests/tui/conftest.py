"""A wizard without a terminal, driven by keys; everything behind it is real."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.state import Draft
from ingen_fab.synthetic_data.tui.widgets.field import SettingField
from textual.pilot import Pilot
from textual.visual import RichVisual


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
                wizard = self.wizard
                busy = [worker for worker in wizard.workers if not worker.is_finished and worker.group != "run"]
                known = wizard.planned is not None and wizard.planned.draft is wizard.draft
                priced = wizard.planned is not None and (wizard.planned.plan is None or wizard.expected is not None or wizard.arrives)
                if known and priced and not busy and not wizard.has_typed_ahead:
                    await self.pilot.pause()
                    return
                await asyncio.sleep(0.01)

    async def until(self, ready: Callable[[], bool]) -> None:
        """Waits until something is so."""
        async with asyncio.timeout(60):
            while not ready():
                await self.pilot.pause()
                await asyncio.sleep(0.01)
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

    def told(self, path: str) -> str:
        """What a field of the screen says to be wrong."""
        return self.wizard.screen.query_one(f"#{path}", SettingField).told

    def text(self, selector: str) -> str:
        """What a widget of the screen shows."""
        found: Any = self.wizard.screen.query_one(selector)
        shown = found.render()
        if isinstance(shown, RichVisual):
            return "\n".join(strip.text.rstrip() for strip in found.render_lines(found.size.region))
        return str(shown)


Story = Callable[[Driver], Awaitable[None]]
Drive = Callable[..., None]


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drive:
    """`drive(story, config={...}, size=(80, 24))`: opens a wizard on retail_oltp_small and lets a coroutine drive it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYNTHETIC_DATA_DIR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")

    def run(story: Story, *, config: dict[str, Any] | None = None, size: tuple[int, int] = (120, 40), **options: Any) -> None:
        async def main() -> None:
            wizard = Wizard(Draft("retail_oltp_small", config or {}), **options)
            async with wizard.run_test(size=size) as pilot:
                driver = Driver(wizard, pilot)
                await driver.settled()
                await story(driver)

        asyncio.run(main())

    return run
