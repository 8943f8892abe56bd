"""Columns of what a row is among others, and of what they have."""

from __future__ import annotations

from typing import Literal

from ...frozen import dataclass
from ..values import Path, Tree
from .base import Kernel


@dataclass(frozen=True, slots=True)
class Key(Kernel):
    """The row's number, from 1."""

    kind = "key"


@dataclass(frozen=True, slots=True)
class CalendarKey(Kernel):
    """The number that digits of the moment make: [part, digits]."""

    kind = "calendar_key"
    format: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Parent(Kernel):
    """The key of the row that the row stands on."""

    kind = "parent"
    of: str
    key: str


@dataclass(frozen=True, slots=True)
class Position(Kernel):
    """1, 2, 3 .. among the rows of the parent."""

    kind = "position"


@dataclass(frozen=True, slots=True)
class Aggregate(Kernel):
    """Over the rows that stand on the row, or on the row that it was chosen out of (`siblings`)."""

    kind = "aggregate"
    of: str
    take: Literal["sum", "count", "min", "max"]
    siblings: bool = False
    where: Tree = None
    column: tuple[str, str | None] | None = None
    """[column, part] of what is added up; None for a count."""


@dataclass(frozen=True, slots=True)
class Copy(Kernel):
    """The value at the end of a path."""

    kind = "copy"
    path: Path


@dataclass(frozen=True, slots=True)
class Sql(Kernel):
    """An expression."""

    kind = "sql"
    tree: Tree


@dataclass(frozen=True, slots=True)
class Field(Kernel):
    """What a row of a list is written down with: a pool's field, or values."""

    kind = "field"
    pool: str = ""
    field: str = ""
    values: tuple[int | float | str | bool | None, ...] = ()
