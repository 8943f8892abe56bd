"""Three schemas of public fame, as users would write them: all tables and keys, and every reference points at a row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run

pytestmark = pytest.mark.slow

SCHEMAS = Path(__file__).parent / "schemas"

KEYS: dict[str, dict[str, str]] = {
    "chinook": {
        "artist": "artist_id",
        "album": "album_id",
        "genre": "genre_id",
        "media_type": "media_type_id",
        "track": "track_id",
        "playlist": "playlist_id",
        "playlist_track": "playlist_id, track_id",
        "employee": "employee_id",
        "customer": "customer_id",
        "invoice": "invoice_id",
        "invoice_line": "invoice_line_id",
    },
    "northwind": {
        "categories": "category_id",
        "region": "region_id",
        "territories": "territory_id",
        "suppliers": "supplier_id",
        "products": "product_id",
        "shippers": "shipper_id",
        "employees": "employee_id",
        "employee_territories": "employee_id, territory_id",
        "customer_demographics": "customer_type_id",
        "customers": "customer_id",
        "customer_customer_demo": "customer_id, customer_type_id",
        "orders": "order_id",
        "order_details": "order_id, product_id",
    },
    "tpch": {
        "region": "r_regionkey",
        "nation": "n_nationkey",
        "supplier": "s_suppkey",
        "part": "p_partkey",
        "partsupp": "ps_partkey, ps_suppkey",
        "customer": "c_custkey",
        "orders": "o_orderkey",
        "lineitem": "l_orderkey, l_linenumber",
    },
}
"""Every table of each schema and its primary key."""

REFERENCES: dict[str, list[tuple[str, str, str, str]]] = {
    "chinook": [
        ("album", "artist_id", "artist", "artist_id"),
        ("track", "album_id", "album", "album_id"),
        ("track", "media_type_id", "media_type", "media_type_id"),
        ("track", "genre_id", "genre", "genre_id"),
        ("playlist_track", "playlist_id", "playlist", "playlist_id"),
        ("playlist_track", "track_id", "track", "track_id"),
        ("employee", "reports_to", "employee", "employee_id"),
        ("customer", "support_rep_id", "employee", "employee_id"),
        ("invoice", "customer_id", "customer", "customer_id"),
        ("invoice_line", "invoice_id", "invoice", "invoice_id"),
        ("invoice_line", "track_id", "track", "track_id"),
    ],
    "northwind": [
        ("territories", "region_id", "region", "region_id"),
        ("products", "supplier_id", "suppliers", "supplier_id"),
        ("products", "category_id", "categories", "category_id"),
        ("employees", "reports_to", "employees", "employee_id"),
        ("employee_territories", "employee_id", "employees", "employee_id"),
        ("employee_territories", "territory_id", "territories", "territory_id"),
        ("customer_customer_demo", "customer_id", "customers", "customer_id"),
        ("customer_customer_demo", "customer_type_id", "customer_demographics", "customer_type_id"),
        ("orders", "customer_id", "customers", "customer_id"),
        ("orders", "employee_id", "employees", "employee_id"),
        ("orders", "ship_via", "shippers", "shipper_id"),
        ("order_details", "order_id", "orders", "order_id"),
        ("order_details", "product_id", "products", "product_id"),
    ],
    "tpch": [
        ("nation", "n_regionkey", "region", "r_regionkey"),
        ("supplier", "s_nationkey", "nation", "n_nationkey"),
        ("customer", "c_nationkey", "nation", "n_nationkey"),
        ("partsupp", "ps_partkey", "part", "p_partkey"),
        ("partsupp", "ps_suppkey", "supplier", "s_suppkey"),
        ("orders", "o_custkey", "customer", "c_custkey"),
        ("lineitem", "l_orderkey", "orders", "o_orderkey"),
        ("lineitem", "l_partkey, l_suppkey", "partsupp", "ps_partkey, ps_suppkey"),
    ],
}
"""(table, columns, parent, its columns) of every foreign key of each schema."""

NAMES = sorted(KEYS)


def planned(plan_of: Callable[..., Plan], name: str, **settings: object) -> Plan:
    """1,000 rows of the driving table, as parquet files."""
    return plan_of(name, datasets=[SCHEMAS], target_rows=1_000, output_settings__output_mode="parquet", **settings)


@pytest.mark.parametrize("name", NAMES)
def test_every_key_and_reference_holds_in_the_files(plan_of: Callable[..., Plan], tmp_path: Path, name: str) -> None:
    """DuckDB finds each key unique and whole, each reference of a row, in tables that are not empty; the schema's checks hold."""
    plan = planned(plan_of, name)
    assert {table.name: ", ".join(table.primary_key) for table in plan.tables} == KEYS[name]
    result = run(plan)
    assert result.status == "COMPLETED", result.message
    connection = duckdb.connect()
    for table in plan.tables:
        files = tmp_path / "out" / "Files" / name / table.name / "*.parquet"
        connection.execute(f"CREATE VIEW {table.name} AS SELECT * FROM read_parquet('{files}')")
    for mine, key in KEYS[name].items():
        counted = f"SELECT count(*), count(DISTINCT ({key})), count(*) FILTER (({key}) IS NULL) FROM {mine}"
        rows, distinct, missing = connection.execute(counted).fetchall()[0]
        assert rows == distinct == plan.table(mine).rows > 0, mine
        assert missing == 0
    for child, columns, parent, key in REFERENCES[name]:
        pairs = list(zip(columns.split(", "), key.split(", "), strict=True))
        given = " AND ".join(f"mine.{own} IS NOT NULL" for own, _ in pairs)
        same = " AND ".join(f"theirs.{other} = mine.{own}" for own, other in pairs)
        lost = f"SELECT count(*) FROM {child} AS mine WHERE {given} AND NOT EXISTS (SELECT 1 FROM {parent} AS theirs WHERE {same})"
        assert connection.execute(lost).fetchall() == [(0,)], (child, columns)
        used = connection.execute(f"SELECT count(*) > 0 FROM {child} AS mine WHERE {given}").fetchall()
        assert used == [(True,)], (child, columns)
    for sentence, (_, sql) in plan.checks.items():
        assert connection.execute(sql).fetchone() is None, sentence
    connection.close()


@pytest.mark.parametrize("name", NAMES)
def test_digests_do_not_depend_on_chunks(plan_of: Callable[..., Plan], name: str) -> None:
    """1,000 rows at once, or all."""
    found = []
    for chunk in (1_000, 65_536):
        result = run(planned(plan_of, name, generation_settings__chunk_size=chunk))
        assert result.status == "COMPLETED", result.message
        found.append({table.name: table.digest for table in result.tables})
    assert found[0] == found[1]


COPIED = {"tpch": {("lineitem", "l_partkey", "part", "p_partkey"), ("lineitem", "l_suppkey", "supplier", "s_suppkey")}}


@pytest.mark.parametrize("name", NAMES)
def test_declared_references_are_in_the_plan(plan_of: Callable[..., Plan], name: str) -> None:
    """All of one column; of a key of several columns, each column that is itself a copy of a reference points at that one's table."""
    plan = planned(plan_of, name)
    found = {(table.name, key.column, key.parent, key.parent_column) for table in plan.tables for key in table.foreign_keys}
    assert found == {reference for reference in REFERENCES[name] if "," not in reference[1]} | COPIED.get(name, set())
