"""What `--dry-run` tells of days: what is there, and what those that are left will bring and cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ..core import format as shown
from ..core.plan.daily import daily
from ..core.plan.series import Series
from ..core.run.attempts import place_of
from ..core.run.days_there import Standing
from ..core.run.estimate import Estimate, TableEstimate
from ..core.run.ledger import Ledger
from ..core.run.place import files_folder


def plan_lines(series: Series, found: Standing, cost: Estimate | None) -> list[str]:
    """For people; `cost` is None where it cannot be told."""
    plan, left = series.plan, found.left
    width = max(len(name) for name in plan.names)
    lines = [f"{plan.dataset_id}: {series.span}, {shown.many(len(series.days), 'day')}, seed {plan.seed}"]
    there = _there(series, found)
    size = f" ({shown.many(there.rows, 'row')}, {shown.bytes_(there.bytes)})" if there is not None and found.there else ""
    lines.append(f"{shown.many(found.there, 'day')} there{size}, {shown.many(len(left), 'day')} left to write")
    lines += [*plan.notes, ""]
    for arrival in series.arrivals:
        brings = _brings(cost.per_table[arrival.table.name], len(left)) if cost is not None and left else ""
        lines.append(f"  {arrival.table.name:<{width}}  {arrival.type:<25}{brings}")
    if left:
        lines += ["", cost.told(len(left)) if cost is not None else "too many rows a day to say how long it takes"]
    if plan.output.mode == "table":
        lines += ["", f"tables under {plan.output.place} ({plan.output.environment})"]
    else:
        lines += ["", f"for example {series.path(plan.names[0], series.days[-1], 0, 1)} under {files_folder(plan)}"]
    return [line.rstrip() for line in lines]


def _brings(table: TableEstimate, days: int) -> str:
    """What a table gets on all days that are left, and on the average of them."""
    whole = f"  {shown.rows(table.rows):>13} rows  {shown.bytes_(table.bytes):>9}"
    if days == 1:
        return whole
    return f"{whole}  {shown.rows(round(table.rows / days)):>11} rows, {shown.bytes_(table.bytes / days)} a day"


def plan_json(series: Series, found: Standing, cost: Estimate | None) -> dict[str, Any]:
    """For programs: rows and bytes of each table; of the driving table the exact rows of each day that is left."""
    there, left, counted = _there(series, found), set(found.left), daily(series)
    tables = {name: {"rows": table.rows, "bytes": table.bytes} for name, table in cost.per_table.items()} if cost is not None else {}
    unknown = {"rows": None, "bytes": None}
    return {
        "dataset_id": series.plan.dataset_id,
        "seed": series.plan.seed,
        "days": [day.isoformat() for day in series.days],
        "there": [day.isoformat() for day in series.days if day not in left],
        "there_rows": there.rows if there is not None else None,
        "there_bytes": there.bytes if there is not None else None,
        "left": [day.isoformat() for day in found.left],
        "left_rows": {"table": counted.table, "days": {day.isoformat(): counted.rows[day] for day in found.left}},
        "path_format": series.pattern,
        "tables": {arrival.table.name: {"type": arrival.type, **tables.get(arrival.table.name, unknown)} for arrival in series.arrivals},
        "estimate": cost.to_json() if cost is not None else None,
    }


@dataclass(frozen=True, slots=True)
class _There:
    rows: int
    bytes: int


def _there(series: Series, found: Standing) -> _There | None:
    """What the days that are there hold; None where only the tables know."""
    if series.plan.output.mode == "table" or not series.state:
        return None
    left: set[date] = set(found.left)
    entries = Ledger(series.plan.output.root).entries(place_of(series), series.days[0], series.days[-1])
    mine = [entry for entry in entries if entry.day not in left]
    return _There(sum(entry.rows for entry in mine), sum(file.bytes for entry in mine for file in entry.files))
