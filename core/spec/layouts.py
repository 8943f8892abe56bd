"""Layouts: what a table's rows stand on."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from .laws import AnyLaw, Law
from .names import MICROSECONDS, Name, Strict, duration

RATIO: Final = re.compile(r"(\d+(?:\.\d+)?) per ([a-z_][a-z0-9_]*)")


def _number(value: Any) -> Any:
    if isinstance(value, str) and not RATIO.fullmatch(value):
        raise ValueError(f"`{value}` is no number of rows; write `500`, `{{small: 500, large: 8_000}}` or `0.25 per orders`")
    return value


Number = Annotated[int | dict[str, int] | str, BeforeValidator(_number)]
"""Rows at the end of the history: a count, a count for each size, or a ratio to another table."""


class Change(Strict):
    """How one column takes part in changes."""

    weight: float = Field(default=1, gt=0)
    """Share of the changes, against the other columns' weights."""
    times: AnyLaw | None = None
    """Of numbers: the factor that a change applies to the first value."""


class Changes(Strict):
    """Which columns of an entity change, and how often."""

    pace: dict[str, float]
    """Share of the entities that change once in each period, for example `{600 days: 0.41}`; the rest never do."""
    columns: dict[Name, float | Change]

    @field_validator("pace")
    @classmethod
    def _pace(cls, value: dict[str, float]) -> dict[str, float]:
        for period in value:
            if duration(period) < MICROSECONDS["day"]:
                raise ValueError(f"a period of {period} is shorter than a day")
        if sum(value.values()) > 1 or min(value.values(), default=0) < 0:
            raise ValueError("the shares of a pace lie between 0 and 1 and add up to at most 1")
        return value

    @model_validator(mode="after")
    def _some(self) -> Changes:
        if not self.columns or len(self.columns) > 16:
            raise ValueError("changes name 1 to 16 columns")
        return self

    def weight(self, column: str) -> float:
        """The weight of a column's changes."""
        given = self.columns[column]
        return given.weight if isinstance(given, Change) else given


class Entities(Strict):
    """Rows that are born, may leave and may change; ids in order of birth."""

    layout: Literal["entities"] = "entities"
    number: Number = "0.1 per driving"
    before: float = Field(default=0.6, ge=0, le=1)
    """Share of the rows that is there when the history starts."""
    leaves: Law | None = None
    """How long a row stays; without it, for ever."""
    changes: Changes | None = None


class Listed(Strict):
    """As many rows as the pool, or the written list, has; its columns copy the fields."""

    layout: Literal["list"]
    pool: Name | None = None
    values: list[dict[str, Any]] | None = None

    @model_validator(mode="after")
    def _one(self) -> Listed:
        if (self.pool is None) == (self.values is None):
            raise ValueError("a list has either a pool or values")
        if self.values is not None and (not self.values or any(set(row) != set(self.values[0]) for row in self.values)):
            raise ValueError("the values of a list are rows with the same keys, at least one row")
        return self


class Events(Strict):
    """What happens day by day; ids and time rise together, day counts follow the temporal patterns."""

    layout: Literal["events"]
    number: Number | None = None
    """Only for events that do not drive the dataset."""


class Children(Strict):
    """Rows in groups under a parent, with an exact total."""

    layout: Literal["children"]
    of: Name
    count: AnyLaw = Law(type="constant", value=1)

    @field_validator("count")
    @classmethod
    def _whole(cls, value: Law) -> Law:
        if value.unit is not None:
            raise ValueError("a count has no unit")
        if (value.min or 0) < 0:
            raise ValueError("a count cannot be below 0")
        return value


class Snapshot(Strict):
    """One row for each living combination of the members of other tables, as of the end."""

    layout: Literal["snapshot"]
    of: list[Name] = Field(min_length=1, max_length=3)


def _short(value: Any) -> Any:
    if value is None:
        return {"layout": "entities"}
    if isinstance(value, str):
        return {"layout": value}
    if isinstance(value, dict) and "layout" not in value:
        return {"layout": "entities", **value}
    return value


Rows = Annotated[Annotated[Entities | Listed | Events | Children | Snapshot, Field(discriminator="layout")], BeforeValidator(_short)]
"""A layout; a bare word is the layout, a mapping without one holds entities."""
