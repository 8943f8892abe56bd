"""Children that `target_rows` counts: their total is exact, and the number of their parents follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

BASKETS = """
dataset_id: baskets
driving: sales
tables:
  baskets: {rows: events, columns: {basket_id: key, at: begin}}
  lines:
    rows: {layout: children, of: baskets, count: COUNT}
    columns: {line_id: key, basket_id: parent, line: position, price: {kind: number, distribution: {min: 1, max: 9}}}
  sales: {rows: {layout: children, of: lines}, columns: {sale_id: key, line_id: parent, basket_id: line_id.basket_id, price: line_id.price}}
"""
GEOMETRIC = "{type: geometric, mean: 2.6, min: 1, max: 12}"


def own(folder: Path, count: str = GEOMETRIC) -> Path:
    """A directory with the dataset."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "baskets.yaml").write_text(BASKETS.replace("COUNT", count))
    return folder / "own"


@pytest.mark.parametrize("rows", [1, 2, 13, 59, 2_661, 2_662, 2_663, 5_400, 10_000])
def test_the_total_is_exact(plan_of: Callable[..., Plan], tmp_path: Path, rows: int) -> None:
    """So many lines, each basket with 1 to 12 of them numbered without a hole, and every basket has lines."""
    plan = plan_of("baskets", datasets=[own(tmp_path)], target_rows=rows)
    assert plan.table("sales").rows == plan.table("lines").rows == rows
    lines = preview(plan, "lines", 0, rows).to_pylist()
    sizes = Counter(line["basket_id"] for line in lines)
    assert sorted(sizes) == list(range(1, plan.table("baskets").rows + 1))
    assert all(1 <= size <= 12 for size in sizes.values())
    assert [line["line"] for line in lines] == [n for basket in sorted(sizes) for n in range(1, sizes[basket] + 1)]
    if rows >= 2_661:
        assert abs(rows / len(sizes) - 2.6) < 0.05


def test_rows_are_found_on_both_sides_of_the_cut(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Single rows and rows of a later window equal the block, before and behind the history's end."""
    rows, end = 5_000, date(2025, 6, 30)
    short = plan_of("baskets", datasets=[own(tmp_path)], target_rows=rows)
    long = plan_of("baskets", datasets=[own(tmp_path)], target_rows=rows, window=(date(2023, 1, 1), end), as_of=end)
    assert long.table("sales").rows > rows
    before, after = preview(short, "sales", 0, rows).to_pylist(), preview(long, "sales", 0, long.table("sales").rows).to_pylist()
    assert after[:rows] == before
    assert after[rows]["basket_id"] == before[-1]["basket_id"] + 1
    for place in (0, 2_662, rows - 1, rows, rows + 1, len(after) - 1):
        assert preview(long, "sales", place, 1).to_pylist() == [after[place]]


def test_a_day_alone_is_the_day_of_the_whole(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """The last day of the history and the first one behind it hold the rows that the whole has there."""
    rows = 5_000
    end = date(2025, 1, 31)
    whole = plan_of("baskets", datasets=[own(tmp_path)], target_rows=rows, window=(date(2023, 1, 1), end), as_of=end)
    engine = Engine(whole.program)
    for day in (date(2024, 12, 31), date(2025, 1, 1)):
        alone = plan_of("baskets", datasets=[own(tmp_path)], target_rows=rows, window=(day, day), as_of=day).table("sales")
        assert alone.rows > 0
        found = engine.batch("sales", alone.first_row, alone.first_row + alone.rows, ["basket_id"])
        moments = preview(whole, "baskets", found.column("basket_id")[0].as_py() - 1, 1).to_pylist()
        assert moments[0]["at"].date() == day


def test_what_cannot_be_shared_out_is_refused(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Ten lines in baskets of exactly three leave one over."""
    with pytest.raises(ConfigError, match=r"tables\.lines\.rows\.count: 10 rows cannot be shared out: a parent has 3 to 3"):
        plan_of("baskets", datasets=[own(tmp_path, "3")], target_rows=10)
    assert plan_of("baskets", datasets=[own(tmp_path, "3")], target_rows=12).table("baskets").rows == 4
