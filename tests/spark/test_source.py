"""Spark reads tables that nobody wrote, also in processes that have numpy and pyarrow alone."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data import SyntheticDataGenerator, register_spark_source
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.spark.travel import engine_archive

BILLION = SyntheticDataGenerator("retail_oltp_large", 1_000_000_000)
SMALL = [SyntheticDataGenerator(name, 2_000) for name in ("retail_star_small", "finance_oltp_small")]


@pytest.fixture(scope="module")
def source(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The session with the source, whose Python processes see pyspark, numpy and pyarrow, and not this package."""
    python = Path(sys.base_prefix) / "bin" / "python3"
    if sys.prefix == sys.base_prefix or not python.exists():
        pytest.skip("this Python has no other one below it, which does not see the package")
    folder = tmp_path_factory.mktemp("bare")
    for library in (numpy, pa):
        home = Path(str(library.__file__)).parent
        for each in home.parent.glob(f"{home.name}*"):
            (folder / each.name).symlink_to(each)
    bare = folder / "python"
    bare.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{folder}" exec {python} "$@"\n')
    bare.chmod(0o755)
    before, spark.sparkContext.pythonExec = spark.sparkContext.pythonExec, str(bare)
    register_spark_source(spark, BILLION, *SMALL)
    yield spark
    spark.sparkContext.pythonExec = before


def load(spark: Any, dataset: str, table: str, **options: object) -> Any:
    """A table."""
    reader = spark.read.format("synthetic").option("dataset", dataset).option("table", table)
    for name, value in options.items():
        reader = reader.option(name, value)
    return reader.load()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("generator", "table"),
    [(SMALL[0], "dim_store"), (SMALL[0], "fact_sales"), (SMALL[0], "dim_customer"), (SMALL[1], "transactions")],
    ids=lambda value: value if isinstance(value, str) else value.plan.dataset_id,
)
def test_rows_are_those_of_the_files(source: Any, generator: SyntheticDataGenerator, table: str) -> None:
    """Digest for digest, in several partitions."""
    plan = generator.plan.table(table)
    rows = load(source, generator.plan.dataset_id, table, rows_per_partition=700)
    assert rows.rdd.getNumPartitions() >= plan.rows // 700
    assert digest_of(rows.toArrow().to_batches(), plan.primary_key) == digest_of(generator.batches(table), plan.primary_key)


@pytest.mark.slow
def test_what_was_registered_with_settings_keeps_them(source: Any) -> None:
    """A read does not replace them unseen; what is registered later leaves the others there."""
    with pytest.raises(Exception, match="is registered with settings of its own: leave seed_value out"):
        load(source, SMALL[0].plan.dataset_id, "dim_store", seed_value=7)
    register_spark_source(source, "healthcare_oltp_small")
    assert load(source, SMALL[0].plan.dataset_id, "dim_store").count() == SMALL[0].plan.table("dim_store").rows


@pytest.mark.slow
def test_a_day_out_of_a_billion_is_a_few_partitions(source: Any) -> None:
    """By its date, by moments, by keys; what is not pushed is filtered all the same."""
    orders = load(source, "retail_oltp_large", "orders", columns="order_id,ordered_at,order_date", rows_per_partition=100_000)
    assert orders.columns == ["order_id", "ordered_at", "order_date"]
    assert orders.rdd.getNumPartitions() == 10_000
    day = orders.where("order_date = DATE '2024-01-27'")
    same = orders.where("ordered_at >= TIMESTAMP '2024-01-27 05:00:00Z' AND ordered_at < TIMESTAMP '2024-01-28 05:00:00Z'")
    asked = ("count(*)", "min(order_id)", "max(order_id)")
    ((count, first, last),) = day.selectExpr(*asked).collect()
    assert last - first + 1 == count
    assert count // 100_000 <= day.rdd.getNumPartitions() <= count // 100_000 + 3
    assert [tuple(row) for row in same.selectExpr(*asked).collect()] == [(count, first, last)]
    lines = load(source, "retail_oltp_large", "order_items", columns="order_id,line_number")
    assert lines.where(f"order_id IN ({first}, {last})").rdd.getNumPartitions() <= 2
    assert {row[0] for row in lines.where(f"order_id IN ({first}, {last}) AND line_number % 2 = 1").collect()} == {first, last}
    assert orders.where("order_id = 0").count() == 0


@pytest.mark.slow
def test_a_schema_chooses_columns_and_mistakes_are_told(source: Any) -> None:
    """In the order that it says, with the types of the table."""
    reader = source.read.format("synthetic").option("dataset", "retail_star_small").option("table", "dim_store")
    rows = reader.schema("city string, store_key bigint").load()
    assert rows.columns == ["city", "store_key"]
    assert rows.where("store_key = 1").count() == 1
    for options, told in (
        ({"table": "stores"}, "there is no table `stores` in retail_star_small"),
        ({"columns": "store"}, "there is no column `store` in retail_star_small.dim_store"),
        ({"rows_per_partition": "0"}, "rows_per_partition is a whole number from 1, not '0'"),
        ({"dataset": "retail_oltp_small"}, "name it, with its settings, in register_spark_source"),
        ({"seed_value": "7"}, "retail_star_small is registered with settings of its own: leave seed_value out"),
    ):
        with pytest.raises(Exception, match=told):
            load(source, **{"dataset": "retail_star_small", "table": "dim_store", **options})
    with pytest.raises(Exception, match="is a bigint, not a string"):
        reader.schema("store_key string").load().collect()


@pytest.mark.slow
def test_any_dataset_is_planned_where_the_package_is(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the settings of the read."""
    monkeypatch.setattr(spark.sparkContext, "pythonExec", sys.executable)
    register_spark_source(spark)
    assert load(spark, "retail_oltp_small", "orders", target_rows=321, seed_value=7).count() == 321
    with pytest.raises(Exception, match="there is no dataset `retail`"):
        load(spark, "retail", "orders")
    with pytest.raises(Exception, match="target_rows"):
        load(spark, "retail_oltp_small", "orders", target_rows="many")


def test_the_archive_is_the_same_for_the_same_modules() -> None:
    """And holds nothing of planning, which takes libraries that executors lack."""
    with zipfile.ZipFile(engine_archive()) as archive:
        names = set(archive.namelist())
    assert {"ingen_fab/", "ingen_fab/synthetic_data/core/spark/source.py", "ingen_fab/synthetic_data/core/engine/engine.py"} <= names
    assert not any("/plan/" in name or "/spec/" in name for name in names)
