"""Lists dealt over posts by quota."""

from __future__ import annotations

from typing import Literal

from ...program import columns
from ..names import Name
from .base import Column, Compiled, Scope, register


@register
class Quota(Column):
    """A row of a list for each post, by quota; its fields belong together. The column's own value is the first field.

    The list's weights are whole and add up to a power of two; of each so many posts, every row of the list has as many
    as its weight says. Who follows on a post has the same row.
    """

    kind: Literal["quota"]
    pool: Name
    """The list."""

    def compile(self, scope: Scope) -> Compiled:
        rows = scope.layout(scope.table)
        if not rows.of_posts:
            raise ValueError("a list is dealt over posts; these rows hold " + rows.layout)
        fields = scope.pool(self.pool)
        total = sum(scope.pool_column(self.pool, "weight")) if "weight" in fields else scope.pool_rows(self.pool)
        if total < 4 or total & (total - 1):
            raise ValueError(f"the weights of `{self.pool}` add up to {total}, which is not a power of two from 4 on")
        if rows.block % total:
            raise ValueError(f"the weights of `{self.pool}` add up to {total}, but the posts come in blocks of {rows.block}")
        kernel = columns.PostQuota(self.pool, next(iter(fields)), total.bit_length() - 1)
        first = fields[kernel.field]
        return Compiled(kernel, first.type, first.words, parts=fields, longest=first.longest)
