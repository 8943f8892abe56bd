"""Rows of pools that are drawn near something else."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.explain.column import column_facts
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

CHAIN = """
dataset_id: chain
history: {start: 2024-01-01, end: 2024-12-31}
driving: orders
tables:
  shops:
    rows: {number: 30, initial_share: 1}
    columns:
      shop_id: key
      _place: {kind: pool, pool: us_places}
      area: _place.area
      state: _place.state
  people:
    rows:
      number: 6_000
      initial_share: 0.5
      changes: {groups: [{share: 0.5, every: 100 days}], columns: {_place: 1}}
    columns:
      person_id: key
      shop_id: {kind: reference, to: shops, nulls: 0.2}
      _place:
        kind: pool
        pool: us_places
        near: [{match: {area: shop_id._place.area}, share: 0.8}, {match: {state: shop_id.state}, share: 0.15}]
      zip: _place.postal_code
      time_zone: _place.time_zone
      wish: {kind: category, weights: {"100": 2, "606": 2, none: 1}}
      zone: {kind: category, weights: {America/New_York: 1, America/Chicago: 1}}
      area: _place.area
      state: _place.state
      shop_area: shop_id.area
      shop_state: shop_id.state
  dim_person:
    rows: {layout: versions, of: people}
    columns: {person_key: key, person_id: parent, zip: copy, area: copy, valid_from: begin}
  orders:
    rows: events
    columns: {order_id: key, at: begin, person_id: {kind: reference, to: people}, zip: person_id.zip}
"""


@pytest.fixture
def chain(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(CHAIN, *change, **{"target_rows": 2_000, **settings})


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    found: list[dict[str, Any]] = Engine(plan.program).batch(table, 0, plan.table(table).rows).to_pylist()
    return found


STILL = "      changes: {groups: [{share: 0.5, every: 100 days}], columns: {_place: 1}}\n"


def test_the_shares_hold(chain: Callable[..., Plan]) -> None:
    """Four of five in the area, and of the others those that the state or chance brings there; who has no shop lives anywhere."""
    found = rows(chain(STILL, ""), "people")
    home = [row for row in found if row["shop_id"] is not None]
    assert abs(sum(row["area"] == row["shop_area"] for row in home) / len(home) - 0.81) < 0.03
    assert abs(sum(row["state"] == row["shop_state"] for row in home) / len(home) - 0.953) < 0.012
    free = Counter(row["state"] for row in found if row["shop_id"] is None)
    assert free["CA"] > 60
    assert len(free) > 35


def test_where_nothing_is_near_the_next_share_is_drawn_from(chain: Callable[..., Plan]) -> None:
    """No place is in the area `none`: whoever looks for it looks in the state."""
    plan = chain("{match: {area: shop_id._place.area}", "{match: {area: wish}")
    found = [row for row in rows(plan, "people") if row["shop_id"] is not None]
    lost = [row for row in found if row["wish"] == "none"]
    assert abs(sum(row["state"] == row["shop_state"] for row in lost) / len(lost) - 0.953) < 0.012
    others = [row for row in found if row["wish"] != "none"]
    assert abs(sum(row["area"] == row["wish"] for row in others) / len(others) - 0.8) < 0.03


def test_movers_stay_near_and_every_move_leads_elsewhere(chain: Callable[..., Plan]) -> None:
    """Each version has another place than the one before, mostly in the same area."""
    found = rows(chain(), "dim_person")
    pairs = [(one, two) for one, two in itertools.pairwise(found) if one["person_id"] == two["person_id"]]
    assert len(pairs) > 3_000
    assert all(one["zip"] != two["zip"] for one, two in pairs)
    settled = {row["person_id"] for row in rows(chain(), "people") if row["shop_id"] is not None}
    mine = [one["area"] == two["area"] for one, two in pairs if one["person_id"] in settled]
    assert sum(mine) / len(mine) > 0.6


def test_plain_match_holds_in_every_circle(chain: Callable[..., Plan]) -> None:
    """Nobody lives outside the time zone that is asked for, in the state of the shop or in another."""
    found = rows(chain("pool: us_places\n        near", "pool: us_places\n        match: {time_zone: zone}\n        near"), "people")
    assert all(row["time_zone"] == row["zone"] for row in found)
    assert 0.1 < sum(row["state"] == row["shop_state"] for row in found) / len(found) < 0.6


def test_any_piece_of_the_rows_is_the_same(chain: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """In any order, and one row alone."""
    plan = chain()
    assert digests(plan, 10_000) == digests(plan, 173, backwards=True)
    assert preview(plan, "people", 4_321, 1).to_pylist() == rows(plan, "people")[4_321:4_322]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("share: 0.15", "share: 0.25", r"the shares of `near` add up to more than 1"),
        ("area: shop_id._place.area", "aria: shop_id._place.area", r"no field `aria`; did you mean `area`"),
        ("area: shop_id._place.area", "area: shop_id", r"a pool is matched by texts from a list, or booleans"),
        ("area: shop_id._place.area", "area: shop_id.state", r"no row of `us_places` has area = "),
    ],
)
def test_what_is_said_of_mistakes(chain: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(ConfigError, match=sentence):
        chain(old, new)


def test_an_explanation_says_near_what(chain: Callable[..., Plan]) -> None:
    """Of what is copied out of the place, too."""
    facts = column_facts(chain(), "people.zip")
    told = "0.8 where area is shop_id._place.area, then 0.15 where state is shop_id.state, 0.05 anywhere"
    assert ("near", told) in facts.law
    assert [told for told in facts.depends_on if told.startswith("list us_places")] == ["list us_places (from)"]
