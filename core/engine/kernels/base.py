"""The kernels of the engine by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ...program.columns import Column
from ..ground import Kernel, Table

KERNELS: dict[str, type[Kernel]] = {}
K = TypeVar("K", bound=type[Kernel])


def register(name: str) -> Callable[[K], K]:
    """Class decorator: makes a kernel known by the `kind` that programs use."""

    def add(kernel: K) -> K:
        KERNELS[name] = kernel
        return kernel

    return add


def make_kernel(told: Column, table: Table, column: str) -> Kernel:
    """The kernel of a column; raises KeyError for an unknown one."""
    return KERNELS[told.kernel.kind](told, table, column)
