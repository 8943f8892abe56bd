"""Renewals: what is replaced every so often, such as cards, tyres and licences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Literal

from ...program import rows
from ...program.values import Way
from ..distributions import AnyDistribution, Distribution
from ..modelling import field_validator, model_validator
from ..names import MICROSECONDS, Name, duration
from .base import LayoutModel, RowScope, RowsError, register
from .entities import RUN_UP, Entities, check_owner

_MOST_SLOTS: Final = 16


@register
class Renewals(LayoutModel):
    """Generations of rows in the slots of an owner, end to end while the owner lasts; ids in order of the day of begin."""

    layout: Literal["renewals"]
    of: Name
    """The owners: entities."""
    count: AnyDistribution = Distribution(type="constant", value=1)
    """Slots of an owner, dealt among each 64 of them."""
    every: str
    """How long after the one before it each row begins."""
    early: str = "0 days"
    """Up to how long before its time a row begins."""

    ends: ClassVar[bool] = True
    has_position: ClassVar[bool] = True

    @field_validator("count")
    @classmethod
    def _counts(cls, value: Distribution) -> Distribution:
        if value.type not in ("constant", "uniform", "empirical"):
            raise ValueError(f"a {value.type} distribution gives no slots; constant, uniform and empirical do")
        if (value.least or 0) < 0 or not 1 <= (value.most or 0) <= _MOST_SLOTS:
            raise ValueError(f"an owner has 0 to {_MOST_SLOTS} slots, and some owner has one")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Renewals:
        if duration(self.every) < 2 * MICROSECONDS["day"]:
            raise ValueError(f"`every: {self.every}` is less than two days")
        if 2 * duration(self.early) >= duration(self.every):
            raise ValueError(f"`early: {self.early}` must be less than half of `every: {self.every}`")
        return self

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,)

    def row_count(self, scope: RowScope) -> float:
        check_owner(scope, self.of)
        slots = (float(self.count.least or 0) + float(self.count.most or 0)) / 2
        if self.count.values is not None:
            slots = sum(value * weight for value, weight in self.count.values.items()) / sum(self.count.values.values())
        generations = 1 + (RUN_UP + scope.days()) * MICROSECONDS["day"] / duration(self.every) / 2
        return scope.number(self.of) * slots * generations

    @property
    def may_lack_rows(self) -> bool:
        return not self.count.least

    def matches(self, scope: RowScope, columns: Sequence[str]) -> Way | None:
        if len(columns) == 1 and scope.kind(scope.table, columns[0]).kind == "parent":
            if scope.kind(self.of, scope.key_of(self.of)).kind != "key":
                raise ValueError(f"`{self.of}` needs a key of kind key, for its rows to be found by {columns[0]}")
            return Way("owner", columns[0])
        return super().matches(scope, columns)

    def compile(self, scope: RowScope) -> rows.Renewals:
        check_owner(scope, self.of)
        owner = scope.layout(self.of)
        if isinstance(owner, Entities) and owner.lifetime is not None and owner.of is None:
            raise RowsError("of", f"`{self.of}` may leave; rows are renewed for owners that stay or are born of others (`of`, `per_owner`)")
        if int(self.count.most or 0) != self.count.most:
            raise RowsError("count", "slots are whole numbers")
        day = MICROSECONDS["day"]
        every, early = round(duration(self.every) / day), round(duration(self.early) / day)
        return rows.Renewals(int(self.row_count(scope)), 1, RUN_UP, of=self.of, count=self.count.engine(), every=every, early=early)
