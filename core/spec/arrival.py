"""How tables arrive, day by day."""

from __future__ import annotations

from typing import Literal

TableType = Literal["incremental", "snapshot", "slowly_changing_dimension"]
Frequency = Literal["daily", "weekly", "monthly"]
