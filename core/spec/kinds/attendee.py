"""Attendees: who comes to a post, in turn."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Final, Literal

from ...errors import hint
from ...program import columns
from ..layouts.grid import Grid
from ..modelling import Field, field_validator, model_validator
from ..names import MICROSECONDS, Name, Strict, duration
from .base import Column, Compiled, Scope, register

_MOST: Final = 64
"""Of `visits`, and of the classes of attendees that fit one kind of post."""
_CLASSES: Final = 8
_TURN: Final = 3
_APART: Final = 9
_LONGEST: Final = 750
"""Days of a turn, between two visits of a script, and of a script: see core/engine/turns.py. Two turns always lie between two visits
of one attendee, so that a busy day, which may be more than one turn, never has one twice."""


class Uneven(Strict):
    """A law of rates, whose quantiles attendees share: one of the two."""

    gamma: float | None = Field(default=None, ge=0.05, le=100)
    """Shape of a gamma distribution: below 1 most come seldom, and few often; 100 is nearly even."""
    lognormal: float | None = Field(default=None, gt=0, le=3)
    """Standard deviation of the logarithm: a heavier tail than gamma."""

    @model_validator(mode="after")
    def _one_law(self) -> Uneven:
        if (self.gamma is None) == (self.lognormal is None):
            raise ValueError("how often people come follows one law: `{gamma: 0.7}` or `{lognormal: 0.8}`")
        return self

    def law(self) -> columns.Rates:
        """As the engine takes it."""
        return columns.Rates("gamma", self.gamma) if self.gamma is not None else columns.Rates("lognormal", self.lognormal or 0)


class Script(Strict):
    """Visits at set times."""

    of: str
    """What the posts are for that are visited: a value of `fits`."""
    visits: list[str] = Field(min_length=1, max_length=36)
    """When, counted from the first: `[0 days, 14 days, 90 days]`; 9 days apart or more, within 750 days."""

    @field_validator("visits")
    @classmethod
    def _apart(cls, value: list[str]) -> list[str]:
        days = [duration(text) // MICROSECONDS["day"] for text in value]
        if days[0] or days[-1] > _LONGEST or any(second - first < _APART for first, second in pairwise(days)):
            raise ValueError(f"a script begins at 0 days and ends within {_LONGEST}, and its visits are {_APART} days apart or more")
        return value

    @property
    def turns(self) -> tuple[int, ...]:
        """As the engine takes them."""
        return tuple(duration(text) // MICROSECONDS["day"] // _TURN for text in self.visits)


@register
class Attendee(Column):
    """Who comes to a grid's row: one of the posts that fit the row's post, all of which come in turn.

    The attendees' posts are parted evenly among the posts that they fit, and stay with theirs. Nobody comes twice on a
    day, neither to one post nor to two: on any day each track of the grid serves another group of attendees.
    """

    kind: Literal["attendee"]
    to: Name
    """The attendees: rows of posts too."""
    quota: Name
    """Their column of kind `quota`."""
    fits: Name
    """The field of the grid's list that says what a kind of post is for; attendees fit where the field of their own list
    that is named like the track (without tracks: named the same) has that value."""
    visits: Name
    """The field of the attendees' list of visits against others: whole numbers from 1 to 64."""
    skew: Uneven | None = None
    """How uneven visits are among those of the same `visits`: `{lognormal: 0.8}` or `{gamma: 0.7}`. Default: even."""
    again: float = Field(default=0, ge=0, le=0.8)
    """Share of the visits that are followed by another one 12 to 21 days later."""
    script: Name | None = None
    """The field of the attendees' list that names one of `scripts`; where it is empty, visits come by `visits`."""
    scripts: dict[str, Script] = {}
    """Visits at set times, over and over, about every two years: `{recovery: {of: Orthopedics, visits: [0 days, 14 days, 90 days]}}`."""
    optional: ClassVar[bool] = False

    def compile(self, scope: Scope) -> Compiled:
        rows = scope.layout(scope.table)
        if not isinstance(rows, Grid):
            raise ValueError(f"an attendee is of the rows of a grid; these rows hold {rows.layout}")
        if self.nulls or self.when is not None:
            raise ValueError("an attendee has no `nulls` and no `when`: somebody comes to every row")
        if not scope.layout(self.to).of_posts:
            raise ValueError(f"`{self.to}` holds {scope.layout(self.to).layout}; attendees are posts")
        members = scope.kind(self.to, self.quota)
        if members.kind != "quota":
            raise ValueError(f"`{self.quota}` of `{self.to}` is of kind {members.kind}; attendees are told apart by a `quota`")
        key = scope.key_of(self.to)
        inner = scope.find_in(self.to, key).compiled
        dense = isinstance(inner.kernel, columns.Key)
        kernel = columns.Attendee(
            self.to,
            key,
            dense,
            by=self.quota,
            panels=self._panels(scope, rows, members.pool),
            law=self.skew.law() if self.skew is not None else None,
            again=round(self.again * 1_000),
        )
        parts = {
            "visit": Compiled(None, "bigint"),
            "comes_again": Compiled(None, "boolean"),
            "follows": Compiled(None, "boolean"),
            "script_began": Compiled(None, "date", nullable=True),
            "next_on": Compiled(None, "date", nullable=True),
        }
        return Compiled(kernel, inner.type, parts=parts)

    def _panels(self, scope: Scope, rows: Grid, pool: str) -> tuple[columns.AttendeePanel, ...]:
        asking = scope.of_table(scope.table)
        theirs = rows.pool(asking)
        wanted = [str(value) for value in scope.pool_column(theirs, self.fits)]
        tracks = scope.pool_column(theirs, rows.track) if rows.track is not None else [self.fits for _ in wanted]
        visits = scope.pool_column(pool, self.visits)
        odd = next((number for number in visits if not isinstance(number, int) or not 1 <= number <= _MOST), None)
        if odd is not None:
            raise ValueError(f"`{self.visits}` of `{pool}` is {odd}; visits are whole numbers from 1 to {_MOST}")
        named = [str(name or "") for name in scope.pool_column(pool, self.script)] if self.script is not None else ["" for _ in visits]
        if self.scripts and self.script is None:
            raise ValueError(
                f"`scripts` need `script`, the field of `{pool}` that names one of them{hint('script', list(scope.pool(pool)))}"
            )
        for name, script in self.scripts.items():
            if script.of not in wanted:
                raise ValueError(
                    f"scripts.{name} is of `{script.of}`, which is no {self.fits} of `{theirs}`{hint(script.of, sorted(set(wanted)))}"
                )
        unknown = next((name for name in named if name and name not in self.scripts), None)
        if unknown is not None:
            raise ValueError(f"`{self.script}` of `{pool}` is {unknown}, which is none of `scripts`")
        kinds: dict[tuple[str, str], list[int]] = {}
        for kind, place in enumerate(zip(tracks, wanted, strict=True)):
            kinds.setdefault(place, []).append(kind)
        out = []
        for (track, value), mine in kinds.items():
            classes: dict[tuple[int, tuple[int, ...]], list[int]] = {}
            for row, given in enumerate(scope.pool_column(pool, track)):
                if str(given) == value:
                    one = self.scripts.get(named[row])
                    turns = one.turns if one is not None and one.of == value else ()
                    classes.setdefault((0 if turns else visits[row], turns), []).append(row)
            if not classes:
                raise ValueError(f"no row of `{pool}` has {track} = {value}, so nobody comes to these posts")
            if len(classes) > _CLASSES:
                raise ValueError(
                    f"those of `{pool}` with {track} = {value} have {len(classes)} different `{self.visits}`; {_CLASSES} at most"
                )
            in_order = tuple(columns.AttendeeClass(tuple(classes[key]), *key) for key in sorted(classes, reverse=True))
            out.append(columns.AttendeePanel(value, tuple(mine), in_order))
        return tuple(out)
