"""What all steps share: the bar above, the keys below, and the way to what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
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
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Who has the focus. Whoever gets or loses it draws itself anew: for the rest, nothing has changed."""
    _is_new = True

    @property
    def wizard(self) -> Wizard:
        """The application."""
        return cast("Wizard", self.app)

    @property
    def is_seen(self) -> bool:
        """Whether it is the step that is shown, also below a dialog: what nobody sees is brought up to date when it is shown again."""
        return self in self.app.screen_stack

    def compose(self) -> ComposeResult:
        """The bar, the step's own body, the keys."""
        # At once, not with the first size that it is told: each widget would be styled a second time.
        self.take_breakpoints()
        yield StepBar(self.NAME)
        yield from self.body()
        yield Keys()
        yield Room()

    @on(events.ScreenResume)
    def _styled(self, event: events.ScreenResume) -> None:
        # Nothing has changed since it was built.
        if self._is_new:
            event.refresh_styles = False

    def _begun(self) -> None:
        self._is_new = False

    def body(self) -> ComposeResult:
        """The step's own widgets."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Follows what is chosen."""
        self.query_one(self.FOCUS).focus()
        self.call_after_refresh(self.wizard.settled)
        self.call_after_refresh(self._begun)
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
