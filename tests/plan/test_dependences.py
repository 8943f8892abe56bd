"""What columns depend on, as their declaration says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.plan.dependences import Dependences
from ingen_fab.synthetic_data.core.plan.dictionary import dictionary, markdown
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

OWN = Path(__file__).parents[1] / "quality" / "own"
DATASETS = [info.dataset_id for info in DatasetConfigurationRepository([OWN]).list() if not info.dataset_id.endswith("_incremental")]

SHOP = """
dataset_id: shop
history: {start: 2024-01-01, end: 2024-12-31}
clocks: {office: {hours: {mon-fri: "09-17"}}}
tables:
  towns:
    rows: {number: 20, initial_share: 1}
    columns:
      town_id: key
      _place: {kind: pool, pool: us_places}
      area: _place.area
      time_zone: _place.time_zone
      size: {kind: number, distribution: {type: lognormal, mean: 100, stddev: 50, min: 10, max: 900}}
  people:
    rows: {number: 500}
    columns:
      person_id: key
      _town: {kind: reference, to: towns, weight: size}
      _place: {kind: pool, pool: us_places, near: [{match: {area: _town.area}, share: 0.9}]}
      city: _place.city
      zip: _place.postal_code
      _orders: {kind: popularity, of: orders.person_id}
      _class: {kind: sql, sql: "CASE WHEN _orders > 1 THEN 'much' ELSE 'little' END"}
      tier: {kind: category, weights: {none: 9, gold: 1}, by: {column: _class, values: {much: {none: 1, gold: 1}}}}
      eyes: {kind: category, weights: {brown: 3, blue: 1}}
      joined_at: begin
  orders:
    rows: events
    columns:
      order_id: key
      number: {kind: text, template: "R{order_id:06}"}
      person_id: {kind: reference, to: people, skew: {gamma: 1}}
      at: begin
      day: at.date
      channel: {kind: category, weights: {web: 1, shop: 1}, by: {column: at.hour, values: {9-17: {shop: 1}}}}
      colour: {kind: category, weights: {red: 1, green: 1}}
      tier: person_id.tier
      eyes: person_id.eyes
      status:
        kind: lifecycle
        steps:
          placed: {}
          sent: {after: placed, lag: {min: 1, max: 9, unit: hours}, clock: office, time_zone: person_id._town.time_zone}
          returned: {after: sent, share: 0.1, factors: [{column: channel, times: {web: 2}}], lag: {min: 1, max: 9, unit: days}}
      lines: {kind: aggregate, of: lines}
      total: {kind: aggregate, of: lines.amount}
  lines:
    rows: {layout: children, of: orders, count: {type: geometric, mean: 2, min: 1, max: 6}}
    columns:
      line_id: key
      order_id: parent
      position: position
      pieces: {kind: number, distribution: {min: 1, max: 4}}
      gift: {kind: boolean, rate: 0.1, by: {column: order_id.at.month, values: {12-13: 0.5}}}
      _price: {kind: number, distribution: {min: 1, max: 90}, multiply_by: pieces}
      amount: {kind: sql, sql: "CASE WHEN gift THEN 0 ELSE _price END"}
"""
TOLD = {
    "towns.area": "list us_places (from)",
    "people.city": "list us_places (from), towns.area (near)",
    "people.tier": "orders.person_id (popularity)",
    "people.eyes": "",
    "people.joined_at": "",
    "orders.number": "order_id (template)",
    "orders.person_id": "at (to)",
    "orders.day": "at (from)",
    "orders.channel": "at (by)",
    "orders.tier": "people.tier (from)",
    "orders.status": "at (from), channel (factors), person_id (steps), towns.time_zone (steps)",
    "orders.lines": "lines (of)",
    "orders.total": "lines.amount (of)",
    "lines.position": "",
    "lines.gift": "orders.at (by)",
    "lines.amount": "gift (sql), pieces (multiply_by)",
}
"""Columns, and what is told of them."""
INDEPENDENT = [
    ("people", "tier", "eyes"),
    ("people", "eyes", "city"),
    ("people", "tier", "joined_at"),
    ("orders", "channel", "colour"),
    ("orders", "colour", "tier"),
    ("lines", "pieces", "gift"),
    ("lines", "pieces", "position"),
]
RELATED = [
    ("people", "city", "zip"),
    ("orders", "tier", "eyes"),
    ("orders", "channel", "status"),
    ("orders", "tier", "day"),
    ("orders", "lines", "total"),
    ("orders", "channel", "day"),
    ("lines", "amount", "pieces"),
]


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Plan:
    """The plan of the dataset above."""
    return own_plan(SHOP, target_rows=1_000)


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_nothing_is_computed_from_what_is_not_declared(plan_of: Callable[..., Plan], dataset_id: str) -> None:
    """Whatever a column's compilation asked for is a declared dependence; of a row that is pointed at, its key is the pointer itself."""
    plan = plan_of(dataset_id, datasets=[OWN])
    declared = Dependences(plan.dataset)
    keys = {(name, key) for name, table in plan.dataset.tables.items() for key in table.key}
    for place, used in plan.uses.items():
        assert used - keys <= declared.causes(place), place


def test_columns_tell_by_which_word_they_depend_on_what(shop: Plan) -> None:
    """Columns that are not written lead on; a reference that is not written is the table that it points at."""
    found = {f"{section.table}.{entry.column}": ", ".join(entry.depends_on) for section in dictionary(shop) for entry in section.entries}
    assert {name: found[name] for name in TOLD} == TOLD


def test_the_document_has_a_column_for_it(shop: Plan) -> None:
    """The last one."""
    lines = markdown(shop).splitlines()
    assert any(line.endswith("| depends on |") for line in lines)
    assert next(line for line in lines if line.startswith("| `channel`")).endswith("| at (by) |")


@pytest.mark.parametrize(("table", "one", "other"), INDEPENDENT)
def test_columns_without_a_common_cause_are_independent(shop: Plan, table: str, one: str, other: str) -> None:
    """Both ways round."""
    declared = Dependences(shop.dataset)
    assert not declared.related(table, one, other)
    assert not declared.related(table, other, one)


@pytest.mark.parametrize(("table", "one", "other"), RELATED)
def test_columns_with_a_common_cause_may_be_associated(shop: Plan, table: str, one: str, other: str) -> None:
    """A copy of a column, a moment or a row of another table."""
    assert Dependences(shop.dataset).related(table, one, other)


def test_what_an_exact_category_names_has_it_in_common(own_plan: Callable[..., Plan]) -> None:
    """Two causes of an outcome that is dealt by quota are drawn given the outcome."""
    text = """
dataset_id: visits
tables:
  visits:
    rows: events
    columns:
      visit_id: key
      device: {kind: category, weights: {mobile: 1, desktop: 1}}
      source: {kind: category, weights: {search: 1, mail: 1}}
      hat: {kind: boolean, rate: 0.5}
      outcome:
        kind: category
        exact: per_1024
        weights: {none: 900, order: 124}
        factors: [{of: order, column: device, times: {mobile: 2}}, {of: order, column: source, times: {mail: 3}}]
"""
    declared = Dependences(own_plan(text, target_rows=2_000).dataset)
    names = ("device", "source", "outcome", "hat")
    assert [pair for pair in combinations(names, 2) if declared.related("visits", *pair)] == list(combinations(names[:3], 2))


def _written(plan: Plan) -> Iterator[tuple[str, str]]:
    return ((table.name, column.name) for table in plan.tables for column in table.columns)


def test_users_are_those_who_tell(shop: Plan) -> None:
    """The other way round."""
    declared = Dependences(shop.dataset)
    assert list(declared.users(("orders", "channel"))) == [("orders", "status")]
    for place in _written(shop):
        for user in declared.users(place):
            assert place in {(each.table, each.column) for each in declared.told(user)}
