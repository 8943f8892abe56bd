"""What sets in in the course of a life."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.kernels.onsets import Onsets, _straight
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

PARK = """
dataset_id: park
history: {start: 2024-01-01, end: 2024-12-31}
driving: looks
tables:
  machines:
    rows: {number: 5_000, initial_share: 1}
    columns:
      machine_id: key
      bought_on: begin
      built_on: {kind: date, from: bought_on, minus: {min: 0, max: 40, unit: years}}
      model: {kind: category, weights: {small: 1, large: 1}}
      owner: {kind: category, weights: {pump: 1, belt: 3}}
      worn: {kind: number, distribution: 0, places: 1}
      faults:
        kind: onsets
        pool: faults
        ages: fault_ages
        born: built_on
        at: seen_on
        match: {model: model}
        raises: [{match: {part: owner}, by: 0.5}]
        frailty: worn
      seen_on: {kind: sql, sql: "DATE '2024-06-30'"}
      rust_on: faults.rust
      leak_on: faults.leak
      crack_on: faults.crack
      tear_on: faults.tear
      noise_on: faults.noise
  looks:
    rows: {layout: events}
    columns:
      look_id: key
      machine_id: {kind: reference, to: machines}
      looked_on: {kind: begin, as: date}
  finds:
    rows: {layout: children, of: looks, count: {min: 1, max: 3}}
    columns:
      find_id: key
      look_id: parent
      rank: position
      found_on: look_id.looked_on
      fault:
        kind: current_onset
        of: look_id.machine_id.faults
        pool: fault_work
        at: found_on
        per: look_id
        rank: rank
      since: fault.since
      pace: fault.pace
      hours: fault.hours
      machine_id: look_id.machine_id
"""
FAULTS = """fault,part,cluster,loading,one_of,years
rust,frame,wet,0.80,none,0
leak,pump,wet,0.80,none,0
crack,frame,none,0.00,frame,0
tear,belt,none,0.00,frame,0
noise,belt,none,0.00,none,2
"""
AGES = "fault,model,age,percent\n" + "".join(
    f"{fault},{model},{age},{share:.2f}\n"
    for fault, most in (("rust", 60), ("leak", 50), ("crack", 40), ("tear", 30), ("noise", 80))
    for model, times in (("small", 1), ("large", 0.5))
    for age, share in ((0, 0), (10, most * times / 4), (40, most * times))
)
WORK = "fault,hours,weight\nrust,1,5\nleak,3,2\ncrack,4,1\ntear,2,1\nnoise,1,1\n"
REVERSED = "fault,hours,weight\n" + "".join(f"{row}\n" for row in reversed(WORK.splitlines()[1:]))


@pytest.fixture
def park(plan_of: Callable[..., Plan], tmp_path: Path) -> Callable[..., Plan]:
    """The plan of a park of machines, with other texts where wanted."""

    def made(text: str = PARK, faults: str = FAULTS, ages: str = AGES, work: str = WORK, **settings: Any) -> Plan:
        folder = tmp_path / "own"
        (folder / "pools").mkdir(parents=True, exist_ok=True)
        (folder / "park.yaml").write_text(text)
        for name, rows in (("faults", faults), ("fault_ages", ages), ("fault_work", work)):
            (folder / "pools" / f"{name}.csv").write_text(rows)
        return plan_of("park", datasets=[folder], target_rows=4_000, **settings)

    return made


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    mine = plan.table(table)
    out: list[dict[str, Any]] = Engine(plan.program).batch(table, 0, mine.rows).to_pylist()
    return out


def test_shares_by_age_are_those_of_the_list(park: Callable[..., Plan]) -> None:
    """As many have it by an age as the list says, for each model; without a rise of the liability."""
    found = rows(park(PARK.replace("        raises: [{match: {part: owner}, by: 0.5}]\n", "")), "machines")
    for model, times in (("small", 1), ("large", 0.5)):
        old = [row for row in found if row["model"] == model and (row["seen_on"] - row["built_on"]).days >= 30 * 365.25]
        share = np.mean([row["leak_on"] is not None and row["leak_on"] <= row["seen_on"] for row in old])
        assert share == pytest.approx(times * 0.44, abs=0.05)
    assert all(row["rust_on"] >= row["built_on"] for row in found if row["rust_on"] is not None)


def test_who_is_more_liable_has_it_more_often_but_not_sooner(park: Callable[..., Plan]) -> None:
    """Of those who will ever have it, a quarter has it by a quarter of the years, whether the liability is raised or not."""
    found = rows(
        park(PARK.replace("by: 0.5}", "by: 1.5}").replace("distribution: 0, places: 1", "distribution: {min: -1, max: 1}, places: 1")),
        "machines",
    )
    for owner, least, most in (("pump", 0.6, 0.9), ("belt", 0.25, 0.5)):
        mine = [row for row in found if row["owner"] == owner]
        ages = [(row["leak_on"] - row["built_on"]).days / 365.25 for row in mine if row["leak_on"] is not None]
        assert least < len(ages) / len(mine) < most
        assert np.mean(np.array(ages) <= 10) == pytest.approx(0.25, abs=0.04)


def test_clusters_kinds_and_what_passes(park: Callable[..., Plan]) -> None:
    """What clusters comes together, of one kind only the first comes, and the own value counts what stands on the day."""
    found = rows(park(), "machines")
    leaks = [[row["leak_on"] is not None for row in found if (row["rust_on"] is not None) == rusty] for rusty in (True, False)]
    assert np.mean(leaks[0]) > 2 * np.mean(leaks[1])
    assert not any(row["crack_on"] and row["tear_on"] for row in found)
    for row in found:
        days = [row[f"{name}_on"] for name in ("rust", "leak", "crack", "tear")]
        stays = sum(day is not None and day <= row["seen_on"] for day in days)
        noisy = row["noise_on"] is not None and row["noise_on"] <= row["seen_on"]
        assert row["faults"] - stays in ((0, 1) if noisy else (0,))
        if noisy and (row["seen_on"] - row["noise_on"]).days > 3 * 366:
            assert row["faults"] == stays
    raised = [np.mean([row["leak_on"] is not None for row in found if row["owner"] == owner]) for owner in ("pump", "belt")]
    assert raised[0] > 1.2 * raised[1]


@pytest.mark.parametrize("work", [WORK, REVERSED], ids=["in order", "reversed"])
def test_what_is_drawn_stands_on_the_day(park: Callable[..., Plan], work: str) -> None:
    """Each draw has set in, no two of a look are the same, and day and pace of a machine's fault never change."""
    plan = park(work=work)
    machines = {row["machine_id"]: row for row in rows(plan, "machines")}
    told: dict[tuple[int, str], tuple[date, Any]] = {}
    seen = set()
    for row in rows(plan, "finds"):
        if row["fault"] is None:
            assert (row["since"], row["pace"], row["hours"]) == (None, None, None)
            continue
        assert (row["look_id"], row["fault"]) not in seen
        seen.add((row["look_id"], row["fault"]))
        assert row["since"] == machines[row["machine_id"]][f"{row['fault']}_on"]
        assert row["since"] <= row["found_on"]
        assert told.setdefault((row["machine_id"], row["fault"]), (row["since"], row["pace"])) == (row["since"], row["pace"])
    assert {fault for _, fault in seen} == {"rust", "leak", "crack", "tear", "noise"}


def test_the_first_day_is_the_one_on_which_it_stands(park: Callable[..., Plan]) -> None:
    """Nothing stands on the day before it sets in, and all does on the day itself, to the last of the floats that are added up."""
    plan = park(PARK.replace("worn: {kind: number, distribution: 0,", "worn: {kind: number, distribution: {min: -2, max: 2},"))
    table = Engine(plan.program).table("machines")
    kernel = table.kernel("faults")
    assert isinstance(kernel, Onsets)
    lives = kernel.lives(table.frame(0, 5_000))
    for place in range(4):
        one, day = np.array([place]), kernel.since(lives, np.full(5_000, place))
        some = np.flatnonzero((day < lives.start + (1 << 20)) & ~kernel._excluded(lives, place))
        mine = lives.take(some)
        assert len(some) > 500
        assert kernel.stand(mine, one, day[some]).all()
        assert not kernel.stand(mine, one, day[some] - 1).any()


def test_a_rank_that_nobody_reaches_ends(park: Callable[..., Plan]) -> None:
    """A rank of two thousand millions is NULL at once."""
    far = PARK.replace("        rank: rank\n", "        rank: far\n").replace(
        "      rank: position\n", "      rank: position\n      far: {kind: sql, sql: rank * 2_000_000_000}\n"
    )
    assert {row["fault"] for row in rows(park(far), "finds")} == {None}


def test_lines_are_straight_between_points() -> None:
    """Level before the first point and after the last, one point alone as well."""
    at = np.arange(0, 30) / 4
    for x, y in (([1.0, 3.0, 6.0], [0.5, 2.0, 9.0]), ([2.0], [4.0])):
        assert _straight(at, np.array(x), np.array(y)) == pytest.approx(np.interp(at, x, y), abs=1e-12)


def test_any_row_is_the_same_alone(park: Callable[..., Plan]) -> None:
    """A range, single rows and small chunks give the same values."""
    plan = park()
    for table in ("machines", "finds"):
        whole = rows(plan, table)
        engine = Engine(plan.program)
        for row in (0, 1, 777, 3_999):
            assert engine.batch(table, row, row + 1).to_pylist() == [whole[row]]
        chunks = [row for start in range(0, 1_200, 171) for row in engine.batch(table, start, start + 171).to_pylist()]
        assert chunks == whole[: len(chunks)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": PARK.replace("born: built_on", "born: model")}, "`born` is a date that is always there; `model` is none"),
        ({"text": PARK.replace("frailty: worn", "frailty: model")}, "`model` is not a number that is always there"),
        ({"text": PARK.replace("frailty: worn", "counts: part")}, "has no field `part` of booleans"),
        ({"text": PARK.replace("match: {model: model}", "match: {modell: model}")}, "has no field `modell`; did you mean `model`"),
        ({"text": PARK.replace("match: {model: model}", "match: {model: worn}")}, "a list is matched by texts"),
        ({"text": PARK.replace("of: look_id.machine_id.faults", "of: look_id.machine_id.model")}, "is a path to a column of kind `onsets`"),
        ({"text": PARK.replace("per: look_id", "per: found_on")}, "`found_on` is not a whole number"),
        ({"ages": AGES + "dent,small,1,2.00\n"}, "tells of `dent`, which is not in `faults`"),
        ({"ages": AGES + "noise,large,50,1.00\n"}, "no fewer have it later; noise large at 50 does not follow 40"),
        ({"work": WORK + "dent,1,1\n"}, "`fault_work` tells of `dent`, which is not in `faults`"),
        ({"faults": FAULTS.replace("0.80", "1.80")}, "`loading` of `faults` is 1.8; it is a number from 0 to 1"),
        ({"faults": FAULTS.replace("none,2", "none,-2")}, "`years` of `faults` is -2; it is a number from 0 to 120"),
        ({"faults": FAULTS.replace("0.80", "much")}, "`loading` of `faults` is a number; here it is a varchar"),
        ({"faults": re.sub(r"\b(wet|none),0", "7,0", FAULTS)}, "`cluster` of `faults` is a text; here it is a bigint"),
        ({"faults": "fault,part\n1,pump\n2,belt\n"}, "`fault` of `faults` is a text; here it is a bigint"),
        ({"ages": AGES + "noise,large,500,90.00\n"}, "`age` of `fault_ages` is 500; it is a number from 0 to 120"),
        ({"ages": AGES + "noise,large,50,101.00\n"}, "`percent` of `fault_ages` is 101; it is a number from 0 to 100"),
        ({"ages": AGES.replace(",10,", ",ten,")}, "`age` of `fault_ages` is a number; here it is a varchar"),
        (
            {"text": PARK.replace("{small: 1, large: 1}", "{small: 1, larger: 1}")},
            "`model` may be `larger`, and no row of `fault_ages` has that as `model`; did you mean `large`",
        ),
        ({"faults": FAULTS + "rust,frame,none,0.00,none,0\n"}, "`faults` has a fault twice"),
    ],
)
def test_mistakes_are_told(park: Callable[..., Plan], change: dict[str, str], sentence: str) -> None:
    """One sentence for each."""
    with pytest.raises(ConfigError, match=sentence):
        park(**change)
