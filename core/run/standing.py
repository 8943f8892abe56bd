"""What stands already where a run would write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ..frozen import dataclass
from ..plan.plan import Plan
from .manifest import Noted, manifests
from .place import above, target


@dataclass(frozen=True, slots=True)
class Standing:
    """Tables that a run of a plan would replace."""

    root: Path
    tables: tuple[str, ...]
    dataset_id: str
    """Whose they are; empty where no manifest tells."""
    written: datetime
    """When, in UTC: by the manifest, else by the time of the newest of the folders."""


def standing(plan: Plan) -> Standing | None:
    """What a run of the plan would replace; None where nothing is there. Raises RunError for a warehouse that another program holds."""
    root = plan.output.root
    there = _tables(plan)
    if not there:
        return None
    for noted in manifests(root):
        began = _began(noted)
        if began is not None and _is_here(noted, plan) and set(noted.tables) & set(there):
            return Standing(root, there, noted.value.dataset_id, began)
    seconds = max(path.stat().st_mtime for name in there for path in _places(plan, name) if path.exists())
    return Standing(root, there, "", datetime.fromtimestamp(seconds, UTC))


def _is_here(noted: Noted, plan: Plan) -> bool:
    """Whether a run wrote to the same schema in the same kind of place: Delta tables, the warehouse, or files."""
    output = plan.output
    files = output.mode != "table"
    same = files == (noted.mode != "table") and (files or noted.environment == output.environment)
    return same and noted.schema == output.schema


def _began(noted: Noted) -> datetime | None:
    try:
        # A run's id starts with the second in which it began.
        return datetime.strptime(noted.run_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _in_warehouse(plan: Plan) -> bool:
    return plan.output.mode == "table" and plan.output.environment == "warehouse"


def _places(plan: Plan, table: str) -> Iterator[Path]:
    from ..sinks.warehouse import FILE

    root = plan.output.root
    if not plan.output.pattern:
        yield root / (FILE if _in_warehouse(plan) else target(plan, table))
        return
    yield root / target(plan, table)
    yield from (root / above(plan) / plan.path(part) for part in plan.table(table).parts)


def _tables(plan: Plan) -> tuple[str, ...]:
    if not _in_warehouse(plan):
        return tuple(name for name in plan.names if any(path.exists() for path in _places(plan, name)))
    from ..sinks.warehouse import FILE, connect, relations

    if not (plan.output.root / FILE).exists():
        return ()
    connection = connect(plan.output.root, 256 << 20, read_only=True)
    try:
        known = relations(connection, plan.output.schema)
    finally:
        connection.close()
    return tuple(name for name in plan.names if name.lower() in known)
