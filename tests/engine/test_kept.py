"""What stays in memory: caches have limits, and a block's rows go as soon as nobody asks for them."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.frame import Frame
from ingen_fab.synthetic_data.core.engine.layouts.panel import Panel
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

LARGEST = {info.world: info.dataset_id for info in sorted(DatasetConfigurationRepository().list(), key=lambda info: info.target_rows)}
ROWS = 50_000


def engine_of(dataset_id: str, rows: int) -> tuple[Engine, dict[str, tuple[int, int]]]:
    """An engine, and the rows that each table writes."""
    plan = make_plan(resolve_parameters(dataset_id, flags={"target_rows": rows}, repository=DatasetConfigurationRepository()))
    return Engine(plan.program), {table.name: (table.first_row, table.first_row + table.rows) for table in plan.tables}


def blocks(tables: dict[str, tuple[int, int]], most: int, count: int) -> Iterator[tuple[str, int, int]]:
    """Some consecutive blocks from the middle of each table."""
    for name, (first, last) in tables.items():
        low = (first + last) // 2
        for start in range(low, min(low + most * count, last), most):
            yield name, start, min(start + most, last)


@pytest.mark.parametrize("dataset_id", sorted(LARGEST.values()))
def test_a_block_that_is_done_leaves_nothing_behind(dataset_id: str) -> None:
    """No circle of references keeps frames, and with them arrays, until Python looks for circles: it rarely does."""
    engine, tables = engine_of(dataset_id, ROWS)
    gc.collect()
    gc.disable()
    try:
        for name, start, stop in blocks(tables, 2_000, 2):
            engine.batch(name, start, stop)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        kept = sorted(f"{found.table.name}, {found.count} rows" for found in gc.garbage if isinstance(found, Frame))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not kept


def test_a_panel_keeps_no_more_rows_than_it_says() -> None:
    """However many rows have been asked for, those that a panel keeps have a limit, which the estimate of a run counts."""
    engine, tables = engine_of(LARGEST["finance_oltp"], ROWS)
    panel = engine.table("transactions").layout
    assert isinstance(panel, Panel)
    panel.units.kept_rows = 5_000
    first, last = tables["transactions"]
    for start in range(first, last, 5_000):
        engine.batch("transactions", start, min(start + 5_000, last), ["amount"])
        assert panel.units.rows <= 5_000 or len(panel.units) == 1
    assert panel.kept_bytes >= 38 * 5_000
