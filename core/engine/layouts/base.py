"""The layouts of the engine by name; columns never ask which one they stand on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ...program.rows import Rows
from ..ground import Layout, Table

Maker = Callable[[Rows, Table], Layout]
LAYOUTS: dict[str, Maker] = {}
M = TypeVar("M", bound=Maker)


def register(name: str) -> Callable[[M], M]:
    """Decorator: makes a layout, or a function that makes one, known by the `kind` that programs use."""

    def add(maker: M) -> M:
        LAYOUTS[name] = maker
        return maker

    return add


def make_layout(program: Rows, table: Table) -> Layout:
    """The layout of a table's program."""
    return LAYOUTS[program.kind](program, table)
