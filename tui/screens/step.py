"""What all steps share: the bar above, the keys below, and the way to what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding
from textual.screen import Screen
from textual.widgets import Input, Select

from ..footing import at_most
from ..widgets.keys import Keys
from ..widgets.room import Room
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
    BINDINGS: ClassVar = [Binding("escape", "leave", "Leave", id="leave")]

    @property
    def wizard(self) -> Wizard:
        """The application."""
        return cast("Wizard", self.app)

    def compose(self) -> ComposeResult:
        """The bar, the step's own body, the keys."""
        yield StepBar(self.NAME)
        yield from self.body()
        yield Keys()
        yield Room()

    def body(self) -> ComposeResult:
        """The step's own widgets."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Follows what is chosen."""
        self.query_one(self.FOCUS).focus()
        self.call_after_refresh(self.wizard.settled)
        bar = self.query_one(StepBar)
        self.watch(self.app, "planned", lambda: bar.tell(self.wizard))
        self.watch(self.app, "draft", lambda: bar.tell(self.wizard))
        self.watch(self.app, "days", lambda: bar.tell(self.wizard))
        self.watch(self.app, "job", lambda: bar.tell(self.wizard))

    def reach(self, target: str) -> None:
        """Goes to what the palette found here: a table, `table.column` or a dotted setting; steps that hold such things know how."""

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """All keys that work now, of which only so many are to be shown at the foot."""
        return at_most(super().active_bindings)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers to leave a field only in one."""
        if action == "leave":
            return self.can_leave
        return super().check_action(action, parameters)

    @property
    def can_leave(self) -> bool:
        """Whether escape would do something."""
        return isinstance(self.focused, Input | Select) or (self.focused is not None and self.focused.has_class("control"))

    def action_leave(self) -> None:
        """Gives the focus back to the step's main widget, so that single keys work."""
        self.query_one(self.FOCUS).focus()
