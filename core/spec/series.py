"""Which days are generated, and how: what `generate-series` is told besides the parameters, as values of a form."""

from __future__ import annotations

from datetime import date

from .arrival import DEFAULT_BATCH, MOST_BATCH
from .dataset import History
from .modelling import Field
from .names import Strict
from .numbers import Whole


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
