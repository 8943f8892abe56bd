"""One setting of the form: its name, the control for its value, and what there is to say about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Select

from ...core.errors import ParameterError
from ...core.format import printable
from ...core.spec.form import Setting, shown


class FieldInput(Input):
    """A text field between others: up and down leave it."""

    BINDINGS: ClassVar = [
        Binding("up", "app.focus_previous", "Previous field", show=False),
        Binding("down,enter", "app.focus_next", "Next field", show=False),
    ]


class SettingField(Horizontal):
    """A field; tells its parent what was entered, and keeps what is wrong with it to itself."""

    BINDINGS: ClassVar = [Binding("ctrl+r", "reset", "Default")]

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

    def __init__(self, setting: Setting) -> None:
        super().__init__(id=setting.path.replace(".", "--"))
        self.setting = setting
        self.HELP = self._help()  # type: ignore[misc]  # the help panel reads it of the instance
        self._value: Any = None
        self._default = self._unset = setting.default
        self.problem = ""
        """What is wrong with what was entered; empty if nothing is."""

    def _help(self) -> str:
        setting = self.setting
        unit = f" Unit: {setting.unit}." if setting.unit else ""
        return f"# {setting.title}\n\n{setting.about}{unit}\n\nIn a config file: `{setting.path}`.\n\n**ctrl+r** goes back to the default."

    def compose(self) -> ComposeResult:
        """Name, control, hint."""
        setting = self.setting
        yield Label(setting.title, classes="title", markup=False)
        control: Input | Select[str]
        if setting.control in ("choice", "switch"):
            # Where the dataset or the machine decides, nothing is chosen, and the prompt says what holds.
            choices = [(choice, choice) for choice in setting.choices or ("true", "false")]
            control = (
                Select(choices, compact=True, prompt="")
                if setting.default is None
                else Select(choices, compact=True, allow_blank=False, value=shown(setting.default))
            )
        else:
            control = FieldInput(compact=True, select_on_focus=False)
        yield control
        yield Label(setting.about, classes="hint", markup=False)

    def show(self, value: Any, default: Any, unset: Any) -> None:
        """Puts a value in; what is being typed stays.

        `default` is what the dataset's file or the model gives, and no change; `unset` is what holds without a value, where the
        data or the machine decides.
        """
        self._value = value
        self._default = default
        self._unset = default if unset is None else unset
        control = self.query_one("Input, Select")
        with self.prevent(Input.Changed, Select.Changed):
            if isinstance(control, Input):
                control.placeholder = shown(self._unset)
                if not control.has_focus and not self.problem:
                    control.value = shown(value)
            elif isinstance(control, Select):
                wanted = value if value is not None else self._default
                control.prompt = shown(self._unset)
                control.value = shown(wanted) if wanted is not None else Select.NULL
        self._tell()

    def complain(self, problem: str) -> None:
        """Shows a problem that only the whole plan could find."""
        if not self.problem:
            self._tell(printable(problem))

    def _tell(self, problem: str = "") -> None:
        problem = problem or self.problem
        hint = self.query_one(".hint", Label)
        hint.update(problem or self.setting.about)
        self.set_class(bool(problem), "-invalid")
        self.set_class(self._value is not None, "-changed")
        self.query_one(".title", Label).update(Content(f"{self.setting.title}{' *' if self._value is not None else ''}"))

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
            self.problem = ""
            self._enter(value)

    def _refuse(self, problem: str) -> None:
        self.problem = printable(problem)
        self._tell()
        self.post_message(self.Refused(self.setting, f"{self.setting.title}: {self.problem}"))

    @on(Select.Changed)
    def _selected(self, event: Select.Changed) -> None:
        event.stop()
        value: Any = None if event.value is Select.NULL else str(event.value)
        if value is not None and self.setting.control == "switch":
            value = value == "true"
        self._enter(value)

    def _enter(self, value: Any) -> None:
        # What equals the default is no change, so that exported files stay short.
        if value == self._default:
            value = None
        if value == self._value and not self.has_class("-invalid"):
            return
        self._value = value
        self._tell()
        self.post_message(self.Changed(self.setting, value))

    def on_descendant_blur(self) -> None:
        """Shows the value as it was understood."""
        control = self.query("FieldInput").first() if self.query("FieldInput") else None
        if isinstance(control, Input) and not self.problem:
            with self.prevent(Input.Changed):
                control.value = shown(self._value)

    def action_reset(self) -> None:
        """Back to the default."""
        self.problem = ""
        control = self.query_one("Input, Select")
        if isinstance(control, Input):
            with self.prevent(Input.Changed):
                control.value = ""
        self._value = None
        self.post_message(self.Changed(self.setting, None))
        self.show(None, self._default, self._unset)
