"""References that are not to entities by popularity: earlier rows, children, keys of several columns, any row at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

FIRM = """
dataset_id: firm
history: {start: 2024-01-01, end: 2024-03-31}
driving: sales
tables:
  staff:
    rows: {number: 900, lifetime: {type: exponential, mean: 300, unit: days}}
    columns:
      staff_id: key
      hired_at: begin
      left_at: end
      manager_id: {kind: reference, to: staff, pick: earlier, nulls: 0.02}
      manager_hired_at: manager_id.hired_at
  offers:
    rows: {layout: children, of: staff, count: {type: geometric, mean: 3, min: 1, max: 8}}
    primary_key: [staff_id, item_id]
    columns:
      _offer: key
      staff_id: parent
      item_id: {kind: reference, to: items, distinct: true}
  items: {rows: {number: 50}, columns: {item_id: key, listed_at: begin}}
  sales:
    rows: events
    columns:
      sale_id: key
      sold_at: begin
      _offer: {kind: reference, to: offers}
      staff_id: _offer.staff_id
      item_id: _offer.item_id
      any_item: {kind: reference, to: items, available: false, skew: none}
      refund_of: {kind: reference, to: lines}
  lines:
    rows: {layout: children, of: sales, count: {type: geometric, mean: 2, min: 1, max: 5}}
    columns: {line_id: key, sale_id: parent}
"""

MakePlan = Callable[..., Plan]


@pytest.fixture
def plan(plan_of: MakePlan, tmp_path: Path) -> Plan:
    """3,000 sales of the firm."""
    return plan_of("firm", datasets=[own(tmp_path, FIRM)], target_rows=3_000)


def own(folder: Path, text: str) -> Path:
    """A directory with one dataset."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "firm.yaml").write_text(text)
    return folder / "own"


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    return preview(plan, table, 0, plan.table(table).rows).to_pylist()


def test_managers_come_before_their_staff(plan: Plan) -> None:
    """A hierarchy without circles: each manager is an earlier row who is still there; only the first and a share have none."""
    staff = {row["staff_id"]: row for row in rows(plan, "staff")}
    managed = [row for row in staff.values() if row["manager_id"] is not None]
    assert staff[1]["manager_id"] is None
    assert 900 - len(managed) in (18, 19)
    for row in managed:
        manager = staff[row["manager_id"]]
        assert manager["staff_id"] < row["staff_id"]
        assert row["manager_hired_at"] == manager["hired_at"] < row["hired_at"]
        assert manager["left_at"] is None or manager["left_at"] >= row["hired_at"].replace(hour=0, minute=0, second=0, microsecond=0)


def test_a_key_of_two_columns_is_copied(plan: Plan) -> None:
    """Each sale's pair is one of the offers, and many offers are sold."""
    offers = {(row["staff_id"], row["item_id"]) for row in rows(plan, "offers")}
    sold = {(row["staff_id"], row["item_id"]) for row in rows(plan, "sales")}
    assert len(offers) == plan.table("offers").rows
    assert sold <= offers
    assert len(sold) > len(offers) / 2


def test_children_grow_with_their_parents(plan: Plan) -> None:
    """A reference to children of events reaches any line of an earlier day, not only the first ones."""
    sold = {row["sale_id"]: row["sold_at"] for row in rows(plan, "sales")}
    of = {row["line_id"]: row["sale_id"] for row in rows(plan, "lines")}
    for row in rows(plan, "sales")[200:]:
        assert sold[of[row["refund_of"]]].date() < row["sold_at"].date() or of[row["refund_of"]] < row["sale_id"]
    assert len({row["refund_of"] for row in rows(plan, "sales")}) > 1_500


def test_any_row_of_the_history(plan: Plan) -> None:
    """`available: false` with even popularity reaches all items on the first day already, whatever the window's end."""
    first = [row["any_item"] for row in rows(plan, "sales")[:600]]
    assert len(set(first)) == 50


@pytest.mark.parametrize("column", ["manager_id", "manager_hired_at"])
def test_scattered_staff_equal_the_block(plan: Plan, column: str) -> None:
    """One by one, backwards and scattered."""
    table = Engine(plan.program).table("staff")
    block = table.frame(0, 900).get(column)
    some = np.array([899, 0, 17, 450, 16, 1], np.int64)
    alone = [table.frame(int(row), 1).get(column) for row in some]
    gathered = table.rows_frame(some).get(column)
    assert block.valid is not None
    for place, row in enumerate(some):
        for vec, at in ((alone[place], 0), (gathered, place)):
            assert vec.valid is not None
            assert vec.valid[at] == block.valid[row]
            assert not block.valid[row] or vec.values[at] == block.values[row]


@pytest.mark.parametrize("column", ["_offer", "any_item", "refund_of"])
def test_scattered_sales_equal_the_block(plan: Plan, column: str) -> None:
    """References to children too."""
    table = Engine(plan.program).table("sales")
    some = np.array([2_999, 0, 1_500, 3, 700], np.int64)
    assert (table.rows_frame(some).get(column).values == table.frame(0, 3_000).get(column).values[some]).all()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("to: staff, pick: earlier", "to: items, pick: earlier", "`pick: earlier` is of the same table; `items` is another"),
        ("pick: earlier, nulls: 0.02", "pick: earlier, required: true", "`pick: earlier` takes no"),
        ("pick: earlier, nulls: 0.02", "pick: earlier, available: false", "`available: false` has no effect on `pick: earlier`"),
    ],
)
def test_what_is_said_of_mistakes(plan_of: MakePlan, tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """Words that would have no effect are refused."""
    with pytest.raises(ConfigError, match=sentence):
        plan_of("firm", datasets=[own(tmp_path, FIRM.replace(old, new))])
