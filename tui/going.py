"""How one goes about in the wizard: its steps, jumping, help, keys and colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen
from textual.theme import Theme
from textual.widget import AwaitMount, Widget

from .ahead import Ahead
from .moving import can_move, move
from .screens.step import Step
from .settings import Settings
from .steps import STEPS, Visited, neighbour
from .theme import THEMES
from .unpromised import Unpromised
from .work import aside, told

if TYPE_CHECKING:
    from .keymap import Key


def _nothing() -> None:
    """Nobody wants to know."""


class Going(Ahead, Unpromised):
    """An application of steps that are visited in any order, on which every control and every word of help is a key away."""

    BINDINGS: ClassVar = [
        *(
            Binding(str(number), f"step('{step}')", title, show=False, id=f"step.{step}")
            for number, (step, title) in enumerate(STEPS.items(), 1)
        ),
        Binding("n", "move(1)", "Next step", show=False, id="step.next"),
        Binding("p", "move(-1)", "Previous step", show=False, id="step.previous"),
        Binding("less_than_sign,alt+left", "visited('back')", "Back to the step before", show=False, id="step.back"),
        Binding("greater_than_sign,alt+right", "visited('forward')", "Forward again", show=False, id="step.forward"),
        Binding("f2,semicolon", "jump", "Jump", show=False, id="jump", tooltip="Go to any control by a letter"),
        Binding("f1", "help", "Help", id="help", tooltip="What the focused part is for"),
        Binding("question_mark", "keys", "Keys", id="keys", key_display="?", tooltip="All keys"),
        Binding("ctrl+t", "change_theme", "Theme", show=False, id="theme"),
        Binding("h", "vim('left')", "Left", show=False, id="vim.left"),
        Binding("j", "vim('down')", "Down", show=False, id="vim.down"),
        Binding("k", "vim('up')", "Up", show=False, id="vim.up"),
        Binding("l", "vim('right')", "Right", show=False, id="vim.right"),
        Binding("g", "vim('first')", "First line", show=False, id="vim.first"),
        Binding("G", "vim('last')", "Last line", show=False, id="vim.last"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings()
        self.settled: Callable[[], None] = _nothing
        self._visited = Visited()
        self._visited.visit(self.DEFAULT_MODE)
        for theme in THEMES.values():
            self.register_theme(theme)
        self.changed_keys: dict[str, str] = {}
        """Id -> the keys that the user gave it."""

    def take_settings(self) -> None:
        """Takes the user's keys, tells what was wrong with their files, and remembers each theme from now on."""
        problems = list(self.settings.problems)
        if self.settings.keymap:
            from .keymap import changed_keys

            self.changed_keys, wrong = changed_keys(self.settings.keymap)
            self.set_keymap(self.changed_keys)
            problems += wrong
            # Whether the ids exist is known once all screens are imported, which nobody waits for.
            self.run_worker(self._look_at_keys(), group="keys", exit_on_error=False)
        self._warn(problems)
        self.theme_changed_signal.subscribe(self, self._remember)

    def all_keys(self) -> tuple[Key, ...]:
        """Every key of the wizard, as it is by default."""
        from .keymap import all_keys

        return all_keys(type(self))

    async def _look_at_keys(self) -> None:
        from .keymap import misplaced

        self._warn(await aside(lambda: misplaced(self.changed_keys, self.all_keys()))())

    def _warn(self, problems: Sequence[str]) -> None:
        for problem in problems:
            self.notify(problem, title="Settings", severity="warning", timeout=10)

    def _remember(self, theme: Theme) -> None:
        try:
            self.settings.remember(theme.name)
        except OSError as error:
            self.notify(f"The theme is not remembered: {told(error)}", severity="warning")

    # Steps

    def switch_mode(self, mode: str) -> AwaitMount:
        """Goes to a step, and notes that one was there."""
        self._visited.visit(mode)
        return super().switch_mode(mode)

    def action_step(self, step: str) -> None:
        """Goes to a step, unless a dialog stands over the one that is shown: Textual keeps it with its step, and loses it."""
        if not self.screen.is_modal:
            self.switch_mode(step)

    def action_move(self, distance: int) -> None:
        """Goes some steps on."""
        self.action_step(neighbour(self.current_mode, distance))

    def action_visited(self, way: str) -> None:
        """Goes back to the step visited before, or forward again."""
        if not self.screen.is_modal and (step := self._visited.go(1 if way == "forward" else -1)) is not None:
            super().switch_mode(step)

    async def go_to(self, step: str, target: str) -> None:
        """Goes to a step, and there to what is called so: a table, `table.column` or a dotted setting."""
        if self.screen.is_modal:
            return
        await self.switch_mode(step)
        if isinstance(self.screen, Step):
            self.screen.call_after_refresh(self.screen.reach, target)

    # What stands over a step

    def action_jump(self) -> None:
        """Puts a letter on every control that can have the focus; the letter gives it the focus."""
        from .screens.jump import Jump

        if not self.screen.is_modal and (targets := Jump.targets(self.screen)):
            self.push_screen(Jump(targets), self._jumped)

    def _jumped(self, target: Widget | str | None) -> None:
        if isinstance(target, str):
            self.action_step(target)
        elif target is not None and target.is_attached:
            target.focus()

    def action_help(self) -> None:
        """Shows what the focused part is for, its keys, and the words that are used."""
        from .screens.help import Help

        self._over(Help)

    def action_keys(self) -> None:
        """Shows all keys."""
        from .screens.all_keys import AllKeys

        self._over(AllKeys)

    def _over(self, screen: Callable[[Screen[Any]], ModalScreen[None]]) -> None:
        # A window with a help of its own has more to tell than can stand at its foot.
        if not self.screen.is_modal or self.screen.HELP:
            self.push_screen(screen(self.screen))

    def action_change_theme(self) -> None:
        """Lets colours be chosen, which the next session has as well."""
        from .commands import ThemeCommands

        if not self.screen.is_modal:
            self.push_screen(CommandPalette(providers=[ThemeCommands], placeholder="dark, light, ansi, high-contrast ..."))

    def pop_screen(self) -> AwaitComplete:
        """Textual's palette closes itself once for each Enter that came at once; the step under it stays."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    def take_theme(self, name: str) -> None:
        """Takes other colours, for the next sessions as well."""
        self.theme = name

    # Letters

    def action_vim(self, way: str) -> None:
        """Moves in the list or table that has the focus."""
        if self.focused is not None:
            move(self.focused, way)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters move where something can be moved in."""
        if action == "vim":
            return can_move(self.focused)
        return super().check_action(action, parameters)
