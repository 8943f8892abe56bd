"""What references say of how often rows come: each wrong word gets a sentence that names the right one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

SHOP = """
dataset_id: shop
tables:
  plans:
    rows: {layout: list, values: [{name: free, weight: 3}, {name: paid, weight: 1}]}
    columns: {plan_id: key, name: copy, weight: copy}
  orders: {rows: events, columns: {order_id: key, plan_id: {kind: reference, to: plans, HOW}}}
"""


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("weights: {free: 3, paid: 1}", "`weights` are of a category: draw a value there and find its row by `match"),
        ("pick: earlier, weight: weight", "`weight` goes with `pick: share`, with `match` or with a drawn reference; no `skew`"),
        ("pick: share", "`pick: share` needs a `weight`: a number column of `plans`"),
        ("skew: {gamma: 0.7, head: 0.1}", "`head` and `gamma` are of different laws: write `{zipf: 0.9, head: 0.001}`, `{gamma: 0.7}` or"),
        ("skew: {gamma: 0.7, lognormal: 1}", "`gamma` and `lognormal` are of different laws"),
    ],
)
def test_the_right_word_is_said(own_plan: Callable[..., Plan], how: str, sentence: str) -> None:
    """At the column."""
    with pytest.raises(ConfigError) as error:
        own_plan(SHOP, "HOW", how)
    assert re.search(rf"tables\.orders\.columns\.plan_id(\.skew)?: {re.escape(sentence)}", str(error.value))


def test_the_right_word_works(own_plan: Callable[..., Plan]) -> None:
    """Shares of the target's own number."""
    plan = own_plan(SHOP, "HOW", "pick: share, weight: weight", target_rows=8_000)
    free = [row["plan_id"] for row in preview(plan, "orders", 0, 8_000).to_pylist()].count(1)
    assert 5_800 < free < 6_200
