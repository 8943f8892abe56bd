"""Shares and distributions that differ by a column which is not written: those of all rows together lie between them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.run import run

from .conftest import rewrite

pytestmark = pytest.mark.slow

TEXT = """
dataset_id: bazaar
history: {start: 2024-01-01, end: 2024-12-31}
driving: sales
tables:
  sales:
    rows: events
    columns:
      sale_id: key
      _class: {kind: category, weights: {dear: 1, cheap: 3}}
      payment: {kind: category, weights: {card: 6, cash: 4}, by: {column: _class, values: {dear: {card: 9, invoice: 1}}}}
      is_gift: {kind: boolean, rate: 0.05, by: {column: _class, values: {dear: 0.4, cheap: 0.1}}}
      pieces:
        kind: number
        distribution: {type: geometric, mean: 4, min: 1, max: 20}
        by: {column: _class, values: {dear: {type: geometric, mean: 1.2, min: 1, max: 3}}}
"""
CHANGES = [
    ("payment", "CASE WHEN sale_id % 3 = 0 THEN 'card' ELSE payment END", True),
    ("payment", "'card'", False),
    ("payment", "CASE WHEN sale_id % 5 = 0 THEN 'invoice' ELSE 'card' END", False),
    ("is_gift", "sale_id % 3 = 0", True),
    ("is_gift", "sale_id % 2 = 0", False),
    ("is_gift", "false", False),
    ("pieces", "1 + sale_id % 2", True),
    ("pieces", "6 + sale_id % 2", False),
    ("pieces", "20", False),
]
"""A column, what it is changed to, and whether that lies between what is declared."""


@pytest.fixture
def sold(own_plan: Callable[..., Plan], tmp_path: Path) -> Plan:
    """The plan of the dataset above, written."""
    plan = own_plan(TEXT, target_rows=3_000, output_settings__output_mode="parquet", output_settings__output_dir=str(tmp_path / "sold"))
    assert run(plan).status == "COMPLETED"
    return plan


def _shapes(report: Report) -> dict[str, bool]:
    return {result.column: result.passed for result in report.results if result.sentence.endswith("declared for different rows")}


def _checked(plan: Plan) -> Report:
    return validate(plan, find_manifest(plan.output.root), groups=("shape",))


def test_mixtures_are_judged(sold: Plan, tmp_path: Path) -> None:
    """Each of them passes as it is written, and fails where it lies outside."""
    report = _checked(sold)
    assert _shapes(report) == {"payment": True, "is_gift": True, "pieces": True}
    assert not report.failures
    for column, sql, passes in CHANGES:
        root = tmp_path / "changed"
        shutil.copytree(sold.output.root, root)
        rewrite(root, "sales", f"SELECT * REPLACE ({sql} AS {column}) FROM t")
        found = _shapes(_checked(replace(sold, output=replace(sold.output, root=root))))
        assert found == {**dict.fromkeys(("payment", "is_gift", "pieces"), True), column: passes}, (column, sql)
        shutil.rmtree(root)


def test_a_mixture_has_a_plot(sold: Plan) -> None:
    """What is drawn as declared is the nearest that it may be: the shares that were found."""
    plots = {result.column: result.plot for result in _checked(sold).results if result.sentence.endswith("for different rows")}
    for plot in plots.values():
        assert plot is not None
        assert plot.declared == pytest.approx(plot.found, abs=0.02)
