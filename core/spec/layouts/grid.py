"""Grids: what is booked in the opening hours of posts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final, Literal

from ...errors import hint
from ...program import rows
from ..distributions import AnyDistribution
from ..modelling import Field, field_validator, model_validator
from ..names import MICROSECONDS, WEEKDAYS, Name, duration
from .base import LayoutModel, Number, RowScope, RowsError, register

_WEEKDAYS: Final = tuple(name[:3] for name in WEEKDAYS)
_LINE: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


@register
class Grid(LayoutModel):
    """Rows on a grid of time, so many a day as the temporal patterns say; a post never has two at a time.

    They stand on `posts` over which a list is dealt: the list says when a kind of post is open, how long its rows
    usually are, and how they are shared out.
    """

    layout: Literal["grid"]
    number: Number | None = None
    """Only for rows that do not drive the dataset."""
    of: Name
    """The posts."""
    quota: Name
    """Their column of kind `quota`."""
    hours: list[str] = Field(min_length=1, max_length=8)
    """Stretches of the local day, for example `["08:00-12:00", "13:00-17:00"]`; no row crosses an end."""
    step: str = "15 minutes"
    """Rows begin and end on it."""
    open_days: Name
    """The list's field of weekdays, for example `mon tue thu`."""
    length: Name
    """The list's field of the usual length in steps."""
    extra_length: AnyDistribution | None = None
    """Steps beyond the usual length; a crowded stretch has shorter rows."""
    load: Name | None = None
    """The list's field of rows a post takes on an open day, against other kinds; without it all take as many."""
    track: Name | None = None
    """The list's field that parts the kinds of posts into tracks; on any day each track serves another group of attendees."""

    is_event: ClassVar[bool] = True
    may_drive: ClassVar[bool] = True
    keeps_hours: ClassVar[bool] = True

    @property
    def spans(self) -> bool:
        return True

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: list[str]) -> list[str]:
        before = -1
        for text in value:
            found = _LINE.fullmatch(text)
            if not found:
                raise ValueError(f'`{text}` is not a stretch of hours; write for example "08:00-12:00"')
            start, end = minutes(text)
            if not before < start < end <= 1440:
                raise ValueError(f"`{text}` ends before it starts, or is not after the stretch before it")
            before = end - 1
        return value

    @model_validator(mode="after")
    def _steps(self) -> Grid:
        step = duration(self.step)
        if step % MICROSECONDS["minute"] or step == 0:
            raise ValueError(f"a step is a whole number of minutes, not `{self.step}`")
        for text in self.hours:
            start, end = minutes(text)
            if (end - start) % (step // MICROSECONDS["minute"]):
                raise ValueError(f"the stretch `{text}` is not a whole number of steps of {self.step}")
        if self.extra_length is not None and self.extra_length.unit is not None:
            raise ValueError("`extra_length` counts steps and has no unit")
        return self

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,)

    def row_count(self, scope: RowScope) -> float:
        if self.number is None:
            raise ValueError("needs `number`: these rows do not drive the dataset")
        return scope.counted(self.number)

    def pool(self, scope: RowScope) -> str:
        """The list that is dealt to the posts; raises RowsError."""
        if not scope.layout(self.of).of_posts:
            raise RowsError("of", f"`{self.of}` holds {scope.layout(self.of).layout}; a grid is of posts")
        column = scope.kind(self.of, self.quota)
        if column.kind != "quota":
            raise RowsError("quota", f"`{self.quota}` of `{self.of}` is of kind {column.kind}; a grid goes by a `quota`")
        return str(column.pool)

    def tracks(self, scope: RowScope) -> list[str]:
        """The tracks, in the order of the list; one of no name where there is no `track`."""
        return list(dict.fromkeys(self._texts(scope, "track", self.track))) if self.track is not None else [""]

    def _texts(self, scope: RowScope, key: str, field: str) -> Sequence[Any]:
        try:
            return scope.pool_column(self.pool(scope), field)
        except RowsError:
            raise
        except ValueError as error:
            raise RowsError(key, str(error)) from None

    def _numbers(self, scope: RowScope, key: str, field: str) -> list[int]:
        out = list(self._texts(scope, key, field))
        if not all(isinstance(value, int) and value >= 1 for value in out):
            raise RowsError(key, f"the field `{field}` does not hold whole numbers from 1 on")
        return out

    def compile(self, scope: RowScope) -> rows.Grid:
        step = duration(self.step) // MICROSECONDS["minute"]
        tracks = self.tracks(scope)
        kinds = range(scope.pool_rows(self.pool(scope)))
        track = [tracks.index(text) for text in self._texts(scope, "track", self.track)] if self.track is not None else [0 for _ in kinds]
        return rows.Grid(
            number=int(scope.number(scope.table)),
            of=self.of,
            by=self.quota,
            lines=tuple((start, (end - start) // step) for start, end in map(minutes, self.hours)),
            step=step,
            open=tuple(_weekdays(str(text)) for text in self._texts(scope, "open_days", self.open_days)),
            length=tuple(self._numbers(scope, "length", self.length)),
            load=tuple(self._numbers(scope, "load", self.load) if self.load is not None else [1 for _ in kinds]),
            track=tuple(track),
            groups=len(tracks),
            longer=self.extra_length.engine() if self.extra_length is not None else None,
        )


def minutes(text: str) -> tuple[int, int]:
    """The minutes of the day at which a stretch such as `08:00-12:00` starts and ends."""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return start, end


def _weekdays(text: str) -> tuple[int, ...]:
    """1 for each weekday from Monday on that a text names, else 0; raises RowsError."""
    names = text.split()
    for name in names:
        if name not in _WEEKDAYS:
            raise RowsError("open_days", f"`{name}` is not a weekday{hint(name, _WEEKDAYS)}; write for example `mon tue thu`")
    return tuple(int(name in names) for name in _WEEKDAYS)
