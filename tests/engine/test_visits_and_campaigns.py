"""Sequences, addresses, and entities found by value on a day."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

WALKS = """
dataset_id: walks
tables:
  campaigns:
    rows: {number: 90, initial_share: 0.1, lifetime: {min: 5, max: 60, unit: days}, some_stay: false}
    columns:
      campaign_id: key
      channel: {kind: category, weights: {mail: 60, search: 40}, exact: true}
      began: begin
      ended: {kind: end, as: timestamp}
  visits:
    rows: events
    columns:
      visit_id: key
      channel: {kind: category, weights: {mail: 40, search: 40, walk: 20}}
      campaign_id: {kind: reference, to: campaigns, match: channel}
      campaign_channel: campaign_id.channel
      goal: {kind: category, weights: {look: 70, buy: 30}}
      began: begin
      day: began.date
      ip: {kind: code, scheme: ipv4, unique: false}
      ip6: {kind: code, scheme: ipv6}
  pages:
    rows: {layout: children, of: visits, count: {type: geometric, mean: 6, min: 4, max: 20}}
    columns:
      page_id: key
      visit_id: parent
      place: position
      goal: visit_id.goal
      page:
        kind: sequence
        first: {home: 60, list: 40}
        between: {list: 50, item: 50}
        column: visit_id.goal
        last: {buy: [item, cart, thanks]}
        without: {look: [item]}
      is_last: page.in_last
      item: {kind: reference, to: items, distinct: true, when: "page = 'item'"}
  items: {rows: {number: 30, initial_share: 1}, columns: {item_id: key}}
"""


def own(folder: Path, text: str = WALKS) -> Path:
    """A directory with the dataset."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "walks.yaml").write_text(text)
    return folder / "own"


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    mine = plan.table(table)
    found: list[dict[str, Any]] = Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows).to_pylist()
    return found


def test_sequences_end_as_their_category_says(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """The landing page first, the last pages where one buys, never an item where one only looks; weights hold between."""
    plan = plan_of("walks", datasets=[own(tmp_path)], target_rows=3_000)
    walks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(plan, "pages"):
        walks[row["visit_id"]].append(row)
    middle: Counter[str] = Counter()
    for pages in walks.values():
        names = [row["page"] for row in pages]
        assert names[0] in ("home", "list")
        if pages[0]["goal"] == "buy":
            assert names[-3:] == ["item", "cart", "thanks"]
            assert [row["is_last"] for row in pages] == [False] * (len(pages) - 3) + [True] * 3
            assert set(names[1:-3]) <= {"list", "item"}
            middle.update(names[1:-3])
        else:
            assert set(names[1:]) == {"list"}
            assert not any(row["is_last"] for row in pages)
    assert abs(middle["item"] / middle.total() - 0.5) < 0.03
    assert preview(plan, "pages", 4_321, 1).to_pylist() == [rows(plan, "pages")[4_321]]


def test_distinct_where_it_is_not_null(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Items only where the condition holds, and no item twice among the rows of one parent."""
    plan = plan_of("walks", datasets=[own(tmp_path)], target_rows=2_000)
    found = rows(plan, "pages")
    assert all((row["item"] is not None) == (row["page"] == "item") for row in found)
    seen = [(row["visit_id"], row["item"]) for row in found if row["item"] is not None]
    assert len(seen) == len(set(seen)) > 1_000
    assert preview(plan, "pages", 7_777, 100).to_pylist() == found[7_777:7_877]


def test_entities_are_found_by_value_on_the_day(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A campaign of the visit's channel that runs at its moment, wherever one runs all day; all that run are found; else NULL."""
    plan = plan_of("walks", datasets=[own(tmp_path)], target_rows=20_000)
    campaigns = {row["campaign_id"]: row for row in rows(plan, "campaigns")}
    assert all(row["ended"] is None or 4 <= (row["ended"] - row["began"]).days <= 61 for row in campaigns.values())
    found: Counter[int] = Counter()
    for visit in rows(plan, "visits"):
        mine = campaigns.get(visit["campaign_id"])
        running = [
            row
            for row in campaigns.values()
            if row["channel"] == visit["channel"]
            and row["began"].date() < visit["day"]
            and (row["ended"] is None or row["ended"].date() > visit["day"])
        ]
        assert visit["campaign_channel"] == (mine["channel"] if mine else None)
        assert (mine is None) == (not running)
        if mine is not None:
            assert mine in running
            found[visit["campaign_id"]] += 1
    assert len(found) >= 80  # nine ended before the history
    assert preview(plan, "visits", 15_000, 1).to_pylist() == [rows(plan, "visits")[15_000]]


def test_addresses_are_kept_for_documentation(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """IPv4 of RFC 5737's three nets, IPv6 of RFC 3849's, in the short form."""
    nets = [ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    plan = plan_of("walks", datasets=[own(tmp_path)], target_rows=3_000)
    found = rows(plan, "visits")
    assert all(any(ipaddress.ip_address(row["ip"]) in net for net in nets) for row in found)
    assert len({row["ip"] for row in found}) > 700
    sixes = [ipaddress.ip_address(row["ip6"]) for row in found]
    assert all(six in ipaddress.ip_network("2001:db8::/32") and str(six) == row["ip6"] for six, row in zip(sixes, found, strict=True))
    assert len(set(sixes)) == len(sixes)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "min: 4, max: 20",
            "min: 3, max: 20",
            r"`buy` ends with 3 rows after the first one, but a parent may have 3: give the count a min of 4",
        ),
        ("last: {buy:", "last: {by:", r"`last` speaks of `by`, which `visit_id.goal` never is.*`buy`"),
        ("without: {look: [item]}", "without: {look: [list, item]}", r"`without` leaves nothing for `look`"),
        ("without: {look: [item]}", "without: {look: [itme]}", r"`without` speaks of `itme`, which is not a value"),
        ("match: channel", "skew: none", r"all rows of `campaigns` leave \(`some_stay: false`\), so one is only found by `match`"),
        ("match: channel", "match: {began: began}", r"`began` of `campaigns` changes, may be NULL, or is not a text"),
        ("number: 90", "number: 90_000", r"`campaigns` has 90,000 rows; rows are found by value among at most 65,536"),
        ("scheme: ipv4, unique: false", "scheme: ipv4", r"10,000 rows need more than the 768 codes of this scheme"),
    ],
)
def test_what_is_said_of_mistakes(plan_of: Callable[..., Plan], tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """One sentence: what is wrong, where, and what is meant."""
    with pytest.raises(ConfigError, match=sentence):
        plan_of("walks", datasets=[own(tmp_path, WALKS.replace(old, new))], target_rows=10_000)


STRETCHED = (
    WALKS.replace("  visits:\n    rows: events", "  visits:\n    rows: {layout: events, within_day: pages}")
    .replace(
        "count: {type: geometric, mean: 6, min: 4, max: 20}}",
        "count: {type: geometric, mean: 6, min: 4, max: 20}, duration: {type: lognormal, mean: 60, stddev: 60, max: 900, unit: seconds},"
        " duration_factors: [{column: page, times: {item: 3, cart: 0.5}}, {column: visit_id.goal, times: {buy: 2}}]}",
    )
    .replace("      is_last: page.in_last", "      opened: begin\n      left: end\n      is_last: page.in_last")
)


def test_how_long_a_row_lasts_depends_on_it(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """The factors of its columns are multiplied; rows still follow each other within the day, in any chunk."""
    plan = plan_of("walks", datasets=[own(tmp_path, STRETCHED)], target_rows=3_000)
    pages = rows(plan, "pages")
    lasted: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row, following in pairwise(pages):
        lasted[row["page"], row["goal"]].append((row["left"] - row["opened"]).total_seconds())
        if following["visit_id"] == row["visit_id"]:
            assert row["left"] == following["opened"]
        assert row["opened"] <= row["left"] <= row["opened"] + timedelta(seconds=900 * 6)
    plain = median(lasted["list", "look"])
    for of, factor in ((("item", "buy"), 6), (("cart", "buy"), 1), (("thanks", "buy"), 2), (("list", "buy"), 2)):
        assert median(lasted[of]) == pytest.approx(plain * factor, rel=0.12), of
    engine = Engine(plan.program)
    first = plan.table("pages").first_row
    pieces = [row for start in range(first, first + 400, 57) for row in engine.batch("pages", start, start + 57).to_pylist()]
    assert pieces[:400] == pages[:400]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{column: nothing, times: {a: 2}}", "nothing"),
        ("{column: visit_id.goal, times: {sofa: 2}}", "sofa"),
        ("{column: page_id, times: {1: 2}}", "is not a fixed category"),
        ("{column: late, times: {true: 2}}", "`late` is computed from `pages.opened`, which follows from how long rows last"),
    ],
)
def test_what_decides_how_long_is_known_before(plan_of: Callable[..., Plan], tmp_path: Path, written: str, told: str) -> None:
    """A column that is not there, a value that it never has, no category, and one that follows from the moment."""
    text = STRETCHED.replace("{column: visit_id.goal, times: {buy: 2}}", written)
    text = text.replace("      opened: begin", '      opened: begin\n      late: {kind: sql, sql: "opened.hour > 12"}')
    with pytest.raises(ConfigError, match=re.escape(told)):
        plan_of("walks", datasets=[own(tmp_path, text)], target_rows=300)
