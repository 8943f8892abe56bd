"""What stands already where a run would write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..plan.plan import Plan
from .run import target


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
    notes = [note for path in (root / ".manifests").glob("*.json") if (note := _note(path, plan, there))]
    if notes:
        written, dataset_id = max(notes)
        return Standing(root, there, dataset_id, written)
    seconds = max(_place(plan, name).stat().st_mtime for name in there)
    return Standing(root, there, "", datetime.fromtimestamp(seconds, UTC))


def _in_warehouse(plan: Plan) -> bool:
    return plan.output.mode == "table" and plan.output.environment == "warehouse"


def _place(plan: Plan, table: str) -> Path:
    from ..sinks.warehouse import FILE

    return plan.output.root / (FILE if _in_warehouse(plan) else target(plan, table))


def _tables(plan: Plan) -> tuple[str, ...]:
    if not _in_warehouse(plan):
        return tuple(name for name in plan.names if _place(plan, name).exists())
    from ..sinks.warehouse import FILE, connect, table_names

    if not (plan.output.root / FILE).exists():
        return ()
    connection = connect(plan.output.root, 256 << 20, read_only=True)
    try:
        known = table_names(connection, plan.output.schema)
    finally:
        connection.close()
    return tuple(name for name in plan.names if name in known)


def _note(path: Path, plan: Plan, there: tuple[str, ...]) -> tuple[datetime, str] | None:
    """When the run of a manifest began, and its dataset; None where it wrote none of these tables or the manifest cannot be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        # A run's id starts with the second in which it began.
        found = datetime.strptime(value["run_id"][:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC), str(value["dataset_id"])
        if _in_warehouse(plan):
            settings = value["parameters"].get("output_settings", {})
            same = settings.get("target_environment") == "warehouse" and settings.get("schema", value["dataset_id"]) == plan.output.schema
            return found if same and any(table["name"] in there for table in value["tables"]) else None
        places = tuple(f"{target(plan, name)}/" for name in there)
        return found if any(file["path"].startswith(places) for table in value["tables"] for file in table["files"]) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
