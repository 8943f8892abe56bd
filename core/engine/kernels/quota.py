"""Lists dealt over posts: how many posts each row of a list has is exact, and which they are is found without a scan."""

from __future__ import annotations

from ...program import columns
from ..ground import Frame, Kernel, Table
from ..layouts.posts import PostQuota
from ..vector import Vec
from .base import register


@register("post_quota")
class Quota(Kernel):
    """The row of the list that a row's post was dealt; its fields are parts."""

    program: columns.PostQuota

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._dealt = PostQuota(table, column)

    def values(self, frame: Frame) -> Vec:
        return self.part(frame, self.program.field)

    def part(self, frame: Frame, name: str) -> Vec:
        if name == "":
            return Vec(self._dealt.places(frame.rows))
        return self._dealt.pool.fields[name].take(frame.get(self.column, "").values)
