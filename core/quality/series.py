"""Finds the days of a series that were written, and plans them anew as what is to be judged."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from ..errors import InputError, NoOutputError, hint
from ..frozen import dataclass
from ..plan.make import make_plan
from ..plan.series import Series
from ..run.ledger import SETTINGS, Entry, Ledger, schema_and_mode
from ..run.manifest import manifests
from ..run.place import file_folders
from ..run.state import SeriesState, series_of, states
from ..spec.repository import DatasetConfigurationRepository
from .brought import Brought, Days


@dataclass(frozen=True, slots=True)
class Asked:
    """Which output is meant; None and empty: any."""

    dataset_id: str | None = None
    schema: str | None = None
    mode: str | None = None
    environment: str | None = None
    first: date | None = None
    last: date | None = None

    @property
    def by_day(self) -> bool:
        """Whether days are asked for."""
        return self.first is not None or self.last is not None

    def fits(self, dataset_id: str, schema: str, mode: str, environment: str) -> bool:
        """Whether an output is one that is meant."""
        wanted = (self.dataset_id, self.schema, self.mode, self.environment)
        return all(want in (None, has) for want, has in zip(wanted, (dataset_id, schema, mode, environment), strict=True))

    def newest_run(self, root: Path) -> tuple[str, int]:
        """The age of the newest run that fits, which rises with time."""
        fitting = (n for n in manifests(root) if self.fits(n.value.dataset_id, n.schema, n.mode, n.environment))
        return max((noted.age for noted in fitting), default=("", 0))


def newest_series(root: Path, asked: Asked) -> SeriesState | None:
    """The series that fits whose newest day was written last; raises PlaceError for a ledger that is none."""
    try:
        every = states(root)
    except NoOutputError:
        return None
    fitting = [state for state in every if asked.fits(state.dataset_id, *schema_and_mode(state.place), _environment(root, state))]
    return max(fitting, key=lambda state: written_at(root, state), default=None)


def series_of_run(root: Path, run_id: str) -> SeriesState | None:
    """The series of which a run wrote days that are still there; raises PlaceError for a ledger that is none."""
    try:
        return next((state for state in states(root) if any(entry.run_id == run_id for entry in state.entries)), None)
    except NoOutputError:
        return None


def _environment(root: Path, state: SeriesState) -> str:
    parameters = state.told.get(SETTINGS)
    output = parameters.get("output_settings") if isinstance(parameters, dict) else None
    return str(output.get("target_environment", "lakehouse")) if isinstance(output, dict) else "lakehouse"


def written_at(root: Path, state: SeriesState) -> tuple[str, int]:
    """Rises with time, as `core.run.manifest.Noted.age`: when the newest run of a series began, and the ledger's time."""
    return max(entry.run_id for entry in state.entries).partition("-")[0], Ledger(root).path.stat().st_mtime_ns


def missing_series(root: Path, asked: Asked) -> InputError:
    """The error where no series fits."""
    try:
        known = sorted({state.dataset_id for state in states(root)})
    except NoOutputError as error:
        return error
    whose = f" of `{asked.dataset_id}`" if asked.dataset_id is not None else " that fits"
    return InputError(f"{root} holds no series{whose}{hint(asked.dataset_id or '', known)}")


def days_of(root: Path, state: SeriesState, asked: Asked, repository: DatasetConfigurationRepository | None) -> Days:
    """The days of a series from the first to the last that was asked for, or that is there.

    Raises InputError where none of them is there, and where the dataset has changed since.
    """
    days = sorted(state.days)
    first, last = asked.first or days[0], asked.last or days[-1]
    entries = [entry for entry in state.entries if first <= entry.day <= last]
    if not entries:
        told = f"it has {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "")
        raise InputError(f"the series of `{state.dataset_id}` has no day from {first} to {last}: {told}")
    series, resolved = series_of(root, state, first, last, repository)
    plan = series.plan
    told_of = state.told
    if (told_of.get("dataset"), told_of.get("algorithm_version")) != (plan.spec_hash, plan.algorithm_version):
        changed = f"the dataset has changed since the days under {root} were written (another specification hash)"
        raise InputError(f"{changed}: generate them again, then check them")
    end = last - timedelta(days=max(arrival.late for arrival in series.arrivals))
    if first <= end < last:
        plan = make_plan(resolved, window=(first, end), as_of=last, output_dir=root, by_day=True)
    tables = _brought(root, series, plan.output.schema, entries)
    return Days(plan, first, last, tables, run_id=max(entry.run_id for entry in entries))


def _brought(root: Path, series: Series, schema: str, entries: list[Entry]) -> dict[str, Brought]:
    folder = root.resolve().joinpath(*file_folders(schema))
    due: dict[str, list[date]] = {arrival.table.name: [] for arrival in series.arrivals}
    for day in series.days:
        for arrival in series.due(day):
            due[arrival.table.name].append(day)
    noted: dict[str, dict[date, int]] = {name: {} for name in due}
    files: dict[str, dict[Path, date]] = {name: {} for name in due}
    for entry in entries:
        if entry.table in due:
            noted[entry.table][entry.day] = entry.rows
            files[entry.table] |= {folder / file.path: entry.day for file in entry.files}
    return {
        arrival.table.name: Brought(arrival, tuple(due[arrival.table.name]), noted[arrival.table.name], files[arrival.table.name])
        for arrival in series.arrivals
    }
