"""The codes that a column's block quota deals."""

from __future__ import annotations

from ..program.columns import BlockQuota
from .deck import Codes
from .ground import Table


def codes_of(table: Table, column: str) -> Codes:
    """What the blocks of a column's deck hold; raises TypeError for columns of another kind."""
    told = table.program.columns[column].kernel
    if not isinstance(told, BlockQuota):
        raise TypeError(f"{column} of {table.name} deals no blocks")
    return Codes(table.deck(told.deck, told.number), told.runs, told.cut)
