"""Entries of panels, and what they add up to."""

from __future__ import annotations

from typing import Literal

from ...program import columns
from ..names import Name
from .base import Column, Compiled, Scope, register


@register
class Entry(Column):
    """Which of the panel's entries the row is; inside are `amount`, `balance`, `undone`, `refused`, `retried`, `burst` and `is_burst`."""

    kind: Literal["entry"]

    def compile(self, scope: Scope) -> Compiled:
        layout = scope.layout(scope.table)
        if not layout.sums_of:
            raise ValueError(f"rows of {layout.layout} have no entries; those of a panel have")
        parts = {
            "amount": Compiled(None, "decimal(18,2)"),
            "balance": Compiled(None, "decimal(18,2)"),
            "undone": Compiled(None, "bigint", nullable=True),
            "refused": Compiled(None, "varchar", ("funds", "limit"), nullable=True),
            "retried": Compiled(None, "bigint", nullable=True),
            "burst": Compiled(None, "varchar", layout.burst_names or ("",), nullable=True),
            "is_burst": Compiled(None, "boolean"),
        }
        return Compiled(columns.Entry(), "varchar", tuple(layout.entries), parts=parts)


@register
class Balance(Column):
    """The sum of an owner's entries: at the start of the history, or at the end of `as_of`."""

    kind: Literal["balance"]
    of: Name
    """The panel."""
    at: Literal["start", "end"] = "end"
    """`start`: before the history. `end`: at the end of `as_of`."""

    def compile(self, scope: Scope) -> Compiled:
        layout = scope.layout(self.of)
        if layout.sums_of != scope.table:
            raise ValueError(f"`{self.of}` is not a panel of `{scope.table}`")
        return Compiled(columns.Standing(self.of, self.at), "decimal(18,2)", state=self.at == "end")
