"""Posts: rows that follow each other on places that are never empty."""

from __future__ import annotations

from typing import ClassVar, Literal

from ...program import rows
from ..modelling import Field, field_validator
from ..names import MICROSECONDS, duration
from .base import LayoutModel, Number, RowScope, RowsError, register
from .entities import RUN_UP


@register
class Posts(LayoutModel):
    """Rows that are born and leave; whoever leaves is followed by a new row on the same post.

    Their number on any day is that of the posts. Ids are in order of birth; the first rows were born in the five years
    before the history.
    """

    layout: Literal["posts"]
    number: Number
    """Posts; rounded up to whole blocks."""
    block: int = Field(default=64, ge=4, le=1024)
    """Posts come in blocks of so many, a power of two, over which `quota` columns deal their lists."""
    at_least: int = Field(default=1, ge=1, le=1_000_000)
    """Posts, where `number` gives fewer."""
    turnover: str = "10 years"
    """The time in which every post changes hands once."""

    may_drive: ClassVar[bool] = False
    ends: ClassVar[bool] = True
    of_posts: ClassVar[bool] = True
    popular: ClassVar[bool] = True

    @field_validator("block")
    @classmethod
    def _power(cls, value: int) -> int:
        if value & (value - 1):
            raise ValueError(f"{value} is not a power of two")
        return value

    @field_validator("turnover")
    @classmethod
    def _years(cls, value: str) -> str:
        if duration(value) < MICROSECONDS["year"]:
            raise ValueError("a turnover is a year or more")
        return value

    def posts(self, scope: RowScope) -> int:
        wanted = max(scope.counted(self.number), self.at_least)
        return -(-wanted // self.block) * self.block

    def row_count(self, scope: RowScope) -> float:
        posts = self.posts(scope)
        return posts + posts * scope.days() * MICROSECONDS["day"] // duration(self.turnover)

    def compile(self, scope: RowScope) -> rows.Posts:
        number = int(scope.number(scope.table))
        posts = self.posts(scope)
        if posts > 1 << 40:
            raise RowsError("number", f"asks for {posts:,} posts; 1,099,511,627,776 are the most")
        return rows.Posts(number, posts, RUN_UP)
