"""What the parameters come to: rows, time, room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from ...core import format as shown
from ...core.format import printable

if TYPE_CHECKING:
    from ...core.plan.drawn_pools import Drawn
    from ...core.plan.plan import Plan
    from ...core.run.estimate import Estimate
    from ..state import Planned


_WRITTEN: Final = {"table": "Delta tables", "parquet": "parquet files", "csv": "CSV files"}


class PlanCard(Static):
    """A plan and its estimate, or what is wrong."""

    def show(self, planned: Planned | None, expected: Estimate | None, wrong: Sequence[str]) -> None:
        """Brings the card up to date."""
        if wrong:
            self.update(Content.styled(printable("\n".join(wrong), keep="\n"), "$text-error"))
        elif planned is None or planned.plan is None:
            self.update(Content("planning ..."))
        else:
            self.update(Content(printable("\n".join(plan_lines(planned.plan, expected)), keep="\n")))


def plan_lines(plan: Plan, expected: Estimate | None) -> list[str]:
    """A plan in short."""
    cost = "estimating ..."
    if expected is not None:
        cost = (
            f"about {shown.duration(expected.seconds)}, {shown.bytes_(expected.bytes)} on disk, "
            f"{shown.bytes_(expected.memory_bytes)} of memory"
        )
    width = max(len(name) for name in plan.names)
    warehouse = plan.output.mode == "table" and plan.output.environment == "warehouse"
    what = "tables of warehouse.duckdb" if warehouse else _WRITTEN[plan.output.mode]
    lines = [cost, f"{shown.many(plan.rows, 'row')} as {what} in {plan.output.root}", *plan.notes, ""]
    for table in plan.tables:
        size = shown.bytes_(expected.per_table[table.name].bytes) if expected else ""
        lines.append(f"{table.name:<{width}} {shown.rows(table.rows):>13} {size:>9}")
    if plan.drawn:
        lines += ["", _pools(list(plan.drawn.values()))]
    return lines


def _pools(drawn: Sequence[Drawn]) -> str:
    languages = ", ".join(dict.fromkeys(pool.locale for pool in drawn))
    rows = shown.many(sum(pool.rows for pool in drawn), "row")
    return f"{shown.many(len(drawn), 'pool')} drawn by Faker {drawn[0].version}: {rows}, {languages}"
