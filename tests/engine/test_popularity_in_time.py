"""Popularity that depends on the row that draws, is shared by siblings, and moves with age and fashion; with everything else as it was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.alias import build_alias, build_stacked
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

SEASON = "{of: shelf = 'toys', column: basket_id.at.month, times: {\"11-13\": 4, default: 0.5}}"
SHOP = f"""
dataset_id: shop
driving: baskets
history: {{start: 2023-01-01, end: 2024-12-31}}
calendar: {{name: us_retail, time_zone: America/New_York}}
tables:
  goods:
    rows:
      number: 600
      initial_share: 0.5
      lifetime: {{type: exponential, mean: 500, min: 20, unit: days}}
      changes: {{groups: [{{share: 1, every: 90 days}}], columns: {{offer: {{factor: {{min: 0.5, max: 2}}}}}}}}
    columns:
      good_id: key
      shelf: {{kind: category, weights: {{fruit: 4, bread: 3, toys: 2, tea: 1}}}}
      price: {{kind: number, distribution: {{min: 1, max: 9}}, places: 2}}
      offer: {{kind: number, distribution: {{min: 1, max: 9}}, places: 2}}
      launched_on: {{kind: begin, as: date}}
      ended_on: {{kind: end, as: date}}
  shops:
    rows: {{number: 4, initial_share: 1}}
    columns: {{shop_id: key, size: {{kind: number, distribution: {{min: 1, max: 3}}}}}}
  baskets:
    rows: events
    columns:
      basket_id: key
      at: begin
      event: at.event
      is_holiday: at.is_holiday
      weekday: at.weekday
      channel: {{kind: category, weights: {{web: 1, shop: 1}}}}
      shop_id: {{kind: reference, to: shops, pick: share, weight: size}}
  lines:
    rows: {{layout: children, of: baskets, count: {{min: 1, max: 7}}}}
    columns:
      line_id: key
      basket_id: parent
      good_id:
        kind: reference
        to: goods
        skew: {{zipf: 0.7, head: 0.02}}
        distinct: true
        affinity: {{column: shelf, share: 0.6}}
        factors: [{SEASON}, {{of: shelf = 'tea', column: basket_id.channel, times: {{web: 0.25}}}}]
        ageing: {{0 days: 0.2, 30 days: 2, 1 year: 0.5}}
        fads: {{every: 60 days, spread: 0.5}}
        elasticity: {{column: offer, exponent: -1.5}}
      offer: good_id.offer
      shelf: good_id.shelf
      pieces: {{kind: number, distribution: {{min: 1, max: 2}}}}
  stock:
    rows: {{layout: snapshot, of: [shops, goods]}}
    primary_key: [shop_id, good_id]
    columns:
      shop_id: {{kind: parent, of: shops}}
      good_id: {{kind: parent, of: goods}}
      on_hand: {{kind: stock, of: lines.pieces, review: 7 days, cover: 1.5, lot: 1}}
      opening: {{kind: copy, from: on_hand.opening}}
"""
HOW = SHOP[SHOP.index("        distinct: true\n") : SHOP.index("      offer: good_id.offer")]

ROWS = SHOP[SHOP.index("    rows:\n      number: 600") : SHOP.index("    columns:\n      good_id: key")]

MakePlan = Callable[..., Plan]


@pytest.fixture
def shop(own_plan: MakePlan) -> MakePlan:
    """Plans of the dataset above, with other keys of the drawn reference: `shop("fads: {every: 60 days, spread: 0.5}")`."""

    def make(how: str | None = None, old: str = "", new: str = "", **settings: Any) -> Plan:
        text = SHOP if how is None else SHOP.replace(HOW, "".join(f"        {line}\n" for line in how.splitlines()))
        return own_plan(text, old, new, **{"target_rows": 8_000, **settings})

    return make


def whole(plan: Plan, table: str) -> pa.Table:
    """All rows of a table."""
    mine = plan.table(table)
    return pa.Table.from_batches(Engine(plan.program).batches(table, mine.first_row, mine.first_row + mine.rows))


def lines(plan: Plan) -> pd.DataFrame:
    """All lines, each with what its basket and its good know."""
    out = whole(plan, "lines").to_pandas().merge(whole(plan, "baskets").to_pandas(), on="basket_id")
    out["on"] = pd.to_datetime(out["at"].dt.tz_convert("America/New_York").dt.date)
    goods = whole(plan, "goods").to_pandas()[["good_id", "launched_on", "ended_on"]]
    return out.merge(goods.assign(launched_on=pd.to_datetime(goods["launched_on"])), on="good_id")


def alike(rows: pd.DataFrame) -> float:
    """The share of the pairs of siblings that are of one shelf."""
    counts = defaultdict[int, Counter[str]](Counter)
    for basket, shelf in zip(rows["basket_id"], rows["shelf"], strict=True):
        counts[basket][shelf] += 1
    same = sum(n * (n - 1) for mine in counts.values() for n in mine.values())
    return same / sum(mine.total() * (mine.total() - 1) for mine in counts.values())


@given(
    st.lists(st.lists(st.one_of(st.integers(0, 5), st.integers(0, 1 << 40)), min_size=1, max_size=30).filter(any), min_size=1, max_size=8)
)
def test_tables_built_together_are_those_built_alone(runs: list[list[int]]) -> None:
    """To the bit."""
    built = build_stacked(np.array([weight for run in runs for weight in run], np.int64), np.array([len(run) for run in runs], np.int64))
    assert (built == np.concatenate([build_alias(np.array(run, np.int64)) for run in runs])).all()


def test_seasons_of_distinct_lines_by_paths_through_the_parent(shop: MakePlan) -> None:
    """By month and channel of the basket: ratios of kinds are those of the factors, and no good comes twice."""
    factors = f"distinct: true\nfactors: [{SEASON}, {{of: shelf = 'tea', column: basket_id.channel, times: {{web: 0.25}}}}]"
    rows = lines(shop(factors, target_rows=16_000))
    assert not rows.duplicated(["basket_id", "good_id"]).any()
    high = rows["on"].dt.month >= 11
    ratio = {end: (rows[high == end]["shelf"] == "toys").sum() / (rows[high == end]["shelf"] == "bread").sum() for end in (True, False)}
    assert ratio[True] / ratio[False] == pytest.approx(8, rel=0.25)
    tea = (rows["shelf"] == "tea").groupby(rows["channel"]).mean()
    assert tea["web"] / tea["shop"] == pytest.approx(0.25, rel=0.3)


@pytest.mark.parametrize(
    ("column", "times", "value"),
    [("event", "{back_to_school: 9}", "back_to_school"), ("is_holiday", "{true: 9}", True), ("weekday", '{"6-8": 9}', 7)],
)
def test_any_part_of_the_parents_moment_decides(shop: MakePlan, column: str, times: str, value: Any) -> None:
    """Named days, holidays and days of the week; all others are as they were."""
    rows = lines(shop(f"factors: [{{of: shelf = 'tea', column: basket_id.at.{column}, times: {times}}}]"))
    marked = rows[column].isin([6, 7]) if column == "weekday" else rows[column] == value
    tea = (rows["shelf"] == "tea").groupby(marked).mean()
    assert tea[True] / (1 - tea[True]) / (tea[False] / (1 - tea[False])) == pytest.approx(9, rel=0.3)


def test_siblings_are_alike_where_goods_come_and_go(shop: MakePlan) -> None:
    """Three of five are of the basket's shelf; shelves stay as popular as they are, in each season, and who is drawn is there."""
    alone = lines(shop(f"factors: [{SEASON}]"))
    rows = lines(shop(f"affinity: {{column: shelf, share: 0.6}}\nfactors: [{SEASON}]"))
    for high in (True, False):
        mine, theirs = ((one[(one["on"].dt.month >= 11) == high]) for one in (rows, alone))
        shares, expected = (one["shelf"].value_counts(normalize=True) for one in (mine, theirs))
        assert (shares - expected).abs().max() < 0.03
        assert alike(mine) == pytest.approx(0.36 + 0.64 * (expected**2).sum(), abs=0.03)
    assert (rows["on"] >= rows["launched_on"]).all()
    ended = pd.to_datetime(rows["ended_on"])
    assert (ended.isna() | (rows["on"] <= ended)).all()
    assert alike(lines(shop("affinity: {column: shelf, share: 0.6}\ndistinct: true"))) > 0.5


def test_popularity_follows_age(shop: MakePlan) -> None:
    """Lines for each good that is there and each day: by age as declared."""
    plan = shop(
        "skew: none\nageing: {0 days: 0, 50 days: 2, 100 days: 2, 200 days: 0.5}",
        "        skew: {zipf: 0.7, head: 0.02}\n",
        "",
        target_rows=40_000,
    )
    rows = lines(plan)
    goods = whole(plan, "goods").to_pandas()
    days = pd.date_range("2023-01-01", "2024-12-31")
    born = pd.to_datetime(goods["launched_on"]).to_numpy()
    left = pd.to_datetime(goods["ended_on"]).fillna(pd.Timestamp("2100-01-01")).to_numpy()
    there = (days.to_numpy()[:, None] >= born) & (days.to_numpy()[:, None] < left)
    ages = ((days.to_numpy()[:, None] - born) / np.timedelta64(1, "D")).astype(int)
    factor = np.interp(ages, [0, 50, 100, 200], [0, 2, 2, 0.5]) * there
    lines_of = rows.groupby("on").size().reindex(days, fill_value=0).to_numpy()
    meant = factor / factor.sum(axis=1, keepdims=True) * lines_of[:, None]
    age = (rows["on"] - rows["launched_on"]).dt.days
    for low, high in ((0, 30), (30, 60), (60, 100), (100, 150), (150, 200), (200, 2_000)):
        expected = meant[(ages >= low) & (ages < high)].sum()
        assert ((age >= low) & (age < high)).sum() == pytest.approx(expected, rel=0.08), (low, high)


def test_popularity_is_a_number_of_the_row(shop: MakePlan) -> None:
    """Rows come as often as a column of theirs is large, whatever siblings and seasons do besides."""
    plan = shop(None, "        skew: {zipf: 0.7, head: 0.02}\n" + HOW, "        weight: price\n")
    prices = whole(plan, "goods").to_pandas().set_index("good_id")
    stay = prices[prices["ended_on"].isna() & (pd.to_datetime(prices["launched_on"]) < "2023-01-01")]["price"].astype(float)
    sold = lines(plan)["good_id"].value_counts().reindex(stay.index, fill_value=0)
    assert np.corrcoef(stay, sold)[0, 1] > 0.85
    assert sold[stay < 3].mean() / sold[stay > 7].mean() == pytest.approx(2 / 8, abs=0.05)


def test_popularity_wanders_around_what_it_is(shop: MakePlan) -> None:
    """From one period to the next but one it is another; its mean stays, and so does its spread."""
    kernel: Any = Engine(shop("fads: {every: 60 days, spread: 0.5}").program).table("lines").kernel("good_id")
    seen = np.array([np.log(kernel._slices._moves[0].factors(day, 600)) for day in range(0, 600, 30)])
    assert np.exp(seen).mean() == pytest.approx(1, abs=0.02)
    assert np.allclose(seen.std(axis=1), 0.5, atol=0.05)
    assert abs(np.corrcoef(seen[:-4].ravel(), seen[4:].ravel())[0, 1]) < 0.05
    assert np.corrcoef(seen[:-1].ravel(), seen[1:].ravel())[0, 1] > 0.4
    plan = shop("skew: none\nfads: {every: 100 years, spread: 1}", "        skew: {zipf: 0.7, head: 0.02}\n", "", target_rows=20_000)
    drawn = lines(plan)["good_id"].value_counts()
    assert drawn.max() > 6 * drawn.median()


def test_what_gets_dearer_sells_less(shop: MakePlan) -> None:
    """By the price of the day over the first one, to the power that is declared, within each good."""
    plan = shop(
        "skew: none\nelasticity: {column: offer, exponent: -1.5}", "        skew: {zipf: 0.7, head: 0.02}\n", "", target_rows=60_000
    )
    engine = Engine(plan.program)
    ratio, sold = [], []
    rows = lines(plan)
    day = (rows["on"] - pd.Timestamp("2023-01-01")).dt.days
    table = engine.table("goods")
    first = table.frame(0, 600, table.frame(0, 600).day).get("offer").values
    for slice_ in range(45):
        # On the middle day of each slice prices are those that it goes by.
        middle = slice_ * 16 + 8
        there = (table.layout.left(np.arange(600)) > middle + 8) & (table.frame(0, 600).day < middle - 8)
        ratio.append((table.frame(0, 600, middle).get("offer").values / first)[there])
        counted = np.bincount(rows["good_id"][day // 16 == slice_] - 1, minlength=600)[there]
        sold.append(counted / counted.mean())
    x, y = np.concatenate(ratio), np.concatenate(sold)
    low, high = y[(x > 0.6) & (x < 0.75)].mean(), y[(x > 1.35) & (x < 1.7)].mean()
    meant = (x[(x > 0.6) & (x < 0.75)] ** -1.5).mean() / (x[(x > 1.35) & (x < 1.7)] ** -1.5).mean()
    assert low / high == pytest.approx(meant, rel=0.07)


def test_pieces_order_and_single_rows_do_not_matter(shop: MakePlan, digests: Callable[..., dict[str, str]]) -> None:
    """Chunks backwards, of 1,024 and of all rows; rows alone and in any order."""
    plan = shop()
    expected = digests(plan, 65_536)
    assert digests(plan, 777, backwards=True) == expected
    everything = whole(plan, "lines")
    for place in (0, 11_111, len(everything) - 1):
        assert preview(plan, "lines", place, 1).to_pylist() == everything.slice(place, 1).to_pylist()
    rows = np.random.default_rng(3).permutation(len(everything))[:900].astype(np.int64)
    frame = Engine(plan.program).table("lines").rows_frame(rows)
    assert frame.get("good_id").to_arrow(pa.int64()).equals(everything.column("good_id").combine_chunks().take(pa.array(rows)))


@pytest.mark.parametrize("later", [date(2025, 1, 9), date(2026, 3, 31)])
def test_a_later_end_changes_no_earlier_row(shop: MakePlan, later: date) -> None:
    """Neither by rows that are born in the last slice nor by fads to come."""
    before = whole(shop(), "lines")
    assert whole(shop(window=(date(2023, 1, 1), later), as_of=later), "lines").slice(0, len(before)).equals(before)


def test_many_slices_of_many_rows_are_drawn_apart(shop: MakePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where tables of all slices together would be large, rows are the same."""
    expected = whole(shop(), "lines")
    monkeypatch.setattr("ingen_fab.synthetic_data.core.engine.drawing.by_group._ENTRIES", 2_500)
    assert whole(shop(), "lines").equals(expected)


def test_stock_expects_what_sells_on_its_day(shop: MakePlan) -> None:
    """More toys lie on the shelf at Christmas, as they sell."""
    plan = shop(f"factors: [{SEASON}]", target_rows=60_000)
    goods = whole(plan, "goods").to_pandas().set_index("good_id")["shelf"]

    def toys(day: date) -> float:
        engine, number = Engine(plan.program), (day - date(2023, 1, 1)).days
        with engine.moment.on(number):
            size = engine.table("stock").size
        rows = engine.batch("stock", 0, size, as_of=number).to_pandas()
        opening = rows.groupby(rows["good_id"].map(goods))["opening"].sum()
        return float(opening["toys"] / opening["bread"])

    assert toys(date(2024, 12, 15)) > 2 * toys(date(2024, 10, 15))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("affinity: {column: shelf, share: 0.6}", "affinity: {column: price, share: 0.6}",
         "`factors` and `affinity` are of one column of `goods`, not of both `shelf` and `price`"),
        ("times: {web: 0.25}", "times: {phone: 0.25}", "`basket_id.channel` is never `phone`"),
        ("column: basket_id.channel, times: {web: 0.25}", "column: basket_id.at.event, times: {black_fryday: 2}",
         "`basket_id.at.event` is never `black_fryday`; did you mean `black_friday`?"),
        ("0 days: 0.2, 30 days: 2", "30 days: 2, 3 weeks: 0.2",
         "ages rise from one to the next, by days: `3 weeks` is no later day than `30 days`"),
        ("0 days: 0.2, 30 days: 2, 1 year: 0.5", "0 days: 0, 30 days: 0", "factors are not all 0"),
        ("0 days: 0.2, 30 days: 2, 1 year: 0.5", "0 days: 2", "2 or more entries"),
        ("30 days: 2", "a month: 2", "`a month` is not a duration; write for example `7 days` or `6 hours`"),
        ("1 year: 0.5", "200 years: 0.5", "ages are at most 100 years, not `200 years`"),
        ("every: 60 days", "every: 7 days", "fads last 32 days to 100 years, not 7 days"),
        ("spread: 0.5", "spread: 3", "spread"),
        ("exponent: -1.5", "exponent: 0", "an exponent of 0 has no effect"),
        ("elasticity: {column: offer", "elasticity: {column: shelf", "`shelf` of `goods` is not a number that changes and is never NULL"),
        ("number: 600", "number: 70_000", "at most 65,536 entities or rows of a list"),
        ("ageing: {0 days", "weight: price\n        ageing: {0 days",
         "`weight` goes with `pick: share`, with `match` or with a drawn reference; no `skew`"),
        ("        skew: {zipf: 0.7, head: 0.02}\n", "        weight: shelf\n", "`shelf` of `goods` is not a fixed number"),
        (HOW, "        available: false\n        ageing: {0 days: 1, 9 days: 2}\n",
         "`ageing` is of a drawn reference; no `match`, no `available: false`"),
        (HOW, "        match: {shelf: shelf}\n        fads: {every: 60 days, spread: 1}\n", "`fads` are of a drawn reference; no `match`"),
        (ROWS, "    rows: {layout: list, values: [{shelf: toys}, {shelf: tea}]}\n",
         "`ageing` is of entities, which are born; the rows of `goods` are a list"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(own_plan: MakePlan, old: str, new: str, sentence: str) -> None:
    """With a sentence that says what is meant."""
    text = SHOP
    if "layout: list" in new:
        text = SHOP.replace("      shelf: {kind: category, weights: {fruit: 4, bread: 3, toys: 2, tea: 1}}\n", "      shelf: copy\n")
        text = text.replace("        distinct: true\n", "").replace(
            "      launched_on: {kind: begin, as: date}\n      ended_on: {kind: end, as: date}\n", ""
        )
    with pytest.raises(ConfigError) as error:
        own_plan(text, old, new, target_rows=1_000)
    assert sentence in str(error.value)


def test_loosened_references_have_no_popularity(shop: MakePlan) -> None:
    """`enable_relationships: false` draws any row evenly."""
    rows = whole(shop(target_rows=4_000, enable_relationships=False), "lines").to_pandas()
    assert rows["good_id"].value_counts().max() < 80
