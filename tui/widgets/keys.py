"""The line of keys at the foot of a step."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget


class ShownKey(NamedTuple):
    """A key at the foot, and the cells of the line that it takes."""

    binding: Binding
    enabled: bool
    display: str
    """How the key is called."""
    first: int
    """Its first cell, from 0."""
    after: int
    """The cell after its last."""


class Keys(Widget):
    """The keys that are shown, drawn as one widget: a move of the focus draws a line anew, and has nothing arranged.

    A click presses the key. Those for which the line has no room are left out, the last first; that of the palette stands at the right end.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar = {"keys--key", "keys--description", "keys--edge", "keys--hover"}
    DEFAULT_CSS = """
    Keys {
        dock: bottom; height: 1; padding-right: 1; text-wrap: nowrap; color: $footer-foreground; background: $footer-background;
        &.-over { pointer: pointer; }
        & > .keys--key { color: $footer-key-foreground; background: $footer-key-background; text-style: bold; }
        & > .keys--description { color: $footer-description-foreground; background: $footer-description-background; }
        & > .keys--edge { color: $foreground 20%; }
        & > .keys--hover { background: $block-hover-background; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[tuple[Binding, bool]] = []
        """What is shown, one key for each action, and whether it would do something now."""
        self._palette: tuple[Binding, bool] | None = None
        self._over: str | None = None
        """The key under the mouse."""

    def on_mount(self) -> None:
        """Follows the keys that work."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        """Follows them no more."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[object]) -> None:
        if not (screen.app.app_focus and self.is_attached and screen is self.screen):
            return
        by_action: dict[str, tuple[Binding, bool]] = {}
        palette = None
        for key, (_, binding, enabled, _) in screen.active_bindings.items():
            if binding.show:
                by_action.setdefault(binding.action, (binding, enabled))
            if key == self.app.COMMAND_PALETTE_BINDING:
                palette = (binding, enabled)
        now = list(by_action.values())
        if (now, palette) != (self._keys, self._palette):
            self._keys, self._palette = now, palette
            self.refresh()

    @property
    def shown(self) -> list[ShownKey]:
        """The keys for which there is room, from left to right."""
        out: list[ShownKey] = []
        x, room, last = 0, self.outer_size.width, []
        if self._palette is not None:
            binding, enabled = self._palette
            display = self.app.get_key_display(binding)
            # An edge before it, a space between the words, and the line's own padding behind them.
            before, room = room, room - cell_len(display) - cell_len(binding.description) - 3
            last.append(ShownKey(binding, enabled, display, room, before))
        for binding, enabled in self._keys:
            display = self.app.get_key_display(binding)
            after = x + cell_len(display) + cell_len(binding.description) + 3
            if after > room:
                break
            out.append(ShownKey(binding, enabled, display, x, after))
            x = after
        return out + last

    def render(self) -> Content:
        """All of them."""
        key, description, edge, hover = (
            self.get_visual_style(f"keys--{part}", partial=True) for part in ("key", "description", "edge", "hover")
        )
        parts: list[Content] = []
        x = 0
        for shown in self.shown:
            words = shown.binding.description
            if self._palette is not None and shown.binding is self._palette[0]:
                parts.append(Content(" " * (shown.first - x)) + Content.styled("▏", edge))
                text = Content.assemble((shown.display, key), (f" {words}", description))
            else:
                text = Content.assemble((f" {shown.display} ", key), (f"{words} ", description))
            if shown.binding.key == self._over:
                text = text.stylize(hover)
            parts.append(text if shown.enabled else text.stylize("dim"))
            x = shown.after
        return Content("").join(parts)

    def _at(self, x: int) -> ShownKey | None:
        return next((shown for shown in self.shown if shown.first <= x < shown.after), None)

    def _hover(self, shown: ShownKey | None) -> None:
        over = shown.binding.key if shown is not None else None
        if over != self._over:
            self._over = over
            self.set_class(over is not None, "-over")
            self.tooltip = (shown.binding.tooltip or None) if shown is not None else None
            self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Shows which key a click would press."""
        self._hover(self._at(event.x))

    def on_leave(self) -> None:
        """None any more."""
        self._hover(None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Presses the key under the mouse."""
        shown = self._at(event.x)
        if shown is None:
            return
        if shown.enabled:
            self.app.simulate_key(shown.binding.key)
        else:
            self.app.bell()
