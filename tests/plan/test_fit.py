"""A sum over children is given a mean and a spread, and stays the sum of its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import InputError, ParameterError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.plan.tilt import bend, closest, count_moments, declared_shares, reach
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.distributions import Distribution

LOGNORMAL = {"type": "lognormal", "mean": 100, "sigma": 50}


def totals(plan: Plan) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Every order's total."""
    return Engine(plan.program).table("orders").frame(0, plan.table("orders").rows).get("total_amount").values / 100


@pytest.mark.parametrize(("mean", "spread"), [(100, 50), (30, 40), (250, 260)])
def test_moments_are_reached(plan_of: Callable[..., Plan], mean: float, spread: float) -> None:
    """At 50,000 orders: the mean within 2 %, the standard deviation within 5 %, and the plan says so."""
    distribution = {"type": "lognormal", "mean": mean, "sigma": spread}
    plan = plan_of("retail_oltp_small", target_rows=50_000, distributions={"order_amount": distribution})
    found = totals(plan)
    assert abs(found.mean() / mean - 1) < 0.02
    assert abs(found.std() / spread - 1) < 0.05
    note = next(note for note in plan.notes if note.startswith("distributions"))
    assert "`products.list_price` is multiplied by" in note
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
        old, new = (Engine(plan.program).batch(table.name, 0, table.rows) for plan in (before, after))
        for column in table.columns:
            same = old.column(column.name).to_pylist() == new.column(column.name).to_pylist()
            assert same or f"{table.name}.{column.name}" in note, f"{table.name}.{column.name}"


@pytest.mark.parametrize(
    ("distribution", "sentence"),
    [
        ({"type": "normal", "mean": 100, "stddev": 1}, "its standard deviation can be about"),
        ({"type": "normal", "mean": 100, "stddev": 400}, "its standard deviation can be about"),
        ({"type": "normal", "mean": 100, "stddev": 50, "min": 10}, "min and max cannot truncate"),
        ({"type": "normal", "mean": -5, "stddev": 50}, "above 0"),
        (100, "above 0"),
    ],
)
def test_what_is_out_of_reach_is_refused(plan_of: Callable[..., Plan], distribution: Any, sentence: str) -> None:
    """In one sentence that names the column."""
    with pytest.raises(ParameterError, match=sentence) as caught:
        plan_of("retail_oltp_small", distributions={"order_amount": distribution})
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
    # What came back until then is more with a later end.
    returned = {"returned_quantity", "refund_amount", "return_reason"}
    columns = [column.name for column in whole.table("order_items").columns if column.name not in returned]
    old, new = (Engine(plan.program).batch("order_items", 0, rows, columns) for plan in (whole, later))
    assert old.equals(new)


COUNTS = [Distribution(type="geometric", mean=2.6, min=1, max=12), Distribution(type="poisson", mean=4, max=20)]


@pytest.mark.parametrize("distribution", COUNTS)
def test_the_closest_distribution_has_the_wanted_moments(distribution: Distribution) -> None:
    """And is the declared one where nothing is asked of it."""
    support, declared = declared_shares(distribution)
    mean, variance = count_moments(support, declared)
    means = np.array([mean, mean * 1.5, mean, mean])
    variances = np.array([variance, variance, variance * 0.5, variance * 1.3])
    entropies, shares = closest(support, declared, means, variances)
    assert abs(entropies[0]) < 1e-9
    assert np.allclose(shares[:, 0], declared, atol=1e-9)
    assert (entropies[1:] > 0).all()
    for n in range(len(means)):
        assert np.allclose(count_moments(support, shares[:, n]), (means[n], variances[n]), rtol=1e-6)


@pytest.mark.parametrize("distribution", COUNTS)
@pytest.mark.parametrize("scatter", [0.0, 0.3, 1.4])
def test_what_is_said_to_be_in_reach_is(distribution: Distribution, scatter: float) -> None:
    """Shares are found everywhere between the ends that a refusal names, and nowhere beyond."""
    support, declared = declared_shares(distribution)
    low, high = reach(support, declared, scatter)
    for part in np.linspace(0.02, 0.98, 40).tolist():
        goal = (low + (high - low) * part) ** 2
        shares = bend(support, declared, scatter, goal)
        assert shares is not None, part
        mean, variance = count_moments(support, shares / shares.sum())
        assert abs((scatter / mean + variance / mean**2) / goal - 1) < 1e-3
    assert bend(support, declared, scatter, (low * 0.99) ** 2) is None
    assert bend(support, declared, scatter, (high * 1.01) ** 2) is None


OWN = """
dataset_id: garage
tables:
  cars: {rows: events, columns: {car_id: key, seen_at: begin, bill: {kind: aggregate, of: works.cost}, tip: {kind: sql, sql: bill * 2}}}
  works:
    rows: {layout: children, of: cars, count: COUNT}
    columns:
      work_id: key
      car_id: parent
      hours: {kind: number, distribution: {type: uniform, min: 1, max: 4}}
      rate: {kind: number, distribution: {type: normal, mean: 60, stddev: 20, min: 20, max: 120}, places: 2}
      cost: {kind: sql, sql: hours * rate}
  others: {columns: {other_id: key, size: {kind: number, distribution: {type: normal, mean: 9, stddev: 2}, places: 1}}}
"""


def own(folder: Path, count: str) -> Path:
    """A directory with a dataset of which the product knows nothing."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "garage.yaml").write_text(OWN.replace("COUNT", count))
    return folder / "own"


@pytest.mark.parametrize(("mean", "spread"), [(500, 300), (90, 70)])
def test_own_datasets_are_fitted_too(plan_of: Callable[..., Plan], tmp_path: Path, mean: float, spread: float) -> None:
    """Prices on the lines themselves, and parents without any row."""
    folder = own(tmp_path, "{type: poisson, mean: 2, max: 9}")
    distribution = {"type": "normal", "mean": mean, "stddev": spread}
    before = plan_of("garage", datasets=[folder], target_rows=20_000)
    after = plan_of("garage", datasets=[folder], target_rows=20_000, distributions={"bill": distribution})
    found = Engine(after.program).table("cars").frame(0, 20_000).get("bill").values / 100
    assert abs(found.mean() / mean - 1) < 0.02
    assert abs(found.std() / spread - 1) < 0.03
    works = Engine(after.program).batch("works", 0, after.table("works").rows).to_pydict()
    sums = dict.fromkeys(range(1, 20_001), 0)
    for car, cost in zip(works["car_id"], works["cost"], strict=True):
        sums[car] += int(cost * 100)
    assert list(sums.values()) == [round(bill * 100) for bill in found.tolist()]
    for table, columns in {"cars": ["car_id", "seen_at"], "others": ["other_id", "size"]}.items():
        rows = before.table(table).rows
        assert Engine(before.program).batch(table, 0, rows, columns).equals(Engine(after.program).batch(table, 0, rows, columns))


def test_a_count_that_never_varies_leaves_the_mean(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Three works a car: the spread follows the mean, and any other is refused."""
    folder = own(tmp_path, "3")
    base = Engine(plan_of("garage", datasets=[folder], target_rows=20_000).program).table("cars").frame(0, 20_000).get("bill").values
    ratio = float(base.std() / base.mean())
    plan = plan_of(
        "garage", datasets=[folder], target_rows=20_000, distributions={"bill": {"type": "normal", "mean": 50, "stddev": 50 * ratio}}
    )
    assert plan.table("works").rows == 60_000
    note = next(note for note in plan.notes if note.startswith("distributions"))
    assert "rows for each" not in note
    assert note.endswith("this also changes cars.bill, cars.tip, works.cost, works.rate")
    with pytest.raises(ParameterError, match="standard deviation can be about"):
        plan_of("garage", datasets=[folder], target_rows=20_000, distributions={"bill": {"type": "normal", "mean": 50, "stddev": 5}})


@pytest.mark.parametrize(
    ("distributions", "sentence"),
    [
        ({"bill": LOGNORMAL, "works.rate": LOGNORMAL}, "scaling `works.rate`, which has a distribution of its own"),
        ({"bill": LOGNORMAL, "cars.other": LOGNORMAL}, "same rows or prices as `cars.bill`"),
    ],
)
def test_two_distributions_for_one_thing_are_refused(
    plan_of: Callable[..., Plan], tmp_path: Path, distributions: dict[str, Any], sentence: str
) -> None:
    """Rather than that the second undoes the first."""
    folder = own(tmp_path, "{type: poisson, mean: 2, max: 9}")
    file = folder / "garage.yaml"
    file.write_text(file.read_text().replace("works.cost}", "works.cost}, other: {kind: aggregate, of: works.rate}"))
    with pytest.raises(InputError, match=sentence):
        plan_of("garage", datasets=[folder], target_rows=1_000, distributions=distributions)


@pytest.mark.parametrize("rows", [1, 2, 7, 50])
def test_few_rows_are_fitted_as_far_as_chance_allows(plan_of: Callable[..., Plan], rows: int) -> None:
    """No size is refused for being small, and the fit is the same each time."""
    first, again = (plan_of("retail_oltp_small", target_rows=rows, distributions={"order_amount": LOGNORMAL}) for _ in range(2))
    assert first.spec_hash == again.spec_hash
    assert 50 < totals(first).mean() < 200
