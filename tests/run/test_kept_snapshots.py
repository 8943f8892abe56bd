"""Tables that keep their snapshots: each day's rows stand once, are those of the day's file, and are known to whoever reads."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.errors import InputError, ParameterError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run import actions, publish
from ingen_fab.synthetic_data.core.run.manifest import manifests
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.sinks.lakehouse import current_files
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
FIRST = date(2023, 1, 28)
KEEP = "incremental_config.keep_snapshots=true"
WEEKLY = "incremental_config.snapshot_frequency=weekly"
MONTHLY = "incremental_config.snapshot_frequency=monthly"
ALL = f"SELECT * FROM {DATASET}.inventory"
Make = Callable[..., Series]
Call = Callable[..., subprocess.CompletedProcess[str]]
both = pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])


@pytest.fixture
def series_of(tmp_path: Path) -> Make:
    """So many days under the test's own folder, into tables or files."""

    def make(days: int, *sets: str, root: str = "out", environment: str = "lakehouse", mode: str = "table") -> Series:
        flags = {
            "output_settings.output_dir": str(tmp_path / root),
            "output_settings.target_environment": environment,
            "output_settings.output_mode": mode,
        }
        resolved = resolve_parameters(DATASET, flags=flags, sets=("target_rows=300", *sets))
        return make_series(resolved, FIRST, FIRST + timedelta(days=days - 1))

    return make


def rows(root: Path, sql: str = ALL) -> list[str]:
    """All rows of a query, in order."""
    return sorted(str(row) for row in query(root, sql).to_pylist())


def digest(root: Path) -> str:
    """Of the kept table, by the manifest."""
    (noted,) = manifests(root)
    return next(table.digest for table in noted.value.tables if table.name == "inventory")


@both
@pytest.mark.parametrize(("frequency", "due", "batches"), [("daily", 9, (1, 7)), ("weekly", 2, (1, 31)), ("monthly", 1, (7, 31))])
def test_every_snapshot_is_that_of_its_file(
    series_of: Make, tmp_path: Path, environment: str, frequency: str, due: int, batches: tuple[int, int]
) -> None:
    """In batches of 1, 7 and 31 days, some of which have no snapshot: the same rows, digests and days, and those of files."""
    often = f"incremental_config.snapshot_frequency={frequency}"
    assert run_series(series_of(9, often, root="files", mode="parquet"), workers=0).status == "COMPLETED"
    wanted = rows(tmp_path / "files", f"SELECT * RENAME (_day AS snapshot_date) FROM {DATASET}.inventory")
    assert len({row.partition("'snapshot_date'")[2] for row in wanted}) == due
    digests = set()
    for batch in batches:
        root = f"batch{batch}"
        result = run_series(series_of(9, often, KEEP, root=root, environment=environment), batch=batch, workers=0)
        assert (result.status, len(result.days)) == ("COMPLETED", 9), result.message
        assert rows(tmp_path / root) == wanted
        digests.add(digest(tmp_path / root))
    assert len(digests) == 1
    assert digests != {""}
    assert validate_output(tmp_path / root).passed


@both
def test_days_that_are_run_again_are_not_doubled(series_of: Make, tmp_path: Path, environment: str) -> None:
    """Passed over, and loaded anew with `ignore_state`; later days come behind them."""
    whole, half = (series_of(days, KEEP, environment=environment) for days in (6, 3))
    run_series(half, batch=2, workers=0)
    before = rows(tmp_path / "out")
    assert run_series(half, workers=0).days == ()
    assert run_series(half, batch=1, again=True, workers=0).status == "COMPLETED"
    assert rows(tmp_path / "out") == before
    run_series(whole, batch=2, workers=0)
    run_series(series_of(6, KEEP, environment=environment, root="other"), workers=0)
    assert rows(tmp_path / "out") == rows(tmp_path / "other")


@both
def test_a_snapshot_that_stands_is_replaced(series_of: Make, tmp_path: Path, environment: str) -> None:
    """Tables that are ahead of a manifest which somebody has put back."""
    run_series(series_of(3, KEEP, environment=environment), workers=0)
    (noted,) = manifests(tmp_path / "out")
    before = noted.path.read_text()
    run_series(series_of(5, KEEP, environment=environment), batch=1, workers=0)
    wanted = rows(tmp_path / "out")
    noted.path.write_text(before)
    assert run_series(series_of(5, KEEP, environment=environment), batch=2, workers=0).status == "COMPLETED"
    assert rows(tmp_path / "out") == wanted


@both
def test_a_publication_that_was_cut_is_finished_once(
    series_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    """The process dies when all tables stand and the manifest does not."""
    run_series(series_of(2, KEEP, environment=environment), workers=0)

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setitem(actions.DO, "manifest", die)
        patch.setattr(publish, "_undo", lambda *_: "")
        with pytest.raises(SystemExit):
            run_series(series_of(4, KEEP, environment=environment), workers=0)
    result = run_series(series_of(4, KEEP, environment=environment), workers=0)
    assert (result.status, result.there) == ("COMPLETED", 4)
    run_series(series_of(4, KEEP, environment=environment, root="other"), workers=0)
    assert rows(tmp_path / "out") == rows(tmp_path / "other")


def test_delta_has_a_partition_a_day(series_of: Make, tmp_path: Path) -> None:
    """Which Delta's own readers find, and the data file of a day can be told by it."""
    run_series(series_of(4, KEEP), batch=2, workers=0)
    table = DeltaTable(tmp_path / "out" / "Tables" / DATASET / "inventory")
    assert table.metadata().partition_columns == ["snapshot_date"]
    days = [FIRST + timedelta(days=number) for number in range(4)]
    assert sorted(found["snapshot_date"] for found in table.partitions()) == [day.isoformat() for day in days]
    assert [field.name for field in table.schema().fields][-1] == "snapshot_date"
    with duckdb.connect() as connection:
        for path in current_files(tmp_path / "out" / "Tables" / DATASET / "inventory") or ():
            assert connection.execute("SELECT count(DISTINCT snapshot_date) FROM read_parquet(?)", [path]).fetchone() == (1,)


def test_a_run_goes_back_to_plain_tables(series_of: Make, tmp_path: Path) -> None:
    """And forth: loaded anew, with other settings."""
    run_series(series_of(2), workers=0)
    plain = rows(tmp_path / "out")
    run_series(series_of(2, KEEP), again=True, workers=0)
    assert len(rows(tmp_path / "out")) == 2 * len(plain)
    run_series(series_of(2), again=True, workers=0)
    assert rows(tmp_path / "out") == plain
    assert DeltaTable(tmp_path / "out" / "Tables" / DATASET / "inventory").metadata().partition_columns == []


def test_it_does_not_go_on_behind_a_run_that_kept_none(series_of: Make, tmp_path: Path) -> None:
    """With the same settings, of which `generate` has no use for this one."""
    flags = {"output_settings.output_dir": str(tmp_path / "out"), "output_settings.output_mode": "table"}
    plan = make_plan(resolve_parameters(DATASET, flags=flags, sets=("target_rows=300", KEEP)), window=(FIRST, FIRST), as_of=FIRST)
    assert run(plan, workers=0).status == "COMPLETED"
    with pytest.raises(InputError, match="no snapshots were kept"):
        run_series(series_of(2, KEEP), workers=0)
    assert run_series(series_of(2, KEEP), again=True, workers=0).status == "COMPLETED"
    assert len({row.partition("'snapshot_date'")[2] for row in rows(tmp_path / "out")}) == 2


@both
def test_before_the_first_snapshot_the_table_is_there(series_of: Make, tmp_path: Path, environment: str) -> None:
    """Without rows, and stays known while batches bring none."""
    run_series(series_of(3, KEEP, MONTHLY, environment=environment), batch=1, workers=0)
    assert query(tmp_path / "out", ALL).column_names[-1] == "snapshot_date"
    assert rows(tmp_path / "out") == []
    assert validate_output(tmp_path / "out").passed
    run_series(series_of(6, KEEP, MONTHLY, environment=environment), batch=1, workers=0)
    assert rows(tmp_path / "out", f"SELECT DISTINCT snapshot_date AS d FROM {DATASET}.inventory") == [str({"d": date(2023, 1, 31)})]
    assert set(manifests(tmp_path / "out")[0].tables) >= {"inventory", "orders"}
    assert validate_output(tmp_path / "out").passed


def test_the_report_sees_what_is_wrong_with_old_snapshots(series_of: Make, tmp_path: Path) -> None:
    """A row twice, a day gone, a day too many rows."""
    run_series(series_of(5, KEEP, environment="warehouse"), workers=0)
    table = f"{DATASET}.inventory"
    for sql, named in (
        (f"INSERT INTO {table} SELECT * FROM {table} WHERE snapshot_date = '{FIRST}' LIMIT 1", {"KeyUniqueness", "RowCount"}),
        (f"DELETE FROM {table} WHERE snapshot_date = '{FIRST + timedelta(days=1)}'", {"DayCompleteness", "RowCount", "KeyUniqueness"}),
    ):
        with duckdb.connect(tmp_path / "out" / "warehouse.duckdb") as connection:
            connection.execute(sql)
        assert {found.name for found in validate_output(tmp_path / "out").failures} == named


def test_the_dictionary_knows_the_column(call: Call, tmp_path: Path) -> None:
    """Of the tables that keep their snapshots."""
    found = json.loads(call("show", DATASET, "--dictionary", "--format", "json", "--set", KEEP, cwd=tmp_path).stdout)
    columns = {table["table"]: [entry["column"] for entry in table["entries"]] for table in found["tables"]}
    assert columns["inventory"][-1] == "snapshot_date"
    assert not any("snapshot_date" in names for name, names in columns.items() if name != "inventory")


@pytest.mark.parametrize(
    ("dataset", "mode", "sets", "told"),
    [
        (DATASET, "parquet", (), "is of tables: as files each day has a snapshot of its own"),
        ("finance_oltp_small", "table", (), "has no effect: no table is of type snapshot"),
        (DATASET, "table", ("incremental_config.table_types={orders: snapshot}",), None),
    ],
)
def test_it_is_refused_where_it_has_no_effect(dataset: str, mode: str, sets: tuple[str, ...], told: str | None) -> None:
    """In a sentence that names the setting; any table can be a snapshot."""
    resolved = resolve_parameters(dataset, flags={"output_settings.output_mode": mode}, sets=(KEEP, *sets))
    first = max(FIRST, resolved.variant.dataset.history.start)
    if told is None:
        kept = {arrival.table.name for arrival in make_series(resolved, FIRST, FIRST).arrivals if arrival.kept}
        assert kept == {"inventory", "orders"}
        return
    with pytest.raises(ParameterError, match=told) as found:
        make_series(resolved, first, first)
    assert "incremental_config.keep_snapshots" in str(found.value)
