"""How unevenly rows are drawn: laws of popularity, and the column that tells it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.distributions import rates
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.hashing import make_key
from ingen_fab.synthetic_data.core.engine.popularity import Popularity
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.columns import Popularity as Zipf
from ingen_fab.synthetic_data.core.program.columns import Rates
from ingen_fab.synthetic_data.core.quality.judges.curves import LastingSlope, PopularShare, Rate
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run.run import run

SHOP = """
dataset_id: shop
driving: orders
history: {start: 2024-01-01, end: 2024-12-31}
tables:
  customers:
    rows: {number: 3_000, initial_share: 0.6, lifetime: {type: exponential, mean: 900, min: 20, unit: days}}
    columns:
      customer_id: key
      joined_on: {kind: begin, as: date}
      left_on: end
      activity: {kind: popularity, of: orders.customer_id}
      _luck: {kind: number, places: 3, distribution: {type: lognormal, mean: 1, stddev: 0.5}}
      tier: {kind: sql, sql: "CASE WHEN activity * _luck > 2 THEN 'gold' ELSE 'basic' END"}
      alike: {kind: popularity, of: orders.helped_by, places: 0}
  products:
    rows: {number: 400, initial_share: 1}
    columns: {product_id: key, velocity: {kind: popularity, of: orders.product_id, places: 3}}
  stores:
    rows: {number: 5, initial_share: 1}
    columns: {store_id: key, size: {kind: number, distribution: {type: uniform, min: 1, max: 9}}}
  orders:
    rows: events
    columns:
      order_id: key
      at: begin
      customer_id: {kind: reference, to: customers, skew: {gamma: 0.7}, factors: FACTORS}
      product_id: {kind: reference, to: products}
      helped_by: {kind: reference, to: customers, skew: none, nulls: 0.5}
      store_id: {kind: reference, to: stores, pick: share, weight: size}
      same_id: {kind: reference, to: customers, match: {customer_id: customer_id}}
      note: {kind: constant, value: x}
"""

MakePlan = Callable[..., Plan]


@pytest.fixture
def shop(own_plan: MakePlan) -> MakePlan:
    """Plans of the shop with other settings."""
    return lambda **settings: own_plan(SHOP, ", factors: FACTORS", "", **settings)


def whole(plan: Plan, table: str) -> Any:
    """All rows of a table, for pandas."""
    mine = plan.table(table)
    return Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows).to_pandas()


def test_rows_are_drawn_as_often_as_their_column_says(shop: MakePlan) -> None:
    """Of customers that are there on all days, and of products; an attribute that follows from it tells who buys."""
    plan = shop(target_rows=60_000, output_settings__output_mode="parquet")
    customers, orders, products = (whole(plan, name) for name in ("customers", "orders", "products"))
    there = customers[(customers["joined_on"] <= date(2024, 1, 1)) & customers["left_on"].isna()]
    counts = there["customer_id"].map(orders["customer_id"].value_counts()).fillna(0).astype(float)
    assert np.corrcoef(counts, there["activity"].astype(float))[0, 1] > 0.97
    assert counts[there["tier"] == "gold"].mean() > 3 * counts[there["tier"] == "basic"].mean()
    sold = products["product_id"].map(orders["product_id"].value_counts()).fillna(0)
    assert np.corrcoef(sold, products["velocity"].astype(float))[0, 1] > 0.99
    assert customers["activity"].astype(float).mean() == pytest.approx(1, abs=0.05)
    assert set(customers["alike"]) == {1}
    run(plan)
    report = validate_output(plan.output.root)
    assert report.failures == ()
    found = {(each.name, each.column) for each in report.results}
    assert found >= {("PopularityAdherence", "activity"), ("PopularityAdherence", "velocity"), ("SkewSlope", "customer_id")}


def test_a_popularity_that_is_not_the_rows_is_found() -> None:
    """By its share of what was drawn."""
    assert PopularShare()({"rows": 60_000, "popular": 44_000, "declared": 0.735}).passed
    assert not PopularShare()({"rows": 60_000, "popular": 24_000, "declared": 0.735}).passed


def test_the_popularity_is_for_life(shop: MakePlan, digests: Callable[..., dict[str, str]]) -> None:
    """In pieces of any size, on a later day, and with more customers."""
    plan = shop(target_rows=2_000)
    assert digests(plan, 333, backwards=True) == digests(plan, 65_536)
    later = shop(target_rows=2_000, window=(date(2024, 1, 1), date(2025, 6, 30)), as_of=date(2025, 6, 30))
    few, many = (whole(each, "customers")["activity"] for each in (plan, later))
    assert len(many) > len(few)
    assert list(many[: len(few)]) == list(few)


def test_one_of_a_billion_knows_its_popularity(shop: MakePlan) -> None:
    """Without the others; the draws have the law's own shares."""
    engine = Engine(shop(target_rows=1_000).program)
    kernel = engine.table("customers").kernel("activity")
    rows = np.array([999_999_999, 123_456_789, 17], np.int64)
    alone = [int(kernel.values(engine.table("customers").rows_frame(rows[n : n + 1])).values[0]) for n in range(3)]
    assert kernel.values(engine.table("customers").rows_frame(rows)).values.tolist() == alone
    block = kernel.values(engine.table("customers").frame(15_000 * 65_536, 65_536)).values / 100
    assert (float(block.mean()), float(block.var())) == pytest.approx((1, 1 / 0.7), rel=0.01)


def test_attributes_that_follow_from_it_may_weigh_the_draw(own_plan: MakePlan) -> None:
    """No circle: what draws is asked for its law alone."""
    plan = own_plan(SHOP, "FACTORS", "[{of: tier = 'gold', column: at.hour, times: {'18-24': 3}}]", target_rows=5_000)
    tiers = whole(plan, "customers").set_index("customer_id")["tier"]
    orders = whole(plan, "orders")
    gold, late = orders["customer_id"].map(tiers) == "gold", orders["at"].dt.hour >= 18
    assert gold[late].mean() > gold[~late].mean() + 0.1


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        ("customer_id", "`of` names a table and its reference, as `orders.customer_id` does, not `customer_id`"),
        ("orders.note", "`orders.note` is a constant, and draws no rows"),
        ("orders.product_id", "`orders.product_id` refers to `products`, and not to `customers`"),
        ("orders.same_id", "`orders.same_id` finds its rows by `match`; only rows that are drawn have a popularity"),
        ("orders.customer", "table `orders` has no column `customer`"),
    ],
)
def test_what_has_no_popularity_is_refused(own_plan: MakePlan, of: str, sentence: str) -> None:
    """With the reason."""
    text = SHOP.replace(", factors: FACTORS", "")
    with pytest.raises(ConfigError, match=re.escape(f"tables.customers.columns.activity: {sentence}")):
        own_plan(text, "activity: {kind: popularity, of: orders.customer_id}", f"activity: {{kind: popularity, of: {of}}}")


def test_shares_have_their_own_column(own_plan: MakePlan) -> None:
    """Which is named."""
    text = SHOP.replace(", factors: FACTORS", "")
    sentence = "`orders.store_id` takes its rows by the column `size`, which tells how often each comes"
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        own_plan(text, "columns: {store_id: key,", "columns: {store_id: key, often: {kind: popularity, of: orders.store_id},")


FADING = """
dataset_id: fading
history: {start: 2024-01-01, end: 2024-12-31}
tables:
  users:
    rows: {number: 80_000, initial_share: 0.5, lifetime: {type: exponential, mean: 900, min: 20, unit: days}}
    columns: {user_id: key, joined_on: {kind: begin, as: date}, left_on: end}
  visits:
    rows: events
    columns:
      visit_id: key
      on: {kind: begin, as: date}
      user_id: {kind: reference, to: users, skew: {gamma: 0.7}, ageing: {0 days: 2, 60 days: 1, 200 days: 0.4}}
"""


def test_activity_fades_in_large_populations_too(own_plan: MakePlan, digests: Callable[..., dict[str, str]]) -> None:
    """By the age on the very day, in straight lines between the ages, whatever the pieces; a later end changes nothing."""
    plan = own_plan(FADING, target_rows=120_000)
    users, visits = whole(plan, "users"), whole(plan, "visits")
    joined = visits["user_id"].map(users.set_index("user_id")["joined_on"])
    late = visits["on"] > date(2024, 9, 1)
    age = np.array([(on - born).days for on, born in zip(visits["on"][late], joined[late], strict=True)])
    assert age.min() >= 0
    # As many users are born on each day, and leave by an exponential law.
    young, middle, old = (((age >= low) & (age < low + 20)).sum() for low in (0, 50, 180))
    assert young / middle == pytest.approx(1.84 / 1.03 * np.exp(50 / 900), rel=0.08)
    assert middle / old == pytest.approx(1.03 / 0.445 * np.exp(130 / 900), rel=0.08)
    assert digests(plan, 20_011, backwards=True) == digests(plan, 65_536)
    longer = own_plan(FADING, target_rows=120_000, window=(date(2024, 1, 1), date(2025, 3, 31)), as_of=date(2025, 3, 31))
    assert (whole(longer, "visits")[: len(visits)]["user_id"].to_numpy() == visits["user_id"].to_numpy()).all()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("200 days: 0.4", "200 days: 0.1", "rows of `users` are more than 65,536, so that they are drawn until one is taken by its age"),
        ("200 days: 0.4}", "200 days: 0.4}, fads: {every: 90 days, spread: 0.5}", "`ageing` are for at most 65,536 entities or rows of"),
    ],
)
def test_what_many_rows_cannot_have_is_refused(own_plan: MakePlan, old: str, new: str, sentence: str) -> None:
    """With the limit."""
    with pytest.raises(ConfigError, match=re.escape(f"tables.visits.columns.user_id: {sentence}")):
        own_plan(FADING, old, new)


@pytest.mark.parametrize(("law", "variance", "most"), [(Rates("gamma", 0.7), 1 / 0.7, 0.02), (Rates("lognormal", 0.8), 0.8965, 0.021)])
def test_rates_have_their_law_in_populations_of_any_size(law: Rates, variance: float, most: float) -> None:
    """A mean of 1 and the law's variance; among 500 nobody has a share that a quantile of the law would not give."""
    for count in (512, 65_536):
        weights = Popularity(make_key(5, "x"), law).weights(count) / 2**20
        assert weights.mean() == pytest.approx(1, rel=0.02)
        assert weights.var() == pytest.approx(variance, rel=0.12)
    few = Popularity(make_key(5, "x"), law).weights(500)
    assert few.max() / few.sum() < most


def test_quantiles_of_rates_are_right() -> None:
    """Of an exponential distribution by its formula; of a sum of two by its distribution; of shapes far apart by mean and variance."""
    above = np.concatenate([10.0 ** -np.arange(9, 0, -1), np.linspace(0.2, 0.999, 50)])
    assert rates("gamma", 1, above) == pytest.approx(-np.log(above), rel=1e-3)
    twice = rates("gamma", 2, above) * 2
    assert np.exp(-twice) * (1 + twice) == pytest.approx(above, rel=2e-3)
    middle = (np.arange(65_536) + 0.5) / 65_536
    for shape in (0.05, 100):
        values = rates("gamma", shape, middle)
        assert (float(values.mean()), float(values.var()) * shape) == pytest.approx((1, 1), rel=3e-3)


def test_weights_are_the_same_everywhere() -> None:
    """Their bits, which no library's functions decide."""
    digest = hashlib.sha256()
    for law in (Zipf(0.9, 0.001), Rates("gamma", 0.7), Rates("lognormal", 1.1)):
        weights = Popularity(make_key(5, "x"), law).weights(16_384)
        digest.update(np.sort(weights).astype("<i8").tobytes())
    assert digest.hexdigest()[:16] == "e2190fe477a6fe46"


@pytest.mark.parametrize(("counts", "right"), [("law", True), ("even", False)])
def test_even_draws_are_not_taken_for_a_law(counts: str, right: bool) -> None:
    """Of rows that are there on all days; what is drawn evenly falls with its rank by chance alone."""
    rng = np.random.default_rng(3)
    weights = rates("gamma", 0.7, (np.arange(6_000) + 0.5) / 6_000) if counts == "law" else np.ones(6_000)
    drawn, parents = np.unique(rng.poisson(weights * 60), return_counts=True)
    answer = {"parents": 6_000, "counts": dict(zip(drawn.tolist(), parents.tolist(), strict=True))}
    assert LastingSlope(Rate("gamma", 0.7), 10)(answer).passed is right
