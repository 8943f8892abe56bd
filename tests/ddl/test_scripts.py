"""DDL in four dialects: as it is kept in golden files, as engines take it, and as runs go on with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.compile.cells import text_of
from ingen_fab.synthetic_data.core.compile.ddl.apply import apply_here
from ingen_fab.synthetic_data.core.compile.ddl.scripts import DIALECTS, scripts_of
from ingen_fab.synthetic_data.core.compile.ddl_notebook import ddl_notebook
from ingen_fab.synthetic_data.core.compile.items import lakehouse_reference
from ingen_fab.synthetic_data.core.errors import ForeignError, LockedError, SyntheticDataError
from ingen_fab.synthetic_data.core.plan.plan import Environment, Plan
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.root import locked
from ingen_fab.synthetic_data.core.run.run import run
from sqlglot import exp

Make = Callable[..., Plan]
GOLDEN = Path(__file__).parent / "golden"
SHOP = """
dataset_id: shop
dataset_name: A shop's orders
about: Who orders what.
driving: orders
tables:
  customers:
    about: People; "regular" ones -- and others.
    columns:
      customer_id: {kind: key, about: Number in order of time}
      tier: {kind: category, weights: {gold: 0.25, silver: 0.75}, about: Level}
      note: {kind: text, words: 3, about: What was said}
      code: {kind: code, scheme: pattern, pattern: "C-####"}
  orders:
    about: What was ordered.
    rows: events
    columns:
      order_id: {kind: key, about: Number in order of time}
      customer_id: {kind: reference, to: customers, about: Who ordered}
      placed_at: {kind: begin, about: When it was ordered}
      placed_on: {kind: copy, from: placed_at.date}
      is_paid: {kind: boolean, rate: 0.5, about: Whether it is paid}
      weight: {kind: number, distribution: {type: uniform, min: 1, max: 9}, places: 2, unit: kg}
"""
DAYS = {"partition_config.enabled": True, "delta_config.auto_compact": True}


def test_golden(own_plan: Make) -> None:
    """Each dialect's scripts are those that are kept; SYNTHETIC_DATA_GOLDEN=1 keeps new ones."""
    plan = own_plan(SHOP, target_rows=100, **{name.replace(".", "__"): value for name, value in DAYS.items()})
    for target in DIALECTS:
        found = "".join(f"-- {script.path}\n{script.text}\n" for script in scripts_of(plan, target, ()))
        file = GOLDEN / f"{target}.sql"
        if os.environ.get("SYNTHETIC_DATA_GOLDEN"):
            file.write_text(found)
        assert found == file.read_text(), target


@pytest.mark.parametrize("target", ["lakehouse", "warehouse"])
def test_golden_notebooks(own_plan: Make, target: Any) -> None:
    """The scripts as cells of the notebook that runs them."""
    scripts = scripts_of(own_plan(SHOP, target_rows=100), target, ())
    found = text_of(ddl_notebook(scripts, target, "store", lakehouse_reference("lake"), "0" * 36 if target == "warehouse" else None))
    file = GOLDEN / f"{target}_notebook.py.txt"
    if os.environ.get("SYNTHETIC_DATA_GOLDEN"):
        file.write_text(found)
    assert found == file.read_text()


ALLOWED = {"BIGINT", "INT", "BIT", "FLOAT", "VARCHAR", "DATE", "DATETIME2", "DECIMAL"}


@pytest.mark.parametrize("dataset", ["retail_star_small", "healthcare_oltp_small"])
def test_tsql_has_what_a_fabric_warehouse_has(plan_of: Make, dataset: str) -> None:
    """Parsed by sqlglot's `fabric`: types of the list alone, no defaults, and keys by ALTER alone, NOT ENFORCED."""
    plan = plan_of(dataset, target_rows=100)
    made, altered = 0, []
    for script in scripts_of(plan, "warehouse"):
        assert script.text.count("\nGO\n") == len(script.statements)
        for statement in script.statements:
            for tree in filter(None, sqlglot.parse(statement, dialect="fabric")):
                for column in tree.find_all(exp.ColumnDef):
                    kind, _, size = column.args["kind"].sql("fabric").partition("(")
                    assert kind in ALLOWED
                    assert kind != "DATETIME2" or size == "6)"
                    assert kind != "VARCHAR" or size == "MAX)" or int(size[:-1]) <= 8000
                    assert {type(each.kind) for each in column.args["constraints"]} <= {exp.NotNullColumnConstraint}
                made += sum(1 for _ in tree.find_all(exp.Create))
                altered += [command.sql("fabric") for command in tree.find_all(exp.Command, exp.Alter)]
    assert made == len(plan.tables) + 4
    keys = [text for text in altered if "CONSTRAINT" in text]
    assert len(keys) >= made
    assert all(text.startswith("ALTER TABLE") and text.endswith("NOT ENFORCED") for text in keys)


def test_duckdb_takes_it_twice(own_plan: Make) -> None:
    """The second time nothing is another; the types are those of the rows that runs load."""
    plan = own_plan(SHOP, target_rows=100)
    with duckdb.connect() as connection:
        seen = []
        for _ in range(2):
            for script in scripts_of(plan, "duckdb", ()):
                for statement in script.statements:
                    connection.execute(statement)
            rows = connection.execute("FROM config.sample_dataset_configurations").fetchall()
            seen.append((rows, connection.execute("SELECT * FROM duckdb_columns() WHERE NOT internal").fetchall()))
        assert seen[0] == seen[1]
        assert [row[0] for row in seen[0][0]] == ["shop"]
        told = connection.execute("SELECT comment FROM duckdb_columns() WHERE column_name = 'customer_id' ORDER BY 1").fetchall()
    assert told == [("Number in order of time; primary key",), ("Who ordered; refers to customers.customer_id",)]


def files(root: Path) -> dict[str, bytes]:
    """All files and their bytes."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def settings(environment: str, **more: Any) -> dict[str, Any]:
    """Of a plan."""
    return {"target_rows": 100, "output_settings__target_environment": environment, **more}


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_runs_fill_what_was_declared(own_plan: Make, tmp_path: Path, environment: Environment) -> None:
    """Runs take the tables and keep what is said of their columns; declaring them again changes no byte."""
    plan = own_plan(SHOP, **settings(environment))
    root = tmp_path / "out"
    done = apply_here(root, environment, plan, ())
    assert len(done.made) == 6
    empty = query(
        root,
        "SELECT count(*) AS rows, max(weight) AS heaviest, max(status) AS status FROM shop.orders, config.log_synthetic_data_generation",
    )
    assert empty.to_pylist() == [{"rows": 0, "heaviest": None, "status": None}]
    for _ in range(2):
        assert run(plan, datasets=(), workers=0).status == "COMPLETED"
    before = files(root)
    again = apply_here(root, environment, plan, ())
    assert (again.made, set(again.there)) == ((), set(done.made))
    assert files(root) == before
    sql = "SELECT (SELECT count(*) FROM shop.orders) AS rows, (SELECT count(*) FROM log_synthetic_data_generation) AS runs"
    assert query(root, sql).to_pylist() == [{"rows": 100, "runs": 2}]
    if environment == "lakehouse":
        for name, column in (("shop/orders", "customer_id"), ("log_synthetic_data_generation", "log_id")):
            table = DeltaTable(root / "Tables" / name)
            assert table.metadata().description
            field = next(field for field in table.schema().fields if field.name == column)
            assert (field.nullable, bool(field.metadata["comment"])) == (False, True)
    else:
        with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
            sql = "SELECT count(*) FROM duckdb_columns() WHERE column_name = 'customer_id' AND comment LIKE 'Who%' AND NOT is_nullable"
            assert connection.execute(sql).fetchall() == [(1,)]


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_declared_tables_that_others_filled_are_theirs(own_plan: Make, tmp_path: Path, environment: Environment) -> None:
    """A row that no run wrote, and a run replaces nothing."""
    plan = own_plan(SHOP, **settings(environment))
    root = tmp_path / "out"
    apply_here(root, environment, plan, ())
    if environment == "warehouse":
        with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
            connection.execute("INSERT INTO shop.customers VALUES (1, 'gold', 'mine', 'C-0001')")
    else:
        from deltalake import write_deltalake

        folder = root / "Tables" / "shop" / "customers"
        mine = pa.schema(DeltaTable(folder).schema().to_arrow())
        write_deltalake(folder, pa.table({"customer_id": [1], "tier": ["gold"], "note": ["mine"], "code": ["C-0001"]}, mine), mode="append")
    with pytest.raises(ForeignError, match="customers"):
        run(plan, datasets=(), workers=0)


def test_what_stands_in_the_way_is_told(own_plan: Make, tmp_path: Path) -> None:
    """Files of others, a view, a table where a schema would be, a run that is on its way: a sentence each, and nothing is made."""
    plan, root = own_plan(SHOP, **settings("lakehouse")), tmp_path / "out"
    mine = root / "Tables" / "shop" / "orders" / "thesis.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("years of work")
    with pytest.raises(ForeignError, match="thesis"):
        apply_here(root, "lakehouse", plan, ())
    assert [name for name in files(root) if name != ".lock"] == ["Tables/shop/orders/thesis.txt"]
    with locked(root), pytest.raises(LockedError):
        apply_here(root, "lakehouse", plan, ())
    other = tmp_path / "other"
    apply_here(other, "lakehouse", own_plan(SHOP, **settings("lakehouse", output_settings__schema="")), ())
    (other / "Tables" / "orders").rename(other / "Tables" / "shop")
    with pytest.raises(ForeignError, match="is a table"):
        apply_here(other, "lakehouse", plan, ())
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute("CREATE SCHEMA config; CREATE VIEW config.log_synthetic_data_generation AS SELECT 1")
    with pytest.raises(SyntheticDataError, match="is a view"):
        apply_here(root, "warehouse", plan, ())


@pytest.mark.slow
def test_spark_takes_it_twice(own_plan: Make, spark: Any) -> None:
    """By Spark with Delta: types, lengths, comments, partitions, clusters, properties; rows of the configs are not written again."""
    plain = {name.replace(".", "__"): value for name, value in DAYS.items()}
    plan = own_plan(SHOP, target_rows=100, output_settings__schema="declared", **plain)
    near = own_plan(SHOP, target_rows=100, output_settings__schema="near", tables=["orders"], delta_config__z_order_columns=["customer_id"])
    configs, data, tables = scripts_of(plan, "lakehouse", ())
    clustered = scripts_of(near, "lakehouse", ())[2]
    spark.sql("CREATE SCHEMA IF NOT EXISTS of_configs")
    spark.sql("USE of_configs")
    try:
        for _ in range(2):
            for statement in (*configs.statements, *data.statements, *tables.statements, *clustered.statements):
                spark.sql(statement)
        assert [row["dataset_id"] for row in spark.table("sample_dataset_configurations").collect()] == ["shop"]
        assert [row["dataset_id"] for row in spark.table("config_synthetic_data_datasets").collect()] == ["shop"]
        history = spark.sql("DESCRIBE HISTORY config_synthetic_data_datasets").collect()
        assert sum(int(one["operationMetrics"].get("numTargetRowsInserted", 0)) for one in history) == 1
        assert sum(int(one["operationMetrics"].get("numTargetRowsUpdated", 0)) for one in history) == 0
        place = spark.sql("DESCRIBE DETAIL declared.customers").collect()[0]["location"]
        tier = DeltaTable(place).schema().fields[1]
        assert (tier.nullable, tier.metadata) == (False, {"__CHAR_VARCHAR_TYPE_STRING": "varchar(6)", "comment": "Level"})
        detail = spark.sql("DESCRIBE DETAIL declared.orders").collect()[0]
        assert detail["partitionColumns"] == ["year", "month", "day"]
        assert detail["properties"]["delta.autoOptimize.autoCompact"] == "true"
        assert spark.sql("DESCRIBE DETAIL near.orders").collect()[0]["clusteringColumns"] == ["customer_id"]
    finally:
        spark.sql("USE default")
        for schema in ("of_configs", "declared", "near"):
            spark.sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
