"""Tables that days were loaded into: the snapshots that they keep, to be judged day by day, and those whose rows may still come."""

from __future__ import annotations

from pathlib import Path

from ..plan.plan import Plan
from ..program.tasks import SNAPSHOT_DATE
from ..run.loaded import days_of_tables, kept_rows, series_of_tables
from ..run.manifest import Noted
from ..spec.repository import DatasetConfigurationRepository
from .brought import Brought, Days


def days_of_load(root: Path, plan: Plan, noted: Noted, repository: DatasetConfigurationRepository | None) -> Days | None:
    """What is to be known of such tables; None where they are as one load of all rows. Raises InputError."""
    config = noted.value.parameters.get("incremental_config")
    late = isinstance(config, dict) and bool(config.get("late_arrivals"))
    if not noted.value.by_day or not (late or any(SNAPSHOT_DATE in table.key for table in noted.value.tables)):
        return None
    series = series_of_tables(root, noted, repository)
    tables = {arrival.table.name: Brought(arrival, tuple(rows), rows, {}, kept=True) for arrival, rows in kept_rows(series)}
    coming = frozenset(arrival.table.name for arrival in series.arrivals if arrival.late)
    return Days(plan, *days_of_tables(noted), tables, noted.run_id, coming)
