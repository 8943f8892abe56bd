"""Versions: the states that an entity goes through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final, Literal

from ...program import rows
from ...program.values import Way
from ..names import Name
from .base import LayoutModel, RowScope, RowsError, register
from .entities import RUN_UP, Entities

_DAYS: Final = 2 * 60 * 366
"""The longest time that a row may be seen over: a history of 60 years, and 60 years after it."""


@register
class Versions(LayoutModel):
    """One row from the begin of each entity, and one from each day on which it changes (a slowly changing dimension).

    The key is the entity's number and the version's number after it: 17003 is the third version of the 17th.
    """

    layout: Literal["versions"]
    of: Name
    """The entities whose `changes` make versions."""

    ends: ClassVar[bool] = True
    has_position: ClassVar[bool] = True
    dense: ClassVar[bool] = False
    of_states: ClassVar[bool] = True

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,)

    def happens(self, scope: RowScope) -> bool:
        return True

    def _pace(self, scope: RowScope) -> tuple[tuple[int, int], ...]:
        owner = scope.layout(self.of)
        if not isinstance(owner, Entities):
            raise RowsError("of", f"`{self.of}` holds {owner.layout}; versions are of entities")
        return owner.changes.pace if owner.changes is not None else ()

    def row_count(self, scope: RowScope) -> float:
        changes = sum(share / 64 * scope.days() / period for period, share in self._pace(scope))
        return scope.number(self.of) * (1 + changes)

    def matches(self, scope: RowScope, columns: Sequence[str]) -> Way | None:
        if len(columns) != 1 or scope.kind(scope.table, columns[0]).kind != "parent":
            return None
        found = scope.layout(self.of).matches(scope.of_table(self.of), [scope.key_of(self.of)])
        return None if found is None else Way("parent", columns[0], replace(found, column=columns[0]), draws=False)

    def compile(self, scope: RowScope) -> rows.Versions:
        shortest = min((period for period, share in self._pace(scope) if share), default=_DAYS)
        width = 1000
        owner = scope.layout(self.of)
        run_up = owner.run_up if isinstance(owner, Entities) else RUN_UP
        while width < (_DAYS + run_up) / shortest + 3:
            width *= 10
        return rows.Versions(self.of, width)
