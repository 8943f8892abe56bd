"""How tables lie in their files: the blocks `partition_config` and `delta_config` of the parameters."""

from __future__ import annotations

from typing import Final

from .modelling import Field, model_validator
from .names import Path, Strict
from .numbers import Whole

DAY_COLUMNS: Final = ("year", "month", "day")
"""Partition columns that need no column of these names: they are those of the local day on which a row begins."""


class Bucketing(Strict):
    """Rows of equal values together."""

    columns: list[Path] = Field(default=[], title="Bucket by")
    """Columns whose rows of equal values lie together: buckets of Spark tables; Delta tables are clustered by them instead."""
    buckets: Whole | None = Field(default=None, ge=1, le=100_000, title="Buckets")
    """Number of buckets."""


class Sorting(Strict):
    """The order of rows."""

    columns: list[Path] = Field(default=[], title="Sort by")
    """Columns by which the rows of each file are sorted."""


class PartitionConfig(Strict):
    """How tables are cut and ordered."""

    enabled: bool | None = Field(default=None, title="Partitioning")
    """true: tables are partitioned by `partition_columns`, else by the year, month and day of their rows; false: they are not."""
    partition_columns: list[Path] = Field(default=[], title="Partition by")
    """Columns with a folder for each value; a table goes by those of them that it has. `year`, `month` and `day` are those of a row."""
    bucketing: Bucketing = Field(default=Bucketing(), title="Output")
    sorting: Sorting = Field(default=Sorting(), title="Output")

    @model_validator(mode="after")
    def _folders(self) -> PartitionConfig:
        names = [name.rpartition(".")[2] for name in self.partition_columns if "." not in name]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"`partition_columns` names `{twice}` twice")
        return self

    @property
    def wanted(self) -> list[str]:
        """The partition columns; none where there is no partitioning."""
        if self.enabled is None:
            return self.partition_columns
        return (self.partition_columns or list(DAY_COLUMNS)) if self.enabled else []


class DeltaConfig(Strict):
    """Of Delta tables."""

    optimize_write: bool = Field(default=False, title="Optimize write")
    """Table property: who writes to the table later makes fewer and larger files."""
    auto_compact: bool = Field(default=False, title="Auto compact")
    """Small files of a partition are put together before they are published; a table property asks later writers for it too."""
    z_order_columns: list[Path] = Field(default=[], title="Z-order by")
    """Rows that are near in these columns come into the same files; a table goes by those of them that it has."""
    data_skipping: bool = Field(default=True, title="Data skipping")
    """The log has the bounds of columns, by which readers skip files."""
    stats_collection: bool = Field(default=True, title="Statistics")
    """The log has statistics of columns; false: the number of rows alone, and no reader can skip a file."""

    @model_validator(mode="after")
    def _agrees(self) -> DeltaConfig:
        if not self.stats_collection and self.data_skipping and "data_skipping" in self.model_fields_set:
            raise ValueError("`data_skipping` needs the statistics that `stats_collection: false` leaves out")
        return self

    @property
    def skips(self) -> bool:
        """Whether the log has bounds of columns."""
        return self.data_skipping and self.stats_collection
