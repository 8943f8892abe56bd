"""Each kind of damage is found, by the checks that speak of it and by no others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.quality.manifest import find_manifest, plan_of
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.validate import validate

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Case:
    """What is done to a table, which checks must fail of it, and which declared rules."""

    name: str
    table: str
    sql: str
    fails: set[str]
    """`Name table.column` of every check that fails but the declared rules."""
    rules: frozenset[str] | set[str] = frozenset()


CASES = [
    Case(
        "a duplicate key",
        "orders",
        "SELECT * REPLACE (CASE WHEN order_id = 777 THEN 778 ELSE order_id END AS order_id) FROM t",
        {
            "FormatAdherence orders.order_number",
            "FormulaAdherence orders.item_count",
            "FormulaAdherence orders.total_amount",
            "KeyUniqueness orders.order_id",
            "ReferentialIntegrity order_items.order_id",
        },
        {"an order's total is the sum of its lines"},
    ),
    Case(
        "a missing row",
        "products",
        "SELECT * FROM t WHERE product_id <> 400",
        {
            "FormulaAdherence inventory.stock_value",
            "ReferentialIntegrity inventory.product_id",
            "ReferentialIntegrity order_items.product_id",
            "RowCount products",
        },
    ),
    Case(
        "a row twice",
        "stores",
        "SELECT * FROM t UNION ALL SELECT * FROM t WHERE store_id = 3",
        {"KeyUniqueness stores.store_id", "RowCount stores"},
    ),
    Case(
        "a dropped column",
        "stores",
        "SELECT * EXCLUDE (county) FROM t",
        {
            "CategoryAdherence stores.city, state, postal_code, county, latitude, longitude",
            "MissingValueSimilarity stores.county",
            "TableStructure stores",
        },
    ),
    Case(
        "a column of another type",
        "products",
        "SELECT * REPLACE (weight_grams::DOUBLE AS weight_grams) FROM t",
        {"TableStructure products"},
    ),
    Case(
        "an empty key",
        "order_items",
        "SELECT * REPLACE (CASE WHEN order_item_id = 5 THEN NULL ELSE order_item_id END AS order_item_id) FROM t",
        {"MissingValueSimilarity order_items.order_item_id"},
    ),
    Case(
        "a dangling key",
        "order_items",
        "SELECT * REPLACE (CASE WHEN order_item_id = 5 THEN 100000 ELSE product_id END AS product_id) FROM t",
        {"ReferentialIntegrity order_items.product_id"},
    ),
    Case(
        "a product twice in an order",
        "order_items",
        "SELECT * REPLACE (CASE WHEN line_number = 2 AND order_id < 50 THEN lag(product_id) OVER (ORDER BY "
        "order_item_id) ELSE product_id END AS product_id) FROM t",
        {"KeyUniqueness order_items.order_id, product_id"},
        {"within a day a product has one price", "no product twice in one order"},
    ),
    Case(
        "a store for an online order",
        "orders",
        "SELECT * REPLACE (CASE WHEN order_id <= 100 THEN 1 ELSE store_id END AS store_id) FROM t",
        {"MissingValueSimilarity orders.store_id"},
        {"online orders have no store, the others one"},
    ),
    Case(
        "line numbers from 0",
        "order_items",
        "SELECT * REPLACE (line_number - 1 AS line_number) FROM t",
        {"PositionAdherence order_items.line_number"},
    ),
    Case(
        "orders that lose their lines",
        "order_items",
        "SELECT * FROM t WHERE order_id % 10 <> 0",
        {
            "CardinalityBoundaryAdherence order_items.order_id",
            "CardinalityShapeSimilarity order_items.order_id",
            "CardinalityStatisticSimilarity order_items.order_id",
            "FormulaAdherence orders.item_count",
            "FormulaAdherence orders.total_amount",
            "RowCount order_items",
        },
        {"an order's total is the sum of its lines", "what inventory calls sold are the order lines since the review"},
    ),
    Case(
        "lines of one order given to the next",
        "order_items",
        "SELECT * REPLACE (least(order_id + order_id % 2, 10000) AS order_id) FROM t",
        {
            "CardinalityBoundaryAdherence order_items.order_id",
            "CardinalityShapeSimilarity order_items.order_id",
            "FormulaAdherence orders.item_count",
            "FormulaAdherence orders.total_amount",
            "KeyUniqueness order_items.order_id, product_id",
            "PositionAdherence order_items.line_number",
        },
        {
            "an order's total is the sum of its lines",
            "within a day a product has one price",
            "no product twice in one order",
            "1 to 12 lines an order, 2.6 on average",
            "what inventory calls sold are the order lines since the review",
        },
    ),
    Case(
        "amounts that grew",
        "orders",
        "SELECT * REPLACE ((total_amount * 1.10)::DECIMAL(18,2) AS total_amount) FROM t",
        {"FormulaAdherence orders.amount_due", "FormulaAdherence orders.shipping_fee", "FormulaAdherence orders.total_amount"},
        {"an order's total is the sum of its lines", "what is due is the total and the shipping"},
    ),
    Case(
        "a wrong total",
        "orders",
        "SELECT * REPLACE ((total_amount + CASE WHEN order_id = 3 THEN 1 ELSE 0 END)::DECIMAL(18,2) AS "
        "total_amount) FROM t",
        {"FormulaAdherence orders.amount_due", "FormulaAdherence orders.total_amount"},
        {"an order's total is the sum of its lines", "what is due is the total and the shipping"},
    ),
    Case(
        "quantities that grew",
        "order_items",
        "SELECT * REPLACE (quantity + 1 AS quantity) FROM t",
        {"FormulaAdherence order_items.gross_amount", "FormulaAdherence orders.item_count", "KSComplement order_items.quantity"},
        {
            "an order's total is the sum of its lines",
            "a line's total is its quantity times its price less its discount",
            "what inventory calls sold are the order lines since the review",
        },
    ),
    Case(
        "shuffled categories",
        "orders",
        "SELECT * REPLACE (CASE payment_method WHEN 'card' THEN 'wallet' WHEN 'wallet' THEN 'card' ELSE "
        "payment_method END AS payment_method) FROM t",
        {"TVComplement orders.payment_method"},
    ),
    Case(
        "an unknown category",
        "customers",
        "SELECT * REPLACE (CASE WHEN customer_id = 7 THEN 'Q' ELSE gender END AS gender) FROM t",
        {"CategoryAdherence customers.gender"},
    ),
    Case(
        "an unknown status",
        "orders",
        "SELECT * REPLACE (CASE WHEN order_id = 7 THEN 'lost' ELSE status END AS status) FROM t",
        {"CategoryAdherence orders.status"},
        {"the status agrees with the steps' times"},
    ),
    Case(
        "clipped values",
        "products",
        "SELECT * REPLACE (least(weight_grams, 700) AS weight_grams) FROM t",
        {"KSComplement products.weight_grams"},
    ),
    Case(
        "a value outside its range",
        "products",
        "SELECT * REPLACE (CASE WHEN product_id = 7 THEN 99999 ELSE weight_grams END AS weight_grams) FROM t",
        {"BoundaryAdherence products.weight_grams"},
    ),
    Case(
        "a broken check digit",
        "products",
        "SELECT * REPLACE (CASE WHEN product_id = 7 THEN left(ean, 12) || ((right(ean, 1)::INT + 1) % 10) ELSE "
        "ean END AS ean) FROM t",
        {"FormatAdherence products.ean"},
    ),
    Case(
        "a phone that may be somebody's",
        "customers",
        "SELECT * REPLACE (CASE WHEN customer_id = 7 THEN '(212) 736-5000' ELSE phone END AS phone) FROM t",
        {"FormatAdherence customers.phone"},
        {"an address is of one place", "an area code is of one state", "phones are of the range that nobody owns"},
    ),
    Case(
        "a price with another ending",
        "products",
        "SELECT * REPLACE ((list_price + CASE WHEN product_id = 7 THEN 0.17 ELSE 0 END)::DECIMAL(18,2) AS "
        "list_price) FROM t",
        {"CategoryAdherence products.list_price"},
        {"prices end as in shops"},
    ),
    Case(
        "a city of another state",
        "customers",
        "SELECT * REPLACE (CASE WHEN customer_id = 7 THEN 'ZZ' ELSE state END AS state) FROM t",
        {"CategoryAdherence customers.city, state, postal_code, latitude, longitude"},
        {"an area code is of one state"},
    ),
    Case(
        "a name of another row",
        "orders",
        "SELECT * REPLACE ('R' || lpad((order_id % 100)::VARCHAR, 10, '0') AS order_number) FROM t",
        {"FormatAdherence orders.order_number"},
    ),
    Case(
        "steps out of order",
        "orders",
        "SELECT * REPLACE (CASE WHEN order_id <= 5 THEN ordered_at - INTERVAL 1 HOUR ELSE paid_at END AS paid_at)"
        " FROM t",
        {"BoundaryAdherence orders.paid_at", "LifecycleOrder orders.status"},
        {"steps stand in order"},
    ),
    Case(
        "a status that lags",
        "orders",
        "SELECT * REPLACE (CASE WHEN order_id <= 5 THEN 'placed' ELSE status END AS status) FROM t",
        {"LifecycleAdherence orders.status"},
        {"the status agrees with the steps' times", "old orders do not hang"},
    ),
    Case(
        "a shop order that is shipped",
        "orders",
        "SELECT * REPLACE (CASE WHEN order_id <= 20 AND channel = 'store' THEN ordered_at + INTERVAL 2 DAY ELSE "
        "shipped_at END AS shipped_at) FROM t",
        {"LifecycleAdherence orders.status", "LifecycleOrder orders.status"},
        {"the status agrees with the steps' times"},
    ),
    Case(
        "returns that came back",
        "orders",
        "SELECT * REPLACE (CASE WHEN status = 'returned' AND order_id % 2 = 0 THEN CASE WHEN channel = 'store' "
        "THEN 'collected' ELSE 'delivered' END ELSE status END AS status, CASE WHEN status = 'returned' AND "
        "order_id % 2 = 0 THEN NULL ELSE returned_at END AS returned_at) FROM t",
        {"TVComplement orders.status"},
    ),
    Case(
        "deliveries that got slower",
        "orders",
        "SELECT * REPLACE (CASE WHEN returned_at IS NULL AND order_date < DATE '2024-11-01' AND delivered_at - "
        "shipped_at < INTERVAL 5 DAY THEN shipped_at + (delivered_at - shipped_at) * 1.5 ELSE delivered_at END AS"
        " delivered_at) FROM t",
        {"KSComplement orders.delivered_at", "StatisticSimilarity orders.delivered_at"},
    ),
    Case(
        "events moved to other weekdays",
        "orders",
        "SELECT * EXCLUDE (shift) REPLACE (ordered_at + shift AS ordered_at, timezone('America/New_York', "
        "ordered_at + shift)::DATE AS order_date, paid_at + shift AS paid_at, shipped_at + shift AS shipped_at, "
        "delivered_at + shift AS delivered_at, returned_at + shift AS returned_at) FROM (SELECT *, CASE WHEN "
        "order_date < DATE '2024-10-01' THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END AS shift FROM t)",
        {
            "DailyRowCount orders.ordered_at",
            "EventLift orders.ordered_at",
            "LifetimeAdherence orders.customer_id",
            "WeekdayPattern orders.ordered_at",
        },
        {"no order after its customer left", "ids follow time", "no product is sold before its launch or after its end"},
    ),
    Case(
        "events moved to other hours",
        "orders",
        "SELECT * REPLACE (date_trunc('day', ordered_at - INTERVAL 5 HOUR) + INTERVAL 5 HOUR + (ordered_at - "
        "INTERVAL 5 HOUR - date_trunc('day', ordered_at - INTERVAL 5 HOUR)) / 2 AS ordered_at) FROM t",
        {
            "BoundaryAdherence orders.paid_at",
            "FormulaAdherence orders.order_date",
            "HourPattern orders.ordered_at",
            "KSComplement orders.paid_at",
            "StatisticSimilarity orders.paid_at",
        },
        {"order_date is the local date of ordered_at"},
    ),
    Case(
        "an event without its crowd",
        "orders",
        "SELECT * FROM t WHERE NOT (order_date = DATE '2023-11-24' AND order_id % 5 <> 0)",
        {
            "DailyRowCount orders.ordered_at",
            "EventLift orders.ordered_at",
            "ReferentialIntegrity order_items.order_id",
            "RowCount orders",
        },
    ),
    Case(
        "a day without rows",
        "orders",
        "SELECT * FROM t WHERE order_date <> DATE '2024-03-15'",
        {"DailyRowCount orders.ordered_at", "ReferentialIntegrity order_items.order_id", "RowCount orders"},
    ),
    Case(
        "an order before its customer",
        "orders",
        "SELECT * REPLACE (CASE WHEN order_id <= 10 THEN 2500 ELSE customer_id END AS customer_id) FROM t",
        {"LifetimeAdherence orders.customer_id"},
        {"no order before its customer registered"},
    ),
    Case(
        "everybody alike",
        "order_items",
        "SELECT * REPLACE (order_item_id % 500 + 1 AS product_id) FROM t",
        {"SkewSlope order_items.product_id"},
        {
            "no product is sold before its launch or after its end",
            "the last day sells at today's prices",
            "what inventory calls sold are the order lines since the review",
        },
    ),
    Case(
        "an end before the begin",
        "customers",
        "SELECT * REPLACE (CASE WHEN closed_at IS NOT NULL AND customer_id < 50 THEN registered_at - INTERVAL 1 "
        "DAY ELSE closed_at END AS closed_at) FROM t",
        {"LifetimeAdherence customers.closed_at", "LifetimeAdherence orders.customer_id"},
        {"no order after its customer left"},
    ),
    Case(
        "a current row that ended",
        "customers",
        "SELECT * REPLACE (true AS is_active) FROM t",
        {"LifetimeAdherence customers.is_active"},
    ),
    Case(
        "nobody leaves",
        "customers",
        "SELECT * REPLACE (NULL::TIMESTAMPTZ AS closed_at, true AS is_active) FROM t",
        {"MissingValueSimilarity customers.closed_at"},
    ),
    Case(
        "birth dates of children",
        "customers",
        "SELECT * REPLACE (birth_date + 3000 AS birth_date) FROM t",
        {"BoundaryAdherence customers.birth_date", "KSComplement customers.birth_date", "StatisticSimilarity customers.birth_date"},
        {"customers were 18 to 95 years old when they registered"},
    ),
    Case(
        "gifts that follow the quantity",
        "order_items",
        "SELECT * REPLACE (quantity >= 4 AS is_gift) FROM t",
        {"CorrelationSimilarity order_items.quantity, discount_rate, is_gift"},
    ),
    Case(
        "a combination that is missing",
        "inventory",
        "SELECT * FROM t WHERE NOT (store_id = 2 AND product_id = (SELECT min(product_id) FROM t))",
        {"CombinationAdherence inventory.store_id, product_id", "RowCount inventory"},
    ),
    Case(
        "stock that does not add up",
        "inventory",
        "SELECT * REPLACE (CASE WHEN store_id = 2 THEN on_hand + 1 ELSE on_hand END AS on_hand) FROM t",
        {"FormulaAdherence inventory.on_hand", "FormulaAdherence inventory.stock_value"},
        {"stock is what came less what went", "stock is worth its cost"},
    ),
    Case(
        "a snapshot of another day",
        "inventory",
        "SELECT * REPLACE (counted_at - INTERVAL 3 DAY AS counted_at) FROM t",
        {"BoundaryAdherence inventory.counted_at"},
        {"nothing happens after the end of the data"},
    ),
    Case(
        "registrations at once",
        "customers",
        "SELECT * REPLACE (CASE WHEN customer_id > 1500 THEN TIMESTAMPTZ '2023-01-05 12:00:00Z' ELSE "
        "registered_at END AS registered_at) FROM t",
        {
            "BoundaryAdherence customers.birth_date",
            "KSComplement customers.registered_at",
            "MissingValueSimilarity customers.closed_at",
        },
        {"customers were 18 to 95 years old when they registered"},
    ),
    Case(
        "mail that reaches somebody",
        "customers",
        "SELECT * REPLACE (CASE WHEN customer_id = 7 THEN email || '.com' ELSE email END AS email) FROM t",
        set(),
        {"mail reaches nobody"},
    ),
    Case(
        "more gifts",
        "order_items",
        "SELECT * REPLACE (order_item_id % 8 = 0 AS is_gift) FROM t",
        {"TVComplement order_items.is_gift"},
    ),
    Case(
        "stock below nothing",
        "inventory",
        "SELECT * REPLACE (-1 - on_hand AS on_hand) FROM t",
        {
            "BoundaryAdherence inventory.on_hand",
            "FormulaAdherence inventory.needs_reorder",
            "FormulaAdherence inventory.on_hand",
            "FormulaAdherence inventory.stock_value",
        },
        {"stock is never negative", "stock is what came less what went", "stock is worth its cost"},
    ),
    Case(
        "a key from another range",
        "orders",
        "SELECT * REPLACE (order_id + 20000 AS order_id, 'R' || lpad((order_id + 20000)::VARCHAR, 10, '0') AS "
        "order_number) FROM t",
        {
            "BoundaryAdherence orders.order_id",
            "FormulaAdherence orders.item_count",
            "FormulaAdherence orders.total_amount",
            "ReferentialIntegrity order_items.order_id",
        },
        {"an order's total is the sum of its lines", "what inventory calls sold are the order lines since the review"},
    ),
    Case(
        "twice the same code",
        "products",
        "SELECT * REPLACE (CASE WHEN product_id = 8 THEN (SELECT sku FROM t WHERE product_id = 9) ELSE sku END AS"
        " sku) FROM t",
        {"KeyUniqueness products.sku"},
    ),
    Case(
        "another list",
        "products",
        "SELECT * REPLACE (CASE WHEN department = 'Pets' THEN 'Apparel' ELSE department END AS department) FROM t",
        {"CategoryAdherence products.department, category, subcategory"},
    ),
    Case(
        "a swapped share",
        "customers",
        "SELECT * REPLACE (CASE WHEN customer_id % 2 = 0 THEN 'X' ELSE gender END AS gender) FROM t",
        {"TVComplement customers.gender"},
    ),
    Case(
        "half of the first year is gone",
        "orders",
        "SELECT * FROM t WHERE order_date >= DATE '2024-01-01' OR order_id % 2 = 0",
        {
            "CardinalityStatisticSimilarity order_items.order_id",
            "DailyRowCount orders.ordered_at",
            "ReferentialIntegrity order_items.order_id",
            "RowCount orders",
            "YearlyGrowth orders.ordered_at",
        },
    ),
    Case(
        "June in July",
        "orders",
        "SELECT * EXCLUDE (shift) REPLACE (ordered_at + shift AS ordered_at, timezone('America/New_York', "
        "ordered_at + shift)::DATE AS order_date, paid_at + shift AS paid_at, shipped_at + shift AS shipped_at, "
        "delivered_at + shift AS delivered_at, returned_at + shift AS returned_at) FROM (SELECT *, CASE WHEN "
        "month(order_date) = 6 THEN INTERVAL 28 DAY ELSE INTERVAL 0 DAY END AS shift FROM t)",
        {
            "DailyRowCount orders.ordered_at",
            "EventLift orders.ordered_at",
            "LifetimeAdherence orders.customer_id",
            "MonthPattern orders.ordered_at",
        },
        {
            "no order after its customer left",
            "ids follow time",
            "no product is sold before its launch or after its end",
            "within a day a product has one price",
        },
    ),
]


def names(report: Report) -> set[str]:
    """The checks that failed, without the declared rules."""
    return {f"{r.name} {r.table}{'.' if r.column else ''}{r.column}" for r in report.failures if r.group != "rule"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_damage_is_found(damage: Callable[[str, str], Report], case: Case) -> None:
    """Exactly the checks that speak of what was damaged fail, and they name rows that are."""
    report = damage(case.table, case.sql)
    assert names(report) == case.fails
    assert {result.sentence for result in report.failures if result.group == "rule"} == set(case.rules)
    assert all(result.score < 1 for result in report.failures)
    assert all(len(result.offending) <= 5 for result in report.results)


def test_rows_that_break_a_check_are_named(damage: Callable[[str, str], Report]) -> None:
    """Up to five keys, in order; of what is right, none."""
    report = damage("products", "SELECT * REPLACE (CASE WHEN product_id % 50 = 7 THEN 'x' ELSE ean END AS ean) FROM t")
    result = next(result for result in report.failures if result.name == "FormatAdherence")
    assert (result.observed, result.expected, result.rows) == (10, 0, 500)
    assert result.offending == ("7", "57", "107", "157", "207")
    assert result.score == pytest.approx(0.98)
    assert all(not result.offending for result in report.results if result.passed)


def test_a_table_that_is_gone_is_one_failure(written: Path, tmp_path: Path) -> None:
    """What cannot be asked without it says nothing, and why; the other tables are checked."""
    root = tmp_path / "damaged"
    shutil.copytree(written, root)
    next((root / "Files").glob("*/stores/data.parquet")).unlink()
    noted = find_manifest(root)
    report = validate(plan_of(noted), noted)
    assert names(report) == {"TableStructure stores"}
    silent = {(rule.table, rule.sentence) for rule in report.silent if rule.reason == "stores cannot be read"}
    assert ("orders", "each store_id is one of stores.store_id") in silent
    assert ("orders", "no store sells before it opens") in silent
    assert next(table for table in report.tables if table.name == "stores").rows == 0
    assert len([result for result in report.results if result.table == "customers"]) > 40


def test_a_file_that_is_no_parquet_is_one_failure(written: Path, tmp_path: Path) -> None:
    """The sentence is DuckDB's."""
    root = tmp_path / "damaged"
    shutil.copytree(written, root)
    next((root / "Files").glob("*/stores/data.parquet")).write_text("no parquet")
    noted = find_manifest(root)
    result = validate(plan_of(noted), noted).failures[0]
    assert (result.name, result.table) == ("TableStructure", "stores")
    assert "parquet" in str(result.observed).lower()


def test_every_kind_of_check_is_broken_by_some_case() -> None:
    """No check of this dataset is one that cannot fail."""
    kinds = {name.split()[0] for case in CASES for name in case.fails}
    assert kinds >= {
        "TableStructure", "RowCount", "KeyUniqueness", "BoundaryAdherence", "MissingValueSimilarity", "ReferentialIntegrity",
        "LifetimeAdherence", "CardinalityBoundaryAdherence", "CardinalityShapeSimilarity", "CardinalityStatisticSimilarity",
        "PositionAdherence", "CategoryAdherence", "TVComplement", "KSComplement", "StatisticSimilarity", "CorrelationSimilarity",
        "FormatAdherence", "FormulaAdherence", "LifecycleOrder", "LifecycleAdherence", "CombinationAdherence", "DailyRowCount",
        "WeekdayPattern", "MonthPattern", "YearlyGrowth", "HourPattern", "EventLift", "SkewSlope",
    }  # fmt: skip
