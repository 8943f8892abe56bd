"""Runs whose paths follow a pattern: events lie under their days, all else under `as_of`, and no row is another one for that."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ingen_fab.synthetic_data.core.errors import ExistsError, ForeignError, InputError, ParameterError, PlaceError
from ingen_fab.synthetic_data.core.job import run_job
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run.estimate import estimate
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.standing import standing

DATASET = "retail_oltp_small"
OWN = "{year}-{month}/{dataset}/{table}_{date:%Y%m%d}{part}.{ext}"
PATTERNS = ("nested", "flat", "hive_partitioned", OWN)
FAMILIES = ("retail_star_small", "finance_oltp_small", "finance_star_small", "ecommerce_star_small", "healthcare_oltp_small")
EVENTS = {"orders", "order_items"}
Make = Callable[..., Plan]


@pytest.fixture
def plan(plan_of: Make) -> Make:
    """Of eight days; a pattern and settings: `plan("flat", seed_value=7)`."""

    def make(pattern: str | None = None, dataset: str = DATASET, **more: Any) -> Plan:
        given: dict[str, Any] = {"target_rows": 60, "history__start": "2024-02-26", "history__end": "2024-03-04"}
        given["output_settings__output_mode"] = "parquet"
        return plan_of(dataset, **{**given, "output_settings__path_format": pattern, **more})

    return make


def done(plan: Plan, workers: int | None = 0) -> dict[str, tuple[int, str]]:
    """Runs; rows and digest of each table."""
    result = run(plan, datasets=(), workers=workers)
    assert result.status == "COMPLETED", result.message
    return {table.name: (table.rows, table.digest) for table in result.tables}


def files(root: Path) -> set[str]:
    """All files of tables, and no empty folder."""
    found = list((root / "Files").rglob("*"))
    assert all(any(path.iterdir()) for path in found if path.is_dir())
    return {path.relative_to(root).as_posix() for path in found if path.is_file()}


def known(root: Path) -> set[str]:
    """All files that manifests name."""
    manifests = [json.loads(path.read_text()) for path in (root / ".manifests").glob("*.json")]
    return {file["path"] for manifest in manifests for table in manifest["tables"] for file in table["files"]}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["parquet", "csv"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_rows_are_those_of_a_run_without_a_pattern(plan: Make, tmp_path: Path, pattern: str, mode: str) -> None:
    """Each digest is, in this process and in two others; checks and queries find all of them, and each event lies under its date."""
    plain = done(plan(output_settings__output_mode=mode))
    wanted = plan(pattern, output_settings__output_mode=mode, output_settings__output_dir=str(tmp_path / "paths"))
    root = wanted.output.root
    job = run_job(wanted, check=True, datasets=())
    assert {table.name: (table.rows, table.digest) for table in job.run.tables} == plain
    assert job.report is not None
    assert job.report.passed
    assert done(wanted, workers=2) == plain
    assert files(root) == known(root)
    assert validate_output(root).passed
    for name, (rows, _) in plain.items():
        assert query(root, f"SELECT count(*) AS rows FROM {DATASET}.{name}").to_pylist() == [{"rows": rows}]
    for table in wanted.tables:
        assert {part.under for part in table.parts} <= ({date(2024, 3, 4)} if table.name not in EVENTS else set(days()))
    for part in wanted.table("orders").parts:
        file = root / "Files" / DATASET / wanted.path(part)
        sql = f"SELECT DISTINCT order_date FROM '{file}'"
        assert duckdb.connect().execute(sql).fetchall() == [(part.under,)]


def days() -> list[date]:
    """Of the plans here."""
    return [date(2024, 2, 26), date(2024, 2, 27), date(2024, 2, 28), date(2024, 2, 29), *(date(2024, 3, n) for n in range(1, 5))]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("nested", "2024/02/29/orders/data.parquet"),
        ("flat", "orders_20240229.parquet"),
        ("hive_partitioned", "orders/year=2024/month=02/day=29/data.parquet"),
        (OWN, "2024-02/retail_oltp_small/orders_20240229.parquet"),
    ],
)
def test_paths_are_as_the_specification_has_them(plan: Make, tmp_path: Path, pattern: str, path: str) -> None:
    """Below the folder of the dataset; a day that is more than one file says so in each name."""
    done(plan(pattern))
    assert (tmp_path / "out" / "Files" / DATASET / path).is_file()
    done(plan(pattern, target_rows=40_000, tables=["orders"], output_settings__rows_per_file=1_000, output_settings__schema="many"))
    many = sorted(file for file in files(tmp_path / "out") if file.startswith("Files/many/") and "29" in file)
    stem = path.removesuffix(".parquet")
    assert many == [f"Files/many/{stem}-{n:05}-of-{len(many):05}.parquet" for n in range(len(many))]
    assert len(many) > 3


@pytest.mark.slow
@pytest.mark.parametrize("dataset", FAMILIES)
def test_every_family_has_paths(plan_of: Make, tmp_path: Path, dataset: str) -> None:
    """With the digests of the run without a pattern, panels and children of events among them."""
    plain = plan_of(dataset, target_rows=400, output_settings__output_mode="parquet")
    hive = plan_of(dataset, target_rows=400, output_settings__output_mode="parquet", output_settings__path_format="hive_partitioned")
    first = done(plain)
    assert done(hive, workers=2) == first
    assert files(tmp_path / "out") == known(tmp_path / "out")
    assert any(len(table.parts) > 50 for table in hive.tables)


def test_one_pattern_takes_the_place_of_another(plan: Make, tmp_path: Path) -> None:
    """Of whatever an earlier run wrote for these tables nothing is left, in either format; nobody else's file goes."""
    mine = tmp_path / "out" / "Files" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    for number, pattern in enumerate(("flat", None, "hive_partitioned", None, "nested", OWN, "hive_partitioned", "flat")):
        mode = "csv" if number % 3 == 1 else "parquet"
        wanted = plan(pattern, seed_value=number, output_settings__output_mode=mode)
        rows = done(wanted)
        assert files(tmp_path / "out") == known(tmp_path / "out") | {"Files/mine.txt"}
        assert len(list((tmp_path / "out" / ".manifests").iterdir())) == 1
        found = query(tmp_path / "out", f"SELECT count(*) AS rows, min(order_id) AS first FROM {DATASET}.orders").to_pylist()
        assert found[0]["rows"] == rows["orders"][0]
        assert standing(wanted) is not None
    assert mine.read_text() == "mine"


def test_if_exists_fail_refuses_what_stands_elsewhere(plan: Make, tmp_path: Path) -> None:
    """Under the same pattern, under another one, and under none."""
    assert standing(plan("hive_partitioned")) is None
    done(plan("hive_partitioned", output_settings__if_exists="fail"))
    before = files(tmp_path / "out")
    for pattern in ("hive_partitioned", "nested", None):
        with pytest.raises(ExistsError):
            run(plan(pattern, output_settings__if_exists="fail"))
    assert files(tmp_path / "out") == before


def test_tables_that_would_stay_are_not_mixed_with_others(plan: Make, tmp_path: Path) -> None:
    """A run of some tables would leave files of the others, which no later run could tell from its own."""
    done(plan("nested"))
    before = files(tmp_path / "out")
    for pattern in ("nested", None):
        with pytest.raises(InputError, match="would leave it: where paths follow a pattern, write all tables of that run"):
            run(plan(pattern, tables=["orders"]))
    assert files(tmp_path / "out") == before
    done(plan("nested", tables=["orders"], output_settings__schema="other"))


def test_tables_of_several_runs_make_way(plan: Make, tmp_path: Path) -> None:
    """Also those that the newest manifest only remembers; `fail` refuses while one of them is there."""
    done(plan())
    done(plan(tables=["orders"], seed_value=7))
    with pytest.raises(ExistsError):
        run(plan("flat", output_settings__if_exists="fail"))
    done(plan("flat"))
    assert files(tmp_path / "out") == known(tmp_path / "out")
    assert all("/orders/" not in path and "/customers/" not in path for path in files(tmp_path / "out"))


@pytest.mark.parametrize("what", ["file", "folder", "link", "link on the way"])
def test_what_others_put_there_stays(plan: Make, tmp_path: Path, what: str) -> None:
    """In the place of a file, or on the way to it; the run is refused before anything is written."""
    place = tmp_path / "out" / "Files" / DATASET / "orders" / "year=2024" / "month=03" / "day=01" / "data.parquet"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine").write_text("mine")
    place.parent.mkdir(parents=True)
    if what == "file":
        place.write_text("mine")
    elif what == "folder":
        place.mkdir()
    elif what == "link":
        place.symlink_to(tmp_path / "elsewhere" / "mine")
    else:
        place.parent.rmdir()
        place.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises((ForeignError, PlaceError), match="day=01"):
        run(plan("hive_partitioned"))
    assert {path.name for path in (tmp_path / "out").iterdir()} <= {"Files", ".lock"}
    assert os.listdir(tmp_path / "elsewhere") == ["mine"]
    assert (tmp_path / "elsewhere" / "mine").read_text() == "mine"


def test_a_manifest_names_no_file_of_others(plan: Make, tmp_path: Path) -> None:
    """Whatever it says that the tables were, only files in the dataset's folder, and no links, make way for a run."""
    done(plan("flat"))
    (tmp_path / "out" / "Files" / "other").mkdir()
    mine = [tmp_path / "mine", tmp_path / "out" / "Files" / "other" / "mine.txt", tmp_path / "out" / "Files" / DATASET / ".mine"]
    for path in mine:
        path.write_text("mine")
    (tmp_path / "out" / "Files" / DATASET / "link").symlink_to(tmp_path / "mine")
    (noted,) = (tmp_path / "out" / ".manifests").iterdir()

    def name(*paths: str) -> None:
        told = json.loads(noted.read_text())
        told["tables"][0]["files"] += [{"path": path, "rows": 1, "bytes": 4} for path in paths]
        noted.write_text(json.dumps(told))

    name("Files/other/mine.txt", f"Files/{DATASET}/link")
    done(plan("hive_partitioned"))
    name(f"Files/{DATASET}/.mine")
    with pytest.raises(InputError, match="would leave it"):
        run(plan("nested"))
    assert [path.read_text() for path in mine] == ["mine"] * 3


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("{table}/{year}{part}.{ext}", "two days one path"),
        ("../{table}/{date}{part}.{ext}", "cannot name a folder"),
        ("{date}{part}.{ext}", "needs {table}"),
        ("weekly", "there is no path pattern"),
    ],
)
def test_a_pattern_is_checked_before_anything_is_written(plan: Make, tmp_path: Path, pattern: str, told: str) -> None:
    """As for days."""
    with pytest.raises(InputError, match=told.replace("{", r"\{")):
        plan(pattern)
    assert not (tmp_path / "out").exists()


def test_tables_have_no_paths(plan: Make) -> None:
    """A setting that would have no effect is refused, in both of its spellings."""
    for name in ("output_settings__path_format", "incremental_config__file_path_pattern"):
        with pytest.raises(ParameterError, match="tables have no paths: use output_mode parquet or csv"):
            plan(**{"output_settings__output_mode": "table", name: "nested"})
    assert plan(incremental_config__file_path_pattern="flat").output.pattern == "flat_with_date"


def test_a_path_that_is_too_long_is_refused(plan: Make) -> None:
    """Which only the names of the tables make so."""
    pattern = "{table}" * 25 + "{date}{part}.{ext}"
    assert plan(pattern, tables=["orders"]).files == 8
    with pytest.raises(ParameterError, match=r"the path of order_items would be .* too long"):
        plan(pattern, tables=["orders", "order_items"])


def test_the_estimate_knows_that_small_files_cost_more(plan: Make) -> None:
    """Within a third of what is written, which is many times what one file a table takes."""
    wanted = plan("hive_partitioned", target_rows=300)
    expected = estimate(wanted)
    result = run(wanted, datasets=())
    assert result.bytes / 1.3 < expected.bytes < result.bytes * 1.3
    assert expected.bytes > 1.5 * estimate(plan(target_rows=300)).bytes


def test_columns_that_folders_hide_are_told(plan: Make) -> None:
    """A reader that takes the year from the folder shows that in place of the column."""
    hive, flat = (plan(pattern, dataset="retail_star_small") for pattern in ("hive_partitioned", "flat"))
    (told,) = (note for note in hive.notes if note not in flat.notes)
    assert told.startswith("dim_date has columns of its own called year, month, day: readers that take columns from the names of folders")


def test_too_many_files_are_refused(own_plan: Make) -> None:
    """In a sentence that says what to do."""
    table = "  t{}: {{rows: {{layout: events, number: 2000000}}, columns: {{t{}_id: key, happened_at: begin}}}}\n"
    tables = "".join(table.format(n, n) for n in range(1, 5))
    text = f"dataset_id: long\ndriving: t0\nhistory: {{start: 1960-01-01, end: 2019-12-31}}\ntables:\n{tables}"
    text += "  t0: {rows: events, columns: {t0_id: key, happened_at: begin}}\n"
    given = {"output_settings__output_mode": "csv", "output_settings__path_format": "nested"}
    wanted = own_plan(text, target_rows=2_000_000, **given)
    assert wanted.too_many.startswith("output_settings.path_format: a file for each table and day would make 109,")
    with pytest.raises(InputError, match="leave it out, or write fewer tables or days"):
        run(wanted)
