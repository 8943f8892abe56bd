"""`state`: the days of the series under an output root."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from shlex import quote
from typing import Any, Final

from ..core.format import many
from ..core.run.attempts import Attempt
from ..core.run.calendars import Calendar, calendars
from ..core.run.cancel import CancelToken
from ..core.run.state import Damage, repair, verify
from ..core.spec.repository import DatasetConfigurationRepository
from .query import place_of
from .reporters import reporter
from .stopping import code_of, stopping
from .streams import say, tell, tell_json

_WHOLE, _PART, _NONE, _FAILED = "#", "+", ".", "x"
_TOLD: Final = 10
"""Days that failed whose sentences are shown."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def show_state(output_dir: str | None, as_json: bool) -> int:
    """Prints a calendar of the days that are there, missing and failed."""
    found = calendars(place_of(output_dir), say)
    if as_json:
        tell_json([_value(calendar) for calendar in found])
    else:
        for calendar in found:
            tell(*_lines(calendar))
        if any(calendar.missing for calendar in found):
            tell(f"to generate the missing days: {_repair(output_dir)}")
    return 0


def _repair(output_dir: str | None) -> str:
    """The command that makes days again."""
    where = f" --output-dir {quote(output_dir)}" if output_dir is not None else ""
    return f"synthetic-data state repair{where}"


def _value(found: Calendar) -> dict[str, Any]:
    first, last = found.span
    return {
        "series": found.place,
        "dataset_id": found.dataset_id,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "days": len(found.days),
        "missing": [day.isoformat() for day in found.missing],
        "failed": [{"day": one.day.isoformat(), "status": one.outcome, "message": one.message} for one in found.failed],
        "begun": [one.day.isoformat() for one in found.begun],
        "rows": found.rows,
        "bytes": found.bytes,
    }


def _lines(found: Calendar) -> list[str]:
    days, most = found.days, max(found.days.values(), default=0)
    failed = {attempt.day for attempt in found.failed}
    first, last = found.span
    told = f", {len(failed)} failed" if failed else ""
    lines = [f"{found.dataset_id} ({found.place}): {many(len(days), 'day')}, {first} to {last}, {len(found.missing)} missing{told}"]
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        year, place = divmod(month, 12)
        marks = []
        for number in range(1, 32):
            try:
                day = date(year, place + 1, number)
            except ValueError:
                break
            if not first <= day <= last:
                marks.append(" ")
            elif day in failed:
                marks.append(_FAILED)
            else:
                marks.append(_NONE if day not in days else _WHOLE if days[day] == most else _PART)
        if any(mark in (_WHOLE, _PART, _FAILED) for mark in marks):
            lines.append(f"  {year} {_MONTHS[place]}  {''.join(marks)}".rstrip())
        elif lines[-1] != "  ..":
            lines.append("  ..")
    lines.append(f"  {_WHOLE} all tables, {_PART} some, {_NONE} none" + (f", {_FAILED} failed" if failed else ""))
    lines += [f"  {attempt.day}: {_outcome(attempt)}" for attempt in (*found.failed[-_TOLD:], *found.begun[-_TOLD:])]
    return lines


def _outcome(attempt: Attempt) -> str:
    told = {"FAILED": f"failed: {attempt.message}", "CANCELLED": "cancelled"}
    return told.get(attempt.outcome, "a run began it, and has not ended")


def verify_state(output_dir: str | None, as_json: bool, repository: DatasetConfigurationRepository) -> int:
    """Prints every file and table that is not as it was written; 1 where there is one."""
    root = place_of(output_dir)
    found = verify(root, say=say, repository=repository)
    if as_json:
        tell_json([_damage(damage) for damage in found])
    elif found:
        tell(*(f"{damage.path}: {damage.what}" for damage in found))
        tell(f"{_number(found)} not as written; to regenerate: {_repair(output_dir)}")
    else:
        tell(f"everything under {root} is as it was written")
    return 1 if found else 0


def _damage(found: Damage) -> dict[str, Any]:
    day = found.day.isoformat() if found.day is not None else None
    return {"day": day, "table": found.table, "path": found.path, "what": found.what, "series": found.place}


def _number(found: Sequence[Damage]) -> str:
    files = sum(damage.day is not None for damage in found)
    told = [many(number, what) for number, what in ((files, "file"), (len(found) - files, "table")) if number]
    return " and ".join(told)


def repair_state(output_dir: str | None, as_json: bool, repository: DatasetConfigurationRepository) -> int:
    """Makes missing and damaged days again."""
    root, cancel = place_of(output_dir), CancelToken()
    with stopping(cancel) as heard, reporter() as emit:
        results = repair(root, repository=repository, emit=emit, cancel=cancel)
    if as_json:
        tell_json([result.to_json() for result in results])
    elif not results:
        tell(f"nothing to do: everything under {root} is as it was written, and no day is missing")
    else:
        tell(*(f"{result.dataset_id}: {many(len(result.days), 'day')} regenerated" for result in results))
    return max((code_of(result.status, heard) for result in results), default=0)
