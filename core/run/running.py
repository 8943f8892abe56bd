"""Runs that are not in the log yet: a small file each, so that the log itself is only ever appended to.

A file is there from the begin of a run until its rows stand in the log. Whoever holds the root's lock and finds the file of
another run knows that this one is dead. Anyone may have written such a file, so it is read strictly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Final, get_args

from ..frozen import dataclass
from ..plan.plan import Environment
from ..program.codec import from_json, to_json
from .root import RUN_ID, RUNNING, read_regular, within, write_whole
from .schemas import JOBS, LOG, JobRow, LogRow

_MOST: Final = 1 << 24
"""Bytes of such a file; a larger one is not read."""


@dataclass(frozen=True, slots=True)
class Open:
    """A run whose rows are not in the log yet."""

    run_id: str
    environment: Environment
    log: LogRow
    job: JobRow
    ended: bool
    """Whether the rows are as they stay, and only have to be appended."""

    def write(self, root: Path) -> None:
        """Puts the file there, whole. Raises OSError and PlaceError."""
        rows = {LOG: to_json(self.log), JOBS: to_json(self.job)}
        text = json.dumps({"environment": self.environment, "ended": self.ended, "rows": rows})
        write_whole(within(root, RUNNING, f"{self.run_id}.json"), text)


def remove(root: Path, run_id: str) -> None:
    """Takes the file of a run away."""
    (root / RUNNING / f"{run_id}.json").unlink(missing_ok=True)
    with suppress(OSError):
        (root / RUNNING).rmdir()


def open_runs(root: Path) -> Iterator[Open]:
    """The runs that are not in the log, the oldest first; files that no run has written are passed over."""
    folder = root / RUNNING
    for path in sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []:
        if path.suffix != ".json" or not RUN_ID.fullmatch(path.stem):
            continue
        try:
            value = json.loads(read_regular(path, _MOST) or "null")
            log, job = from_json(LogRow, value["rows"][LOG]), from_json(JobRow, value["rows"][JOBS])
            if (
                value["environment"] not in get_args(Environment)
                or {log.log_id, job.job_id} != {path.stem}
                or not (_fits(log) and _fits(job))
            ):
                continue
            yield Open(path.stem, value["environment"], log, job, value["ended"] is True)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue


def _fits(row: LogRow | JobRow) -> bool:
    """Whether a table can hold its values: 64 bits, finite numbers, moments in UTC, and no half of a surrogate pair."""
    for value in astuple(row):
        if isinstance(value, str):
            value.encode()
        elif isinstance(value, datetime):
            if value.utcoffset() != timedelta(0):
                return False
        elif isinstance(value, float):
            if not isfinite(value):
                return False
        elif type(value) is int and not -(2**63) <= value < 2**63:
            return False
    return True
