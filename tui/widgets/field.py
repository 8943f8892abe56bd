"""One setting of a form: its name, the control for its value, and what there is to say about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input

from ...core.cells import cut
from ...core.errors import ParameterError
from ...core.format import printable
from ...core.spec.form import Setting, shown
from ..about import SUGGESTED
from ..summary import summary
from .control import Choice, FieldInput, Opener

_GAP = 2
"""Cells between the control and the hint."""


class SettingField(Widget):
    """A field; tells its parent what was entered, and keeps what is wrong with it to itself.

    It draws all but its control itself: a form has dozens of them, and each further widget would cost every key press.
    """

    DEFAULT_CSS = """
    SettingField { width: 1fr; height: 1; layout: vertical; text-wrap: nowrap; }
    SettingField.-invalid { height: auto; }
    SettingField Input { padding: 0; }
    """
    BINDINGS: ClassVar = [
        Binding("ctrl+r", "reset", "Default", id="field.default"),
        Binding("f4", "edit_value", "Editor", show=False, id="field.editor"),
    ]

    @dataclass
    class Changed(Message):
        """A value that the model takes; None for the default."""

        setting: Setting
        value: Any

    @dataclass
    class Refused(Message):
        """What was entered is not allowed."""

        setting: Setting
        problem: str

    @dataclass
    class Editor(Message):
        """The editor of the value is wanted."""

        field: SettingField

    def __init__(self, setting: Setting, *, title: int = 24, wide: int = 0) -> None:
        """`title` cells are for the name; with `wide` cells for the control, the hint stands beside it, where there is room."""
        super().__init__(id=setting.path.replace(".", "--"))
        self.setting = setting
        self.HELP = self._help()  # type: ignore[misc]  # the help panel reads it of the instance
        self.value: Any = None
        """What is set; None for the default."""
        self._default = self.held = setting.default
        self._title, self._wide = title, wide
        self._shown: tuple[Any, ...] | None = None
        self._drawn = ("", False)
        self.problem = ""
        """What is wrong with what was entered; empty if nothing is."""
        self.complaint = ""
        """What only the whole plan could find."""

    def _help(self) -> str:
        setting = self.setting
        unit = f" Unit: {setting.unit}." if setting.unit else ""
        return f"# {setting.title}\n\n{setting.about}{unit}\n\nIn a config file: `{setting.path}`.\n\n**ctrl+r** goes back to the default."

    def compose(self) -> ComposeResult:
        """The control."""
        setting = self.setting
        control: Widget
        if setting.control in ("choice", "switch"):
            control = Choice(setting.choices or ("true", "false"))
        elif setting.control in ("mapping", "tables"):
            control = Opener()
        else:
            suggester = SuggestFromList(SUGGESTED[setting.path], case_sensitive=False) if setting.path in SUGGESTED else None
            control = FieldInput(compact=True, select_on_focus=False, classes="control", suggester=suggester)
        control.styles.margin = (0, 0, 0, self._title)
        yield control

    @property
    def control(self) -> Widget:
        """The widget that takes the value."""
        return self.children[0]

    @property
    def told(self) -> str:
        """What is wrong; empty if nothing is."""
        return self.problem or self.complaint

    def show(self, value: Any, default: Any, held: Any) -> None:
        """Puts a value in; what is being typed stays.

        `default` is what the dataset's file or the model gives, and no change; `held` is what holds without a value, where the
        data or the machine decides.
        """
        held = default if held is None else held
        now = (value, default, held)
        if self._shown == now and not self.complaint and (self.problem or self._says_so()):
            # Dozens of fields are shown with every change, and nearly all of them stay as they are.
            return
        self._shown = now
        self.value, self._default, self.held = now
        control = self.control
        if isinstance(control, Choice):
            wanted = value if value is not None else default
            control.show(shown(wanted) if wanted is not None else None, shown(held))
        elif isinstance(control, Opener):
            control.show(printable(summary(self.setting, value if value is not None else held)), value is not None)
        elif isinstance(control, Input):
            self._fill(control)
        self._tell("")

    def _says_so(self) -> bool:
        control = self.control
        return not isinstance(control, Input) or control.has_focus or control.value == self.setting.shown(self.value)

    def _fill(self, control: Input) -> None:
        placeholder = printable(self.setting.shown(self.held))
        if control.placeholder != placeholder:
            control.placeholder = placeholder
        if not control.has_focus and not self.problem:
            self._write(control)

    def _write(self, control: Input) -> None:
        text = self.setting.shown(self.value)
        if control.value != text:
            with self.prevent(Input.Changed):
                control.value = text

    def complain(self, problem: str) -> None:
        """Shows a problem that only the whole plan could find."""
        self._tell(printable(problem))

    def _tell(self, complaint: str) -> None:
        self.complaint = complaint
        self._redraw()

    def _redraw(self) -> None:
        """Draws what changed, and has only what is higher or lower than before arranged anew."""
        now = (self.told, self.value is not None)
        if now == self._drawn:
            return
        before, self._drawn = self._drawn, now
        self.set_class(bool(self.told), "-invalid")
        self.set_class(self.value is not None, "-changed")
        self.refresh(layout=before[0] != self.told)

    # Drawing

    def _lines(self, width: int) -> list[str]:
        """What is wrong, as lines of this width."""
        if not self.told:
            return []
        return [line.plain for line in Content(self.told).wrap(max(width - 4, 8))]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line, and those of what is wrong."""
        return 1 + len(self._lines(width))

    def render(self) -> Content:
        """The name and the hint, below them what is wrong."""
        width = self.size.width
        changed, focused = self.value is not None, self.control.has_focus
        name = f"{'>' if focused else ' '}{self.setting.title}{' *' if changed else ''}"
        look = "$text-accent" if changed else "bold" if focused else ""
        parts = [(cut(name, self._title - 1, " .."), look)]
        about = self._title + self._wide + _GAP
        if self._wide and about + 20 <= width and self.control.size.width <= self._wide:
            hint = cut(self.setting.about, width - about, " ..")
            parts.append((f"{'':{about - len(parts[0][0])}}{hint}", "$text-muted"))
        parts += [(f"\n  {' ' if number else '!'} {line}", "$text-error") for number, line in enumerate(self._lines(width))]
        return Content.assemble(*parts)

    # What is entered

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            value = self.setting.read(event.value)
        except ParameterError as error:
            self._refuse(str(error).removeprefix(f"{self.setting.title}: "))
        except Exception:  # whatever was typed, the field stays usable
            self._refuse(f"`{event.value}` is not a valid value for this setting")
        else:
            self.enter(value)

    def _refuse(self, problem: str) -> None:
        self.problem = printable(problem)
        self._redraw()
        self.post_message(self.Refused(self.setting, f"{self.setting.title}: {self.problem}"))

    @on(Choice.Changed)
    def _chosen(self, event: Choice.Changed) -> None:
        event.stop()
        self.enter(event.value == "true" if self.setting.control == "switch" and event.value is not None else event.value)

    @on(Opener.Opened)
    def _opened(self, event: Opener.Opened) -> None:
        event.stop()
        self.action_edit_value()

    @on(Opener.Cleared)
    def _cleared(self, event: Opener.Cleared) -> None:
        event.stop()
        self.action_reset()

    def enter(self, value: Any) -> None:
        """Takes a value of the model's, and says so; None for the default."""
        # What equals the default is no change, so that exported files stay short.
        if value == self._default:
            value = None
        wrong, self.problem = bool(self.told), ""
        if value == self.value and not wrong:
            return
        self.value, self._shown = value, None
        self._tell("")
        self.post_message(self.Changed(self.setting, value))

    def on_descendant_focus(self) -> None:
        """Its name is marked."""
        self.refresh()

    def on_descendant_blur(self) -> None:
        """Shows the value as it was understood."""
        self.refresh()
        control = self.control
        if isinstance(control, Input) and not self.problem:
            self._write(control)

    def on_click(self, event: events.Click) -> None:
        """A name that is clicked leads to its control."""
        self.control.focus()

    def forget(self) -> None:
        """Drops what was entered and refused."""
        if self.problem:
            self.problem, self._shown = "", None
            self._tell("")

    def rewrite(self) -> None:
        """Shows the value even where it is being typed."""
        if isinstance(self.control, Input):
            self._write(self.control)

    def action_edit_value(self) -> None:
        """Asks for the editor."""
        self.post_message(self.Editor(self))

    def action_reset(self) -> None:
        """Back to the default."""
        self.problem, self._shown = "", None
        control = self.control
        self.value = None
        if isinstance(control, Input):
            self._write(control)
        self.post_message(self.Changed(self.setting, None))
        self.show(None, self._default, self.held)
