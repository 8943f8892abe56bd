"""The text of a file, in the colours of its language."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.widgets import Static


class Source(ScrollableContainer, can_focus=True):
    """A text that is scrolled in both directions."""

    HELP = """
# The file

**up**, **down**, **page up**, **page down**, **left**, **right** and the mouse scroll, **home** and **end** go to its ends, **escape** goes
back to the files. The engine that travels in a notebook is folded to one line; the file has all of it.
"""
    DEFAULT_CSS = """
    Source { height: 1fr; }
    Source Static { width: auto; min-width: 100%; text-wrap: nowrap; }
    """

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static("", id="source-text", markup=False)

    def show(self, text: Content) -> None:
        """Shows another text, from its top."""
        self.query_one(Static).update(text)
        self.scroll_home(animate=False)
