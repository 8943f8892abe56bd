"""What rows do as others did, in plain words: near what they are drawn, what they take over, and to what their owners return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..plan.plan import ColumnPlan, Plan, TablePlan
from ..spec.kinds.pool import Near, Pool
from ..spec.kinds.reference import Reference

TOLD: Final = ("near", "favourites")
"""Keys of columns that are told here alone."""


def habits(plan: Plan, table: TablePlan, column: ColumnPlan) -> Iterator[tuple[str, str]]:
    """Of a written column: (what, how), such as (`near`, `90% where area is home_id.area, the others anywhere`)."""
    declared = plan.dataset.tables[table.name]
    model = declared.columns[column.name]
    changes = getattr(declared.rows, "changes", None)
    if changes is not None and column.name in changes.leaders:
        yield "changes", f"together with {changes.leaders[column.name]}"
    # What is copied out of a column that is not written is told with it.
    behind = declared.columns.get((getattr(model, "from_", None) or "").partition(".")[0])
    pool = model if isinstance(model, Pool) else behind
    if isinstance(pool, Pool) and pool.near:
        yield "near", _near(pool.near)
    favourites = getattr(model, "favourites", None)
    if favourites is not None:
        rest = " of those that do not inherit" if isinstance(model, Reference) and model.inherit is not None else ""
        replaced = f", each replaced every {favourites.every}" if favourites.every is not None else ""
        yield "favourites", f"{favourites.share:.4g} of the rows{rest} go to one of {favourites.number} of {favourites.of}{replaced}"


def _near(circles: list[Near]) -> str:
    told = [f"{one.share:.4g} where {' and '.join(f'{theirs} is {ours}' for theirs, ours in one.match.items())}" for one in circles]
    rest = 1 - sum(one.share for one in circles)
    return ", then ".join(told) + (f", {rest:.4g} anywhere" if rest > 1e-9 else "")
