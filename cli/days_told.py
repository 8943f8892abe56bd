"""What `--dry-run` tells of days: what is there, and what those that are left will bring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from ..core import format as shown
from ..core.plan.series import Series
from ..core.run.attempts import place_of
from ..core.run.days_there import Standing
from ..core.run.estimate import Estimate
from ..core.run.expected import Brought, TableDays, expected
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
    tables = expected(series, left)
    for arrival in series.arrivals:
        lines.append(f"  {arrival.table.name:<{width}}  {arrival.type:<25}  {_a_day(series, tables[arrival.table.name])}")
    if left:
        rows = sum(table.rows for table in tables.values())
        lines += ["", f"left to write: about {shown.many(rows, 'row')}"]
        lines.append(cost.told(len(left)) if cost is not None else "too many rows a day to say how long it takes")
    if plan.output.mode == "table":
        lines += ["", f"tables under {plan.output.root} ({plan.output.environment})"]
    else:
        lines += ["", f"for example {series.path(plan.names[0], series.days[-1], 0, 1)} under {files_folder(plan)}"]
    return [line.rstrip() for line in lines]


def _a_day(series: Series, table: TableDays) -> str:
    """Rows and bytes of the days; of more than one the average, and apart from it what a first day brings of all that lasts."""
    apart = {day: brought for day, brought in table.days.items() if day == series.origin and not table.counted}
    usual = [brought for day, brought in table.days.items() if day not in apart]
    told = [f"{_size(usual, table.counted)}{' a day' if len(series.days) > 1 else ''}"] if usual else []
    told += [f"{_size([brought], table.counted)} on {day}, with what began before" for day, brought in apart.items()]
    return "; ".join(told)


def _size(days: Sequence[Brought], counted: bool) -> str:
    rows, size = (sum(values) / len(days) for values in ([day.rows for day in days], [day.bytes for day in days]))
    least, most = min(day.rows for day in days), max(day.rows for day in days)
    spread = f" ({least:,} to {most:,})" if counted and least < most else ""
    return f"{'' if counted and not spread else 'about '}{shown.many(round(rows), 'row')}{spread}, {shown.bytes_(size)}"


def plan_json(series: Series, found: Standing) -> dict[str, Any]:
    """For programs: rows and bytes of each table on each day that is left."""
    tables = expected(series, found.left)
    there, left = _there(series, found), set(found.left)
    return {
        "dataset_id": series.plan.dataset_id,
        "seed": series.plan.seed,
        "days": [day.isoformat() for day in series.days],
        "there": [day.isoformat() for day in series.days if day not in left],
        "there_rows": there.rows if there is not None else None,
        "there_bytes": there.bytes if there is not None else None,
        "left": [day.isoformat() for day in found.left],
        "path_format": series.pattern,
        "tables": {
            arrival.table.name: {
                "type": arrival.type,
                "counted": tables[arrival.table.name].counted,
                "rows": tables[arrival.table.name].rows,
                "bytes": tables[arrival.table.name].bytes,
                "days": {
                    day.isoformat(): {"rows": brought.rows, "bytes": brought.bytes}
                    for day, brought in tables[arrival.table.name].days.items()
                },
            }
            for arrival in series.arrivals
        },
    }


def _there(series: Series, found: Standing) -> Brought | None:
    """What the days that are there hold; None where only the tables know."""
    if series.plan.output.mode == "table" or not series.state:
        return None
    left: set[date] = set(found.left)
    entries = Ledger(series.plan.output.root).entries(place_of(series), series.days[0], series.days[-1])
    mine = [entry for entry in entries if entry.day not in left]
    return Brought(sum(entry.rows for entry in mine), sum(file.bytes for entry in mine for file in entry.files))
