"""Runs that are not in the log yet: a small file each, so that the log itself is only ever appended to.

A file is there from the begin of a run until its rows stand in the log. Whoever holds the root's lock and finds the file of
another run knows that this one is dead. Anyone may have written such a file, so it is read strictly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any, Final, get_args

import pyarrow as pa

from ..plan.plan import Environment
from .root import RUN_ID, RUNNING, read_regular, within, write_whole
from .schemas import JOBS, LOG, SCHEMAS

_MOST: Final = 1 << 24
"""Bytes of such a file; a larger one is not read."""

Row = Mapping[str, Any]
"""A row of the log or of the jobs: a text, whole number, float, date, moment or None for each column of its schema."""


@dataclass(frozen=True, slots=True)
class Open:
    """A run whose rows are not in the log yet."""

    run_id: str
    environment: Environment
    log: Row
    job: Row
    ended: bool
    """Whether the rows are as they stay, and only have to be appended."""

    def write(self, root: Path) -> None:
        """Puts the file there, whole. Raises OSError and PlaceError."""
        rows = {LOG: _plain(self.log), JOBS: _plain(self.job)}
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
            log, job = (_row(value["rows"][name], SCHEMAS[name]) for name in (LOG, JOBS))
            if value["environment"] not in get_args(Environment) or {log["log_id"], job["job_id"]} != {path.stem}:
                continue
            yield Open(path.stem, value["environment"], log, job, value["ended"] is True)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue


def _plain(row: Row) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _row(value: Any, schema: pa.Schema) -> Row:
    return {field.name: _typed(value[field.name], field.type) for field in schema}


def _typed(value: Any, kind: pa.DataType) -> Any:
    """A value of a column's type, from JSON; raises ValueError, TypeError and OverflowError."""
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        moment = datetime.fromisoformat(value)
        if moment.utcoffset() != timedelta(0):
            raise ValueError("not a moment in UTC")
        return moment
    if pa.types.is_date32(kind):
        return date.fromisoformat(value)
    if pa.types.is_floating(kind):
        if type(value) not in (int, float) or not isfinite(value):
            raise ValueError("not a finite number")
        return float(value)
    if pa.types.is_string(kind):
        if not isinstance(value, str):
            raise TypeError("not a text")
        # Half of a surrogate pair is no text that a table can hold.
        value.encode()
    elif type(value) is not int or not -(2**63) <= value < 2**63:
        raise TypeError("not a whole number of 64 bits")
    return value
