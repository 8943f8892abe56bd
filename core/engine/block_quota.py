"""The codes that a column's block quota deals."""

from __future__ import annotations

from ..program.columns import BlockQuota
from .ground import Table
from .permuted_blocks import Codes


def codes_of(table: Table, column: str) -> Codes:
    """What the permuted blocks of a column hold; raises TypeError for columns of another kind."""
    told = table.program.columns[column].kernel
    if not isinstance(told, BlockQuota):
        raise TypeError(f"{column} of {table.name} deals no blocks")
    return Codes(table.permuted_blocks(told.dealt_by, told.number), told.runs, told.cut)
