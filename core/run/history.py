"""Every run of an output root, from its log: what was generated, with which settings, how fast, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path
from typing import Any, Final

from ..errors import InputError, NoOutputError, PlaceError, RunError, brief
from ..frozen import dataclass
from ..spec.urls import OTHER_READERS, local_root
from .cancel import CancelToken
from .ledger import Entry, Ledger
from .manifest import Noted, manifests, standing
from .query import SECONDS, ask, opened, texts
from .schemas import JOBS, LOG

_MOST: Final = 1_000
"""Runs that are told, the newest first."""
_DIGITS: Final = 10
_SQL: Final = f"""
SELECT
    j.job_id, j.dataset_id, epoch_us(j.started_date), epoch_us(j.completed_date), j.status, j.error_message,
    j.generation_mode, j.target_environment, coalesce(j.target_location, ''), j.seed_value, j.target_rows, j.custom_config_json,
    coalesce(l.output_mode, ''), coalesce(l.rows, 0), l.seconds, l.peak, l.cores, coalesce(l.days, 0), coalesce(l.message, '')
FROM {JOBS} AS j
LEFT JOIN (
    SELECT
        job_id, max(output_mode) AS output_mode, sum(total_rows)::BIGINT AS rows, sum(duration_seconds) AS seconds,
        max(peak_memory_gb) AS peak, max(cpu_cores_used) AS cores, count(*) FILTER (log_id <> job_id) AS days,
        max(message) FILTER (log_id = job_id) AS message
    FROM {LOG} GROUP BY job_id
) AS l USING (job_id)
ORDER BY j.started_date DESC, j.job_id DESC
LIMIT {_MOST}
"""


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run, as the log tells of it."""

    run_id: str
    dataset_id: str
    began: datetime
    """In UTC."""
    ended: datetime | None
    """None while it works."""
    status: str
    """RUNNING, COMPLETED, FAILED or CANCELLED."""
    message: str
    """What went wrong, or what the check found."""
    mode: str
    """python or pyspark."""
    environment: str
    schema: str
    output_mode: str
    seed: int
    target_rows: int
    rows: int
    seconds: float | None
    peak_memory_bytes: int
    cores: float | None
    days: int
    """Of a run by days how many it wrote."""
    settings: Mapping[str, Any]
    """Its resolved parameters, in the shape of a config file; empty where the log holds none that can be read."""
    stands: bool = False
    """Whether something that it wrote is what stands there now."""
    first_day: date | None = None
    """Of a run that wrote days as files: the first of them that is still there."""
    last_day: date | None = None

    @property
    def rows_per_second(self) -> float:
        """Rows a second; 0 where it is not known."""
        return self.rows / self.seconds if self.seconds and self.rows else 0.0

    @property
    def verdict(self) -> str:
        """In a word or a few: how it ended, and what its check said."""
        told = self.message.removeprefix("quality: ")
        if self.status != "COMPLETED":
            return self.status.lower()
        return told or "completed"

    @property
    def days_there(self) -> str:
        """The first and the last day of it that are still there; empty where there are none."""
        if self.first_day is None or self.last_day is None:
            return ""
        return f"{self.first_day}" + (f" to {self.last_day}" if self.last_day != self.first_day else "")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        moments = {
            name: value.isoformat() for name in ("began", "ended", "first_day", "last_day") if (value := getattr(self, name)) is not None
        }
        return {**asdict(self), **moments, "rows_per_second": self.rows_per_second}


def history(root: Path | str, *, cancel: CancelToken | None = None) -> tuple[PastRun, ...]:
    """The runs of an output root, the newest first, up to 1,000; none where nothing was generated there.

    Raises PlaceError for an object store and for links, RunError where the log cannot be read, RunCancelled.
    """
    root = local_root(root, "the history reads", OTHER_READERS)
    refuse_file(root)
    try:
        with opened(root, cancel) as (guard, found):
            if not {("", JOBS), ("", LOG)} & {*found.tables, *found.problems}:
                return ()
            try:
                rows = ask(guard, found, _SQL, texts, SECONDS).rows
            except InputError as error:
                # The question is ours, so what is wrong with it is wrong with the log.
                raise RunError(f"the log of {root} cannot be read: {error}") from None
    except NoOutputError:
        return ()
    there = {noted.run_id for noted in standing(manifests(root)).values()}
    days = {run_id: sorted({entry.day for entry in entries}) for run_id, entries in days_of_runs(root).items()}
    return tuple(_of(row, there, days.get(row[0] or "", [])) for row in rows)


def days_of_runs(root: Path) -> dict[str, list[Entry]]:
    """Run -> the tables of days that it wrote as files and no later run has written since; none where the ledger cannot be read."""
    out: dict[str, list[Entry]] = {}
    ledger = Ledger(root)
    with suppress(PlaceError):
        for entry in (entry for place in ledger.places() for entry in ledger.entries(place)):
            out.setdefault(entry.run_id, []).append(entry)
    return out


def refuse_file(root: Path) -> None:
    """Raises PlaceError for what is there and no folder."""
    if root.exists() and not root.is_dir():
        raise PlaceError(f"{root} is not a folder: name the output root of a run")


def _of(row: Sequence[str | None], there: set[str], written: Sequence[date]) -> PastRun:
    run_id, dataset, began, ended, status, problem, mode, environment, schema, seed, target, config, *figures = row
    output_mode, rows, seconds, peak, cores, days, message = figures
    return PastRun(
        run_id=run_id or "",
        dataset_id=dataset or "",
        began=_moment(began) or datetime.fromtimestamp(0, UTC),
        ended=_moment(ended),
        status=status or "",
        message=problem or message or "",
        mode=mode or "",
        environment=environment or "",
        schema=schema or "",
        output_mode=output_mode or "",
        seed=_whole(seed),
        target_rows=_whole(target),
        rows=_whole(rows),
        seconds=_figure(seconds),
        peak_memory_bytes=round((_figure(peak) or 0) * 1e9),
        cores=_figure(cores),
        days=_whole(days),
        settings=_settings(config),
        stands=run_id in there or bool(written),
        first_day=written[0] if written else None,
        last_day=written[-1] if written else None,
    )


def _figure(text: str | None) -> float | None:
    """A figure of the log; None for what is none, since anybody may have written to it."""
    with suppress(ValueError):
        found = float(text or 0)
        return found if found and isfinite(found) else None
    return None


def _whole(text: str | None) -> int:
    """As `_figure`, of whole numbers; 0 for what is none."""
    with suppress(ValueError):
        return int(text or 0)
    return 0


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text) / 1e6, UTC) if text else None
    except (ValueError, OverflowError, OSError):
        # Anybody may have written to the log.
        return None


def _settings(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def manifest_of_run(root: Path, run_id: str) -> Noted | None:
    """The manifest that a run wrote; None where a later run has written another in its place."""
    return next((noted for noted in manifests(root) if noted.run_id == run_id), None)


def find(runs: Sequence[PastRun], name: str) -> PastRun:
    """The run of a name: its id or the beginning of one, or `last` and `last-1`, counted from the newest. Raises InputError."""
    word, _, number = name.partition("-")
    if name == "last" or (word == "last" and number.isascii() and number.isdecimal()):
        # So many digits that Python would not read them count more runs than any log has.
        before = int(number or 0) if len(number) < _DIGITS else len(runs)
        if before < len(runs):
            return runs[before]
        raise InputError(f"there is no run `{brief(name)}`: the log has {len(runs)}")
    fits = [run for run in runs if name and run.run_id.startswith(name)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise InputError(f"`{brief(name)}` is the beginning of {len(fits)} runs: {', '.join(run.run_id for run in fits[:5])}")
    raise InputError(f"there is no run `{brief(name)}`; `synthetic-data history` lists them")
