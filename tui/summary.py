"""What a value that is more than a word comes to, in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..core.spec.form import Setting, percentage, shown
from ..core.spec.names import MONTHS, WEEKDAYS

_SHORT: Final = {name: name[:3].title() for name in WEEKDAYS} | {str(number): name[:3].title() for number, name in enumerate(MONTHS, 1)}
_NONE: Final = {
    "tables": "all",
    "temporal_patterns.weekdays": "every day alike",
    "temporal_patterns.months": "every month alike",
    "temporal_patterns.hourly_distribution": "every hour alike",
    "temporal_patterns.seasonal_multipliers": "no event counts",
    "distributions": "as the dataset declares them",
    "incremental_config.table_types": "as the dataset declares them",
}


def summary(setting: Setting, value: Any) -> str:
    """A list or mapping of a config file as a line; of nothing, what that means."""
    if not value:
        return _NONE.get(setting.path, "none")
    if not isinstance(value, Mapping):
        return shown(value)
    if setting.path == "incremental_config.late_arrivals":
        return f"{percentage(value.get('share', 0))} come late: {law(value.get('days'))} days"
    if setting.path == "distributions":
        return ", ".join(f"{name} {law(given)}" for name, given in value.items())
    return ", ".join(f"{_SHORT.get(str(key), str(key))} {shown(inner)}" for key, inner in value.items())


def law(given: Any) -> str:
    """A distribution in a few words: `lognormal, mean 40, stddev 3`."""
    if not isinstance(given, Mapping):
        return shown(given)
    told = [f"{name} {shown(value)}" for name, value in given.items() if name not in ("type", "values", "unit") and value is not None]
    if given.get("type") == "constant":
        told = [shown(given.get("value"))]
    if isinstance(given.get("values"), Mapping):
        told = [f"{len(given['values'])} values"]
    unit = f" {given['unit']}" if given.get("unit") else ""
    return ", ".join([str(given.get("type", "uniform")), *told]) + unit
