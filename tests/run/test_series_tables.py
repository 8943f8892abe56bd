"""Series of days into tables: after each batch they are what a one-shot load as of its last day would be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import InputError, ParameterError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import Resolved, resolve_parameters

MakeSeries = Callable[..., Series]
FAMILIES = (
    "retail_oltp_small",
    "retail_star_small",
    "finance_oltp_small",
    "finance_star_small",
    "ecommerce_star_small",
    "healthcare_oltp_small",
)


@pytest.fixture
def resolved_of(tmp_path: Path) -> Callable[..., Resolved]:
    """Parameters of a dataset whose output is tables under the test's own folder."""

    def make(dataset_id: str, root: str, environment: str, *sets: str) -> Resolved:
        given = {"output_settings.output_dir": str(tmp_path / root), "output_settings.target_environment": environment}
        return resolve_parameters(dataset_id, flags=given, sets=sets)

    return make


def rows(root: Path, schema: str, table: str) -> list[str]:
    """All rows of a table, in order."""
    return sorted(str(row) for row in query(root, f"SELECT * FROM {schema}.{table}").to_pylist())


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_series_into_tables_is_the_full_load(resolved_of: Callable[..., Resolved], tmp_path: Path, family: str, environment: str) -> None:
    """From the first day of the history, and from a later one; in batches that do not fit."""
    first = resolved_of(family, "days", environment).variant.dataset.history.start
    for start in (first, first + timedelta(days=45)) if environment == "lakehouse" else (first + timedelta(days=45),):
        resolved = resolved_of(family, f"days{start:%m%d}", environment)
        last = start + timedelta(days=16)
        series = make_series(resolved, start, start + timedelta(days=9))
        assert run_series(series, batch=7, again=True, workers=0).status == "COMPLETED"
        result = run_series(make_series(resolved, start, last), batch=7, workers=0)
        assert (result.status, result.there, len(result.days)) == ("COMPLETED", 10, 7)
        plan = make_plan(resolved_of(family, f"whole{start:%m%d}", environment), window=(start, last), as_of=last)
        assert run(plan, workers=0).status == "COMPLETED"
        for table in plan.names:
            assert rows(tmp_path / f"days{start:%m%d}", family, table) == rows(tmp_path / f"whole{start:%m%d}", family, table), table
    log = query(tmp_path / f"days{start:%m%d}", "SELECT DISTINCT generation_date AS day FROM log_synthetic_data_generation").to_pylist()
    assert {row["day"] for row in log} >= {last - timedelta(days=n) for n in range(17)}
    assert validate_output(tmp_path / f"days{start:%m%d}", family).passed


def test_tables_take_no_gaps_and_no_other_seed(resolved_of: Callable[..., Resolved]) -> None:
    """A sentence says what stands, and how to go on; days that are there are passed over."""
    resolved = resolved_of("retail_oltp_small", "days", "lakehouse")
    first = date(2023, 2, 1)
    run_series(make_series(resolved, first, first + timedelta(days=3)), workers=0)
    with pytest.raises(InputError, match="the tables end with 2023-02-04, so the next day must be 2023-02-05, not 2023-02-06"):
        run_series(make_series(resolved, date(2023, 2, 6), date(2023, 2, 7)), workers=0)
    other = resolved_of("retail_oltp_small", "days", "lakehouse", "seed_value=7")
    with pytest.raises(InputError, match="wrote these tables with other settings"):
        run_series(make_series(other, date(2023, 2, 5), date(2023, 2, 6)), workers=0)
    assert run_series(make_series(resolved, first, date(2023, 2, 2)), workers=0).days == ()


@pytest.mark.parametrize("setting", ["updates=true", "state_management=false", "file_path_pattern=flat"])
def test_settings_of_files_are_refused_for_tables(resolved_of: Callable[..., Resolved], setting: str) -> None:
    """Rather than ignored."""
    resolved = resolved_of("retail_oltp_small", "days", "lakehouse", f"incremental_config.{setting}")
    with pytest.raises(ParameterError, match="output_mode parquet or csv"):
        make_series(resolved, date(2023, 2, 1), date(2023, 2, 2))


@pytest.mark.parametrize("kept", [False, True])
def test_late_rows_that_are_still_to_come_fail_no_check(tmp_path: Path, kept: bool) -> None:
    """At the end of a history some have not come: it is not asked how many rows there are of their tables, or what stock knows of them."""
    sets = ["output_settings.output_mode=table", f"output_settings.output_dir={tmp_path}", "target_rows=120", "history.start=2024-12-01"]
    late = "incremental_config.late_arrivals={share: 0.3, days: {type: exponential, mean: 2, max: 5}}"
    stays = [f"incremental_config.keep_snapshots={str(kept).lower()}"]
    resolved = resolve_parameters("retail_oltp_small", sets=[*sets, "history.end=2025-01-31", late, *stays])
    assert run_series(make_series(resolved, date(2024, 12, 1), date(2025, 1, 31)), workers=0).status == "COMPLETED"
    report = validate_output(tmp_path)
    assert [(result.table, result.sentence) for result in report.failures] == []
    silent = {silent.table for silent in report.silent if silent.reason == "late rows may still come"}
    assert silent == {"orders", "order_items", "inventory"}
    assert {"customers", "inventory"} <= {result.table for result in report.results if result.name == "RowCount"}
