"""Where a series goes on that was written in part."""

from __future__ import annotations

from datetime import date, timedelta

from ..errors import DaysError
from ..plan.make_series import make_series
from ..plan.overrides import in_time
from ..spec.resolve import Resolved
from .attempts import place_of
from .days_there import published
from .ledger import Ledger


def resumed(resolved: Resolved, end: date | None = None) -> tuple[date, date]:
    """First and last day with which the days that are there go on: from the first one that is missing, in a gap too, to `end`.

    Without `end` they go on to the end of the dataset's history, or to the last day that is there, where that is later.
    Raises InputError where no day of the dataset is there, or tables were made otherwise, and PlaceError.
    """
    history = in_time(resolved.variant.dataset, resolved.parameters).history
    series = make_series(resolved, history.start, history.start)
    place, known = series.plan.output.place, published(series)
    there = set(known)
    if series.plan.output.mode != "table":
        # A day whose file is gone is known, and missing.
        known |= {entry.day for entry in Ledger(series.plan.output.root).entries(place_of(series))}
    if not known:
        told = f"{place} holds no day of {series.plan.dataset_id} to go on with"
        raise DaysError(f"{told}: say where the days begin, with `start_date`, or name another `output_dir`")
    first, last = min(known), end or max(history.end, *known)
    if last < first:
        raise DaysError(f"the days under {place} begin with {first}, which is after {last}: to write earlier ones, give `start_date`")
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return next((day for day in days if day not in there), first), last
