"""The runtime parameters as fields of a form: read off the model, so that a new setting needs no front end to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from ..errors import ConfigError, ParameterError
from ..frozen import dataclass
from .compiling import CompileSettings
from .described import described
from .flags import listed
from .loader import problems
from .modelling import BaseModel, ValidationError
from .numbers import share
from .parameters import RuntimeParameters
from .parse import parse_yaml
from .resolve import ONE_SETTING
from .series import SeriesSettings

Control = Literal["whole", "number", "share", "text", "switch", "choice", "date", "mapping", "tables"]

OF_FILES: Final = ("output_settings.output_mode", "output_settings.path_format")
"""Parameters that days may have of their own."""
_SECOND_SPELLINGS: Final = {path for group in ONE_SETTING for path in group[1:]}


@dataclass(frozen=True, slots=True)
class Setting:
    """One field."""

    path: str
    """Dotted, as in a config file and for --set."""
    title: str
    group: str
    about: str
    unit: str
    control: Control
    choices: tuple[str, ...]
    """Of a choice."""
    default: Any
    """In the shape of a config file; None where the dataset or the machine decides."""
    model: type[BaseModel] = RuntimeParameters
    """What it is a field of."""

    def read(self, text: str) -> Any:
        """The value that a text means, in the shape of a config file; None for an empty one. Raises ParameterError."""
        text = text.strip()
        if not text:
            return None
        return self.check(self._parsed(text))

    def check(self, value: Any) -> Any:
        """The value as the model reads it, in the shape of a config file. Raises ParameterError with the model's sentence."""
        *blocks, leaf = self.path.split(".")
        nested: Any = {leaf: value}
        for block in reversed(blocks):
            nested = {block: nested}
        try:
            found: Any = self.model.model_validate(nested).model_dump(mode="json", by_alias=True, exclude_none=True)
        except ValidationError as error:
            place, sentence = problems(error, self.model)[0]
            inner = place.removeprefix(self.path).lstrip(".")
            raise ParameterError(self.title, f"{inner}: {sentence}" if inner else sentence) from None
        for step in (*blocks, leaf):
            found = found[step]
        return found

    def shown(self, value: Any) -> str:
        """A value as the field's text, which `read` takes back: as `shown`, and a share as a percentage."""
        if self.control == "share" and isinstance(value, int | float) and not isinstance(value, bool):
            return percentage(value)
        return shown(value)

    def _parsed(self, text: str) -> Any:
        if self.control == "tables":
            return listed(text)
        if self.control != "mapping":
            return text
        try:
            return parse_yaml(text if text.startswith(("{", "[")) else f"{{{text}}}", self.title)
        except ConfigError as error:
            raise ParameterError(self.title, error.problems[0][1]) from None


def percentage(share: Any) -> str:
    """A share as `7%`, reckoned in decimals, as 0.07 times 100 is no 7 in binary; what is no number as it is written."""
    if isinstance(share, bool) or not isinstance(share, int | float):
        return shown(share)
    return f"{shown(float(Fraction(str(share)) * 100))}%"


def shown(value: Any) -> str:
    """A value of a config file as a form's text: `read` takes it back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(str(inner) for inner in value)
    if isinstance(value, int):
        return f"{value:_}" if abs(value) >= 10_000 else str(value)
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    return shown(value).replace("_", "") if isinstance(value, int | float) else str(value)


@cache
def settings() -> tuple[Setting, ...]:
    """Every setting that has a title and a group, in the order of the model; of several spellings of one setting the first."""
    described()
    return tuple(_fields(RuntimeParameters, "", ""))


@cache
def series_settings() -> tuple[Setting, ...]:
    """What is set of days alone: their range, and where and as what their files are written."""
    described()
    own = [replace(setting, model=SeriesSettings) for setting in _fields(SeriesSettings, "", "Days")]
    shared = {setting.path: setting for setting in settings()}
    return *own, *(shared[path] for path in OF_FILES)


@cache
def compile_settings() -> tuple[Setting, ...]:
    """What is set of compiling alone."""
    described()
    return tuple(replace(setting, model=CompileSettings) for setting in _fields(CompileSettings, "", "Compile"))


def _fields(model: type[BaseModel], prefix: str, group: str) -> list[Setting]:
    out = []
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        named = str(extra.get("group") or group)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            out += _fields(field.annotation, f"{path}.", field.title or named)
        elif field.title and named and path not in _SECOND_SPELLINGS:
            control, choices = _control(field)
            default = None if field.is_required() else field.get_default(call_default_factory=True)
            out.append(
                Setting(
                    path=path,
                    title=field.title,
                    group=named,
                    about=" ".join((field.description or "").split()),
                    unit=str(extra.get("unit", "")),
                    control=control,
                    choices=choices,
                    default=default if default not in ({}, []) else None,
                )
            )
    return out


def _control(field: FieldInfo) -> tuple[Control, tuple[str, ...]]:
    kinds = _alternatives(field.annotation)
    first = kinds[0]
    if share in _readers(field.annotation) or any(getattr(one, "func", None) is share for one in field.metadata):
        return "share", ()
    if isinstance(first, type) and issubclass(first, BaseModel):
        return "mapping", ()
    if get_origin(first) is Literal:
        return "choice", tuple(str(choice) for choice in get_args(first))
    if get_origin(first) is list:
        return "tables", ()
    if get_origin(first) is dict:
        return "mapping", ()
    for kind, control in ((bool, "switch"), (int, "whole"), (float, "number"), (date, "date")):
        if first is kind:
            return control, ()  # type: ignore[return-value]  # literals in a tuple widen to str
    return "text", ()


def _readers(annotation: Any) -> Iterator[Any]:
    """The functions that read what is given, inside unions too."""
    if get_origin(annotation) in (Union, UnionType):
        for inner in get_args(annotation):
            yield from _readers(inner)
    yield from (getattr(one, "func", None) for one in getattr(annotation, "__metadata__", ()))


def _alternatives(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [kind for inner in get_args(annotation) if inner is not NoneType for kind in _alternatives(inner)]
    return [annotation]
