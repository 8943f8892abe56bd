"""Drawn references of siblings to rows that are mostly alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

SHOP = """
dataset_id: shop
driving: baskets
tables:
  goods:
    rows: {number: 300, initial_share: 1}
    columns:
      good_id: key
      shelf: {kind: category, weights: {fruit: 1, bread: 1, milk: 1, tea: 1, rare: 0.05}}
      price: {kind: number, distribution: {min: 1, max: 9}, places: 2}
  baskets:
    rows: events
    columns: {basket_id: key}
  lines:
    rows: {layout: children, of: baskets, count: {min: 1, max: 12}}
    columns:
      line_id: key
      basket_id: parent
      is_bought: {kind: boolean, rate: 0.7}
      good_id: {kind: reference, to: goods, skew: {zipf: 0.8, head: 0.01}, affinity: {column: shelf, share: 0.75}}
      shelf: good_id.shelf
"""


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(SHOP, *change, **{"target_rows": 6_000, **settings})


def lines(plan: Plan) -> list[dict[str, Any]]:
    """All lines."""
    found: list[dict[str, Any]] = Engine(plan.program).batch("lines", 0, plan.table("lines").rows).to_pylist()
    return found


def pairs(rows: list[dict[str, Any]]) -> float:
    """The share of the pairs of siblings that are of one shelf."""
    baskets: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["shelf"] is not None:
            baskets[row["basket_id"]][row["shelf"]] += 1
    same = sum(n * (n - 1) for counts in baskets.values() for n in counts.values())
    return same / sum(counts.total() * (counts.total() - 1) for counts in baskets.values())


def test_siblings_are_mostly_alike(shop: Callable[..., Plan]) -> None:
    """Three of four are of the basket's shelf, the others of any; so are nine of sixteen pairs, and of the rest as many as by chance."""
    rows = lines(shop())
    shelves = Counter(row["shelf"] for row in rows)
    chance = sum((n / len(rows)) ** 2 for n in shelves.values())
    assert abs(pairs(rows) - (9 / 16 + 7 / 16 * chance)) < 0.02


def test_rows_stay_as_popular_as_they_are(shop: Callable[..., Plan]) -> None:
    """Each good is drawn in proportion to its weight, as it is without."""
    plan = shop()
    counts = Counter(row["good_id"] for row in lines(plan))
    kernel: Any = Engine(plan.program).table("lines").kernel("good_id")
    weights = kernel.weights(300)
    meant = weights / weights.sum() * counts.total()
    # Lines of one basket go together, so their number scatters more than that of single draws.
    assert all(abs(counts[n + 1] - meant[n]) < 8 * meant[n] ** 0.5 for n in range(300))


@pytest.mark.parametrize("when", ["", ', when: "is_bought"'])
def test_distinct_ones_too(shop: Callable[..., Plan], when: str) -> None:
    """No good twice in a basket, also where a shelf has fewer than a basket asks for."""
    plan = shop("affinity: {column: shelf, share: 0.75}", f"affinity: {{column: shelf, share: 1}}, distinct: true{when}")
    rows = lines(plan)
    bought = [(row["basket_id"], row["good_id"]) for row in rows if row["good_id"] is not None]
    assert len(bought) == len(set(bought))
    assert any(row["shelf"] == "rare" for row in rows)
    assert pairs(rows) > 0.8
    assert preview(plan, "lines", 12_345, 100).to_pylist() == rows[12_345:12_445]


def test_scattered_rows_and_small_chunks(shop: Callable[..., Plan]) -> None:
    """Rows are the same alone, in pieces and together."""
    plan = shop()
    whole = lines(plan)
    engine = Engine(plan.program)
    assert [row for batch in engine.batches("lines", 0, 5_000, 777) for row in batch.to_pylist()] == whole[:5_000]
    assert preview(plan, "lines", 20_001, 1).to_pylist() == [whole[20_001]]


def test_loosened_relationships_have_no_likes(shop: Callable[..., Plan]) -> None:
    """Where keys are drawn evenly from the whole range, siblings have nothing to do with each other."""
    rows = lines(shop(enable_relationships=False))
    shelves = Counter(row["shelf"] for row in rows)
    assert abs(pairs(rows) - sum((n / len(rows)) ** 2 for n in shelves.values())) < 0.02


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("number: 300", "number: 70_000", r"`affinity` is for at most 65,536 entities or rows of a list"),
        ("affinity: {column: shelf, share: 0.75}", "affinity: {column: shelff, share: 0.75}", r"has no column `shelff`"),
        (
            "affinity: {column: shelf, share: 0.75}",
            "affinity: {column: price, share: 0.75}",
            r"`price` of `goods` changes, may be NULL, or is not a text",
        ),
        (
            "columns: {basket_id: key}",
            "columns: {basket_id: key, good: {kind: reference, to: goods, affinity: {column: shelf, share: 0.5}}}",
            r"`affinity` is of the children of one parent",
        ),
        ("skew: {zipf: 0.8, head: 0.01}, affinity", "match: {shelf: shelf}, affinity", r"have no effect on a reference by `match`"),
    ],
)
def test_what_is_said_of_mistakes(shop: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One sentence: what is wrong, where, and what is meant."""
    with pytest.raises(ConfigError, match=sentence):
        shop(old, new)
