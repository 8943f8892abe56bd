"""Each kind of damage is found, by the checks that speak of it and by no others: the cases lie in the folder `damage`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.quality.check import DERIVERS, Check
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.subject import Subject
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.anew import plan_of
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "damage"
OWN = Path(__file__).parent / "own"


@dataclass(frozen=True)
class Case:
    """What is done to a table of a dataset, and what must fail of it."""

    dataset: str
    name: str
    table: str
    sql: str
    fails: frozenset[str]
    """`Name table.column` of every check that fails but the declared rules."""
    rules: frozenset[str]
    """The sentences of the declared rules that fail."""


def read(file: Path) -> list[Case]:
    """The cases of a dataset."""
    value: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [
        Case(value["dataset"], name, case["table"], case["sql"], frozenset(case.get("fails", ())), frozenset(case.get("rules", ())))
        for name, case in value["cases"].items()
    ]


CASES = [case for file in sorted(FOLDER.glob("*.yaml")) for case in read(file)]


def names(report: Report) -> set[str]:
    """The checks that failed, without the declared rules."""
    return {f"{r.name} {r.table}{'.' if r.column else ''}{r.column}" for r in report.failures if r.group != "rule"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.dataset}: {case.name}")
def test_damage_is_found(damage: Callable[..., Report], case: Case) -> None:
    """Exactly the checks that speak of what was damaged fail, and they name rows that are."""
    report = damage(case.table, case.sql, case.dataset)
    assert names(report) == case.fails
    assert {result.sentence for result in report.failures if result.group == "rule"} == case.rules
    assert not report.passed
    assert all(result.score < 1 for result in report.failures)
    assert all(len(result.offending) <= 5 for result in report.results)


def key(check: Check) -> str:
    """As cases name a check."""
    return f"{check.name} {check.table}{'.' if check.column else ''}{check.column}"


def test_no_check_is_one_that_cannot_fail() -> None:
    """Of each concern each name is failed by some case, and so is each declared rule that speaks at this size."""
    import_module("ingen_fab.synthetic_data.core.quality.checks")
    concerns, broken, rules = set(), set(), set()
    for dataset in sorted({case.dataset for case in CASES}):
        plan = make_plan(resolve_parameters(dataset, repository=DatasetConfigurationRepository([OWN])))
        failing = {name for case in CASES if case.dataset == dataset for name in case.fails}
        rules |= {(dataset, sentence) for sentence, (from_rows, _) in plan.checks.items() if plan.target_rows >= from_rows}
        for deriver in DERIVERS:
            checks = [check for check in deriver(Subject(plan)) if isinstance(check, Check) and check.group != "rule"]
            concerns |= {(deriver.__name__, check.name) for check in checks}
            broken |= {(deriver.__name__, check.name) for check in checks if key(check) in failing}
    assert concerns - broken == set()
    assert rules - {(case.dataset, rule) for case in CASES for rule in case.rules} == set()
    assert {deriver.__name__ for deriver in DERIVERS} - {concern for concern, _ in concerns} == {"rules"}


def test_rows_that_break_a_check_are_named(damage: Callable[..., Report]) -> None:
    """Up to five keys, in order; of what is right, none."""
    report = damage("products", "UPDATE t SET ean = 'x' WHERE product_id % 50 = 7")
    result = next(result for result in report.failures if result.name == "FormatAdherence")
    assert (result.observed, result.expected, result.rows) == (10, 0, 500)
    assert result.offending == ("7", "57", "107", "157", "207")
    assert result.score == pytest.approx(0.98)
    assert all(not result.offending for result in report.results if result.passed)


def test_a_table_that_is_gone_is_one_failure(written: Path, tmp_path: Path) -> None:
    """What cannot be asked without it says nothing, and why; the other tables are checked."""
    root = tmp_path / "damaged"
    shutil.copytree(written, root)
    next((root / "Files").glob("*/stores/data.parquet")).unlink()
    noted = find_manifest(root)
    report = validate(plan_of(noted), noted)
    assert names(report) == {"TableStructure stores"}
    silent = {(rule.table, rule.sentence) for rule in report.silent if rule.reason == "stores cannot be read"}
    assert ("orders", "each store_id is one of stores.store_id") in silent
    assert ("orders", "no store sells before it opens") in silent
    assert next(table for table in report.tables if table.name == "stores").rows == 0
    assert len([result for result in report.results if result.table == "customers"]) > 40


def test_a_file_that_is_no_parquet_is_one_failure(written: Path, tmp_path: Path) -> None:
    """The sentence is DuckDB's."""
    root = tmp_path / "damaged"
    shutil.copytree(written, root)
    next((root / "Files").glob("*/stores/data.parquet")).write_text("no parquet")
    noted = find_manifest(root)
    result = validate(plan_of(noted), noted).failures[0]
    assert (result.name, result.table) == ("TableStructure", "stores")
    assert "parquet" in str(result.observed).lower()
