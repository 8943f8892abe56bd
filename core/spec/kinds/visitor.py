"""Visitors: who comes to a seat, in turn."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from ...program import columns
from ..layouts.grid import Grid
from ..names import Name
from .base import Column, Compiled, Scope, register

_TURNS: Final = {1: 8, 2: 4, 4: 2}
"""Visits a round -> every how manieth of its eight turns."""


@register
class Visitor(Column):
    """The visitor of a grid's row: one of the seats that fit the row's seat, all of which come in turn.

    The visitors' seats are parted evenly among the seats that they fit, and stay with theirs. Nobody comes twice on a
    day, neither to one seat nor to two: on any day each track of the grid serves another group of visitors.
    """

    kind: Literal["visitor"]
    to: Name
    """The visitors: rows of seats too."""
    by: Name
    """Their column of kind `deal`."""
    fits: Name
    """The field of the grid's list that says what a kind of seat is for; visitors fit where the field of their own list
    that is named like the track (without tracks: named the same) has that value."""
    visits: Name
    """The field of the visitors' list of visits in a round: 1, 2 or 4."""
    is_structural: ClassVar[bool] = True
    optional: ClassVar[bool] = False

    def compile(self, scope: Scope) -> Compiled:
        rows = scope.layout(scope.table)
        if not isinstance(rows, Grid):
            raise ValueError(f"a visitor is of the rows of a grid; these rows hold {rows.layout}")
        if self.nulls or self.when is not None:
            raise ValueError("a visitor has no `nulls` and no `when`: every row has its visitor")
        if scope.layout(self.to).layout != "seats":
            raise ValueError(f"`{self.to}` holds {scope.layout(self.to).layout}; visitors are seats")
        members = scope.kind(self.to, self.by)
        if members.kind != "deal":
            raise ValueError(f"`{self.by}` of `{self.to}` is of kind {members.kind}; visitors are told apart by a `deal`")
        key = scope.key_of(self.to)
        inner = scope.find_in(self.to, key).compiled
        dense = isinstance(inner.kernel, columns.Key)
        kernel = columns.Visitor(self.to, key, dense, by=self.by, panels=self._panels(scope, rows, members.pool))
        return Compiled(kernel, inner.type, parts={"visit": Compiled(None, "bigint")})

    def _panels(self, scope: Scope, rows: Grid, pool: str) -> tuple[columns.VisitorPanel, ...]:
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
                raise ValueError(f"no row of `{pool}` has {track} = {value}, so nobody visits these seats")
            in_order = tuple((every, tuple(turns[every])) for every in sorted(turns))
            out.append(columns.VisitorPanel(value, tuple(mine), in_order))
        return tuple(out)
