"""What a day brings, said without writing it, is what is written for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from ingen_fab.synthetic_data.core.plan.kept import planned_series
from ingen_fab.synthetic_data.core.run import day_changes as module
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.day_changes import day_changes
from ingen_fab.synthetic_data.core.run.series import run_series

DAYS = [date(2023, 1, day) for day in (1, 2, 3)]


@pytest.mark.parametrize("dataset", ["retail_oltp_small_incremental", "ecommerce_star_small_incremental", "retail_star_small_incremental"])
def test_it_is_what_is_written(dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of each table, those whose key an earlier day has brought, and the columns in which they differ from what it brought last."""
    monkeypatch.chdir(tmp_path)
    series, _ = planned_series(dataset, DAYS[0], DAYS[-1])
    run_series(series)
    seen: dict[str, dict[object, dict[str, object]]] = {}
    for day in DAYS:
        for found in day_changes(series, day):
            key = series.plan.table(found.table).primary_key[0]
            folder = tmp_path / "synthetic_data" / "Files" / dataset / f"{day:%Y/%m/%d}" / found.table
            written = ds.dataset(folder).to_table().to_pylist() if folder.is_dir() else []
            assert found.rows == len(written), (day, found.table)
            if found.whole:
                continue
            known = seen.setdefault(found.table, {})
            again = [row for row in written if row[key] in known]
            assert found.changed == len(again), (day, found.table)
            assert found.new == len(written) - len(again)
            if found.columns:
                differ = {name: sum(row[name] != known[row[key]][name] for row in again) for name in found.columns}
                assert differ == found.columns
            known.update({row[key]: row for row in written})


def test_it_ends_where_it_would_take_long_or_nobody_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tables of too many rows say so; of a search that was stopped nothing is told."""
    monkeypatch.chdir(tmp_path)
    series, _ = planned_series("retail_oltp_small_incremental", DAYS[0], DAYS[-1])
    monkeypatch.setattr(module, "_MOST", 1)
    assert {found.table for found in day_changes(series, DAYS[1]) if found.rows is None} >= {"customers"}
    cancel = CancelToken()
    cancel.set()
    assert day_changes(series, DAYS[1], cancel=cancel) == ()
