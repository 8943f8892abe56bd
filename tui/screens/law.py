"""The law of a column's values: its name, its parameters, and a plot that follows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from ...core.charts import figure
from ...core.errors import ConfigError, ParameterError, SyntheticDataError
from ...core.explain.law_shape import LawShape, law_of, law_shape
from ...core.format import printable
from ...core.spec.distributions import LAWS, Distribution, takes
from ...core.spec.form import Setting, percentage, shown
from ...core.spec.loader import problems
from ...core.spec.modelling import ValidationError
from ...core.spec.numbers import number, share
from ...core.spec.parse import parse_yaml
from ..widgets.control import Choice, FieldInput
from ..widgets.plot import Plot
from .editing import Editor

_ASKED: Final = {
    "mean": "Mean",
    "stddev": "Standard deviation",
    "min": "From",
    "max": "To",
    "value": "Value",
    "values": "Values",
    "unit": "Unit",
}
_STEPS: Final = 60


class LawInput(FieldInput):
    """A parameter; enter is the window's."""

    BINDINGS: ClassVar = [Binding("enter", "screen.accept", "Take", show=False, priority=True)]


class Law(Editor):
    """One distribution, beside the one that the dataset declares."""

    DEFAULT_CSS = """
    Law .row { height: 1; }
    Law .row Label { width: 20; color: $text-muted; }
    Law Choice { width: 1fr; }
    Law Input { width: 1fr; padding: 0; }
    Law #figures { height: 1; color: $text-muted; text-wrap: nowrap; }
    Law Plot { height: 9; margin-top: 1; }
    Law.-short Plot { height: 7; margin-top: 0; }
    """
    KEYS = "tab next  left and right"

    def __init__(self, setting: Setting, name: str, given: Any, declared: Distribution | None) -> None:
        super().__init__(setting)
        self._heading, self._declared = name, declared
        start = declared.model_dump(mode="json", exclude_none=True) if declared is not None else {"type": "normal"}
        self._start: dict[str, Any] = dict(given) if isinstance(given, Mapping) else start

    def body(self) -> ComposeResult:
        """The name of the law, its parameters, the plot and its figures."""
        yield Static(printable(self._heading), markup=False)
        with Horizontal(classes="row"):
            yield Label("Distribution")
            laws = Choice(LAWS)
            laws.value = str(self._start.get("type", "uniform"))
            yield laws
        for name, title in _ASKED.items():
            with Horizontal(classes="row", id=f"row-{name}"):
                yield Label(title)
                hint = "40: 3, 50: 1 (each value with its weight)" if name == "values" else "seconds, minutes, hours, days, weeks or years"
                yield LawInput(
                    shown(self._start.get(name)),
                    id=f"law-{name}",
                    compact=True,
                    select_on_focus=False,
                    placeholder=hint if name in ("values", "unit") else "",
                )
        yield Plot()
        yield Static("", id="figures", markup=False)

    def on_mount(self) -> None:
        """Shows what is asked of the law, and its plot."""
        self.query_one(Choice).focus()
        self._show()

    @on(Choice.Changed)
    @on(Input.Changed)
    def _show(self) -> None:
        needs, besides = takes(self.law)
        for name in _ASKED:
            asked = name in (*needs, *besides) or (name == "unit" and self._declared is not None and self._declared.unit is not None)
            self.query_one(f"#row-{name}").display = asked
        try:
            _, shape = self._entered()
        except (SyntheticDataError, ValueError) as error:
            self.complain(_sentence(error))
            return
        self.complain("")
        self._draw(shape)

    def _entered(self) -> tuple[Distribution, LawShape]:
        """The distribution and its shape: one that cannot be drawn is not taken either. Raises SyntheticDataError and ValueError."""
        found = law_of(self.given())
        return found, law_shape(found, self._declared, _STEPS)

    def _draw(self, shape: LawShape) -> None:
        title = "share of the values" + ("; the line is the declared one" if shape.beside else "")
        ends = (figure(shape.low), figure(shape.high))
        self.query_one(Plot).show_bars(shape.shares, _ends(ends, len(shape.shares)), title=title, beside=shape.beside)
        low, middle, high = map(figure, shape.middle)
        told = (
            f"mean {figure(shape.mean)}  standard deviation {figure(shape.stddev)}  5 % below {low}, half below {middle}, 95 % below {high}"
        )
        self.query_one("#figures", Static).update(told)

    @property
    def law(self) -> str:
        """The name of the law that is chosen."""
        return self.query_one(Choice).value or LAWS[0]

    def given(self) -> dict[str, Any]:
        """What is entered, in the shape of a config file; raises ParameterError."""
        out: dict[str, Any] = {"type": self.law}
        for name in _ASKED:
            text = self.query_one(f"#law-{name}", Input).value.strip()
            if text and self.query_one(f"#row-{name}").display:
                out[name] = self._read(name, text)
        return out

    def _read(self, name: str, text: str) -> Any:
        if name == "unit":
            return text
        if name == "values":
            try:
                return parse_yaml(f"{{{text}}}", _ASKED[name])
            except ConfigError as error:
                raise ParameterError(_ASKED[name], error.problems[0][1]) from None
        try:
            return number(text)
        except ValueError as error:
            raise ParameterError(_ASKED[name], str(error)) from None

    def value(self) -> Any:
        """The distribution; None where it is the declared one."""
        found, _ = self._entered()
        if found == self._declared:
            return None
        return found.model_dump(mode="json", exclude_none=True)

    def action_accept(self) -> None:
        """Gives the distribution back; the whole setting checks it again."""
        try:
            self.dismiss((self.value(),))
        except (SyntheticDataError, ValueError) as error:
            self.complain(_sentence(error))


class Late(Law):
    """How many rows come late, and by how many days."""

    def __init__(self, setting: Setting, given: Mapping[str, Any]) -> None:
        days = given.get("days")
        super().__init__(
            setting, "How many days late", days if isinstance(days, Mapping) else {"type": "geometric", "mean": 2, "min": 1, "max": 7}, None
        )
        self._share = given.get("share", 0.02)

    def body(self) -> ComposeResult:
        """The share above the law."""
        with Horizontal(classes="row"):
            yield Label("Share that is late")
            yield LawInput(percentage(self._share), id="share", compact=True, select_on_focus=False)
        yield from super().body()

    def value(self) -> Any:
        """Share and days."""
        try:
            late = share(self.query_one("#share", Input).value.strip() or "0")
        except ValueError as error:
            raise ParameterError("Share that is late", str(error)) from None
        return self.setting.check({"share": late, "days": self._entered()[0].model_dump(mode="json", exclude_none=True)})


def _ends(ends: tuple[str, str], count: int) -> list[str]:
    """Labels of which only the first and the last say something."""
    if count < 2:
        return [ends[0]][:count]
    last = max(count - len(ends[1]) - 1, 1)
    return [ends[0], *[""] * (last - 1), ends[1], *[""] * (count - last - 1)]


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        where, sentence = problems(error, Distribution)[0]
        return f"{where}: {sentence}" if where else sentence
    return str(error)
