"""What a series finds under its output root: which of its days are there, and whether they belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from ..errors import InputError
from ..plan.series import Series
from ..program.codec import to_json
from .ledger import Ledger, place_name
from .series_tables import days_left, standing_day

_SETTINGS: Final = "parameters"
"""Of what is told of a series the part that makes it again; two of them may differ in it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a series finds under its output root."""

    left: tuple[date, ...]
    """Days that are still to be written, in order."""
    there: int
    """Days that are there, all tables of them."""


def place_of(series: Series) -> str:
    """The name under which the ledger knows the series of an output root."""
    return place_name(series.plan.output.schema, series.plan.output.mode)


def standing(series: Series, again: bool = False) -> Standing:
    """Which days of a series are there; `again`: none counts. Raises InputError where they were made otherwise, and PlaceError."""
    days = series.days
    if again or not series.state:
        return Standing(tuple(days), 0)
    if series.plan.output.mode == "table":
        missing = days_left(series)
        return Standing(missing, len(days) - len(missing))
    ledger = Ledger(series.plan.output.root)
    _refuse_change(series, ledger.told(place_of(series)))
    done = ledger.done(place_of(series), days[0], days[-1])
    left = tuple(day for day in days if not {arrival.table.name for arrival in series.due(day)} <= done.get(day, set()))
    return Standing(left, len(days) - len(left))


DayState = Literal["published", "planned", "missing", "failed"]


def day_states(series: Series) -> dict[date, DayState]:
    """What is known of each day of a series, and of the others that were written to the same place.

    published: all its tables are there; planned: the series writes it; missing: it is neither, and lies between days that are.
    What failed only the run knows that tried it. Raises PlaceError, and InputError for tables of something else.
    """
    there = _published(series) if series.state else set()
    wanted = series.days
    first, last = min([*there, wanted[0]]), max([*there, wanted[-1]])
    out: dict[date, DayState] = {first + timedelta(days=n): "missing" for n in range((last - first).days + 1)}
    out.update(dict.fromkeys(wanted, "planned"))
    out.update(dict.fromkeys(there, "published"))
    return out


def _published(series: Series) -> set[date]:
    if series.plan.output.mode == "table":
        stands = standing_day(series)
        return {stands[0] + timedelta(days=n) for n in range((stands[1] - stands[0]).days + 1)} if stands is not None else set()
    done = Ledger(series.plan.output.root).done(place_of(series), date.min, date.max)
    due: dict[date, set[str]] = {day: {arrival.table.name for arrival in series.due(day)} for day in done}
    return {day for day, tables in done.items() if due[day] <= tables}


def told_of(series: Series) -> dict[str, Any]:
    """What the days of a series follow from, as JSON values: two series that differ in it do not belong together."""
    plan = series.plan
    kinds = {arrival.table.name: arrival.type for arrival in series.arrivals}
    return {
        "dataset_id": plan.dataset_id,
        "seed_value": plan.seed,
        "algorithm_version": plan.algorithm_version,
        "path_format": series.pattern,
        "snapshot_frequency": series.frequency,
        "table_types": kinds,
        "deliveries": {arrival.table.name: to_json(arrival.delivery) if arrival.delivery else None for arrival in series.arrivals},
        "compression": plan.output.compression if plan.output.mode == "parquet" else "",
        "dataset": plan.spec_hash,
        _SETTINGS: dict(plan.parameters),
    }


def _refuse_change(series: Series, before: Mapping[str, Any] | None) -> None:
    if before is None:
        return
    now = told_of(series)
    changed = [name for name, value in now.items() if name != _SETTINGS and before.get(name) != value]
    if len(changed) > 1 and "dataset" in changed:
        # Whatever else changed has changed it too.
        changed.remove("dataset")
    if changed:
        told = "; ".join(_change(name, before.get(name), now[name]) for name in changed)
        raise InputError(f"the days under {series.plan.output.root} were made otherwise ({told}): take it back, or add --ignore-state")


def _change(name: str, before: Any, now: Any) -> str:
    if name == "dataset":
        return "the dataset, its rows or its distributions have changed"
    if isinstance(before, dict) and isinstance(now, dict):
        names = [key for key in {**before, **now} if before.get(key) != now.get(key)]
        return f"{name} of {', '.join(names)}"
    return f"{name} was {before}, and is {now}"
