"""Quotas of a day whose shares scatter from day to day, for some members together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.edges import Edges
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.hashing import Ints
from ingen_fab.synthetic_data.core.engine.kernels import share
from ingen_fab.synthetic_data.core.engine.kernels.share import Share
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.run import run

SHOPS: Final = """
dataset_id: shops
history: {start: 2024-01-01, end: 2024-12-31}
driving: orders
tables:
  stores:
    rows: {layout: list, values: [{area: a, size: 10}, {area: a, size: 20}, {area: b, size: 10}, {area: b, size: 20}, {area: c, size: 10},
           {area: c, size: 20}, {area: d, size: 10}, {area: d, size: 20}]}
    columns: {store_id: key, area: copy, size: copy}
  orders:
    rows: events
    columns:
      order_id: key
      store_id: {kind: reference, to: stores, pick: share, weight: size, noise: {stddev: 0.3, by: area, common: 0.75}}
      ordered_on: {kind: begin, as: date}
"""
NOISE: Final = "noise: {stddev: 0.3, by: area, common: 0.75}"


def counted(plan: Plan) -> np.typing.NDArray[np.int64]:
    """Rows of each day and store."""
    rows = plan.table("orders").rows
    found = Engine(plan.program).batch("orders", 0, rows, ["store_id", "ordered_on"])
    stores, days = (found.column(name).cast("int32").to_numpy() for name in ("store_id", "ordered_on"))
    return np.bincount((days - days.min()) * 8 + stores - 1, minlength=(days.max() - days.min() + 1) * 8).reshape(-1, 8)


def test_shares_scatter_as_declared(own_plan: Callable[..., Plan]) -> None:
    """By their spread, most of it together with the other store of the area, on days that have as many rows as before."""
    plain, noisy = (counted(own_plan(SHOPS, NOISE, new, target_rows=400_000)) for new in ("required: true", NOISE))
    assert (plain.sum(axis=1) == noisy.sum(axis=1)).all()
    spread = np.log(noisy / plain)
    # Eight stores share out a day, and two of them have most in common: an eighth of either part is lost.
    own, common = spread[:, 0::2] - spread[:, 1::2], (spread[:, 0::2] + spread[:, 1::2]) / 2
    square = np.log(1.09)
    assert own.std() == pytest.approx(np.sqrt(2 * square * 0.25), rel=0.1)
    assert (common - common.mean(axis=1, keepdims=True)).std() == pytest.approx(np.sqrt(square * (0.75 + 0.125) * 0.75), rel=0.1)
    assert noisy.sum(axis=0) / plain.sum(axis=0) == pytest.approx(1, abs=0.08)


def test_nothing_but_the_row_decides(own_plan: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """Any pieces give the same rows, a later end changes none before, and a store's rows of a day are found without a scan."""
    plan = own_plan(SHOPS, target_rows=5_000)
    assert digests(plan, 5_000) == digests(plan, 217, backwards=True)
    end = date(2025, 3, 31)
    later = own_plan(SHOPS, target_rows=5_000, window=(date(2024, 1, 1), end), as_of=end)
    whole = Engine(plan.program).batch("orders", 0, 5_000)
    assert Engine(later.program).batch("orders", 0, 5_000).equals(whole)
    engine = Engine(plan.program)
    share, layout = engine.table("orders").kernel("store_id"), engine.table("orders").layout
    assert isinstance(share, Share)
    for day in (3, 200):
        low, high = layout.before(day), layout.before(day + 1)
        found = [share.members(day, store) for store in range(8)]
        assert sorted(np.concatenate(found).tolist()) == list(range(low, high))
        stores = whole.column("store_id").to_numpy()
        assert all((stores[rows] == store + 1).all() for store, rows in enumerate(found))


def test_the_report_knows(own_plan: Callable[..., Plan]) -> None:
    """What is declared passes, and shares that scatter more or less are found."""
    settings = {"target_rows": 200_000, "output_settings__output_mode": "parquet"}
    plan = own_plan(SHOPS, **settings)
    assert run(plan).status == "COMPLETED"
    report = validate(plan, find_manifest(plan.output.root))
    assert [result.sentence for result in report.failures] == []
    assert "the share of each store_id scatters by 30% from day to day" in {result.sentence for result in report.results}
    for other in ("noise: 0.1", "noise: 0.8"):
        failed = validate(own_plan(SHOPS, NOISE, other, **settings), find_manifest(plan.output.root)).failures
        assert [result.name for result in failed] == ["UnitScatter"]


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("noise: {stddev: 0.3, common: 0.5}", "`common` needs a `by`: what the rows have in common"),
        ("noise: {stddev: 0.3, by: place}", "table `stores` has no column `place`"),
        ("noise: 7", "noise"),
    ],
)
def test_what_is_refused(own_plan: Callable[..., Plan], new: str, sentence: str) -> None:
    """With one sentence each."""
    with pytest.raises(ConfigError) as refused:
        own_plan(SHOPS, NOISE, new)
    assert sentence in str(refused.value)


def test_draws_take_no_noise(own_plan: Callable[..., Plan]) -> None:
    """They scatter by themselves."""
    with pytest.raises(ConfigError, match="`noise` is of the quotas of `pick: share`; draws scatter by themselves"):
        own_plan(SHOPS, "pick: share, weight: size, ", "")


def test_a_few_rows_among_many_members_are_searched_for(own_plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of all members' edges is made for many rows only; a row has the same store either way."""
    plan = own_plan(SHOPS)
    whole = Engine(plan.program).batch("orders", 0, 5_000, ["store_id"])
    made: list[int] = []

    def counted_edges(edges: Ints) -> Edges:
        made.append(len(edges))
        return Edges(edges)

    monkeypatch.setattr(share, "Edges", counted_edges)
    engine = Engine(plan.program)
    assert engine.batch("orders", 100, 110, ["store_id"]).equals(whole.slice(100, 10))
    assert not made
    assert engine.batch("orders", 0, 5_000, ["store_id"]).equals(whole)
    assert len(made) == 1
