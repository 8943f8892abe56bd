"""How tables lie in their files, as planned: partitions, order, clusters, buckets, and what Delta tables say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..frozen import dataclass

BOUNDS: Final = 32
"""Columns of a Delta table that have bounds where nothing is said, as Delta's own default."""

PARTITION_TYPES: Final = frozenset({"bigint", "integer", "boolean", "varchar", "date"})
"""SQL types whose values can name a folder, and come back from it."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A column by whose values a table is cut into folders."""

    name: str
    type: str
    """SQL type, one of `PARTITION_TYPES`."""
    derived: bool = False
    """Whether the table has no such column of its own: it is the year, month or day (from 1) of the local day on which a row begins."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Rows of equal values together."""

    columns: tuple[str, ...]
    number: int | None
    """None: whoever has buckets chooses."""


@dataclass(frozen=True, slots=True)
class DeltaPlan:
    """What is wanted of Delta tables."""

    optimize_write: bool = False
    auto_compact: bool = False
    bounds: int = BOUNDS
    """Columns, from the first, of which the log has bounds and the number of NULLs; 0: it has the number of rows alone."""

    @property
    def properties(self) -> Mapping[str, str]:
        """Of the table, as its log has them; what is Delta's own default is left out."""
        found = {}
        if self.optimize_write:
            found["delta.autoOptimize.optimizeWrite"] = "true"
        if self.auto_compact:
            found["delta.autoOptimize.autoCompact"] = "true"
        if self.bounds != BOUNDS:
            found["delta.dataSkippingNumIndexedCols"] = str(self.bounds)
        return found
