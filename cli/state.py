"""`state`: the days of the series under an output root."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from shlex import quote
from typing import Any, Final

from ..core.format import many
from ..core.run.cancel import CancelToken
from ..core.run.state import SeriesState, repair, states, verify
from ..core.spec.repository import DatasetConfigurationRepository
from .generate import stopping
from .query import root_of
from .reporters import reporter
from .streams import tell, tell_json

_WHOLE, _PART, _NONE = "#", "+", "."
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def show_state(output_dir: Path | None, as_json: bool) -> int:
    """Prints a calendar of the days that are there."""
    found = states(root_of(output_dir))
    if as_json:
        tell_json([_value(state) for state in found])
    else:
        for state in found:
            tell(*_lines(state))
        if any(state.missing for state in found):
            tell(f"to make what is missing: {_repair(output_dir)}")
    return 0


def _repair(output_dir: Path | None) -> str:
    """The command that makes days again."""
    where = f" --output-dir {quote(str(output_dir))}" if output_dir is not None else ""
    return f"synthetic-data state repair{where}"


def _value(state: SeriesState) -> dict[str, Any]:
    days: Mapping[date, int] = state.days
    return {
        "series": state.place,
        "dataset_id": state.dataset_id,
        "first": min(days).isoformat(),
        "last": max(days).isoformat(),
        "days": len(days),
        "missing": [day.isoformat() for day in state.missing],
        "rows": sum(entry.rows for entry in state.entries),
        "bytes": sum(file.bytes for entry in state.entries for file in entry.files),
    }


def _lines(state: SeriesState) -> list[str]:
    days, most = state.days, max(state.days.values())
    first, last = min(days), max(days)
    lines = [f"{state.dataset_id} ({state.place}): {many(len(days), 'day')}, {first} to {last}, {len(state.missing)} missing"]
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        year, place = divmod(month, 12)
        marks = []
        for number in range(1, 32):
            try:
                day = date(year, place + 1, number)
            except ValueError:
                break
            outside = not first <= day <= last
            marks.append(" " if outside else _NONE if day not in days else _WHOLE if days[day] == most else _PART)
        if any(mark in (_WHOLE, _PART) for mark in marks):
            lines.append(f"  {year} {_MONTHS[place]}  {''.join(marks)}".rstrip())
        elif lines[-1] != "  ..":
            lines.append("  ..")
    lines.append(f"  {_WHOLE} all tables, {_PART} some, {_NONE} none")
    return lines


def verify_state(output_dir: Path | None, as_json: bool) -> int:
    """Prints every file that is not as it was written; 1 where there is one."""
    root = root_of(output_dir)
    found = verify(root)
    if as_json:
        tell_json([{"day": d.day.isoformat(), "table": d.table, "path": d.path, "what": d.what, "series": d.place} for d in found])
    elif found:
        tell(*(f"{damage.path}: {damage.what}" for damage in found))
        tell(f"{many(len(found), 'file')} not as written; to make them again: {_repair(output_dir)}")
    else:
        tell(f"every file under {root} is as it was written")
    return 1 if found else 0


def repair_state(output_dir: Path | None, as_json: bool, repository: DatasetConfigurationRepository) -> int:
    """Makes missing and damaged days again."""
    root, cancel = root_of(output_dir), CancelToken()
    with stopping(cancel) as heard, reporter() as emit:
        results = repair(root, repository=repository, emit=emit, cancel=cancel)
    if as_json:
        tell_json([result.to_json() for result in results])
    elif not results:
        tell(f"nothing to do: every file under {root} is as it was written, and no day is missing")
    else:
        tell(*(f"{result.dataset_id}: {many(len(result.days), 'day')} made again" for result in results))
    codes = {"COMPLETED": 0, "FAILED": 1, "CANCELLED": 128 + (heard[0] if heard else signal.SIGINT)}
    return max((codes[result.status] for result in results), default=0)
