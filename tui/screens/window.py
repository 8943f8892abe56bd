"""What all windows over a step look like in which something is edited or kept."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen, ScreenResultType

from ...core.format import printable
from .sizes import AsLargeAsTerminal


class Window(AsLargeAsTerminal, ModalScreen[ScreenResultType]):
    """A framed window in the middle of the screen, with a line of keys at its foot."""

    DEFAULT_CSS = """
    Window { align: center middle; background: $background 60%; }
    Window > .window { width: 84; max-width: 96%; height: auto; max-height: 96%; padding: 0 1; }
    Window > .window { background: $background; border: round $primary; }
    Window > .window > .keys { height: auto; max-height: 2; color: $text-muted; }
    Window > .window > .problem { height: auto; max-height: 3; color: $text-error; }
    """

    @staticmethod
    def framed(title: str) -> Vertical:
        """The frame, whose upper line has a title: text of anybody, never markup."""
        window = Vertical(classes="window")
        window.border_title = Content(printable(title))
        return window
