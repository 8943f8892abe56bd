"""What a series finds under its output root: which of its days are there, and whether they belong to it."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from ..errors import DaysError, ExistsError
from ..frozen import dataclass
from ..plan.series import Series
from ..program.codec import to_json
from .attempts import attempts, place_of
from .events import SeriesResult
from .ledger import SETTINGS, Entry, Ledger, made_of
from .place import file_folders

DayState = Literal["published", "planned", "missing", "failed"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a series finds under its output root."""

    left: tuple[date, ...]
    """Days that are still to be written, in order."""
    there: int
    """Days that are there, all tables of them."""
    fresh: bool = True
    """Whether none of its tables stands yet; of files always."""


def standing(series: Series, again: bool = False) -> Standing:
    """Which days of a series are there; `again`: none counts. Raises InputError where they were made otherwise, and PlaceError."""
    days = series.days
    if series.plan.output.mode == "table":
        # What reads manifests is needed for tables alone.
        from .series_tables import days_left, standing_days

        missing = days_left(series, again)
        return Standing(missing, len(days) - len(missing), again or not standing_days(series))
    if not series.state:
        return Standing(tuple(days), 0)
    ledger, mine = Ledger(series.plan.output.root), made_of(told_of(series))
    others = {made: before for made, before in ledger.told(place_of(series)).items() if made != mine}
    if others and not again:
        _refuse_change(series, next(iter(others.values())))
    if others:
        _refuse_mixture(series, [entry.day for entry in ledger.entries(place_of(series)) if entry.made in others])
    if again:
        return Standing(tuple(days), 0)
    done = _written(series, ledger.entries(place_of(series), days[0], days[-1]))
    left = tuple(day for day in days if not {arrival.table.name for arrival in series.due(day)} <= done.get(day, set()))
    return Standing(left, len(days) - len(left))


def day_states(series: Series) -> dict[date, DayState]:
    """What is known of each day of a series, and of the others that were written to the same place.

    published: all its tables are there; failed: a run stopped at it, and none has written it since; planned: the series writes it;
    missing: it is none of these, and lies between days that are.
    Raises PlaceError, and InputError for tables of something else.
    """
    there = published(series) if series.state else set()
    found = attempts(series.plan.output.place).get(place_of(series)) if series.state else None
    # Of one that has not ended nobody can say here whether its run still works.
    failed = [attempt.day for attempt in (found.but(there) if found is not None else ()) if attempt.outcome != "RUNNING"]
    wanted = series.days
    first, last = min([*there, *failed, wanted[0]]), max([*there, *failed, wanted[-1]])
    out: dict[date, DayState] = {first + timedelta(days=n): "missing" for n in range((last - first).days + 1)}
    out.update(dict.fromkeys(wanted, "planned"))
    out.update(dict.fromkeys(failed, "failed"))
    out.update(dict.fromkeys(there, "published"))
    return out


def published(series: Series) -> set[date]:
    """The days that are there, of all that were written to the place of a series. Raises as `day_states`."""
    if series.plan.output.mode == "table":
        from .series_tables import standing_days

        return standing_days(series)
    done = _written(series, Ledger(series.plan.output.root).entries(place_of(series)))
    return {day for day, tables in done.items() if {arrival.table.name for arrival in series.due(day)} <= tables}


def _written(series: Series, entries: Sequence[Entry]) -> dict[date, set[str]]:
    """The tables of each day whose files are there."""
    output, done = series.plan.output, dict[date, set[str]]()
    folder = output.root.joinpath(*file_folders(output.schema))
    for entry in entries:
        if is_whole(entry, folder):
            done.setdefault(entry.day, set()).add(entry.table)
    return done


def refuse_there(series: Series, found: Standing) -> None:
    """Raises ExistsError where days are there and `if_exists` says that none may be."""
    if series.plan.output.if_exists == "fail" and found.there:
        first, last = series.plan.window
        days = f"{first}" if first == last else f"part of {first} to {last}"
        raise ExistsError(f"{days} under {series.plan.output.place}")


def is_whole(entry: Entry, folder: Path) -> bool:
    """Whether all files of a day's table are there, with their sizes; `folder` is that of the dataset."""
    return all(_is_there(folder / file.path, file.bytes) for file in entry.files)


def _is_there(path: Path, size: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def nothing_to_do(series: Series) -> SeriesResult | None:
    """The result of a run for which nothing is left; None where something is. Raises as `standing`."""
    from .publish import is_cut

    output = series.plan.output
    if output.url and series.plan.work.mode == "pyspark":
        # Perhaps nobody but the session that the run opens can look.
        return None
    found = standing(series)
    refuse_there(series, found)
    if found.left or not found.there or (not output.url and is_cut(output.root)):
        return None
    if output.mode != "table" and Ledger(output.root).unlogged(place_of(series)):
        return None
    return SeriesResult(
        run_id="",
        dataset_id=series.plan.dataset_id,
        status="COMPLETED",
        days=(),
        there=found.there,
        seconds=0.0,
        rows=0,
        bytes=0,
        rows_per_second=0.0,
        peak_memory_bytes=0,
        cpu_cores_used=0.0,
        output_root=output.place,
        message="",
        notes=series.plan.notes,
    )


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
        SETTINGS: dict(plan.parameters),
    }


def _refuse_change(series: Series, before: Mapping[str, Any]) -> None:
    now = told_of(series)
    changed = [name for name, value in now.items() if name != SETTINGS and before.get(name) != value]
    if len(changed) > 1 and "dataset" in changed:
        # Whatever else changed has changed it too.
        changed.remove("dataset")
    if changed:
        told = "; ".join(_change(name, before.get(name), now[name]) for name in changed)
        root = series.plan.output.root
        raise DaysError(
            f"the days under {root} were written with other settings ({told}): undo that change, or write them again with `ignore_state`"
        )


def _refuse_mixture(series: Series, others: Sequence[date]) -> None:
    """Raises InputError where days that were made otherwise would stand beside those of a series."""
    first, last = min(others), max(others)
    if first < series.days[0] or last > series.days[-1]:
        told = f"the days {first} to {last} under {series.plan.output.root} were written with other settings"
        raise DaysError(f"{told}: `ignore_state` must write all of them again, or they would be of two kinds")


def _change(name: str, before: Any, now: Any) -> str:
    if name == "dataset":
        return "the dataset, its rows or its distributions have changed"
    if isinstance(before, dict) and isinstance(now, dict):
        names = [key for key in {**before, **now} if before.get(key) != now.get(key)]
        return f"{name} of {', '.join(names)}"
    return f"{name} was {before}, and is {now}"
