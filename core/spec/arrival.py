"""How tables arrive, day by day."""

from __future__ import annotations

from typing import Final, Literal

TableType = Literal["incremental", "snapshot", "slowly_changing_dimension"]
Frequency = Literal["daily", "weekly", "monthly"]
DEFAULT_BATCH: Final = 10
"""Days of a series that are published together."""
MOST_BATCH: Final = 3_660
