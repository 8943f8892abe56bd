"""Which days are generated, and how: what `generate-series` is told besides the parameters, as values of a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from .arrival import DEFAULT_BATCH, MOST_BATCH
from .dataset import History
from .incremental import PathPattern
from .modelling import Field, ValidationError
from .names import Strict
from .numbers import Whole

DAYS: Final = "days"
"""The block of a config file that holds them."""


class SeriesSettings(Strict):
    """A range of days."""

    start: date | None = Field(default=None, title="First day")
    """The first day that is written; default: the first of the dataset's history."""
    end: date | None = Field(default=None, title="Last day")
    """The last day that is written; default: the last of the dataset's history. Later days go on at the same pace."""
    batch: Whole = Field(default=DEFAULT_BATCH, ge=1, le=MOST_BATCH, title="Batch")
    """So many days are published together; a run that stops keeps the batches that it has published."""
    again: bool = Field(default=False, title="Write again")
    """true: days that are there are written again, in their places; else they are passed over."""

    def window(self, history: History) -> tuple[date, date]:
        """First and last day."""
        first = self.start or history.start
        return first, self.end or max(history.end, first)


class OwnOutput(Strict):
    """What the files of days have of their own, where it is not what all runs have."""

    output_mode: Literal["table", "parquet", "csv"] | None = None
    """As `output_settings.output_mode`."""
    path_format: PathPattern | None = None
    """As `output_settings.path_format`."""


class DaysOfConfig(SeriesSettings):
    """The block `days` of a config file: of `generate-series`, and of the wizard's step Days; a run of the whole has no use for it."""

    output_settings: OwnOutput = OwnOutput()

    @property
    def sets(self) -> tuple[str, ...]:
        """What it says of the output, in words of `--set`."""
        given = self.output_settings.model_dump(exclude_none=True)
        return tuple(f"output_settings.{name}={value}" for name, value in given.items())


class _Holder(Strict):
    days: DaysOfConfig = DaysOfConfig()


def days_of(value: Mapping[str, Any], file: Path) -> DaysOfConfig:
    """What the settings in a file say of days; raises ConfigError."""
    try:
        return _Holder.model_validate({DAYS: value[DAYS]} if DAYS in value else {}).days
    except ValidationError as error:
        from .loader import failure

        raise failure(error, _Holder, file) from None
