"""Attendees: who comes to a post, in turn."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ...program import columns
from ..layouts.grid import Grid
from ..names import Name
from .base import Column, Compiled, Scope, register

_TURNS: Final = {1: 8, 2: 4, 4: 2}
"""Visits a round -> every how manieth of its eight turns."""


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
    """The field of the attendees' list of visits in a round: 1, 2 or 4."""
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
        kernel = columns.Attendee(self.to, key, dense, by=self.quota, panels=self._panels(scope, rows, members.pool))
        return Compiled(kernel, inner.type, parts={"visit": Compiled(None, "bigint")})

    def _panels(self, scope: Scope, rows: Grid, pool: str) -> tuple[columns.AttendeePanel, ...]:
        asking = scope.of_table(scope.table)
        theirs = rows.pool(asking)
        wanted = [str(value) for value in scope.pool_column(theirs, self.fits)]
        tracks = scope.pool_column(theirs, rows.track) if rows.track is not None else [self.fits for _ in wanted]
        visits = scope.pool_column(pool, self.visits)
        odd = next((number for number in visits if number not in _TURNS), None)
        if odd is not None:
            raise ValueError(f"`{self.visits}` of `{pool}` is {odd}; a round has 1, 2 or 4 visits")
        kinds: dict[tuple[str, str], list[int]] = {}
        for kind, place in enumerate(zip(tracks, wanted, strict=True)):
            kinds.setdefault(place, []).append(kind)
        out = []
        for (track, value), mine in kinds.items():
            turns: dict[int, list[int]] = {}
            for row, given in enumerate(scope.pool_column(pool, track)):
                if str(given) == value:
                    turns.setdefault(_TURNS[visits[row]], []).append(row)
            if not turns:
                raise ValueError(f"no row of `{pool}` has {track} = {value}, so nobody comes to these posts")
            in_order = tuple((every, tuple(turns[every])) for every in sorted(turns))
            out.append(columns.AttendeePanel(value, tuple(mine), in_order))
        return tuple(out)
