"""What depends on the row: popularity of references, and how many children a parent has, with everything else as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.distributions import multiset
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.values import Distribution
from ingen_fab.synthetic_data.core.run.preview import preview

TOWN = """
dataset_id: town
driving: visits
history: {start: 2024-01-01, end: 2024-06-30}
calendar: {time_zone: America/New_York}
tables:
  places:
    rows: {number: 400, initial_share: 0.6, lifetime: {type: exponential, mean: 200, min: 20, unit: days}}
    columns:
      place_id: key
      kind: {kind: category, weights: {cafe: 50, bar: 30, bank: 20}}
      opened_on: {kind: begin, as: date}
      closed_on: end
  moods:
    rows: {layout: list, values: [{mood: good, is_loud: false}, {mood: bad, is_loud: true}]}
    columns: {mood_id: key, mood: copy, is_loud: copy}
  visits:
    rows: events
    columns:
      visit_id: key
      at: begin
      is_long: {kind: boolean, rate: 0.3}
      who: {kind: category, weights: {child: 1, adult: 3}}
      place_id:
        kind: reference
        to: places
        skew: {zipf: 1.0, head: 0.01}
        factors:
          - {of: kind = 'bar', column: at.hour, times: {"00-12": 0, "18-24": 3}}
          - {of: kind = 'bar', column: who, times: {child: 0}}
          - {of: kind = 'cafe', column: at.hour, times: {"06-12": 2, default: 0.5}}
      place: place_id.kind
      mood_id: {kind: reference, to: moods, skew: none, factors: [{of: is_loud = true, column: is_long, times: {true: 3}}]}
      _found: {kind: aggregate, of: finds}
      finds: {kind: copy, from: _found}
  finds:
    rows:
      layout: children
      of: visits
      count: {type: empirical, values: {0: 30, 1: 50, 3: 20}}
      factors: [{of: 0, column: is_long, times: {true: 2}}, {of: 0, column: who, times: {child: 0.5}}]
    columns: {find_id: key, visit_id: parent, number: position}
"""

CHILDREN = "factors: [{of: 0, column: is_long, times: {true: 2}}, {of: 0, column: who, times: {child: 0.5}}]"

MakePlan = Callable[..., Plan]
Digests = Callable[..., dict[str, str]]


@pytest.fixture
def plan(own_plan: MakePlan) -> Plan:
    """20,000 visits, about a hundred a day."""
    return own_plan(TOWN, target_rows=20_000)


def whole(plan: Plan, table: str) -> pa.Table:
    """All rows of a table."""
    mine = plan.table(table)
    return pa.Table.from_batches(Engine(plan.program).batches(table, mine.first_row, mine.first_row + mine.rows))


def test_references_follow_their_factors(plan: Plan) -> None:
    """By the hour, by a category and by a boolean; ratios of kinds are those of the factors."""
    visits = whole(plan, "visits").to_pandas()
    visits["quarter"] = visits["at"].dt.tz_convert("America/New_York").dt.hour // 6
    seen = {quarter: rows["place"].value_counts() for quarter, rows in visits[visits["who"] == "adult"].groupby("quarter")}
    ratio = {name: (counts.get("bar", 0) / counts["bank"], counts["cafe"] / counts["bank"]) for name, counts in seen.items()}
    assert ratio[0][0] == ratio[1][0] == 0
    assert ratio[3][0] / ratio[2][0] == pytest.approx(3, rel=0.25)
    assert ratio[1][1] / ratio[3][1] == pytest.approx(4, rel=0.25)
    assert ratio[2][1] / ratio[3][1] == pytest.approx(1, rel=0.25)
    assert not (visits[visits["who"] == "child"]["place"] == "bar").any()
    loud = visits.groupby("is_long")["mood_id"].apply(lambda ids: (ids == 2).mean())
    assert loud[True] == pytest.approx(0.75, abs=0.03)
    assert loud[False] == pytest.approx(0.5, abs=0.03)


def test_who_is_drawn_is_there_on_the_day(plan: Plan) -> None:
    """Within the 64 days for which one table is made too."""
    places = {row["place_id"]: row for row in whole(plan, "places").to_pylist()}
    opened, drawn = Counter[bool](), Counter[int]()
    for row in whole(plan, "visits").to_pylist():
        place = places[row["place_id"]]
        drawn[row["place_id"]] += 1
        assert place["closed_on"] is None or row["at"] < place["closed_on"]
        opened[place["opened_on"] > date(2024, 1, 1)] += 1
    assert opened[True] > 1_000
    assert max(drawn.values()) > 20_000 / 400 * 5


def test_counts_follow_their_factors_and_keep_their_total(plan: Plan) -> None:
    """Of each 1,024 visits as many have 0, 1 and 3 finds as declared; long ones have none twice as often."""
    visits, finds = whole(plan, "visits").to_pandas(), whole(plan, "finds").to_pandas()
    assert visits["finds"].sum() == len(finds)
    counted = finds.groupby("visit_id").size().reindex(visits["visit_id"], fill_value=0).to_numpy()
    assert (counted == visits["finds"].to_numpy()).all()
    dealt = multiset(Distribution("empirical", values=((0, 30), (1, 50), (3, 20))), 1_024)
    for low in range(0, 19 * 1_024, 1_024):
        assert (np.sort(counted[low : low + 1_024]) == dealt).all()
    none = (visits["finds"] == 0).groupby([visits["is_long"], visits["who"]]).mean()
    assert none[True, "adult"] / none[False, "adult"] == pytest.approx(2, rel=0.12)
    assert none[True, "adult"] / none[True, "child"] == pytest.approx(2, rel=0.2)
    some = visits[visits["finds"] > 0]
    assert (some["finds"] == 3).groupby(some["is_long"]).mean().diff().abs().max() < 0.03


def test_pieces_and_order_do_not_matter(plan: Plan, digests: Digests) -> None:
    """Chunks of 777 backwards, of 1,024 and of all rows."""
    expected = digests(plan, 65_536)
    assert digests(plan, 777, backwards=True) == expected
    assert digests(plan, 1_024) == expected


@pytest.mark.parametrize("table", ["visits", "finds"])
def test_scattered_rows_equal_the_block(plan: Plan, table: str) -> None:
    """Rows alone, and rows in any order."""
    everything = whole(plan, table)
    for place in (0, 1_023, 1_024, 11_111, len(everything) - 1):
        assert preview(plan, table, place, 1).to_pylist() == everything.slice(place, 1).to_pylist()
    rows = np.random.default_rng(3).permutation(len(everything))[:900].astype(np.int64)
    frame = Engine(plan.program).table(table).rows_frame(rows)
    for field in everything.schema:
        assert frame.get(field.name).to_arrow(field.type).equals(everything.column(field.name).combine_chunks().take(pa.array(rows)))


@pytest.mark.parametrize("rows", [3, 700, 20_000])
@pytest.mark.parametrize("later", [date(2024, 7, 9), date(2025, 3, 31)])
def test_a_later_end_changes_no_earlier_row(own_plan: MakePlan, rows: int, later: date) -> None:
    """Neither the group of parents that the end cuts nor the tables of the last days."""
    short = own_plan(TOWN, target_rows=rows)
    long = own_plan(TOWN, target_rows=rows, window=(date(2024, 1, 1), later), as_of=later)
    longer = own_plan(TOWN, target_rows=rows, window=(date(2024, 1, 1), date(2025, 9, 30)), as_of=date(2025, 9, 30))
    for one, other in ((short, long), (long, longer)):
        for table in ("visits", "finds"):
            before = whole(one, table)
            assert whole(other, table).slice(0, len(before)).equals(before), table


def test_no_count_is_below_its_least(own_plan: MakePlan) -> None:
    """A factor of 0, and one that asks for more than there is, leave the counts as they were dealt."""
    for factor in (0, 1_000):
        text = TOWN.replace(CHILDREN, f"factors: [{{of: 0, column: is_long, times: {{true: {factor}}}}}]")
        visits = whole(own_plan(text, target_rows=5_000), "visits").to_pandas()
        assert set(visits["finds"]) == {0, 1, 3}
        none = (visits["finds"] == 0).groupby(visits["is_long"]).mean()
        assert (none[True] < 0.02) if factor == 0 else (none[True] > none[False])


def broken(text: str, old: str, new: str) -> str:
    """A text with a change that must be in it."""
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("of: kind = 'bar', column: at", "of: kind = 'pub', column: at", r"columns\.place_id: `kind` of `places` is never `pub`"),
        ('"18-24": 3', '"18+24": 3', r'`18\+24` is not a band of numbers; write for example "09-12"'),
        ('"18-24": 3', '"11-24": 3', r"the number 11 stands in two bands"),
        ("column: who, times: {child: 0}", "column: who, times: {infant: 0}", r"`who` is never `infant`"),
        ("column: who, times: {child: 0}", "column: place_id, times: {child: 0}", r"depend on each other in a circle"),
        (
            "column: who, times: {child: 0}",
            "column: at, times: {child: 0}",
            r"`at` is not a fixed category of at most 64 values that is always there",
        ),
        ("{zipf: 1.0, head: 0.01}", "{zipf: 1.0, head: 0.01}\n        available: false", r"`factors` are of a drawn reference"),
        ("to: moods, skew: none", "to: finds, skew: none", r"`factors` are for at most 65,536 entities or rows of a list"),
        (
            CHILDREN,
            "factors: [{of: 2, column: is_long, times: {true: 2}}]",
            r"rows\.factors: speak of 2, which is not one of several counts",
        ),
        ("times: {child: 0}", "times: {}", r"1 or more entries"),
        (CHILDREN, "factors: [{of: 0, column: who, times: {}}]", r"1 or more entries"),
        ("of: kind = 'cafe'", "of: town = 'cafe'", r"table `places` has no column `town`"),
        ("of: 0, column: who", "of: 1, column: who", r"rows\.factors: are of one count, not of both 0 and 1"),
        ("of: 0, column: who", "of: 0, column: is_long", r"`factors` name `is_long` twice"),
        (CHILDREN, "factors: [{of: 0, column: who, times: {infant: 2}}]", r"rows\.factors\.0: `who` is never `infant`"),
        (
            CHILDREN,
            "factors: [{of: 0, column: place, times: {bar: 2}}, {of: 0, column: at, times: {noon: 2}}]",
            r"rows\.factors\.1: `at` is not a fixed category",
        ),
        (
            "      finds: {kind: copy, from: _found}\n",
            "      finds: {kind: copy, from: _found}\n      found: {kind: sql, sql: _found > 0}\n",
            "",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(own_plan: MakePlan, old: str, new: str, sentence: str) -> None:
    """With a sentence that says where."""
    text = broken(TOWN, old, new)
    if not sentence:
        text = broken(text, CHILDREN, "factors: [{of: 0, column: found, times: {true: 2}}]")
        sentence = r"rows\.factors\.0: `found` is computed from `visits\._found`, which follows from the counts"
    with pytest.raises(ConfigError, match=sentence):
        own_plan(text, target_rows=1_000)


def test_loosened_references_have_no_factors(own_plan: MakePlan) -> None:
    """`enable_relationships: false` draws any row evenly."""
    plan = own_plan(TOWN, target_rows=2_000, enable_relationships=False)
    visits: Any = whole(plan, "visits").to_pandas()
    assert (visits["place"] == "bar").mean() > 0.2
