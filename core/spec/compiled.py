"""Columns as the engine will run them, and where paths lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..program.columns import Kernel
from ..program.columns import Sql as SqlKernel
from ..program.values import Path, Tree

MOST_TEXT: Final = 30_000
"""Characters of a text: the 65,536 that a run works out at once are one array of Arrow, of at most 2 GB where most letters are ASCII.

Of letters of two bytes it holds 16,383 a text on average, of four 8,191.
"""
_SOME_TEXT: Final = 200
"""Characters that a text is thought to have at most where nothing else is known."""


def longest(kind: str, words: Sequence[str] | None) -> int:
    """Most characters of a text of these words; of values of other types, as texts."""
    if kind != "varchar":
        return 40
    return max(map(len, words)) if words else _SOME_TEXT


@dataclass(frozen=True)
class Compiled:
    """A column as the engine will run it, and what other columns need to know of it."""

    kernel: Kernel | None
    """What the engine is told; None for what is inside another column."""
    type: str
    """SQL type of the value."""
    words: tuple[str, ...] | None = None
    """All texts that the value may take, where they are known when the plan is made; () for unknown ones of a list."""
    nullable: bool = False
    sees: bool = False
    """Whether the value depends on the day as of which the row is seen."""
    state: bool = False
    """Whether it depends on `as_of` even in rows that happen."""
    parts: Mapping[str, Compiled] = field(default_factory=dict)
    """What a path may reach inside."""
    unknown: bool = False
    """Whether -1 stands for NULL: the key of the row for the unknown."""
    longest: int = 0
    """Most characters of a text; 0: those of its words, or a few hundred."""

    @property
    def tree(self) -> Tree:
        """The expression of a compiled one; raises TypeError for other columns."""
        if not isinstance(self.kernel, SqlKernel):
            raise TypeError("only expressions have a tree")
        return self.kernel.tree

    @property
    def most_characters(self) -> int:
        """Most characters of its value as a text."""
        return self.longest or longest(self.type, self.words)


@dataclass(frozen=True)
class Found:
    """Where a path leads."""

    path: tuple[str, ...]
    """References to follow first."""
    column: str
    part: str | None
    compiled: Compiled

    @property
    def program(self) -> Path:
        """The path as the engine takes it."""
        return Path(self.path, self.column, self.part)


def decimal_places(kind: str) -> int:
    """Digits after the point of a SQL type; 0 for whole numbers."""
    return int(kind.removesuffix(")").split(",")[1]) if kind.startswith("decimal") else 0
