"""How rows are spread over days and hours by `temporal_patterns`: what an editor shows while they are changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from ..spec.bands import hours
from ..spec.calendars import load_calendar
from ..spec.dataset import Dataset
from ..spec.names import WEEKDAYS

PARTS: Final = ("weekdays", "months", "hourly_distribution", "seasonal_multipliers")
"""Settings of `temporal_patterns` that are mappings of factors."""


def names_of(part: str, dataset: Dataset) -> list[str]:
    """What has a factor: days of the week, months and hours as numbers, events of the dataset's calendar."""
    if part == "weekdays":
        return list(WEEKDAYS)
    if part == "months":
        return [str(month) for month in range(1, 13)]
    if part == "hourly_distribution":
        return [f"{hour:02}" for hour in range(24)]
    named = dataset.calendar.name
    events = list(load_calendar(named).events) if named is not None else []
    return [*events, *(name for name in dataset.temporal_patterns.seasonal_multipliers if name not in events)]


def factors(part: str, dataset: Dataset, given: Mapping[Any, Any] = {}) -> list[float]:
    """The factor of each of `names_of`: what is given over what the dataset declares, over 1."""
    declared = getattr(dataset.temporal_patterns, part)
    if part == "hourly_distribution":
        return hours({str(band): float(weight) for band, weight in (given or declared).items()})
    merged = {**{str(name): float(value) for name, value in declared.items()}, **{str(name): float(value) for name, value in given.items()}}
    return [merged.get(name, 1.0) for name in names_of(part, dataset)]


def written(part: str, dataset: Dataset, values: Sequence[float]) -> dict[Any, float] | None:
    """The setting that has these factors, in the shape of a config file; None where the dataset declares them.

    Of weekdays, months and events those that differ stand in it, as each is merged by itself; hours belong together.
    """
    declared = factors(part, dataset)
    if list(values) == declared:
        return None
    if part == "hourly_distribution":
        return _bands(values)
    names = names_of(part, dataset)
    return {
        int(name) if part == "months" else name: value for name, value, own in zip(names, values, declared, strict=True) if value != own
    }


def _bands(weights: Sequence[float]) -> dict[str, float]:
    """Half-open bands of equal weights; the most frequent one is that of all hours outside."""
    usual = max(sorted(set(weights)), key=list(weights).count)
    out: dict[str, float] = {}
    start = 0
    for hour in range(1, len(weights) + 1):
        if hour == len(weights) or weights[hour] != weights[start]:
            if weights[start] != usual:
                out[f"{start:02}-{hour:02}"] = weights[start]
            start = hour
    # Without a band there would be nothing to say, and `default: 1` is what holds without a word.
    return out if usual == 1 and out else {**out, "default": usual}


def year_curve(dataset: Dataset, year: int, changed: Mapping[str, Sequence[float]] = {}) -> list[float]:
    """The weight of each day of a year, without growth; `changed` are factors of parts in the order of `names_of`."""
    told = {part: changed.get(part) or factors(part, dataset) for part in PARTS if part != "hourly_distribution"}
    first = date(year, 1, 1)
    days = [first + timedelta(days=number) for number in range((date(year, 12, 31) - first).days + 1)]
    weights = [told["weekdays"][day.weekday()] * told["months"][day.month - 1] for day in days]
    calendar = load_calendar(dataset.calendar.name) if dataset.calendar.name is not None else None
    for name, factor in zip(names_of("seasonal_multipliers", dataset), told["seasonal_multipliers"], strict=True):
        if calendar is not None and name in calendar.events and factor != 1:
            for day in calendar.days(name, first, days[-1]):
                weights[(day - first).days] *= factor
            ramp = dataset.temporal_patterns.ramps.get(name)
            for begun in range(year - 1, year + 2) if ramp is not None else ():
                start = calendar.events[name].first(begun)
                its = [start + timedelta(days=number) for number in range(calendar.events[name].days)]
                for day, around in (ramp.around(factor, its) if ramp is not None else {}).items():
                    if day.year == year:
                        weights[(day - first).days] *= around
    return weights if math.isfinite(sum(weights)) else [0.0] * len(weights)
