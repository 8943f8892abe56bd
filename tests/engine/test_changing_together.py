"""Columns that change together with another one."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.explain.column import column_facts
from ingen_fab.synthetic_data.core.plan.dependences import Dependences
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

TOWN = """
dataset_id: town
history: {start: 2024-01-01, end: 2024-12-31}
driving: visits
tables:
  people:
    rows:
      number: 400
      initial_share: 0.5
      changes:
        groups: [{share: 0.75, every: 90 days}]
        columns: {place: {weight: 3, with: [house, street, side]}, tier: 1}
    columns:
      person_id: key
      place: {kind: pool, pool: us_places}
      zip: place.postal_code
      house: {kind: number, distribution: {min: 1, max: 1_000_000}}
      street: {kind: pool, pool: street_names}
      side: {kind: category, weights: {left: 1, middle: 1, right: 1}}
      tier: {kind: category, weights: {a: 1, b: 1, c: 1}}
      address: {kind: text, template: "{house} {street}"}
  dim_person:
    rows: {layout: versions, of: people}
    columns: {person_key: key, person_id: parent, zip: copy, house: copy, street: copy, side: copy, tier: copy, address: copy,
      valid_from: begin, valid_to: {kind: end, as: date}}
  visits:
    rows: events
    columns: {visit_id: key, at: begin, person_id: {kind: reference, to: people}, address: person_id.address}
"""
MOVED = ("zip", "house", "street", "side")


@pytest.fixture
def town(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(TOWN, *change, **{"target_rows": 2_000, **settings})


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    return preview(plan, table, 0, plan.table(table).rows).to_pylist()


def test_followers_change_with_their_leader_and_on_no_other_day(town: Callable[..., Plan]) -> None:
    """Neighbouring versions differ in all parts of the address, or in none."""
    found = rows(town(), "dim_person")
    pairs = [(one, two) for one, two in itertools.pairwise(found) if one["person_id"] == two["person_id"]]
    moves = [all(one[name] != two[name] for name in MOVED) for one, two in pairs]
    assert moves == [any(one[name] != two[name] for name in MOVED) for one, two in pairs]
    assert moves == [one["tier"] == two["tier"] for one, two in pairs]
    assert abs(sum(moves) / len(moves) - 0.75) < 0.05


def test_followers_stay_as_they_were_until_the_first_change(town: Callable[..., Plan]) -> None:
    """Numbers and categories are those of a column that never changes."""
    plan, still = town(), town("with: [house, street, side]", "with: [street]")
    firsts = {row["person_id"]: row for row in reversed(rows(plan, "dim_person"))}
    for before in rows(still, "people"):
        assert all(firsts[before["person_id"]][name] == before[name] for name in ("house", "side"))


def test_every_look_at_a_row_agrees(town: Callable[..., Plan]) -> None:
    """People as of a day, their visits of that day, and the version of that day have one address."""
    plan = town()
    versions: dict[int, list[dict[str, Any]]] = {}
    for row in rows(plan, "dim_person"):
        versions.setdefault(row["person_id"], []).append(row)
    checked = 0
    for visit in rows(plan, "visits")[::50]:
        day = visit["at"].date()
        mine = versions[visit["person_id"]]
        then = next(row for row in reversed(mine) if row["valid_from"].date() <= day or row is mine[0])
        seen = Engine(plan.program).batch("people", visit["person_id"] - 1, visit["person_id"], as_of=(day - date(2024, 1, 1)).days)
        assert visit["address"] == then["address"] == seen.to_pylist()[0]["address"]
        checked += 1
    assert checked == 40


def test_any_piece_of_the_rows_is_the_same(town: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """In any order."""
    plan = town()
    assert digests(plan, 10_000) == digests(plan, 173, backwards=True)


def test_an_explanation_names_the_leader(town: Callable[..., Plan]) -> None:
    """For people who look at the follower alone."""
    assert ("changes", "together with place") in column_facts(town(), "people.street").law


BY = "by: {column: kind, values: {stays: {name: 0}, only: {place: 0, name: 0}}}"
MARRIED = "side]}, tier: 1}", f"side]}}, tier: 1, name: {{weight: 2, brings: {{place: 0.5}}}}}}\n        {BY}"


@pytest.fixture
def wedding(town: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of a town in which some never change their name, and some nothing but their tier."""
    columns = "      kind: {kind: category, weights: {stays: 1, only: 1, weds: 2}}\n      name: {kind: pool, pool: last_names}\n"
    text = TOWN.replace("      tier: {kind", f"{columns}      tier: {{kind").replace("side: copy,", "side: copy, kind: copy, name: copy,")
    return lambda *change, **settings: town(TOWN, text.replace(*MARRIED).replace(*(change or ("", ""))), **settings)


def test_what_changes_follows_from_a_category(wedding: Callable[..., Plan]) -> None:
    """A column of weight 0 stays, each version differs, and as many rows as are said have their names bring moves."""
    found = rows(wedding(), "dim_person")
    pairs = [(one, two) for one, two in itertools.pairwise(found) if one["person_id"] == two["person_id"]]
    moved = {names: [pair for pair in pairs if (pair[0]["name"] != pair[1]["name"]) == names] for names in (False, True)}
    assert {one["kind"] for one, _ in moved[True]} == {"weds"}
    assert all(one["tier"] != two["tier"] for one, two in pairs if one["kind"] == "only")
    brought = [one["zip"] != two["zip"] for one, two in moved[True]]
    assert brought == [all(one[name] != two[name] for name in MOVED) for one, two in moved[True]]
    assert 0.35 < sum(brought) / len(brought) < 0.65
    assert all((one["zip"] != two["zip"]) != (one["tier"] != two["tier"]) for one, two in moved[False])
    weds = [one["name"] != two["name"] for one, two in pairs if one["kind"] == "weds"]
    assert abs(sum(weds) / len(weds) - 5 / 16) < 0.04


def test_what_changes_by_a_category_is_seen_alike_from_everywhere(
    wedding: Callable[..., Plan], digests: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any pieces, and whether what each row has for ever is kept or not."""
    plan = wedding()
    whole = digests(plan, 10_000)
    assert whole == digests(plan, 173, backwards=True)
    monkeypatch.setattr("ingen_fab.synthetic_data.core.engine.changes._SMALL", 0)
    assert whole == digests(plan, 10_000)


def test_an_explanation_names_what_sways_changes(wedding: Callable[..., Plan]) -> None:
    """Of all that has another share of the changes."""
    whole, part = (Dependences(wedding(*change).dataset) for change in ((), (", only: {place: 0, name: 0}", "")))
    assert all("kind" in [one.column for one in whole.told(("people", name))] for name in ("name", "house", "tier"))
    assert "kind" in [one.column for one in part.told(("people", "name"))]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("brings: {place: 0.5}", "brings: {house: 0.5}", "`name` brings `house`, which is no other column with changes of its own"),
        ("brings: {place: 0.5}", "brings: {name: 0.5}", "`name` brings `name`, which is no other column with changes of its own"),
        ("stays: {name: 0}", "stays: {nam: 0}", "`by` weighs `nam`, which has no changes of its own; did you mean `name`"),
        ("stays: {name: 0}", "stay: {name: 0}", "`kind` is never `stay`; did you mean `stays`"),
        ("only: {place: 0, ", "only: {place: 0, tier: 0, ", "`by` leaves nothing that changes where kind is only"),
        ("by: {column: kind", "by: {column: kin", "`kin` is no column of `people`; did you mean `kind`"),
        ("by: {column: kind, values: {stays:", "by: {column: tier, values: {a:", "`tier` follows what changes"),
        ("by: {column: kind, values: {stays:", "by: {column: house, values: {a:", "`house` follows what changes"),
        ("by: {column: kind, values: {stays:", "by: {column: person_id, values: {1:", "`person_id` is not a fixed category"),
    ],
)
def test_what_cannot_sway_changes_is_named(wedding: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With what it may be."""
    with pytest.raises(ConfigError, match=sentence):
        wedding(old, new)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("with: [tier]", r"`tier` under `with` has changes of its own"),
        ("with: [house, house]", r"`house` under `with` is named twice"),
        ("with: [zip]", r"`zip` cannot change; numbers, categories, booleans and pools can"),
        ("with: [hose]", r"rows.changes names `hose`, which is not a column"),
    ],
)
def test_what_cannot_follow_is_named(town: Callable[..., Plan], new: str, sentence: str) -> None:
    """With what it may be."""
    with pytest.raises(ConfigError, match=sentence):
        town("with: [house, street, side]", new)
