"""What the parameters come to: rows, time, room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from ...core import format as shown
from ...core.format import printable
from ...core.spec.repository import INCREMENTAL

if TYPE_CHECKING:
    from ...core.plan.drawn_pools import Drawn
    from ...core.plan.plan import Plan
    from ...core.run.estimate import Estimate
    from ..state import Planned, PlannedDays


_SPARE: Final = 4
"""Empty lines that may stay below a plan."""
_WRITTEN: Final = {"table": "Delta tables", "parquet": "parquet files", "csv": "CSV files"}


class PlanCard(Static):
    """A plan or days, and what they are expected to cost, or what is wrong."""

    _told: tuple[tuple[str, ...], tuple[str, ...]] | None = None

    def show(self, planned: Planned | None, expected: Estimate | None, wrong: Sequence[str]) -> None:
        """Brings the card up to date."""
        self.tell(wrong, plan_lines(planned.plan, expected) if planned is not None and planned.plan is not None else ["planning ..."])

    def tell(self, wrong: Sequence[str], lines: Sequence[str]) -> None:
        """Shows what is wrong, else some lines."""
        look = "$text-error" if wrong else ""
        told = (tuple(wrong), tuple(lines))
        if told == self._told:
            return
        self._told = told
        content = Content.styled(printable("\n".join(wrong or lines), keep="\n"), look)
        # Where the lines have room, nothing around them is arranged anew: while a plan is priced, they are a few less for a moment.
        width, height = self.content_size
        spare = height - len(content.wrap(width)) if width else -1
        self.update(content, layout=not 0 <= spare <= _SPARE)


def plan_lines(plan: Plan, expected: Estimate | None) -> list[str]:
    """A plan in short."""
    cost = expected.told() if expected is not None else "estimating ..."
    width = max(len(name) for name in plan.names)
    warehouse = plan.output.mode == "table" and plan.output.environment == "warehouse"
    what = "tables of warehouse.duckdb" if warehouse else _WRITTEN[plan.output.mode]
    # The mode, with its reason, is long: what comes before it is read where there are two lines.
    lines = [cost, f"{shown.many(plan.rows, 'row')} as {what} in {plan.output.place}", *_modes(plan, expected), *plan.notes, ""]
    for table in plan.tables:
        size = shown.bytes_(expected.per_table[table.name].bytes) if expected else ""
        lines.append(f"{table.name:<{width}} {shown.rows(table.rows):>13} {size:>9}")
    if plan.drawn:
        lines += ["", _pools(list(plan.drawn.values()))]
    return lines


def _modes(plan: Plan, expected: Estimate | None) -> list[str]:
    """Which mode a run takes and why, and what the others would cost; nothing where there is no choice."""
    if plan.work.mode == "python" and (expected is None or not expected.modes):
        return []
    others = "; ".join(expected.elsewhere) if expected is not None else ""
    writer = f", writer {plan.work.writer}" if plan.work.mode == "pyspark" else ""
    return [f"{plan.work.mode} ({plan.work.mode_reason}){writer}{f'; {others}' if others else ''}"]


def day_lines(days: PlannedDays) -> list[str]:
    """What the days come to, in short."""
    if days.series is None or days.standing is None or days.daily is None:
        return []
    plan, left, there = days.series.plan, len(days.standing.left), days.standing.there
    first, last = plan.window
    rows = list(days.daily.rows.values())
    batches = f" in batches of {days.settings.batch:,}" if left > days.settings.batch else ""
    told = f"{shown.many(left, 'day')} to write{batches}" if left else "all days are there"
    pace = shown.rows(round(sum(rows) / max(len(rows), 1)))
    example = "tables" if plan.output.mode == "table" else days.series.path(plan.names[-1], first, 0, 1)
    lines = [
        f"{first} to {last}: {told}" + (f", {shown.many(there, 'day')} there" if there and left else ""),
        *([_cost_of_days(days, left)] if left else []),
        f"{shown.many(sum(rows), 'row')} of {days.daily.table}, {pace} a day; {example} in {plan.output.place}",
    ]
    if days.resolved is not None and not days.resolved.variant.incremental:
        lines.append(f"{plan.dataset_id}{INCREMENTAL} is the same dataset at so many rows a day")
    return lines


def _cost_of_days(days: PlannedDays, left: int) -> str:
    if days.unknown:
        return "too many rows a day to say how long it takes"
    if days.expected is None:
        return "estimating ..."
    return days.expected.told(left)


def day_card(days: PlannedDays) -> list[str]:
    """The days with what each table brings on all of them that are left."""
    lines = day_lines(days)
    if days.series is None or days.standing is None:
        return lines
    plan = days.series.plan
    lines += plan.notes
    if days.expected is not None:
        width = max(map(len, plan.names))
        lines += ["", f"{'':<{width}} {'rows':>13} {'size':>9}"]
        for name, table in days.expected.per_table.items():
            lines.append(f"{name:<{width}} {shown.rows(table.rows):>13} {shown.bytes_(table.bytes):>9}")
    if plan.drawn:
        lines += ["", _pools(list(plan.drawn.values()))]
    return lines


def _pools(drawn: Sequence[Drawn]) -> str:
    languages = ", ".join(dict.fromkeys(pool.locale for pool in drawn))
    rows = shown.many(sum(pool.rows for pool in drawn), "row")
    return f"{shown.many(len(drawn), 'pool')} drawn by Faker {drawn[0].version}: {rows}, {languages}"
