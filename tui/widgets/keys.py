"""The line of keys at the foot of a step."""

from __future__ import annotations

from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Footer


class Keys(Footer):
    """Textual's footer, which is made anew where its keys change, and not with each move of the focus."""

    _shown: tuple[tuple[Binding, bool], ...] | None = None

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Looks whether other keys are shown."""
        if not (screen.app.app_focus and self.is_attached and screen is self.screen):
            return
        now = tuple((binding, enabled) for _, binding, enabled, _ in screen.active_bindings.values() if binding.show)
        if now != self._shown:
            self._shown = now
            super().bindings_changed(screen)
