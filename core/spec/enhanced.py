"""Enhanced templates: presets of a dataset's settings, and the parameters that they offer to whoever runs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from .modelling import Field, model_validator
from .names import Name, Path, Strict
from .numbers import Number
from .parameters import RuntimeParameters

Choice = str | bool | int | float
Changes = Literal["files", "everything"] | Annotated[list[Path], Field(min_length=1)]

PRESETS: Final = "runtime_params"
"""The block of a template's file that holds its presets."""
ORIGIN: Final = "template"
"""Begins what is said of a setting that a template presets: `template retail_oltp_enhanced`."""


class Offered(Strict):
    """A parameter that a template offers: a setting by its dotted name, or a value in a mapping that the template presets."""

    about: str = Field(min_length=1)
    """What it means, in a sentence."""
    changes: Changes
    """Tables (`orders`) and columns (`orders.total_amount`); `everything`: all tables; `files`: how or when they are written, no row."""
    min: Number | None = None
    """The least value."""
    max: Number | None = None
    """The largest value."""
    choices: list[Choice] | None = Field(default=None, min_length=1)
    """The values that it may have; default: all that the setting may have."""

    @model_validator(mode="after")
    def _agrees(self) -> Offered:
        if self.choices is not None and (self.min is not None or self.max is not None):
            raise ValueError("has a range or `choices`, not both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"the min {self.min:g} is above the max {self.max:g}")
        return self

    @property
    def allowed(self) -> str:
        """`1 to 20`, `at least 1`, `a, b or c`; empty where the setting alone says it."""
        if self.choices is not None:
            *some, last = [str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in self.choices]
            return f"{', '.join(some)} or {last}" if some else last
        if self.min is not None and self.max is not None:
            return f"{_shown(self.min)} to {_shown(self.max)}"
        if self.min is not None:
            return f"at least {_shown(self.min)}"
        return f"at most {_shown(self.max)}" if self.max is not None else ""

    def takes(self, value: Any) -> bool:
        """Whether a value is in its range, or one of its choices."""
        if self.choices is not None:
            return value in self.choices
        low, high = self.min, self.max
        if low is None and high is None:
            return True
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (low is None or value >= low) and (high is None or value <= high)


def _shown(value: float) -> str:
    return f"{int(value):,}" if float(value).is_integer() else f"{value:g}"


class Template(Strict):
    """A preset of a dataset: what its runs are set to, and what may be set differently."""

    id: Name
    """What it is chosen by; default: the file's name."""
    name: str = ""
    """What it is called where it is listed."""
    about: str = Field(min_length=1)
    """Whom it is for, in a sentence."""
    dataset: Name
    """The dataset, by an id of list-datasets or list-incremental-datasets."""
    runtime_params: RuntimeParameters
    """Its presets, in the shape of a config file."""
    parameters: dict[str, Offered] = {}
    """What it offers: settings by their dotted names (`target_rows`), or values in what it presets (`distributions.customer_age.mean`)."""

    @property
    def settings(self) -> dict[str, Any]:
        """Its presets, in the shape of a config file without a dataset: JSON values, each call's its own."""
        return self.runtime_params.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"dataset_id"})

    @property
    def origin(self) -> str:
        """Where a preset is said to be from."""
        return f"{ORIGIN} {self.id}"


def value_at(value: Any, path: str) -> Any:
    """What stands at a dotted path, of mappings whose keys may hold dots themselves; None where nothing does."""
    if not path:
        return value
    if not isinstance(value, Mapping):
        return None
    for key, inner in value.items():
        if path == str(key):
            return inner
        if path.startswith(f"{key}.") and (found := value_at(inner, path.removeprefix(f"{key}."))) is not None:
            return found
    return None
