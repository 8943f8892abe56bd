"""Which columns are associated: found in what was written, against what is declared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.plan.dependences import Dependences
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality import limits
from ingen_fab.synthetic_data.core.quality.associations import ROWS, cramers_v
from ingen_fab.synthetic_data.core.quality.binned import Asked, Binned, binned
from ingen_fab.synthetic_data.core.quality.html import html
from ingen_fab.synthetic_data.core.quality.report import Matrix, Pair, Report
from ingen_fab.synthetic_data.core.quality.validate import validate, validate_output
from ingen_fab.synthetic_data.core.quality.words import association_line, report_lines, warnings
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

from .conftest import rewrite

MakePlan = Callable[..., Plan]
_SIZES = {info.world: info for info in sorted(DatasetConfigurationRepository().list(), key=lambda info: -info.target_rows)}
SMALL = sorted(info.dataset_id for info in _SIZES.values())
"""Every shipped dataset in its smallest size."""
SEEDS = (7, 42, 2024)
STRONG = [
    # Copied out of one place; the small cities of all states are one bin.
    ("retail_oltp_small", "customers", "city", "state", 0.5),
    # Cash only in shops, where the others pay by invoice and gift card.
    ("retail_oltp_small", "orders", "channel", "payment_method", 0.3),
    ("retail_oltp_small", "order_items", "quantity", "gross_amount", 0.1),
    # Who is old has Medicare.
    ("healthcare_oltp_small", "patients", "age_band", "payer", 0.4),
    ("finance_oltp_small", "transactions", "transaction_type", "channel", 0.4),
    ("ecommerce_star_small", "dim_session", "device", "operating_system", 0.5),
]
"""Columns that are declared to depend on each other, and what Cramér's V between them is at least."""


def _associations(plan: Plan) -> Report:
    """The matrices of what is written of a plan, and nothing else."""
    return validate(plan, find_manifest(plan.output.root), groups=(), associations=True)


def _written(plan: Plan) -> Report:
    assert run(plan).status == "COMPLETED"
    return _associations(plan)


def _pairs(report: Report) -> Iterator[tuple[str, Pair]]:
    return ((matrix.table, pair) for matrix in report.associations for pair in matrix.pairs)


def _pair(report: Report, table: str, one: str, other: str) -> Pair:
    return next(pair for name, pair in _pairs(report) if name == table and {pair.one, pair.other} == {one, other})


def test_the_measure_is_bergsmas() -> None:
    """Worked out by hand for a table of two by two; 1 where one decides the other, 0 where chi-squared is below its expectation."""
    # Chi-squared over n is (30 * 40 - 20 * 10)^2 / (50 * 50 * 40 * 60) = 1/6, the correction 1/99, and a side is 2 - 1/99.
    assert cramers_v(np.array([[30, 20], [10, 40]])) == pytest.approx(((1 / 6 - 1 / 99) / (1 - 1 / 99)) ** 0.5)
    assert cramers_v(np.array([[50, 0, 0], [0, 30, 0], [0, 0, 20]])) == pytest.approx(1, abs=0.001)
    assert cramers_v(np.array([[25, 25], [25, 25]])) == 0
    assert cramers_v(np.array([[50, 50]])) == 0
    assert cramers_v(np.array([[50, 0], [50, 0]])) == 0


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.97, 0.03), (0.4, 0.3, 0.2, 0.09, 0.01), (0.125,) * 8])
@pytest.mark.parametrize("rows", [300, 3_000])
def test_chance_stays_below_the_limit(shares: tuple[float, ...], rows: int) -> None:
    """Of two thousand pairs that have nothing to do with each other none comes near it; one that has is far above."""
    random = np.random.default_rng(11)
    worst = 0.0
    for _ in range(2_000):
        one, other = (random.choice(len(shares), rows, p=shares) for _ in range(2))
        counts = np.bincount(one * len(shares) + other, minlength=len(shares) ** 2).reshape(len(shares), -1)
        rarest = counts.sum(axis=0).min() * counts.sum(axis=1).min() / rows
        # Rarer cells than one row have no bin of their own.
        worst = max(worst, cramers_v(counts) - limits.association(rows, *counts.shape, rarest, 1)) if rarest >= 1 else worst
    assert worst <= 0
    assert limits.association(rows, len(shares), len(shares), max(min(shares) ** 2 * rows, 1), 300) < 0.9


@pytest.mark.parametrize(
    ("values", "is_range", "count"),
    [
        (np.arange(10_000) % 2, False, 2),
        (np.arange(10_000), True, 8),
        # Half the rows have one value, the others each their own.
        (np.maximum(np.arange(10_000) - 5_000, 0), True, 5),
        (np.arange(10_000), False, 1),
        (np.zeros(10_000), True, 1),
        # A value that is too rare goes with the others, and these with the rarest of the frequent ones.
        (np.where(np.arange(10_000) < 50, 2, np.arange(10_000) % 2), False, 2),
        (np.arange(300), True, 4),
    ],
)
def test_columns_are_cut_into_bins(values: np.ndarray, is_range: bool, count: int) -> None:
    """By quantiles, or by value; rows with none have a bin of their own where they are frequent."""
    view = Asked("c", "", "c", is_range)
    found = binned(view, np.ma.masked_array(values.astype(float), mask=np.zeros(len(values), bool)))
    assert (found.count if found else 1) == count
    missing = binned(view, np.ma.masked_array(values.astype(float), mask=np.arange(len(values)) % 10 == 9))
    assert isinstance(missing, Binned)
    if count > 1:
        assert missing.count >= count
    assert len(np.unique(missing.bins)) == missing.count
    assert np.bincount(missing.bins).min() >= int(len(values) ** 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dataset_id", SMALL)
def test_nothing_is_associated_but_what_is_declared(plan_of: MakePlan, dataset_id: str, seed: int) -> None:
    """In its smallest size; and most of what is declared between columns of one table is found."""
    report = _written(plan_of(dataset_id, seed_value=seed, target_rows=10_000, output_settings__output_mode="parquet"))
    assert warnings(report) == []
    named = [pair for _, pair in _pairs(report) if pair.declared == "named"]
    assert sum(pair.found for pair in named) >= 0.5 * len(named)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dataset_id", SMALL)
def test_nor_in_a_hundred_thousand_rows(plan_of: MakePlan, dataset_id: str, seed: int) -> None:
    """Of which each table's sample is looked at."""
    report = _written(plan_of(dataset_id, seed_value=seed, target_rows=100_000, output_settings__output_mode="parquet"))
    assert warnings(report) == []
    assert all(0.9 * ROWS < matrix.rows < 1.6 * ROWS for matrix in report.associations if matrix.of > 2 * ROWS)


@pytest.mark.slow
@pytest.mark.parametrize(("dataset_id", "table", "one", "other", "least"), STRONG)
def test_what_is_declared_is_found(
    written_once: Callable[[str], Plan], dataset_id: str, table: str, one: str, other: str, least: float
) -> None:
    """With its strength."""
    pair = _pair(_associations(written_once(dataset_id)), table, one, other)
    assert pair.declared
    assert pair.found
    assert pair.strength >= least


@pytest.mark.slow
def test_a_banks_customers_have_the_segment_of_their_income(plan_of: MakePlan) -> None:
    """From the size on at which there are customers enough to see it."""
    report = _written(plan_of("finance_oltp_small", target_rows=100_000, output_settings__output_mode="parquet"))
    assert _pair(report, "customers", "annual_income", "segment").strength > 0.3
    assert _pair(report, "customers", "birth_date", "occupation").strength > 0.25


@pytest.fixture(scope="module")
def report(written_once: Callable[[str], Plan]) -> Report:
    """Of correct data."""
    return _associations(written_once("retail_oltp_small"))


@pytest.fixture
def damaged(written_once: Callable[[str], Plan], tmp_path: Path) -> Callable[[str, str], Report]:
    """`damaged("orders", "UPDATE t SET ..")`: the matrices of a copy in which a table was changed."""

    def work(table: str, sql: str) -> Report:
        import shutil

        plan = written_once("retail_oltp_small")
        root = tmp_path / "damaged"
        shutil.copytree(plan.output.root, root)
        rewrite(root, table, sql)
        return _associations(replace(plan, output=replace(plan.output, root=root)))

    return work


@pytest.mark.slow
def test_a_shuffled_column_is_noticed(report: Report, damaged: Callable[[str, str], Report]) -> None:
    """The strongest dependence between two columns of a table is gone, and nothing else is."""
    table, strongest = max(
        ((table, pair) for table, pair in _pairs(report) if pair.declared == "named" and table == "orders"),
        key=lambda each: each[1].strength,
    )
    column = strongest.one
    sql = f"""
        WITH a AS (SELECT *, row_number() OVER () AS n FROM t),
        b AS (SELECT {column} AS other, row_number() OVER (ORDER BY hash(order_id)) AS n FROM t)
        SELECT a.* EXCLUDE (n) REPLACE (b.other AS {column}) FROM a JOIN b USING (n)"""
    found = damaged(table, sql.strip())
    for name, pair in _pairs(found):
        before = _pair(report, name, pair.one, pair.other)
        if name == table and column in (pair.one, pair.other):
            assert not pair.found
        else:
            assert (pair.found, pair.strength) == (before.found, before.strength)
    assert _pair(found, table, strongest.one, strongest.other).declared == "named"


@pytest.mark.slow
def test_a_column_copied_onto_another_is_noticed(report: Report, damaged: Callable[[str, str], Report]) -> None:
    """Two columns of one type that nothing declared connects."""
    types = {(table.name, column.name): column.type for table in _plan(report).tables for column in table.columns}
    table, pair = next(
        (table, pair) for table, pair in _pairs(report) if not pair.declared and types[table, pair.one] == types[table, pair.other]
    )
    found = damaged(table, f"SELECT * REPLACE ({pair.one} AS {pair.other}) FROM t")
    assert (table, _pair(found, table, pair.one, pair.other)) in found.unexpected
    assert _pair(found, table, pair.one, pair.other).strength > 0.99
    assert any(line.startswith(f"warning: {table}: {pair.one} and {pair.other}: 1.00, limit") for line in report_lines(found))
    assert found.passed, "a warning fails nothing"
    text = html(found)
    assert f"{table}: {pair.one} and {pair.other} are associated" in text
    assert 'class="cell undeclared unexpected"' in text


def _plan(report: Report) -> Plan:
    from ingen_fab.synthetic_data.core.run.anew import plan_of as planned

    return planned(find_manifest(Path(report.output_root)))


@pytest.mark.slow
def test_the_report_keeps_the_matrices(report: Report) -> None:
    """As JSON and back; each pair of columns once, each column in its table."""
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report
    for matrix in report.associations:
        many = len(matrix.columns)
        assert len(matrix.pairs) == many * (many - 1) // 2
        assert not set(matrix.columns) & set(matrix.left_out)
    line = association_line(report)
    assert re.fullmatch(r"\d+ of \d+ pairs of columns are associated, all as declared", line)
    assert line in report_lines(report)


@pytest.mark.slow
def test_the_page_has_a_map_for_each_table(report: Report) -> None:
    """With a cell for each pair, outlined where one is declared to depend on the other."""
    text = html(report)
    assert text.count('<svg class="map"') == len(report.associations)
    assert text.count('<rect class="cell') == len(list(_pairs(report)))
    assert text.count('<rect class="cell named') == sum(pair.declared == "named" for _, pair in _pairs(report))
    assert "unexpected" not in re.sub(r"(?s)<style>.*?</style>", "", text)
    assert association_line(report) in text


@pytest.mark.slow
def test_the_quick_checks_leave_them_out(written_once: Callable[[str], Plan]) -> None:
    """They are looked for where somebody asks for the whole report."""
    plan = written_once("retail_oltp_small")
    assert validate(plan, find_manifest(plan.output.root), groups=()).associations == ()
    assert validate_output(plan.output.root).associations == ()
    assert association_line(validate_output(plan.output.root)) == ""


def test_a_matrix_says_what_is_unexpected() -> None:
    """The strongest first; what is declared never is, nor what chance explains."""
    pairs = (
        Pair("a", "b", 0.2, 0.1, "", ("", "hour")),
        Pair("a", "c", 0.9, 0.1, "cause"),
        Pair("b", "c", 0.05, 0.1, ""),
        Pair("a", "d", 0.5, 0.1, ""),
    )
    report = Report(
        "d", "D", "", 42, 10, "2024-12-31", ("2023-01-01", "2024-12-31"), "parquet", "/x", (), (), (), 0.0,
        (Matrix("t", 500, 500, ("a", "b", "c", "d"), (), pairs),),
    )  # fmt: skip
    assert warnings(report) == [
        "warning: t: a and d: 0.50, limit 0.10; nothing is declared",
        "warning: t: a and b (hour): 0.20, limit 0.10; nothing is declared",
    ]
    assert association_line(report) == "3 of 4 pairs of columns are associated, 2 of them undeclared"


def test_columns_that_change_depend_on_their_age(own_plan: Callable[..., Plan]) -> None:
    """A change always gives another value, so that old rows have rare values more often."""
    text = """
dataset_id: club
tables:
  members:
    rows: {number: 500, changes: {groups: [{share: 1, every: 90 days}], columns: {level: 1}}}
    columns:
      member_id: key
      level: {kind: category, weights: {none: 9, gold: 1}}
      eyes: {kind: category, weights: {brown: 9, blue: 1}}
      joined_at: begin
  visits: {rows: events, columns: {visit_id: key}}
"""
    declared = Dependences(own_plan(text, target_rows=100).dataset)
    assert [each.told("members") for each in declared.told(("members", "level"))] == ["joined_at (changes)"]
    assert not declared.related("members", "eyes", "joined_at")
