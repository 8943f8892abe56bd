"""What a kernel is: the compiled form of one column."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from ...program import columns
from ..hashing import Ints
from ..vector import Mask, Vec

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

KERNELS: dict[str, type[Kernel]] = {}


class Kernel(ABC):
    """Computes a column for the rows of a frame, from what the program says of the column alone."""

    program: columns.Kernel
    """Of the kernel's own class of `core.program.columns`."""

    checks: ClassVar[bool] = False
    """Whether a plan asks `check` before anything is generated."""

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        self.told = told
        self.program = told.kernel
        self.table = table
        self.column = column
        self.key = table.key(column)

    def subkey(self, *purpose: str) -> int:
        """A key for one purpose of this column."""
        return self.table.key(self.column, *purpose)

    @abstractmethod
    def values(self, frame: Frame) -> Vec:
        """The column's own values."""

    def part(self, frame: Frame, name: str) -> Vec:
        """A value that the column knows besides its own; raises KeyError."""
        raise KeyError(f"{self.column} knows no {name}")

    def check(self) -> None:
        """Raises ValueError, with a sentence, where the column cannot be filled for all days of the plan."""
        raise NotImplementedError(f"{self.column} has nothing to check")

    def target(self, frame: Frame) -> tuple[Frame, Ints | None, Mask | None]:
        """The rows that this column's keys point at, as `Frame.through` returns them."""
        raise KeyError(f"{self.column} points at no table")


K = TypeVar("K", bound=type[Kernel])


def register(name: str) -> Callable[[K], K]:
    """Class decorator: makes a kernel known by the `kind` that programs use."""

    def add(kernel: K) -> K:
        KERNELS[name] = kernel
        return kernel

    return add


def make_kernel(told: columns.Column, table: Table, column: str) -> Kernel:
    """The kernel of a column; raises KeyError for an unknown one."""
    return KERNELS[told.kernel.kind](told, table, column)
