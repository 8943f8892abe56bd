"""What holds for every column."""

from __future__ import annotations

from typing import Any, ClassVar

from ...frozen import dataclass
from ..values import Tree


class Kernel:
    """Base of what a kernel of the engine is told; a subclass is known by its `kind`."""

    kind: ClassVar[str]
    members: ClassVar[dict[str, type[Kernel]]] = {}
    """Every subclass by its kind."""
    __slots__ = ()

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "kind" in cls.__dict__:
            Kernel.members[cls.kind] = cls


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its kernel, and what holds for every kernel."""

    kernel: Kernel
    type: str = "varchar"
    """SQL type."""
    nullable: bool = False
    dictionary: bool = False
    """Whether its texts come from a list, if it is written."""
    changing: bool = False
    """Whether the value depends on the day as of which the row is seen."""
    recalled: bool = False
    """Whether a row that repeats an earlier one has it from that one."""
    when: Tree = None
    """The condition without which it is NULL."""
    nulls: float = 0.0
    """Exact share of NULL."""
    unknown: bool = False
    """Whether -1 stands for NULL: the key of a target's row for the unknown."""
