"""One engine looks at its tables as of many days: the day belongs to whoever asks."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.plan import Plan, TablePlan
from ingen_fab.synthetic_data.core.run.preview import PlanRows

ROWS = 600
SHIPPED = [
    "retail_star_small",
    "finance_oltp_small",
    pytest.param("retail_oltp_small", marks=pytest.mark.slow),
    pytest.param("ecommerce_star_small", marks=pytest.mark.slow),
    pytest.param("finance_star_small", marks=pytest.mark.slow),
    pytest.param("healthcare_oltp_small", marks=pytest.mark.slow),
]
BUILDING = {"make_layout", "make_kernel", "build_alias", "read_columns"}
"""Functions that make what an engine keeps."""


def plans_of(plan_of: Callable[..., Plan], dataset_id: str) -> tuple[Plan, list[Plan]]:
    """A plan as of a month after the history, and plans of four days, the last of them after the history too."""
    start, end = plan_of(dataset_id, target_rows=ROWS).window
    days = [end, end - timedelta(days=25), max(end - timedelta(days=90), start + timedelta(days=9)), end + timedelta(days=30)]
    plans = [plan_of(dataset_id, target_rows=ROWS, window=(start, min(day, end)), as_of=day) for day in days]
    return plan_of(dataset_id, target_rows=ROWS, as_of=days[-1]), plans


def digest(engine: Engine, table: TablePlan, as_of: int | None) -> str:
    """Of all rows of a table."""
    end = table.first_row + table.rows
    pieces = ((low, min(low + 700, end)) for low in range(table.first_row, end, 700))
    return digest_of((engine.batch(table.name, low, high, as_of=as_of) for low, high in pieces), table.primary_key)


@pytest.mark.parametrize("dataset_id", SHIPPED)
def test_days_one_after_another(plan_of: Callable[..., Plan], dataset_id: str) -> None:
    """Each day's rows are those of an engine that was made for it, whatever day was asked for before."""
    base, plans = plans_of(plan_of, dataset_id)
    fresh = [{table.name: digest(Engine(plan.program), table, None) for table in plan.tables} for plan in plans]
    assert fresh[0] != fresh[1]
    one = Engine(base.program)
    for _ in range(2):
        for plan, wanted in zip(plans, fresh, strict=True):
            for table in plan.tables:
                assert digest(one, table, plan.program.as_of) == wanted[table.name], (table.name, plan.as_of)
    # Without a day it is the plan's again.
    for table in base.tables:
        assert digest(one, table, None) == fresh[3][table.name], table.name


@pytest.mark.parametrize("dataset_id", ["retail_star_small", "finance_oltp_small"])
def test_another_day_builds_nothing(plan_of: Callable[..., Plan], dataset_id: str) -> None:
    """Layouts, kernels, lists and alias tables are made once, however many days follow."""
    base, plans = plans_of(plan_of, dataset_id)
    one = Engine(base.program)

    def built(plan: Plan) -> dict[str, int]:
        profile = cProfile.Profile()
        profile.enable()
        for table in plan.tables:
            digest(one, table, plan.program.as_of)
        profile.disable()
        stats = pstats.Stats(profile).get_stats_profile().func_profiles
        return {name: int(str(found.ncalls).partition("/")[0]) for name, found in stats.items() if name in BUILDING}

    assert built(plans[0])["make_kernel"] > 10
    assert [built(plan) for plan in plans[1:]] == [{}] * 3


def test_a_day_that_the_calendar_does_not_reach(plan_of: Callable[..., Plan]) -> None:
    """It is refused: the days that a program knows of end at its horizon."""
    plan = plan_of("retail_oltp_small", target_rows=50)
    engine = Engine(plan.program)
    for day in (-1, plan.program.calendar.horizon + 1):
        with pytest.raises(ValueError, match="rows can be seen as of the days 0 to"):
            engine.batch("orders", 0, 10, as_of=day)
    assert engine.batch("orders", 0, 10).num_rows == 10


@pytest.mark.parametrize("late_first", [True, False])
def test_some_rows_of_snapshots(plan_of: Callable[..., Plan], late_first: bool) -> None:
    """How many rows a snapshot has is another number each day: rows of one day do not count those of the day asked for before."""
    plan = plan_of("retail_oltp_small")
    days = [plan.as_of, plan.window[0] + timedelta(days=60)]
    rows, counts = PlanRows(plan), [PlanRows(plan).count("inventory", day) for day in days]
    assert counts[0] != counts[1]
    for day, count in zip(days, counts, strict=True) if late_first else reversed(list(zip(days, counts, strict=True))):
        places = np.arange(0, count, 2)
        whole = pa.concat_tables(rows.page("inventory", low, min(10_000, count - low), day) for low in range(0, count, 10_000))
        assert rows.some("inventory", places, as_of=day).equals(whole.take(places))
