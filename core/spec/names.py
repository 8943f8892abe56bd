"""Names, durations and the strict base of all models."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, get_args

from ..errors import brief
from .modelling import AfterValidator, BaseModel, ConfigDict

_IDENTIFIER: Final = re.compile(r"_?[a-z][a-z0-9_]{0,61}")
_DURATION: Final = re.compile(r"(\d{1,18}(?:\.\d{1,18})?) *(second|minute|hour|day|week|year)s?", re.ASCII)

_LONGEST: Final = 60

Month = Literal[
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"
]  # fmt: skip
MONTHS: Final[tuple[str, ...]] = get_args(Month)
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
"""As Python counts them."""

MICROSECONDS: Final = {
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
    "year": 31_556_952_000_000,
}
"""A year is the mean Gregorian one, 365.2425 days."""


def identifier(name: str) -> str:
    """Checks a name of a table or column; raises ValueError."""
    if not _IDENTIFIER.fullmatch(name):
        first, point, _ = name.partition(".")
        if point and all(map(_IDENTIFIER.fullmatch, name.split("."))):
            raise ValueError(f"`{brief(name)}` is a path, where a name stands alone; did you mean `{first}`?")
        near = like(name)
        raise ValueError(f"`{brief(name)}` is not a name: {NAMES}" + (f"; write for example `{near}`" if near else ""))
    return name


NAMES: Final = "a name has small letters, digits and underscores, begins with a letter, and is 63 characters at most"


def like(text: str) -> str:
    """A name that looks like a text which is none; empty where there is no such name."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower() if len(text) <= _LONGEST and text.isascii() else ""
    found = re.fullmatch(r"(\d*)_*(.*?)", re.sub(r"[^a-z0-9]+", "_", words).strip("_"))
    parts = [found[2], found[1]] if found is not None else []
    name = "_" * text.startswith("_") + "_".join(filter(None, parts))
    return name if _IDENTIFIER.fullmatch(name) else ""


Name = Annotated[str, AfterValidator(identifier)]


def path(text: str) -> str:
    """Checks a dotted path; raises ValueError."""
    for step in text.split("."):
        identifier(step)
    return text


Path = Annotated[str, AfterValidator(path)]


def unit_name(text: str) -> str:
    """`day` for `day` and `days`; raises ValueError for an unknown unit."""
    singular = text.removesuffix("s")
    if singular not in MICROSECONDS:
        raise ValueError(f"`{brief(text)}` is not a unit of time; it may be seconds, minutes, hours, days, weeks or years")
    return singular


def duration(text: str) -> int:
    """Microseconds of a duration such as `7 days`; raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError(f"`{brief(text)}` is not a duration; write for example `7 days` or `6 hours`")
    return round(float(found[1]) * MICROSECONDS[found[2]])


class Strict(BaseModel):
    """Frozen; an unknown key is an error, and so is a number that is not finite.

    Docstrings of fields become their descriptions where somebody asks for them (`described`): reading the sources of all models
    would be half of what it costs to load them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        MODELS.append(cls)


MODELS: Final[list[type[Strict]]] = []
"""All models, in the order in which they were declared: each after those that it is made of."""
