"""The snapshots that tables keep, as days to be judged: each has its day, and the newest is the table as of now."""

from __future__ import annotations

from pathlib import Path

from ..plan.plan import Plan
from ..program.tasks import SNAPSHOT_DATE
from ..run.loaded import days_of_tables, kept_rows, series_of_tables
from ..run.manifest import Noted
from ..spec.repository import DatasetConfigurationRepository
from .brought import Brought, Days


def kept_days(root: Path, plan: Plan, noted: Noted, repository: DatasetConfigurationRepository | None) -> Days | None:
    """The days of tables that keep their snapshots; None where none does. Raises InputError."""
    if not noted.value.by_day or not any(SNAPSHOT_DATE in table.key for table in noted.value.tables):
        return None
    series = series_of_tables(root, noted, repository)
    tables = {arrival.table.name: Brought(arrival, tuple(rows), rows, {}, kept=True) for arrival, rows in kept_rows(series)}
    return Days(plan, *days_of_tables(noted), tables, noted.run_id)
