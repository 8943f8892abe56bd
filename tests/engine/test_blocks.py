"""Blocks of 1,024 rows: categories dealt with exact quotas, counts by them, and rows chosen by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.hashing import hash_ints
from ingen_fab.synthetic_data.core.engine.layouts.children_by_category import pack_total, shared_out
from ingen_fab.synthetic_data.core.engine.permute import shuffle_pow2, unshuffle_pow2
from ingen_fab.synthetic_data.core.engine.permuted_blocks import SIZE, Codes, PermutedBlocks
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.values import Distribution
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.quotas import apportioned, crossed, headed

SHOP = """
dataset_id: shop
driving: views
calendar: {time_zone: America/New_York}
tables:
  visits:
    rows: {layout: events, within_day: views}
    columns:
      visit_id: key
      outcome:
        kind: category
        exact: per_1024
        weights: {bounce: 40, browse: 54, order: 6}
        factors: [{of: order, column: device, times: {mobile: 0.5, desktop: 1.5}}, {of: order, column: who, times: {bot: 0, known: 2}}]
      who: {kind: category, exact: per_1024, weights: {new: 60, known: 36, bot: 4}}
      device: {kind: category, weights: {mobile: 60, desktop: 40}}
      began: begin
      until: {kind: aggregate, of: views.until, take: max}
      pages: {kind: aggregate, of: views}
  views:
    rows:
      layout: children
      of: visits
      count: {column: outcome, values: LAWS}
      duration: {type: lognormal, mean: 52, stddev: 70, min: 1, max: 1_500, unit: seconds}
    columns: {view_id: key, visit_id: parent, began: begin, until: end, place: position,
      price: {kind: number, distribution: {min: 1, max: 9}}}
  orders:
    rows: {layout: subset, of: visits, where: outcome = 'order'}
    columns:
      order_id: key
      visit_id: parent
      began: begin
      lines: {kind: aggregate, of: views, where: "place > 1"}
      amount: {kind: aggregate, of: views.price}
"""
LAWS = "{bounce: 1, browse: {type: geometric, mean: 5, min: 2, max: 30}, order: {type: geometric, mean: 9, min: 4, max: 40}}"
RANGES = {"bounce": (1, 1), "browse": (2, 30), "order": (4, 40)}


def own(folder: Path, text: str = SHOP, distributions: str = LAWS) -> Path:
    """A directory with the dataset."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "shop.yaml").write_text(text.replace("LAWS", distributions))
    return folder / "own"


def column(plan: Plan, table: str, name: str) -> list[Any]:
    """All values of a column."""
    mine = plan.table(table)
    values: list[Any] = Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows, [name]).column(0).to_pylist()
    return values


@given(key=st.integers(0, 2**64 - 1), number=st.integers(0, 5_000), rows=st.lists(st.integers(0, 2**40), min_size=1, max_size=30))
def test_blocks_are_permuted_by_a_bijection(key: int, number: int, rows: list[int]) -> None:
    """Slots lead back to their rows; the rows before the history's end hold the first slots of the block that it cuts."""
    blocks = PermutedBlocks(key, number)
    asked = np.array([*rows, max(number - 1, 0), number], np.int64)
    slots = blocks.slots(asked)
    assert (blocks.rows_of(asked // SIZE, slots) == asked).all()
    block = np.array([number // SIZE], np.int64)
    mine = blocks.of_blocks(block)[0]
    assert sorted(mine.tolist()) == list(range(SIZE))
    assert (blocks.slots(block[0] * SIZE + np.arange(SIZE)) == mine).all()
    assert (mine[: number % SIZE] < number % SIZE).all() or number % SIZE == 0


@given(bits=st.integers(2, 20), key=st.integers(0, 2**64 - 1), values=st.lists(st.integers(0, 2**20 - 1), min_size=1))
def test_the_cheap_shuffle_has_an_inverse(bits: int, key: int, values: list[int]) -> None:
    """What was shuffled comes back."""
    x = np.array(values, np.int64) % (1 << bits)
    keys = hash_ints(key, x * 0)
    assert (unshuffle_pow2(bits, keys, shuffle_pow2(bits, keys, x)) == x).all()


@given(weights=st.lists(st.floats(0, 100), min_size=1, max_size=8).filter(lambda w: sum(w) > 0.01), head=st.integers(0, SIZE))
def test_whole_shares(weights: list[float], head: int) -> None:
    """Shares add up, differ from the exact ones by less than 1, and a part of a block never has more than the block."""
    sizes = apportioned(weights, SIZE)
    assert sum(sizes) == SIZE
    assert all(abs(size - weight * SIZE / sum(weights)) < 1 for size, weight in zip(sizes, weights, strict=True))
    first = headed(sizes, head)
    assert sum(first) == head
    assert all(0 <= a <= b for a, b in zip(first, sizes, strict=True))


@given(
    rows=st.lists(st.floats(0.1, 10), min_size=1, max_size=5),
    columns=st.lists(st.floats(0.1, 10), min_size=1, max_size=5),
    never=st.integers(0, 4),
)
def test_shares_of_two_categories(rows: list[float], columns: list[float], never: int) -> None:
    """The table has both sums; what the first row must never have, it has only where nothing else is left."""
    a, b = apportioned(rows, SIZE), apportioned(columns, SIZE)
    wanted = [0.0 if n == never else float(size) for n, size in enumerate(b)]
    table = crossed(a, b, [wanted, *[None] * (len(a) - 1)])
    assert [sum(row) for row in table] == a
    assert [sum(column) for column in zip(*table, strict=True)] == b
    if len(a) > 1 and never < len(b) and sum(b) - b[never] >= a[0]:
        assert table[0][never] == 0


@settings(max_examples=60, deadline=None)
@given(children=st.integers(1, 20_000))
def test_every_total_can_be_shared_out(children: int) -> None:
    """Any number of children has parents: counts of 1, of 2 to 30 and of 4 to 40, as many as the distribution gives on average."""
    distributions = [
        Distribution("constant", value=1),
        Distribution("geometric", mean=5.0, min=2, max=30),
        Distribution("geometric", mean=9.0, min=4, max=40),
    ]
    sizes = [410, 553, 61]
    total = pack_total(distributions, sizes)
    parents, head = shared_out(distributions, sizes, children)
    assert sum(head) == parents % SIZE
    low = children // total * SIZE
    assert low <= parents <= low + SIZE
    assert abs(parents - children * SIZE / total) <= 66


@pytest.mark.parametrize("rows", [1, 2, 5, 4_000, 10_000])
def test_quotas_are_exact(plan_of: Callable[..., Plan], tmp_path: Path, rows: int) -> None:
    """Each block of visits holds the declared numbers, the cut one its part; bots never order, known visitors twice as often."""
    plan = plan_of("shop", datasets=[own(tmp_path)], target_rows=rows)
    both = list(zip(column(plan, "visits", "outcome"), column(plan, "visits", "who"), strict=True))
    for start in range(0, len(both) - SIZE + 1, SIZE):
        block = Counter(both[start : start + SIZE])
        assert block[("order", "bot")] == 0
        outcomes = Counter(outcome for outcome, _ in block.elements())
        assert outcomes == {"bounce": 410, "browse": 553, "order": 61}
        assert Counter(who for _, who in block.elements()) == {"new": 614, "known": 369, "bot": 41}
        ratio = block[("order", "known")] / block[("order", "new")]
        assert abs(ratio - 2 * 36 / 60) < 0.1
    rest = Counter(outcome for outcome, _ in both[len(both) // SIZE * SIZE :])
    if len(both) % SIZE > 1:
        assert all(
            abs(rest[name] - share * (len(both) % SIZE)) <= 1.01 for name, share in (("bounce", 0.4), ("browse", 0.54), ("order", 0.06))
        )


@pytest.mark.parametrize("rows", [1, 2, 3, 4_321, 4_322, 12_000])
def test_counts_follow_the_category(plan_of: Callable[..., Plan], tmp_path: Path, rows: int) -> None:
    """So many views in all, each visit's number within the distribution of its outcome, and numbered without a hole."""
    plan = plan_of("shop", datasets=[own(tmp_path)], target_rows=rows)
    assert plan.table("views").rows == rows
    visits, places = column(plan, "views", "visit_id"), column(plan, "views", "place")
    sizes = Counter(visits)
    outcomes = column(plan, "visits", "outcome")
    assert sorted(sizes) == list(range(1, len(outcomes) + 1))
    assert column(plan, "visits", "pages") == [sizes[n] for n in range(1, len(outcomes) + 1)]
    assert all(RANGES[outcome][0] <= sizes[n + 1] <= RANGES[outcome][1] for n, outcome in enumerate(outcomes))
    assert places == [n for visit in sorted(sizes) for n in range(1, sizes[visit] + 1)]


def test_causes_are_drawn_given_the_outcome(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Devices keep their weights, and orders are three times as frequent on desktops as on mobiles."""
    plan = plan_of("shop", datasets=[own(tmp_path)], target_rows=150_000)
    both = Counter(zip(column(plan, "visits", "device"), column(plan, "visits", "outcome"), strict=True))
    devices = Counter(column(plan, "visits", "device"))
    assert abs(devices["mobile"] / devices.total() - 0.6) < 0.01
    ratio = both[("desktop", "order")] / devices["desktop"] * devices["mobile"] / both[("mobile", "order")]
    assert 2.6 < ratio < 3.4


def test_chosen_rows_are_those_of_the_value(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """An order for each visit that orders, in the same order; its sums are over the visit's views."""
    plan = plan_of("shop", datasets=[own(tmp_path)], target_rows=15_000)
    visits = [n + 1 for n, outcome in enumerate(column(plan, "visits", "outcome")) if outcome == "order"]
    assert column(plan, "orders", "visit_id") == visits
    prices: Counter[int] = Counter()
    for visit, price in zip(column(plan, "views", "visit_id"), column(plan, "views", "price"), strict=True):
        prices[visit] += price
    assert column(plan, "orders", "amount") == [prices[visit] for visit in visits]
    pages = column(plan, "visits", "pages")
    assert column(plan, "orders", "lines") == [pages[visit - 1] - 1 for visit in visits]
    whole = preview(plan, "orders", 0, len(visits)).to_pylist()
    assert [preview(plan, "orders", n, 1).to_pylist()[0] for n in (0, 61, len(visits) - 1)] == [whole[n] for n in (0, 61, len(visits) - 1)]


def test_rows_follow_each_other_within_the_day(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A view begins when the one before ends, the first with its visit, and the last ends on the visit's day."""
    plan = plan_of("shop", datasets=[own(tmp_path)], target_rows=8_000)
    views = preview(plan, "views", 0, 8_000).to_pylist()
    visits = {row["visit_id"]: row for row in preview(plan, "visits", 0, plan.table("visits").rows).to_pylist()}
    for before, view in zip([None, *views], views, strict=False):
        if view["place"] == 1:
            assert view["began"] == visits[view["visit_id"]]["began"]
        else:
            assert before is not None
            assert view["began"] == before["until"]
        assert visits[view["visit_id"]]["until"] >= view["until"]


def test_visits_end_on_their_day(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Even where all begin in the last hour of the day, also on the days of 23 and 25 hours; a visit longer than a day begins with it."""
    text = SHOP.replace("driving: views", 'driving: views\ntemporal_patterns: {hourly_distribution: {"23-24": 1, default: 0}}')
    slow = text.replace("mean: 52, stddev: 70", "mean: 700, stddev: 500")
    plan = plan_of("shop", datasets=[own(tmp_path, slow)], target_rows=20_000)
    zone = ZoneInfo("America/New_York")
    began, until = column(plan, "visits", "began"), column(plan, "visits", "until")
    assert all(a.astimezone(zone).date() == b.astimezone(zone).date() for a, b in zip(began, until, strict=True))
    assert sum(a.astimezone(zone).hour == 22 for a in began) > 10
    long = text.replace("mean: 52, stddev: 70, min: 1, max: 1_500, unit: seconds", "mean: 30, stddev: 1, min: 28, max: 32, unit: hours")
    plan = plan_of("shop", datasets=[own(tmp_path, long)], target_rows=100)
    assert {(a.astimezone(zone).hour, a.astimezone(zone).minute) for a in column(plan, "visits", "began")} == {(0, 0)}


def test_a_later_end_keeps_the_cut_block(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Rows before the history's end stay, and the block that it cuts holds the declared numbers once it is full."""
    end = date(2026, 12, 31)
    short = plan_of("shop", datasets=[own(tmp_path)], target_rows=7_000)
    long = plan_of("shop", datasets=[own(tmp_path)], target_rows=7_000, window=(date(2023, 1, 1), end), as_of=end)
    for table in ("visits", "views", "orders"):
        mine = short.table(table).rows
        assert long.table(table).rows > mine
        assert Engine(short.program).batch(table, 0, mine).equals(Engine(long.program).batch(table, 0, mine))
    block = short.table("visits").rows // SIZE
    outcomes = Counter(column(long, "visits", "outcome")[block * SIZE : (block + 1) * SIZE])
    assert outcomes == {"bounce": 410, "browse": 553, "order": 61}


def test_codes_of_rows_and_of_blocks_agree() -> None:
    """A code's places are its rows, in the cut block too."""
    codes = Codes(PermutedBlocks(7, 1_500), [[0, 1_000], [1, 24]], [[0, 470], [1, 6], [0, 530], [1, 18]])
    for block in (0, 1, 2):
        rows = np.arange(block * SIZE, (block + 1) * SIZE, dtype=np.int64)
        mine = np.flatnonzero(codes.of_rows(rows) == 1)
        assert codes.places(np.array([block]), 1)[0].tolist() == mine.tolist()
        assert len(mine) == 24
    assert (codes.of_rows(np.arange(SIZE, 1_500, dtype=np.int64)) == 1).sum() == 6


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("values: LAWS", "values: {bounce: 1, browse: 3}", r"views\.rows\.count: says nothing of `order`, which `outcome` may be"),
        ("values: LAWS", "values: {bounce: 1, browse: 3, order: 5, odrer: 4}", r"speaks of `odrer`, which `outcome` never is.*`order`"),
        (
            "column: outcome, values: LAWS",
            "column: device, values: {mobile: 1, desktop: 2}",
            r"`device` of `visits` is not a category with `exact: per_1024`",
        ),
        ("where: outcome = 'order'", "where: outcome = 'ordr'", r"orders\.rows\.where: `outcome` of `visits` is never `ordr`.*`order`"),
        ("where: outcome = 'order'", "where: device = 'mobile'", r"`device` of `visits` is not a category with `exact: per_1024`"),
        (
            "within_day: views",
            "within_day: orders",
            r"visits\.rows\.within_day: `orders` holds no children of `visits` that last some time",
        ),
        ("times: {bot: 0, known: 2}", "times: {robot: 0}", r"the factors speak of values other than new, known, bot"),
        (
            "column: device, times: {mobile: 0.5, desktop: 1.5}",
            "column: pages, times: {one: 2}",
            r"`factors` speak of other categories that are drawn or deal blocks; `pages` is no",
        ),
        (
            "column: device, times: {mobile: 0.5, desktop: 1.5}",
            "column: outcome, times: {order: 2}",
            r"of other categories .*; `outcome` is not one of them",
        ),
        (
            "column: outcome, values: LAWS",
            "column: who, values: {new: 1, known: 2, bot: 1}",
            r"`who` of `visits` is dealt along `outcome`; a count goes by `outcome`",
        ),
        (
            "new: 60, known: 36, bot: 4}",
            "new: 6, known: 3, bot: 1}, factors: [{of: bot, column: device, times: {mobile: 2}}]",
            r"the factors of `outcome` and `who`",
        ),
        (
            "weights: {bounce: 40, browse: 54, order: 6}\n        factors: [{of: order, column: device, times: {mobile: 0.5,",
            "weights: {bounce: 1, browse: 1, order: 8}\n        factors: [{of: order, column: device, times: {mobile: 0,",
            r"ask for more rows of `order` than a value of `device`",
        ),
        (
            "column: device, times: {mobile: 0.5, desktop: 1.5}",
            "column: device, times: {tablet: 0.5}",
            r"`factors` of `outcome` speak of values that `device` never has",
        ),
    ],
)
def test_what_is_said_of_mistakes(plan_of: Callable[..., Plan], tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """One sentence: what is wrong, where, and what is meant."""
    with pytest.raises(ConfigError, match=sentence):
        plan_of("shop", datasets=[own(tmp_path, SHOP.replace(old, new))], target_rows=1_000)
