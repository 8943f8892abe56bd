"""What is shown in place of a step where the terminal has no room for it."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from ..screens.sizes import NARROWEST, SHORTEST


class Room(Static):
    """Asks for room, and says what works without any. It covers the step, which is there again once there is room."""

    def on_resize(self) -> None:
        """Says how large the terminal is."""
        size = self.app.size
        lines = [
            f"The wizard needs {NARROWEST} columns and {SHORTEST} lines;",
            f"here are {size.width} and {size.height}.",
            "Make the window larger or its letters smaller,",
            "or leave with q and use --plain,",
            "which asks the same in plain lines.",
        ]
        self.update(Content("\n".join(lines)))
