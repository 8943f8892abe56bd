"""The blocks of the specification, as they stand there: their figures are found in the data, and each changes what it names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.engine import distributions
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.machine import Machine
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.values import Distribution
from ingen_fab.synthetic_data.core.run.events import RunResult
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.sinks.lakehouse import current_files
from ingen_fab.synthetic_data.core.spec.calendars import load_calendar
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

PARTITIONING: dict[str, Any] = {
    "partition_columns": ["year", "month", "day"],
    "bucketing": {"columns": ["customer_id"], "buckets": 200},
    "sorting": {"columns": ["order_date", "customer_id"]},
}
DELTA: dict[str, Any] = {
    "optimize_write": True,
    "auto_compact": True,
    "z_order_columns": ["customer_id", "order_date"],
    "data_skipping": True,
    "stats_collection": True,
}
RUNTIME: dict[str, Any] = {
    "dataset_id": "retail_oltp_small",
    "target_rows": 50000,
    "scale_factor": 2.0,
    "seed_value": 12345,
    "output_settings": {"output_mode": "parquet", "path_format": "hive_partitioned", "compression": "snappy"},
    "generation_settings": {"chunk_size": 10000, "parallel_workers": 4, "memory_fraction": 0.8},
}
"""`runtime_params`."""

DICTIONARY: dict[str, Any] = {
    "dataset_id": "retail_oltp_small",
    "dataset_name": "Retail OLTP - Small",
    "dataset_type": "transactional",
    "schema_pattern": "oltp",
    "domain": "retail",
    "tables": ["customers", "products", "orders", "order_items"],
    "target_rows": 10000,
    "generation_config": {"mode": "auto", "chunk_size": 10000, "parallel_tables": True},
    "relationships": [{"parent": "customers.customer_id", "child": "orders.customer_id", "type": "one_to_many"}],
}

DISTRIBUTIONS: dict[str, Any] = {
    "order_amount": {"type": "lognormal", "mean": 100, "sigma": 50},
    "customer_age": {"type": "normal", "mean": 42, "stddev": 15, "min": 18, "max": 95},
}

TEMPORAL: dict[str, Any] = {
    "hourly_distribution": {"09-12": 1.2, "12-14": 1.5, "14-17": 1.0, "17-20": 1.8, "default": 0.3},
    "seasonal_multipliers": {"black_friday": 5.0, "christmas_week": 3.0, "summer_sale": 2.0},
}

CHUNKING: dict[str, Any] = {
    "enabled": True,
    "chunk_size": 1000000,
    "parallel_chunks": 10,
    "memory_fraction": 0.8,
    "spill_to_disk": True,
}

WEEKDAYS: dict[str, float] = {
    "monday": 0.8,
    "tuesday": 0.9,
    "wednesday": 1.0,
    "thursday": 1.1,
    "friday": 1.3,
    "saturday": 1.5,
    "sunday": 1.2,
}


def merged(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A block with other values; a mapping changes keys inside."""
    out = dict(base)
    for name, value in changes.items():
        out[name] = {**out.get(name, {}), **value} if isinstance(value, dict) else value
    return out


@pytest.fixture
def plan(tmp_path: Path) -> Callable[[dict[str, Any]], Plan]:
    """A plan of a config file that holds exactly this, on a machine of two cores."""

    def make(config: dict[str, Any]) -> Plan:
        file = tmp_path / "config.json"
        file.write_text(json.dumps(config))
        return make_plan(resolve_parameters(config=file), output_dir=tmp_path / "out", machine=Machine(2, 8_000_000_000))

    return make


def columns(plan: Plan) -> dict[str, list[Any]]:
    """Every value of every written column."""
    out: dict[str, list[Any]] = {}
    for table in plan.tables:
        batch = Engine(plan.program).batch(table.name, table.first_row, table.first_row + table.rows)
        out |= {f"{table.name}.{name}": batch.column(name).to_pylist() for name in batch.schema.names}
    return out


def changed(before: Plan, after: Plan) -> set[str]:
    """The columns whose values differ."""
    old, new = columns(before), columns(after)
    assert set(old) == set(new)
    return {name for name in old if old[name] != new[name]}


def digests(result: RunResult) -> dict[str, str]:
    """By table."""
    assert result.status == "COMPLETED", result.message
    return {table.name: table.digest for table in result.tables}


def test_runtime_params(plan: Callable[[dict[str, Any]], Plan], tmp_path: Path) -> None:
    """100,000 orders, seed 12345, parquet, snappy, row groups of 10,000; workers capped with a note."""
    made = plan(RUNTIME)
    assert made.table("orders").rows == 100_000
    assert made.seed == 12345
    assert made.work.memory_fraction == 0.8
    assert made.work.workers == 2
    assert any("4 workers were asked for" in note for note in made.notes)
    result = run(made)
    assert result.status == "COMPLETED", result.message
    for table in result.tables:
        for file in table.files:
            metadata = pq.ParquetFile(tmp_path / "out" / file).metadata
            sizes = {metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)}
            assert max(sizes) <= 10_000
            assert metadata.row_group(0).column(0).compression == "SNAPPY"
    assert sum(pq.ParquetFile(tmp_path / "out" / f).metadata.num_rows for f in result.tables[3].files) == 100_000


def test_runtime_params_change_what_they_name(plan: Callable[[dict[str, Any]], Plan], tmp_path: Path) -> None:
    """Chunks, workers, memory, compression and the kind of file leave the digests; the seed changes all that is drawn."""
    base = merged(RUNTIME, target_rows=1_000, scale_factor=1.0, history={"start": "2024-12-01", "end": "2024-12-31"})
    known = digests(run(plan(base)))
    for changes in (
        {"generation_settings": {"chunk_size": 1_000}},
        {"generation_settings": {"parallel_workers": 1}},
        {"generation_settings": {"memory_fraction": 0.1}},
        {"output_settings": {"compression": "zstd"}},
        {"output_settings": {"output_mode": "csv"}},
        {"output_settings": {"path_format": "nested_daily"}},
    ):
        assert digests(run(plan(merged(base, **changes)))) == known, changes
    run(plan(merged(base, output_settings={"compression": "zstd"})))
    file = next((tmp_path / "out" / "Files" / "retail_oltp_small" / "orders").rglob("*.parquet"))
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"
    other = digests(run(plan(merged(base, seed_value=1))))
    assert all(other[name] != known[name] for name in known)
    assert plan(merged(base, scale_factor=0.5)).table("orders").rows == 500


def test_the_dataset_dictionary(plan: Callable[[dict[str, Any]], Plan], tmp_path: Path) -> None:
    """Four tables of the named dataset, with the values that they have beside the others."""
    made = plan(DICTIONARY)
    assert set(made.names) == set(DICTIONARY["tables"])
    assert made.table("orders").rows == 10_000
    assert made.work.chunk_size == 10_000
    assert made.work.parallel_tables
    result = run(made)
    whole = run(plan({"dataset_id": "retail_oltp_small"}))
    assert digests(result).items() <= digests(whole).items()


def test_the_dataset_dictionary_must_agree(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """What describes the dataset cannot be changed; tables one after the other change no value."""
    for name, value in [("domain", "finance"), ("schema_pattern", "star_schema"), ("dataset_type", "analytical")]:
        with pytest.raises(Exception, match=name):
            plan(merged(DICTIONARY, **{name: value}))
    small = merged(DICTIONARY, target_rows=500)
    serial = merged(small, generation_config={"parallel_tables": False})
    assert not plan(serial).work.parallel_tables
    assert digests(run(plan(serial))) == digests(run(plan(small)))


def test_relationships_change_one_column(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """A new one adds a column that points at rows; one that is there already changes nothing; a wrong one is told."""
    base = {"dataset_id": "retail_oltp_small", "target_rows": 500}
    new = {"parent": "stores.store_id", "child": "customers.store_id", "type": "one_to_many"}
    before, after = plan(base), plan({**base, "relationships": [new]})
    old, values = columns(before), columns(after)
    assert set(values) - set(old) == {"customers.store_id"}
    assert {name: values[name] for name in old} == old
    assert set(values["customers.store_id"]) <= set(values["stores.store_id"])
    assert ("store_id", "stores") in {(key.column, key.parent) for key in after.table("customers").foreign_keys}
    assert changed(before, plan({**base, "relationships": DICTIONARY["relationships"]})) == set()
    lines = {"parent": "orders.order_id", "child": "order_items.order_id", "type": "one_to_many"}
    assert changed(before, plan({**base, "relationships": [lines]})) == set()
    for name, value, sentence in (
        ("parent", "custmers.customer_id", "did you mean `customers`"),
        ("parent", "customers.email", "is not the key"),
        ("type", "one_to_one", "one_to_one"),
    ):
        with pytest.raises(InputError, match=sentence):
            plan({**base, "relationships": [{**DICTIONARY["relationships"][0], name: value}]})


def test_generation_config_changes_no_value(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """Other modes and chunks give the digests of the block as it stands; pyspark mode has tests of its own."""
    small = merged(DICTIONARY, target_rows=500)
    known = digests(run(plan(small)))
    for changes in ({"mode": "python"}, {"chunk_size": 1_000}, {"parallel_tables": False}):
        assert digests(run(plan(merged(small, generation_config=changes)))) == known, changes
    assert plan(merged(small, generation_config={"mode": "pyspark"})).work.mode == "pyspark"


def test_distributions(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """Totals and ages have the wanted moments (ages those of the truncated distribution)."""
    made = plan({"dataset_id": "retail_oltp_small", "target_rows": 100_000, "distributions": DISTRIBUTIONS})
    engine = Engine(made.program)
    totals = engine.table("orders").frame(0, 100_000).get("total_amount").values / 100
    assert abs(totals.mean() - 100) < 2
    assert abs(totals.std() - 50) < 2.5
    customers = engine.batch("customers", 0, made.table("customers").rows)
    born = np.array(customers.column("birth_date").to_pylist(), "datetime64[D]")
    joined = np.array([day.date() for day in customers.column("registered_at").to_pylist()], "datetime64[D]")
    ages = (joined - born).astype(np.int64) / 365.2425
    mean, spread = distributions.moments(Distribution("normal", mean=42, stddev=15, min=18, max=95))
    assert abs(ages.mean() - mean) < 0.4
    assert abs(ages.std() - spread) < 0.4
    assert ages.min() > 17.9
    assert ages.max() < 95.1


def test_a_distribution_changes_its_column(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """Another age moves birthdays and nothing else."""
    base = {"dataset_id": "retail_oltp_small", "target_rows": 1_000}
    older = {"customer_age": {"type": "normal", "mean": 60, "stddev": 5, "min": 18, "max": 95}}
    assert changed(plan(base), plan({**base, "distributions": older})) == {"customers.birth_date"}
    heavier = {"products.weight_grams": {"type": "constant", "value": 7}}
    made = plan({**base, "distributions": heavier})
    assert changed(plan(base), made) == {"products.weight_grams"}
    assert set(columns(made)["products.weight_grams"]) == {7}


def test_the_spec_s_temporal_patterns_are_the_dataset_s(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """So that naming them changes nothing."""
    base = {"dataset_id": "retail_oltp_small", "target_rows": 1_000}
    given = {**base, "temporal_patterns": {**TEMPORAL, "weekdays": WEEKDAYS}}
    assert changed(plan(base), plan(given)) == set()


def _per_day(made: Plan) -> dict[date, int]:
    days: dict[date, int] = {}
    for day in columns(made)["orders.order_date"]:
        days[day] = days.get(day, 0) + 1
    return days


def test_the_spec_s_hours_are_found(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """Each band has its weight an hour, in New York's time: to half a percent of all orders."""
    config = {"dataset_id": "retail_oltp_small", "target_rows": 100_000, "tables": ["orders"], "temporal_patterns": TEMPORAL}
    made = plan(config)
    moments = Engine(made.program).table("orders").frame(0, 100_000).begin
    local = Engine(made.program).calendar.to_local(moments)
    hours = np.bincount(local // 3_600_000_000 % 24, minlength=24) / 100_000
    declared = np.array([0.3] * 9 + [1.2] * 3 + [1.5] * 2 + [1.0] * 3 + [1.8] * 3 + [0.3] * 4)
    bands = [0, 9, 12, 14, 17, 20]
    assert np.abs(np.add.reduceat(hours, bands) - np.add.reduceat(declared / declared.sum(), bands)).max() < 0.005


def test_hours_change_the_time_of_day_only(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """All moments in one band; as many orders on each day as before, of the same customers; where, and so what, may change."""
    base = {"dataset_id": "retail_oltp_small", "target_rows": 1_000}
    before = plan(base)
    after = plan({**base, "temporal_patterns": {"hourly_distribution": {"09-12": 1.0, "default": 0}}})
    hours = {moment.astimezone(ZoneInfo("America/New_York")).hour for moment in columns(after)["orders.ordered_at"]}
    assert hours == {9, 10, 11}
    assert _per_day(before) == _per_day(after)
    moments = {f"{t.name}.{c.name}" for t in before.tables for c in t.columns if c.type == "timestamp"}
    moments -= {"inventory.counted_at", "inventory.reviewed_at"}
    found = changed(before, after)
    # By day more is ordered in shops, each of which has products of its own.
    assert {name for name in found if name.partition(".")[0] in ("customers", "products", "stores")} <= moments
    assert not {f"orders.{name}" for name in ("order_id", "order_number", "customer_id", "order_date")} & found
    assert not {"order_items.order_id", "order_items.line_number"} & found
    assert moments <= found


def test_the_spec_s_events_are_found(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """Against the same days without the event, and against the days that no event touches, each sells its factor."""
    base = {"dataset_id": "retail_oltp_small", "target_rows": 200_000, "tables": ["orders"]}
    sells = _per_day(plan({**base, "temporal_patterns": TEMPORAL}))
    plain = _per_day(plan({**base, "temporal_patterns": {"seasonal_multipliers": dict.fromkeys(TEMPORAL["seasonal_multipliers"], 1.0)}}))
    calendar = load_calendar("us_retail")
    named = {name: calendar.days(name, min(plain), max(plain)) for name in TEMPORAL["seasonal_multipliers"]}
    touched = {day for days in named.values() for day in days}
    # Far from all that leads up to events and follows them.
    rest = [day for day in plain if all(abs((day - other).days) > 40 for other in touched)]

    def ratio(days: Iterable[date]) -> float:
        days = list(days)
        return sum(sells[day] for day in days) / sum(plain[day] for day in days)

    for name, factor in TEMPORAL["seasonal_multipliers"].items():
        assert ratio(named[name]) / ratio(rest) == pytest.approx(factor, rel=0.02), name


@pytest.mark.parametrize("block", [{"weekdays": {"sunday": 0}}, {"seasonal_multipliers": {"black_friday": 1.0}}, {"yearly_growth": 0.5}])
def test_days_move_orders_and_nothing_else(plan: Callable[[dict[str, Any]], Plan], block: dict[str, Any]) -> None:
    """Products and shops stay to the cell, and customers but for when they registered; so do numbers, which do not depend on the day."""
    base = {"dataset_id": "retail_oltp_small", "target_rows": 1_000}
    found = changed(plan(base), plan({**base, "temporal_patterns": block}))
    assert "orders.order_date" in found
    assert {name.partition(".")[0] for name in found} <= {"customers", "orders", "order_items", "inventory"}
    assert {name for name in found if name.startswith("customers.")} <= {"customers.registered_at"}
    assert not {"orders.order_id", "orders.order_number", "order_items.order_id", "order_items.line_number"} & found


def test_weekdays_and_events_change_the_days(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """A factor of 0 empties its days; another year's event keeps its share; the total is met exactly."""
    base = {"dataset_id": "retail_oltp_small", "target_rows": 20_000, "tables": ["orders"]}
    closed = _per_day(plan({**base, "temporal_patterns": {"weekdays": {"sunday": 0}}}))
    assert sum(closed.values()) == 20_000
    assert not [day for day in closed if day.weekday() == 6]
    before = _per_day(plan(base))
    calm = _per_day(plan({**base, "temporal_patterns": {"seasonal_multipliers": {"black_friday": 1.0}}}))
    friday, week_before = date(2024, 11, 29), date(2024, 11, 22)
    assert 3.5 < before[friday] / before[week_before] < 6.5
    assert 0.7 < calm[friday] / calm[week_before] < 1.4
    flat = _per_day(plan({**base, "temporal_patterns": {"weekdays": dict.fromkeys(WEEKDAYS, 1.0)}}))
    spring = [day for day in flat if 3 <= day.month <= 6]
    per_weekday = [sum(flat[day] for day in spring if day.weekday() == n) for n in range(7)]
    assert max(per_weekday) / min(per_weekday) < 1.2
    told = [sum(before[day] for day in spring if day.weekday() == n) for n in range(7)]
    factors = np.array(list(WEEKDAYS.values()))
    assert np.allclose(np.array(told) / sum(told), factors / factors.sum(), atol=0.02)


def test_chunking_config(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """Known by its own words; no value depends on it; without chunking a table is one file."""
    base = {"dataset_id": "retail_oltp_small", "target_rows": 2_000, "output_settings": {"output_mode": "parquet", "rows_per_file": 1_000}}
    made = plan({**base, "chunking_config": CHUNKING})
    assert made.work.spill
    assert made.work.workers == 2
    assert any("10 workers were asked for" in note for note in made.notes)
    assert any("nothing in this run can spill" in note for note in made.notes)
    assert any("chunks of 1,000,000 rows would need" in note for note in made.notes) or made.work.chunk_size == 1_000_000
    known = digests(run(plan(base)))
    assert digests(run(made)) == known
    whole = plan({**base, "chunking_config": {**CHUNKING, "enabled": False}})
    assert len(plan(base).table("orders").parts) == 2
    assert len(whole.table("orders").parts) == 1
    assert digests(run(whole)) == known


def test_one_setting_of_two_blocks_is_said_once(plan: Callable[[dict[str, Any]], Plan]) -> None:
    """Different values of it are refused, equal ones are not."""
    two = {"dataset_id": "retail_oltp_small", "chunking_config": {"chunk_size": 5_000}, "generation_settings": {"chunk_size": 5_000}}
    assert plan(two).work.chunk_size == 5_000
    with pytest.raises(Exception, match="`chunk_size` is one setting"):
        plan(merged(two, generation_settings={"chunk_size": 6_000}))


def test_the_incremental_block(tmp_path: Path) -> None:
    """As the specification writes it: the tables arrive as it says, and the days have its weights."""
    block = json.loads(
        """{"incremental_config": {
            "snapshot_frequency": "daily", "file_path_pattern": "nested", "state_management": true,
            "table_types": {"customers": "snapshot", "orders": "incremental", "products": "slowly_changing_dimension"},
            "seasonal_patterns": {
                "monday": 0.8, "tuesday": 0.9, "wednesday": 1.0, "thursday": 1.1, "friday": 1.3, "saturday": 1.5, "sunday": 1.2
            }
        }}"""
    )
    given = {**block, "output_settings": {"output_mode": "parquet", "output_dir": str(tmp_path)}}
    series = make_series(resolve_parameters("retail_oltp_small_incremental", edited=given), date(2024, 3, 15), date(2024, 3, 16))
    kinds = {arrival.table.name: arrival.type for arrival in series.arrivals}
    assert (kinds["customers"], kinds["orders"], kinds["products"]) == ("snapshot", "incremental", "slowly_changing_dimension")
    assert series.path("orders", date(2024, 3, 15), 0, 1) == "2024/03/15/orders/data.parquet"
    assert series.plan.program.calendar.weekdays == (0.8, 0.9, 1.0, 1.1, 1.3, 1.5, 1.2)


def test_the_storage_blocks_have_their_effect(plan: Callable[[dict[str, Any]], Plan], tmp_path: Path) -> None:
    """Both of them together, on Delta tables: partitions, order, properties, and a note where there are no buckets."""
    wanted = plan({"dataset_id": "retail_oltp_small", "target_rows": 300, "partition_config": PARTITIONING, "delta_config": DELTA})
    assert any("have no buckets: rows of customers, orders are clustered by customer_id instead" in note for note in wanted.notes)
    assert run(wanted, workers=0).status == "COMPLETED"
    orders = DeltaTable(wanted.output.root / "Tables" / "retail_oltp_small" / "orders")
    about = orders.metadata()
    assert about.partition_columns == ["year", "month", "day"]
    assert about.configuration == {"delta.autoOptimize.optimizeWrite": "true", "delta.autoOptimize.autoCompact": "true"}
    files = [Path(path) for path in current_files(wanted.output.root / "Tables" / "retail_oltp_small" / "orders") or ()]
    assert len({file.parent for file in files}) == len(files) > 200
    with duckdb.connect() as connection:
        for file in files[:50]:
            rows = connection.execute("SELECT order_date, customer_id, year, month, day FROM read_parquet(?)", [str(file)]).fetchall()
            assert [row[:2] for row in rows] == sorted(row[:2] for row in rows)
            assert {(day.year, day.month, day.day) for day, *_ in rows} == {tuple(rest) for _, _, *rest in rows}
