"""A user's own dataset is checked like a shipped one: every word that the retail dataset does not use."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

ZOO = """
dataset_id: zoo
driving: visits
target_rows: 4_000
history: {start: 2024-01-01, end: 2024-06-30}
calendar: {time_zone: Europe/Berlin}
temporal_patterns: {hourly_distribution: {"08-18": 2.0, default: 0.0}}
tables:
  houses:
    rows: {layout: list, values: [{name: aviary, beds: 3}, {name: terrarium, beds: 5}, {name: pool, beds: 8}]}
    columns: {house_id: key, opened_on: {kind: begin, as: date}}
  keepers:
    rows: {number: 300, before: 1.0}
    columns:
      keeper_id: key
      tag: {kind: code, scheme: uuid}
      card: {kind: code, scheme: luhn}
      grade: {kind: category, weights: [junior, senior, head]}
      pay:
        kind: number
        law: {type: normal, mean: 3_000, stddev: 300, min: 1_800, max: 5_000}
        by: {grade: {head: {type: uniform, min: 6_000, max: 6_999}, senior: {type: normal, mean: 4_000, stddev: 200}}}
      trained: {kind: boolean, rate: 0.3, by: {grade: {junior: 0.9}}}
      shirt: {kind: category, weights: {S: 1, M: 2, L: 1}, factors: {S: {grade: {head: 5}}}}
      hired_at: begin
      reviewed_at: {kind: timestamp, from: hired_at, plus: {type: lognormal, mean: 30, stddev: 9, unit: days}}
      badge_until: {kind: date, from: hired_at, plus: {type: uniform, min: 100, max: 200, unit: days}}
  visits:
    rows: events
    columns:
      visit_id: key
      house_id: {kind: reference, to: houses, nulls: 0.1, orphans: 0.02}
      keeper_id: {kind: reference, to: keepers, skew: none, when: "guided", nulls: 0.2}
      guided: {kind: boolean, rate: 0.5, exact: true}
      started_at: begin
      started_on: started_at.date
      weekday: started_at.weekday
      tip: {kind: number, law: {type: exponential, mean: 4}, places: 2, when: "guided"}
      sign: {kind: code, scheme: pattern, pattern: "V-##-AA", unique: false}
      photos: {kind: aggregate, of: photos}
      brightest: {kind: aggregate, of: photos.light, take: max}
      ended_at: {kind: timestamp, from: started_at, plus: {type: normal, mean: 90, stddev: 20, min: 10, max: 200, unit: minutes}}
      state:
        kind: lifecycle
        steps:
          asked: {}
          refused: {after: asked, share: 0.2, lag: {type: uniform, min: 1, max: 9, unit: hours}}
          granted: {after: asked, lag: {type: uniform, min: 1, max: 9, unit: hours}}
          praised: {after: granted, share: 0.4, factors: {guided: {"True": 2.0}}, lag: 1 days}
      refused_at: state.refused
      granted_at: state.granted
      praised_at: state.praised
  photos:
    rows: {layout: children, of: visits, count: {type: poisson, mean: 1.5, max: 9}}
    columns:
      visit_id: parent
      photo_id: key
      number: position
      light: {kind: number, law: {type: empirical, values: {1: 5, 2: 3, 8: 2}}}
      size: {kind: sql, sql: "light / 4 + number"}
      stars: {kind: number, law: {type: pareto, min: 1, mean: 1.5, max: 90}, places: 1}
"""


OWN = ("KSComplement keepers.pay", "TVComplement keepers.shirt", "TVComplement keepers.trained", "FormatAdherence keepers.card",
       "FormatAdherence keepers.tag", "KSComplement keepers.reviewed_at", "KSComplement keepers.badge_until",
       "MissingValueSimilarity visits.house_id", "ReferentialIntegrity visits.house_id", "MissingValueSimilarity visits.tip",
       "FormulaAdherence visits.brightest", "FormulaAdherence photos.size", "KSComplement photos.stars", "KSComplement photos.light",
       "CardinalityShapeSimilarity photos.visit_id", "TVComplement visits.state", "KSComplement visits.granted_at",
       "FormulaAdherence visits.weekday", "HourPattern visits.started_at", "KSComplement visits.tip")  # fmt: skip
"""What the dataset declares enough for, beside what every table has."""

DAMAGE = {
    "more NULLs than declared": (
        "visits", "SELECT * REPLACE (CASE WHEN visit_id % 25 <> 0 THEN house_id END AS house_id) FROM t",
        {"MissingValueSimilarity visits.house_id"},
    ),
    "orphans that became parents' keys": (
        "visits", "SELECT * REPLACE (CASE WHEN house_id > 9e15 THEN 1 ELSE house_id END AS house_id) FROM t",
        {"ReferentialIntegrity visits.house_id"},
    ),
    "an orphan that a parent may once have": (
        "visits", "SELECT * REPLACE (CASE WHEN house_id > 9e15 THEN 77 ELSE house_id END AS house_id) FROM t",
        {"ReferentialIntegrity visits.house_id"},
    ),
    "a value where none may be": (
        "visits", "SELECT * REPLACE (CASE WHEN visit_id < 40 THEN 1.00 ELSE tip END::DECIMAL(18,2) AS tip) FROM t",
        {"MissingValueSimilarity visits.tip"},
    ),
    "laws of other groups": (
        "keepers", "SELECT * REPLACE (CASE grade WHEN 'head' THEN 'senior' WHEN 'senior' THEN 'head' ELSE grade END AS grade) FROM t",
        {"BoundaryAdherence keepers.pay", "KSComplement keepers.pay"},
    ),
    "a wrong digit of a card": (
        "keepers",
        "SELECT * REPLACE (CASE WHEN keeper_id = 9 THEN left(card, 15) || ((right(card, 1)::INT + 3) % 10) ELSE card END AS card) FROM t",
        {"FormatAdherence keepers.card"},
    ),
    "a UUID of another version": (
        "keepers", "SELECT * REPLACE (left(tag, 14) || '1' || substr(tag, 16) AS tag) FROM t",
        {"FormatAdherence keepers.tag"},
    ),
    "a maximum that is none": (
        "visits", "SELECT * REPLACE (CASE WHEN brightest = 8 THEN 2 ELSE brightest END AS brightest) FROM t",
        {"FormulaAdherence visits.brightest"},
    ),
    "a formula of doubles": (
        "photos", "SELECT * REPLACE (size * 1.001 AS size) FROM t WHERE true", {"FormulaAdherence photos.size"},
    ),
    "more praise": (
        "visits",
        (
            "SELECT * EXCLUDE (more) REPLACE (CASE WHEN more THEN 'praised' ELSE state END AS state, CASE WHEN more THEN "
            "granted_at + INTERVAL 24 HOUR ELSE praised_at END AS praised_at) FROM (SELECT *, state = 'granted' AND visit_id % 2 = 0 "
            "AND granted_at < TIMESTAMPTZ '2024-06-20' AS more FROM t)"
        ),
        {"TVComplement visits.state"},
    ),
    "nights that are open": (
        "visits", "SELECT * REPLACE (started_at + INTERVAL 9 HOUR AS started_at) FROM t WHERE true",
        {"BoundaryAdherence visits.ended_at", "BoundaryAdherence visits.granted_at", "BoundaryAdherence visits.refused_at",
         "BoundaryAdherence visits.state",
         "DailyRowCount visits.started_at", "FormulaAdherence visits.started_on", "FormulaAdherence visits.weekday",
         "HourPattern visits.started_at", "KSComplement visits.ended_at", "KSComplement visits.granted_at",
         "KSComplement visits.refused_at", "LifecycleOrder visits.state", "StatisticSimilarity visits.ended_at",
         "StatisticSimilarity visits.granted_at", "StatisticSimilarity visits.refused_at"},
    ),
}  # fmt: skip


def checked(root: Path, own: Path) -> Report:
    """Checks what was written, with the repository that the dataset is in."""
    return validate_output(root, repository=DatasetConfigurationRepository([own]))


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The dataset above as it was written, and the folder that its YAML is in."""
    return written(tmp_path_factory.mktemp("zoo"))


def written(folder: Path) -> tuple[Path, Path]:
    """The output root and the folder of the YAML, both new."""
    own, root = folder / "own", folder / "out"
    own.mkdir()
    (own / "zoo.yaml").write_text(ZOO)
    flags = {"output_settings.output_mode": "parquet", "output_settings.output_dir": str(root)}
    resolved = resolve_parameters("zoo", flags=flags, repository=DatasetConfigurationRepository([own]))
    assert run(make_plan(resolved)).status == "COMPLETED"
    return root, own


def failed(report: Report) -> set[str]:
    """The checks that failed, by name and column."""
    return {f"{result.name} {result.table}.{result.column}" for result in report.failures}


def test_every_word_is_checked(zoo: tuple[Path, Path]) -> None:
    """Nothing fails, and each word of the declaration has its check."""
    report = checked(*zoo)
    assert [(r.name, r.table, r.column, r.sentence, r.observed, r.expected, r.limit) for r in report.failures] == []
    assert {f"{result.name} {result.table}.{result.column}" for result in report.results} >= set(OWN)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found(zoo: tuple[Path, Path], tmp_path: Path, rewrite: Callable[[Path, str], None], name: str) -> None:
    """By exactly the checks that speak of it."""
    table, sql, expected = DAMAGE[name]
    shutil.copytree(zoo[0], tmp_path / "damaged")
    rewrite(tmp_path / "damaged" / "Files" / "zoo" / table / "data.parquet", sql)
    assert failed(checked(tmp_path / "damaged", zoo[1])) == expected


def test_quotas_are_exact(zoo: tuple[Path, Path]) -> None:
    """A tenth is a tenth of the rows, to the row; the limit of such a quota is narrow."""
    report = checked(*zoo)
    found = {(result.name, result.table, result.column): result for result in report.results}
    nulls = found["MissingValueSimilarity", "visits", "house_id"]
    assert (nulls.observed, nulls.expected) == (0.1, 0.1)
    orphans = found["ReferentialIntegrity", "visits", "house_id"]
    assert (orphans.observed, orphans.expected) == (0.02, 0.02)


def test_an_own_dataset_is_found_by_the_manifest(zoo: tuple[Path, Path]) -> None:
    """It says where the dataset was, so nobody has to say it again."""
    assert validate_output(zoo[0]).passed


def test_an_unknown_dataset_is_told(tmp_path: Path) -> None:
    """The manifest names a dataset that is no longer there."""
    root, own = written(tmp_path)
    (own / "zoo.yaml").unlink()
    with pytest.raises(InputError, match="cannot be planned anew: there is no dataset `zoo`"):
        validate_output(root)


def test_a_changed_dataset_is_refused(tmp_path: Path) -> None:
    """One sentence: what was written cannot be judged by another declaration."""
    root, own = written(tmp_path)
    (own / "zoo.yaml").write_text(ZOO.replace("mean: 90, stddev: 20", "mean: 95, stddev: 20"))
    with pytest.raises(InputError, match=r"has changed since run .* of `zoo` was written"):
        checked(root, own)
