"""Lists dealt over seats."""

from __future__ import annotations

from typing import Literal

from ...program import columns
from ..names import Name
from .base import Column, Compiled, Scope, register


@register
class Deal(Column):
    """A row of a list for each seat, by quota; its fields belong together. The column's own value is the first field.

    The list's weights are whole and add up to a power of two; of each so many seats, every row of the list has as many
    as its weight says. Who follows on a seat has the same row.
    """

    kind: Literal["deal"]
    pool: Name

    def compile(self, scope: Scope) -> Compiled:
        rows = scope.layout(scope.table)
        if rows.layout != "seats":
            raise ValueError("a list is dealt over seats; these rows hold " + rows.layout)
        fields = scope.pool(self.pool)
        total = sum(scope.pool_column(self.pool, "weight")) if "weight" in fields else scope.pool_rows(self.pool)
        if total < 4 or total & (total - 1):
            raise ValueError(f"the weights of `{self.pool}` add up to {total}, which is not a power of two from 4 on")
        if rows.block % total:
            raise ValueError(f"the weights of `{self.pool}` add up to {total}, but the seats come in blocks of {rows.block}")
        kernel = columns.SeatDeal(self.pool, next(iter(fields)), total.bit_length() - 1)
        first = fields[kernel.field]
        return Compiled(kernel, first.type, first.words, parts=fields)
