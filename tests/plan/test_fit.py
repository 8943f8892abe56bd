"""A sum over children is given a mean and a spread, and stays the sum of its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from ingen_fab.synthetic_data.core.errors import InputError, ParameterError
from ingen_fab.synthetic_data.core.plan.fit import _closest, _declared, _moments
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import engine_of
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.laws import Law

LOGNORMAL = {"type": "lognormal", "mean": 100, "sigma": 50}


def totals(plan: Plan) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Every order's total."""
    return engine_of(plan).table("orders").frame(0, plan.table("orders").rows).get("total_amount").values / 100


@pytest.mark.parametrize(("mean", "spread"), [(100, 50), (30, 40), (250, 260)])
def test_moments_are_reached(plan_of: Callable[..., Plan], mean: float, spread: float) -> None:
    """At 50,000 orders: the mean within 2 %, the standard deviation within 5 %, and the plan says so."""
    law = {"type": "lognormal", "mean": mean, "sigma": spread}
    plan = plan_of("retail_oltp_small", target_rows=50_000, distributions={"order_amount": law})
    found = totals(plan)
    assert abs(found.mean() / mean - 1) < 0.02
    assert abs(found.std() / spread - 1) < 0.05
    note = next(note for note in plan.notes if note.startswith("distributions"))
    assert "products.list_price is multiplied by" in note
    assert "orders.amount_due" in note
    assert "customers" not in note


def test_totals_stay_sums_to_the_cent(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Read from the files: totals, prices' endings, no product twice, and the foreign keys."""
    plan = plan_of(
        "retail_oltp_small", target_rows=3_000, distributions={"order_amount": LOGNORMAL}, output_settings__output_mode="parquet"
    )
    run(plan)
    folder = tmp_path / "out" / "Files" / "retail_oltp_small"
    connection = duckdb.connect()
    for table in plan.names:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{folder}/{table}/*')")
    for sentence, (least, sql) in plan.checks.items():
        if least <= 3_000 and "2.6 on average" not in sentence:
            assert connection.execute(sql).fetchall() == [], sentence


def test_what_is_not_named_stays(plan_of: Callable[..., Plan]) -> None:
    """Only what the note says changes."""
    before = plan_of("retail_oltp_small", target_rows=2_000)
    after = plan_of("retail_oltp_small", target_rows=2_000, distributions={"order_amount": LOGNORMAL})
    note = next(note for note in after.notes if note.startswith("distributions"))
    for table in before.tables:
        if table.name == "order_items":
            continue
        old, new = (engine_of(plan).batch(table.name, 0, table.rows) for plan in (before, after))
        for column in table.columns:
            same = old.column(column.name).to_pylist() == new.column(column.name).to_pylist()
            assert same or f"{table.name}.{column.name}" in note, f"{table.name}.{column.name}"


@pytest.mark.parametrize(
    ("law", "sentence"),
    [
        ({"type": "normal", "mean": 100, "stddev": 1}, "its standard deviation can be about"),
        ({"type": "normal", "mean": 100, "stddev": 400}, "its standard deviation can be about"),
        ({"type": "normal", "mean": 100, "stddev": 50, "min": 10}, "min and max cannot cut"),
        ({"type": "normal", "mean": -5, "stddev": 50}, "above 0"),
        (100, "above 0"),
    ],
)
def test_what_is_out_of_reach_is_refused(plan_of: Callable[..., Plan], law: Any, sentence: str) -> None:
    """In one sentence that names the column."""
    with pytest.raises(ParameterError, match=sentence) as caught:
        plan_of("retail_oltp_small", distributions={"order_amount": law})
    assert "orders.total_amount" in str(caught.value)


def test_only_sums_of_prices_can_be_fitted(plan_of: Callable[..., Plan]) -> None:
    """A count of pieces stands on no price."""
    with pytest.raises(InputError, match="no drawn price"):
        plan_of("retail_oltp_small", distributions={"orders.item_count": LOGNORMAL})


def test_the_fit_is_the_same_for_any_window(plan_of: Callable[..., Plan]) -> None:
    """It is measured on the dataset's own history, so a later end changes no earlier day."""
    from datetime import date

    whole = plan_of("retail_oltp_small", target_rows=2_000, distributions={"order_amount": LOGNORMAL})
    later = plan_of(
        "retail_oltp_small",
        target_rows=2_000,
        distributions={"order_amount": LOGNORMAL},
        window=(date(2023, 1, 1), date(2025, 2, 1)),
        as_of=date(2025, 2, 1),
    )
    rows = whole.table("order_items").rows
    old, new = (engine_of(plan).batch("order_items", 0, rows) for plan in (whole, later))
    assert old.equals(new)


@pytest.mark.parametrize("law", [Law(type="geometric", mean=2.6, min=1, max=12), Law(type="poisson", mean=4, max=20)])
def test_the_closest_law_has_the_wanted_moments(law: Law) -> None:
    """And is the declared one where nothing is asked of it."""
    support, declared = _declared(law)
    mean, variance = _moments(support, declared)
    same = _closest(support, declared, mean, variance)
    assert same is not None
    assert abs(same[0]) < 1e-9
    assert np.allclose(same[1], declared, atol=1e-9)
    for wanted_mean, wanted_variance in [(mean * 1.5, variance), (mean, variance * 0.5), (mean, variance * 1.3)]:
        found = _closest(support, declared, wanted_mean, wanted_variance)
        assert found is not None
        assert np.allclose(_moments(support, found[1]), (wanted_mean, wanted_variance), rtol=1e-6)
        assert found[0] > 0
