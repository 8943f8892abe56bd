"""What all steps share: the bar above, the keys below, and the way to what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import HelpPanel, Input, Select

from ..widgets.keys import Keys
from ..widgets.step_bar import StepBar
from .sizes import AsLargeAsTerminal

if TYPE_CHECKING:
    from ..wizard import Wizard


class Step(AsLargeAsTerminal, Screen[None]):
    """One step of the wizard."""

    NAME: ClassVar[str]
    """Its mode."""
    FOCUS: ClassVar[str]
    """Selector of the widget that has the focus at first, and again after escape."""
    BINDINGS: ClassVar = [Binding("escape", "leave", "Leave")]

    @property
    def wizard(self) -> Wizard:
        """The application."""
        return cast("Wizard", self.app)

    def compose(self) -> ComposeResult:
        """The bar, the step's own body, the keys."""
        yield StepBar(self.NAME)
        yield from self.body()
        yield Keys()

    def body(self) -> ComposeResult:
        """The step's own widgets."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Follows what is chosen."""
        self.query_one(self.FOCUS).focus()
        bar = self.query_one(StepBar)
        self.watch(self.app, "planned", lambda: bar.tell(self.wizard))
        self.watch(self.app, "draft", lambda: bar.tell(self.wizard))
        self.watch(self.app, "days", lambda: bar.tell(self.wizard))
        self.watch(self.app, "job", lambda: bar.tell(self.wizard))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers to leave a field only in one."""
        if action == "leave":
            return self.can_leave
        return super().check_action(action, parameters)

    @property
    def can_leave(self) -> bool:
        """Whether escape would do something."""
        in_field = isinstance(self.focused, Input | Select) or (self.focused is not None and self.focused.has_class("control"))
        return in_field or self._helped

    def action_leave(self) -> None:
        """Closes the help, else gives the focus back to the step's main widget, so that single keys work."""
        if self._helped:
            self.app.action_hide_help_panel()
        else:
            self.query_one(self.FOCUS).focus()

    @property
    def _helped(self) -> bool:
        return bool(self.query(HelpPanel))
