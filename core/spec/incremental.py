"""How a dataset arrives day by day: the block `incremental_config` of the parameters."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from .arrival import Frequency, TableType
from .dataset import Factor
from .distributions import AnyDistribution
from .modelling import BeforeValidator, Field, model_validator
from .names import Name, Strict, Weekday
from .numbers import Share, Whole
from .paths import pattern

PathPattern = Annotated[str, BeforeValidator(pattern)]


_LEAST_MEAN = 0.01


class HistorySettings(Strict):
    """Moves a dataset in time."""

    start: date | None = Field(default=None, title="History from")
    """First day of events; alone, it moves the whole history, which stays as long as it was."""
    end: date | None = Field(default=None, title="History to")
    """Last day of the dataset's own history; days after it go on at the same pace."""


class LateArrivals(Strict):
    """Rows that are delivered some days after their own."""

    share: Share
    """Share of the rows that come late, 0.02 for 2 %."""
    days: AnyDistribution
    """How many days late, whole and at least 1; needs a `max`, of 366 at most."""

    @model_validator(mode="after")
    def _bounded(self) -> LateArrivals:
        most = self.days.max
        if most is None or not 1 <= most <= 366:
            raise ValueError("late_arrivals.days needs a `max` from 1 to 366: nothing is late for ever")
        if self.days.mean is not None and self.days.mean < _LEAST_MEAN:
            raise ValueError(f"late_arrivals.days has a mean below {_LEAST_MEAN}: a row that is late is so by a day at least")
        return self


class IncrementalConfig(Strict):
    """How the tables are delivered, day by day."""

    snapshot_frequency: Frequency = Field(default="daily", title="Snapshots")
    """Tables of type snapshot are written every day, on Sundays, or on the last days of months."""
    file_path_pattern: PathPattern | None = Field(default=None, title="Path pattern")
    """As `output_settings.path_format`."""
    state_management: bool = Field(default=True, title="State management")
    """false: nothing is noted of the days that were written, and none is found to be there."""
    table_types: dict[Name, TableType] = Field(default={}, title="Table types")
    """The type of single tables; default: incremental for events, snapshot and slowly_changing_dimension for what lasts."""
    seasonal_patterns: dict[Weekday, Factor] = Field(default={}, title="Weekdays")
    """As `temporal_patterns.weekdays`."""
    rows_per_day: Whole | None = Field(default=None, ge=1, le=10**10, title="Rows a day")
    """Rows of the driving table a day, on the average of the history, of a dataset whose id ends in _incremental."""
    updates: bool = Field(default=False, title="Updates")
    """true: a day of an incremental table brings the earlier rows too whose state changed on it, and says so in `_change_type`."""
    keep_snapshots: bool = Field(default=False, title="Keep snapshots")
    """true: tables keep the rows of every snapshot, and say in `snapshot_date` of which day they are; else the newest replaces them."""
    late_arrivals: LateArrivals | None = Field(default=None, title="Late rows")
    """Rows of incremental tables that are delivered some days after their own."""
