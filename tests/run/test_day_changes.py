"""What a day brings, said without writing it, is what is written for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from ingen_fab.synthetic_data.core.plan.kept import planned_series
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.program.tasks import CHANGE_TYPE
from ingen_fab.synthetic_data.core.run import day_changes as module
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.day_changes import day_changes
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

DAYS = [date(2023, 1, day) for day in (1, 2, 3)]
PARCELS = """
dataset_id: parcels
driving: orders
target_rows: 600
history: {start: 2023-01-01, end: 2023-01-31}
tables:
  orders:
    rows: events
    columns:
      order_id: key
      ordered_at: begin
      status: {kind: lifecycle, steps: {placed: {}, arrived: {after: placed, lag: {min: 2, max: 60, unit: hours}}}}
  parcels:
    rows: {layout: children, of: orders, count: {min: 1, max: 3}}
    primary_key: [order_id, number]
    columns:
      order_id: parent
      number: position
      weight: {kind: number, distribution: {min: 1, max: 900}}
      left: {kind: sql, sql: "CASE WHEN order_id.status = 'arrived' THEN 1 ELSE number END"}
"""
"""Rows with a key of two columns, which come again when they have arrived."""


def compared(series: Series, root: Path) -> int:
    """Writes a series, and finds in its files what is said of each day: rows of each table, those whose key an earlier day has brought,
    and the columns in which they differ from what it brought last. How many rows came again."""
    run_series(series)
    seen: dict[str, dict[tuple[object, ...], dict[str, object]]] = {}
    many = 0
    for day in DAYS:
        for found in day_changes(series, day):
            key = series.plan.table(found.table).primary_key
            folder = root / "Files" / str(series.plan.dataset_id) / f"{day:%Y/%m/%d}" / found.table
            written = ds.dataset(folder).to_table().to_pylist() if folder.is_dir() else []
            assert found.rows == len(written), (day, found.table)
            if found.whole:
                continue
            known = seen.setdefault(found.table, {})
            rows = {tuple(row[name] for name in key): row for row in written}
            again = rows.keys() & known.keys()
            assert found.changed == len(again), (day, found.table)
            assert found.new == len(written) - len(again)
            names = [name for name in (written[0] if written else ()) if name != CHANGE_TYPE]
            differ = {name: sum(rows[one][name] != known[one][name] for one in again) for name in names}
            assert found.columns == {name: times for name, times in differ.items() if times}, (day, found.table)
            known |= rows
            many += len(again)
    return many


@pytest.mark.parametrize("dataset", ["retail_oltp_small_incremental", "ecommerce_star_small_incremental", "retail_star_small_incremental"])
def test_it_is_what_is_written(dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of shipped datasets."""
    monkeypatch.chdir(tmp_path)
    series, _ = planned_series(dataset, DAYS[0], DAYS[-1])
    compared(series, tmp_path / "synthetic_data")


def test_a_key_of_two_columns_names_a_row(tmp_path: Path) -> None:
    """Not all rows that share its first column."""
    (tmp_path / "parcels.yaml").write_text(PARCELS)
    settings = {
        "output_settings.output_dir": str(tmp_path / "out"),
        "output_settings.output_mode": "parquet",
        "incremental_config.updates": True,
    }
    resolved = resolve_parameters("parcels", flags=settings, repository=DatasetConfigurationRepository([tmp_path]))
    assert compared(make_series(resolved, DAYS[0], DAYS[-1]), tmp_path / "out") > 5


def test_it_ends_where_it_would_take_long_or_nobody_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tables of too many rows say so; of a search that was stopped nothing is told."""
    monkeypatch.chdir(tmp_path)
    series, _ = planned_series("retail_oltp_small_incremental", DAYS[0], DAYS[-1])
    monkeypatch.setattr(module, "_MOST", 1)
    assert {found.table for found in day_changes(series, DAYS[1]) if found.rows is None} >= {"customers"}
    cancel = CancelToken()
    cancel.set()
    assert day_changes(series, DAYS[1], cancel=cancel) == ()
