"""Partitions, order, clusters and the settings of Delta tables: rows and digests stay, and what was asked for is in the files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, QueryBuilder
from ingen_fab.synthetic_data.core.errors import DaysError, ForeignError, InputError, ParameterError
from ingen_fab.synthetic_data.core.plan.machine import Machine
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run import actions, publish
from ingen_fab.synthetic_data.core.run.compared import wrong_tables
from ingen_fab.synthetic_data.core.run.events import RunResult
from ingen_fab.synthetic_data.core.run.manifest import manifests
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.sinks.lakehouse import current_files
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

DATASET = "retail_oltp_small"
BY_MONTH = {"partition_columns": ["year", "month", "status"]}
ALL = f"SELECT * FROM {DATASET}.orders"
MakePlan = Callable[..., Plan]


@pytest.fixture
def plan(tmp_path: Path) -> MakePlan:
    """Of 600 orders, in files of 1,000 rows, under the test's own folder."""

    def make(root: str = "out", machine: Machine | None = None, **blocks: Any) -> Plan:
        output = {"output_dir": str(tmp_path / root), "rows_per_file": 1_000, **blocks.pop("output_settings", {})}
        history = {"start": "2024-01-20", "end": "2024-03-10"}
        given = {"target_rows": 600, "history": history, "tables": ["orders", "order_items", "stores"], **blocks, "output_settings": output}
        return make_plan(resolve_parameters(DATASET, edited=given), machine=machine)

    return make


def done(plan: Plan) -> RunResult:
    result = run(plan, workers=0)
    assert result.status == "COMPLETED", result.message
    assert not list((plan.output.root / ".staging").glob("*"))
    return result


def digests(result: RunResult) -> Mapping[str, tuple[int, str]]:
    return {table.name: (table.rows, table.digest) for table in result.tables}


def files_of(plan: Plan, table: str) -> list[Path]:
    """Of a Delta table."""
    return [Path(file) for file in current_files(plan.output.root / "Tables" / DATASET / table) or ()]


def sorted_rows(root: Path, sql: str = ALL) -> list[dict[str, Any]]:
    return sorted(query(root, sql).to_pylist(), key=lambda row: row["order_id"])


def test_partitions_change_no_row(plan: MakePlan, tmp_path: Path) -> None:
    """Files, CSV and Delta tables, one after another into the same places: rows, digests, `query` and the report are those of plain tables.

    What an earlier run had put there is gone.
    """
    wanted = digests(done(plan("plain", output_settings={"output_mode": "parquet"})))
    rows = sorted_rows(tmp_path / "plain")
    several: list[tuple[str, dict[str, Any]]] = [
        ("parquet", BY_MONTH),
        ("csv", {"enabled": True}),
        ("parquet", {}),
        ("table", BY_MONTH),
        ("table", {}),
    ]
    for mode, partitions in several:
        made = plan(partition_config=partitions, output_settings={"output_mode": mode})
        result = done(made)
        assert digests(result) == wanted
        assert validate_output(tmp_path / "out", mode=mode).passed
        derived = " EXCLUDE (year, month)" if partitions == BY_MONTH else " EXCLUDE (year, month, day)" if partitions else ""
        found = sorted_rows(tmp_path / "out", ALL.replace("*", f"*{derived}"))
        assert len(found) == 600
        assert mode == "csv" or [{name: row[name] for name in rows[0]} for row in found] == rows
        if mode != "table":
            there = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out" / "Files").rglob("*.*")}
            assert there == {file for table in result.tables for file in table.files}


def test_readers_find_the_columns_of_folders(plan: MakePlan) -> None:
    """DuckDB and pandas, in equal types, and in no file."""
    made = plan(partition_config={"partition_columns": ["order_date", "status"]}, output_settings={"output_mode": "parquet"})
    result = done(made)
    folder = made.output.root / "Files" / DATASET / "orders"
    file = made.output.root / next(file for table in result.tables if table.name == "orders" for file in table.files)
    assert not {"order_date", "status"} & set(pq.read_schema(file).names)
    with duckdb.connect() as connection:
        sql = "SELECT order_id, order_date, status FROM read_parquet(?, hive_partitioning = true) ORDER BY order_id"
        duck = connection.execute(sql, [f"{folder}/**/*.parquet"]).fetchall()
    own = [(row["order_id"], row["order_date"], row["status"]) for row in sorted_rows(made.output.root)]
    assert duck == own
    assert isinstance(duck[0][1], date)
    frame = pd.read_parquet(folder).sort_values("order_id")
    assert frame["order_date"].astype(str).tolist() == [str(day) for _, day, _ in own]
    assert frame["status"].tolist() == [status for _, _, status in own]


def test_delta_tables_have_partitions(plan: MakePlan) -> None:
    """In the table's log and in folders; delta-rs reads them, and a predicate on a partition leaves the other files alone."""
    made = plan(partition_config=BY_MONTH)
    done(made)
    table = DeltaTable(made.output.root / "Tables" / DATASET / "orders")
    assert table.metadata().partition_columns == ["year", "month", "status"]
    assert DeltaTable(made.output.root / "Tables" / DATASET / "stores").metadata().partition_columns == []
    days = DeltaTable(made.output.root / "Tables" / DATASET / "order_items").partitions()
    assert {"year": "2024", "month": "2"} in days
    reader = QueryBuilder().register("orders", table)
    where = "year = 2024 AND month = 2 AND status = 'delivered'"
    found = pa.table(reader.execute(f"SELECT order_date, status FROM orders WHERE {where}")).to_pylist()
    wanted = query(made.output.root, f"{ALL} WHERE order_date BETWEEN DATE '2024-02-01' AND DATE '2024-02-29' AND status = 'delivered'")
    assert len(found) == wanted.num_rows > 0
    told = pa.table(reader.execute(f"EXPLAIN SELECT * FROM orders WHERE {where}")).to_pylist()[-1]["plan"]
    assert told.count(".parquet") == 1 < len(files_of(made, "orders"))


def statistics(plan: Plan, table: str) -> list[dict[str, Any]]:
    """Of each file that the first commit of a Delta table adds."""
    log = plan.output.root / "Tables" / DATASET / table / "_delta_log" / f"{0:020}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    return [json.loads(action["add"]["stats"]) for action in actions if "add" in action]


def test_statistics_let_readers_skip_files(plan: MakePlan) -> None:
    """In the log they are there or not, and readers skip files by them or not."""
    for number, (block, known) in enumerate((({}, True), ({"stats_collection": False}, False), ({"data_skipping": False}, False))):
        made = plan(f"out{number}", delta_config=block, target_rows=3_000)
        done(made)
        found = statistics(made, "orders")
        assert len(found) == 3
        assert [file["numRecords"] for file in found] == [1_000] * 3
        assert all(("order_id" in file.get("maxValues", {})) is known and ("nullCount" in file) is known for file in found)
        table = DeltaTable(made.output.root / "Tables" / DATASET / "orders")
        assert table.metadata().configuration == ({} if known else {"delta.dataSkippingNumIndexedCols": "0"})
        explained = QueryBuilder().register("orders", table).execute("EXPLAIN SELECT * FROM orders WHERE order_id > 2900")
        assert pa.table(explained).to_pylist()[-1]["plan"].count(".parquet") == (1 if known else 3)


def test_clusters_let_readers_skip_files(plan: MakePlan) -> None:
    """Z-order: of two columns that follow no order each value is in some of the files, where it was in all; buckets become clusters."""
    plain, near = (
        plan(root, delta_config=block, partition_config=buckets, target_rows=12_000, tables=["orders"])
        for root, block, buckets in (
            ("plain", {}, {}),
            ("near", {"z_order_columns": ["customer_id"]}, {"bucketing": {"columns": ["orders.store_id"]}}),
        )
    )
    assert digests(done(plain)) == digests(done(near))
    assert validate_output(near.output.root).passed
    assert any("rows of orders are clustered by store_id instead" in note for note in near.notes)
    for column in ("customer_id", "store_id"):
        shares = []
        for made in (plain, near):
            spans = [(file["minValues"][column], file["maxValues"][column]) for file in statistics(made, "orders")]
            assert len(spans) == 12
            middle = sorted(high for _, high in spans)[len(spans) // 2]
            shares.append(sum(low <= middle // 2 <= high for low, high in spans))
        assert shares[1] <= shares[0] * 2 / 3, column


def test_small_files_are_put_together(plan: MakePlan) -> None:
    """Each part has a file in each partition; `auto_compact` makes one of those of a partition, and its rows stay in order."""
    many, few = (
        plan(
            root,
            target_rows=4_000,
            partition_config={"partition_columns": ["status"], "sorting": {"columns": ["customer_id"]}},
            delta_config={"auto_compact": compact},
        )
        for root, compact in (("many", False), ("few", True))
    )
    assert digests(done(many)) == digests(done(few))
    values = {file.parent.name for file in files_of(many, "orders")}
    assert len(files_of(many, "orders")) > 2 * len(values)
    small = [file for file in files_of(few, "orders") if pq.read_metadata(file).num_rows <= 500]
    assert len({file.parent for file in small}) == len(small)
    for file in files_of(few, "orders"):
        customers = pq.read_table(file, columns=["customer_id"], partitioning=None)["customer_id"].to_pylist()
        assert customers == sorted(customers)
    assert validate_output(few.output.root).passed


def test_little_memory_makes_sorted_pieces_or_waits_on_disk(plan: MakePlan) -> None:
    """A machine on which 1,000 rows fit: files are smaller, or the same as with much memory, and the plan says which."""
    sorting = {"sorting": {"columns": ["customer_id"]}}
    settings = {"rows_per_file": 100_000, "output_mode": "parquet"}
    tiny = Machine(1, 1_000_000)
    much, pieces, spilled = (
        plan(
            root, machine, target_rows=5_000, tables=["orders"], partition_config=sorting, output_settings=settings, generation_settings=how
        )
        for root, machine, how in (("much", None, {}), ("pieces", tiny, {}), ("spilled", tiny, {"enable_spill": True}))
    )
    assert digests(done(much)) == digests(done(pieces)) == digests(done(spilled))
    assert any("every such number of rows becomes a file of its own, unless `enable_spill`" in note for note in pieces.notes)
    assert any("the others wait on disk" in note for note in spilled.notes)
    assert not any("wait on disk" in note for note in much.notes)
    names = {made.output.root.name: sorted((made.output.root / "Files" / DATASET / "orders").iterdir()) for made in (much, pieces, spilled)}
    assert [len(found) for found in names.values()] == [1, 5, 1]
    for file in (file for found in names.values() for file in found):
        customers = pq.read_table(file, columns=["customer_id"])["customer_id"].to_pylist()
        assert customers == sorted(customers)
    assert pq.read_table(names["much"][0]).equals(pq.read_table(names["spilled"][0]))


def test_files_of_paths_and_of_days_are_sorted(plan: MakePlan, tmp_path: Path) -> None:
    """Each stays the one file that its path names."""
    sorting = {"sorting": {"columns": ["customer_id"]}}
    made = plan(partition_config=sorting, output_settings={"output_mode": "parquet", "path_format": "{table}/{date}{part}.{ext}"})
    done(made)
    days = {"output_dir": str(tmp_path / "days"), "output_mode": "parquet"}
    resolved = resolve_parameters(f"{DATASET}_incremental", edited={"partition_config": sorting, "output_settings": days})
    assert run_series(make_series(resolved, date(2024, 3, 1), date(2024, 3, 2)), workers=0).status == "COMPLETED"
    found = [*(tmp_path / "out" / "Files" / DATASET / "orders").glob("*.parquet"), *(tmp_path / "days" / "Files").rglob("orders/*.parquet")]
    assert len(found) > 50
    for file in (*found[:20], *found[-2:]):
        customers = pq.read_table(file, columns=["customer_id"], partitioning=None)["customer_id"].to_pylist()
        assert customers == sorted(customers)


@pytest.mark.parametrize("mode", ["parquet", "table"])
@pytest.mark.parametrize("how", ["cut", "failed"])
def test_a_publication_is_finished_or_undone(plan: MakePlan, monkeypatch: pytest.MonkeyPatch, mode: str, how: str) -> None:
    """One that dies before its manifest is finished by the next run; one that fails there leaves what stood before."""
    settings = {"output_mode": mode}
    before = done(plan(partition_config={"partition_columns": ["status"]}, output_settings=settings))
    wanted = plan(partition_config=BY_MONTH, output_settings=settings, target_rows=400)
    root = wanted.output.root

    def stop(*_: object) -> None:
        raise SystemExit if how == "cut" else OSError("no")

    with monkeypatch.context() as patch:
        patch.setitem(actions.DO, "manifest", stop)
        if how == "cut":
            patch.setattr(publish, "_undo", lambda *_: "")
            with pytest.raises(SystemExit):
                run(wanted, workers=0)
        else:
            assert "nothing of this run was published" in run(wanted, workers=0).message
    if how == "cut":
        publish.recover(root)
    assert len(sorted_rows(root)) == (400 if how == "cut" else 600)
    assert validate_output(root).passed
    assert digests(done(plan(partition_config={"partition_columns": ["status"]}, output_settings=settings))) == digests(before)


def test_what_no_run_wrote_is_refused(plan: MakePlan) -> None:
    """In the folder of a partition as elsewhere."""
    made = plan(partition_config=BY_MONTH, output_settings={"output_mode": "parquet"})
    done(made)
    mine = made.output.root / "Files" / DATASET / "orders" / "year=2024" / "mine.txt"
    mine.write_text("mine")
    with pytest.raises(ForeignError, match="would be removed"):
        run(made, workers=0)
    assert mine.read_text() == "mine"


def test_days_are_merged_into_partitions(tmp_path: Path) -> None:
    """Batches of days give the rows of one load, whole files of partitions that did not change stay, and small ones are put together."""

    def series_of(root: str, column: str, delta: Mapping[str, Any], last: int = 18) -> Series:
        given = {
            "partition_config": {"partition_columns": [column]},
            "delta_config": delta,
            "output_settings": {"output_mode": "table", "output_dir": str(tmp_path / root)},
            "target_rows": 2_000,
            "tables": ["orders", "stores"],
        }
        return make_series(resolve_parameters(DATASET, edited=given), date(2023, 1, 1), date(2023, 1, last))

    def load(root: str, batch: int, **delta: Any) -> Path:
        assert run_series(series_of(root, "year", delta), batch=batch, workers=0).status == "COMPLETED"
        (noted,) = manifests(tmp_path / root)
        assert not list(wrong_tables(tmp_path / root, noted, lambda _: None, lambda: None))
        assert validate_output(tmp_path / root).passed
        table = next(table for table in noted.value.tables if table.name == "orders")
        there = {
            path.relative_to(tmp_path / root).as_posix()
            for path in map(Path, current_files(tmp_path / root / "Tables" / DATASET / "orders") or ())
        }
        assert {file.path for file in table.files} == there
        assert sum(file.rows for file in table.files) == table.rows
        return tmp_path / root

    one, many, few = load("one", 18), load("many", 2), load("few", 2, auto_compact=True, z_order_columns=["customer_id"])
    assert sorted_rows(one) == sorted_rows(many) == sorted_rows(few)
    counts = [len(current_files(root / "Tables" / DATASET / "orders") or ()) for root in (many, few)]
    assert counts[1] < counts[0]
    with pytest.raises(DaysError, match="partition_config has changed"):
        run_series(series_of("one", "status", {}, 19), workers=0)
    with pytest.raises(DaysError, match="delta_config has changed"):
        run_series(series_of("one", "year", {"optimize_write": True}, 19), workers=0)


@pytest.mark.parametrize(
    ("blocks", "mode", "told"),
    [
        (
            {"partition_config": {"partition_columns": ["ordre_date"]}},
            "table",
            "no table has a column `ordre_date`; did you mean `order_date`",
        ),
        ({"partition_config": {"partition_columns": ["total_amount"]}}, "table", "`orders.total_amount` is a decimal"),
        ({"partition_config": {"partition_columns": ["paid_at"]}}, "table", "`orders.paid_at` is a timestamp"),
        ({"partition_config": {"sorting": {"columns": ["order.city"]}}}, "table", "there is no table `order`; did you mean `orders`"),
        ({"partition_config": {"bucketing": {"columns": ["store_id"]}}}, "csv", "files and a warehouse have no buckets"),
        ({"partition_config": {"bucketing": {"buckets": 8}}}, "table", "`buckets` needs `columns`"),
        ({"delta_config": {"auto_compact": True}}, "parquet", "is of Delta tables"),
        ({"delta_config": {"stats_collection": False, "data_skipping": True}}, "table", "`data_skipping` needs the statistics"),
        (
            {"partition_config": {"partition_columns": ["status"]}, "delta_config": {"z_order_columns": ["status"]}},
            "table",
            "`orders` is partitioned by `status`",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(plan: MakePlan, blocks: dict[str, Any], mode: str, told: str) -> None:
    """Before anything is written."""
    with pytest.raises(ParameterError, match=told):
        plan(**blocks, output_settings={"output_mode": mode})


def test_places_without_partitions_refuse_them(plan: MakePlan) -> None:
    """Warehouses, path patterns, and days as files; rows of a key would be a folder each."""
    wanted = {"partition_config": BY_MONTH}
    with pytest.raises(ParameterError, match="a warehouse has no partitions"):
        plan(**wanted, output_settings={"target_environment": "warehouse"})
    with pytest.raises(ParameterError, match="files whose paths follow a pattern have no partitions"):
        plan(**wanted, output_settings={"output_mode": "parquet", "path_format": "nested"})
    with pytest.raises(ParameterError, match="the files of days have paths of their own"):
        make_series(
            resolve_parameters(DATASET, edited={**wanted, "output_settings": {"output_mode": "csv"}}), date(2024, 1, 1), date(2024, 1, 1)
        )
    with pytest.raises(InputError, match=r"`orders\.order_id` is the key of the table"):
        plan(partition_config={"partition_columns": ["order_id"]}, target_rows=5_000)
