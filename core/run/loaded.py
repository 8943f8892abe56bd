"""Series that were loaded into tables: found by their manifests, planned anew, and compared with what stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from ..engine.engine import Engine
from ..errors import InputError, SyntheticDataError
from ..plan.make_series import make_series
from ..plan.series import Arrival, Series
from ..spec.repository import DatasetConfigurationRepository
from ..spec.resolve import Resolved, resolve_parameters
from .drawn import other_pools
from .ledger import FIRST_DAY, LAST_DAY
from .manifest import Noted
from .noted import noted_at

_OF_OUTPUT: Final = ("path_format", "compression", "digest", "rows_per_file", "target_environment")
_OF_OTHERS: Final = ("datasets", "custom_schema", "generation_settings", "generation_config", "chunking_config", "output_settings")


def replanned(
    root: Path | str,
    dataset_id: str,
    given: Mapping[str, Any],
    place: Mapping[str, str],
    days: tuple[date, date],
    repository: DatasetConfigurationRepository | None,
) -> tuple[Series, Resolved]:
    """The series first .. last day of settings that an output root holds, and what it was resolved from.

    `place` are the output settings that say where it stands. Raises InputError and ParameterError where there can be none.
    """
    output = given.get("output_settings", {})
    # Where datasets and outputs lie, and how much of the machine is used, is said by whoever asks, never by what stands there.
    mine = {name: value for name, value in output.items() if name in _OF_OUTPUT} | {**place, "output_dir": str(root)}
    kept = {name: value for name, value in given.items() if name not in _OF_OTHERS}
    resolved = resolve_parameters(dataset_id, edited={**kept, "output_settings": mine}, repository=repository)
    return make_series(resolved, *days, output_dir=root), resolved


def loaded_series(root: Path | str) -> list[Noted]:
    """The manifests of series that stand as tables. Raises RunError for an object store that cannot be reached."""
    return [noted for noted in noted_at(root) if noted.value.by_day and noted.mode == "table"]


def days_of_tables(noted: Noted) -> tuple[date, date]:
    """The first and the last day that tables hold; raises InputError where their manifest names none."""
    first, last = noted.value.window[0], noted.value.as_of
    try:
        found = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise InputError(f"{noted.path} does not tell which days its tables hold") from None
    if not FIRST_DAY <= found[0] <= found[1] <= LAST_DAY:
        raise InputError(f"{noted.path} tells of days that no series has, {found[0]} to {found[1]}")
    return found


def series_of_tables(root: Path | str, noted: Noted, repository: DatasetConfigurationRepository | None = None) -> Series:
    """The series that was loaded into tables, all days of it. Raises InputError where the dataset is not as it was."""
    value, days = noted.value, days_of_tables(noted)
    run = f"run {noted.run_id} of `{value.dataset_id}`"
    place = {"schema": noted.schema, "output_mode": "table", "target_environment": noted.environment}
    try:
        series, _ = replanned(root, value.dataset_id, value.parameters, place, days, repository)
    except SyntheticDataError as error:
        raise InputError(f"{run} cannot be planned anew: {error}") from None
    plan = series.plan
    drawn = other_pools(plan, [value.pools]) if plan.drawn else []
    if drawn:
        raise InputError(f"{run} cannot be planned anew: {drawn[0]}")
    if (plan.spec_hash, plan.algorithm_version, plan.seed) != (value.spec_hash, value.algorithm_version, value.seed):
        raise InputError(f"the dataset has changed since {run} was written (another specification hash): load it anew, with `ignore_state`")
    return series


def kept_rows(series: Series) -> Iterator[tuple[Arrival, dict[date, int]]]:
    """The tables that keep their snapshots, and the rows of each snapshot by its day."""
    engine = Engine(series.plan.program)
    for arrival in series.arrivals:
        if arrival.kept:
            shares = {day: series.share(engine, arrival, day) for day in series.days if arrival in series.due(day)}
            yield arrival, {day: sum(stop - start for part in share.ranges for start, stop in part) for day, share in shares.items()}
