"""What the report looks like to people, to CI and to scripts."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from ingen_fab.synthetic_data.core.errors import InputError, RunCancelled
from ingen_fab.synthetic_data.core.job import Inspection
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.html import html
from ingen_fab.synthetic_data.core.quality.junit import junit
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.validate import validate, validate_output
from ingen_fab.synthetic_data.core.quality.words import report_lines
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.events import CheckProgress, LogLine
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run

pytestmark = pytest.mark.slow

Call = Callable[..., subprocess.CompletedProcess[str]]
Damage = Callable[[str, str], Report]
WRONG = "SELECT * REPLACE (CASE WHEN product_id = 7 THEN '<b>&' ELSE sku END AS sku) FROM t"


@pytest.fixture(scope="module")
def report(written: Path) -> Report:
    """Of correct data."""
    return validate_output(written)


class Page(HTMLParser):
    """Collects the elements of a page, and checks that they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else(report: Report) -> None:
    """No address, no script, no file: it may be mailed. Every element is closed."""
    text = html(report)
    page = Page(text)
    assert page.open == []
    assert not re.search(r"https?://|//[a-z]|url\(|@import|<script|<link|<img|<iframe", text)
    assert {name for _, attributes in page.found for name in attributes} & {"src", "srcset", "data", "action"} == set()
    assert all(attributes["href"] in {f"#{table.name}" for table in report.tables} for tag, attributes in page.found if tag == "a")


@pytest.mark.parametrize(
    ("dataset_id", "titles"),
    [
        (
            "retail_oltp_small",
            "birth_date, gender, ordered_at by day, ordered_at by weekday, ordered_at by hour, rows for each order_id, payment_method",
        ),
        ("ecommerce_star_small", "rating, review_count, outcome, newsletter, left_at, quantity"),
        ("fair", "rows by rank of person_id"),
    ],
)
def test_the_page_has_a_plot_for_each_plotted_column(written_once: Callable[[str], Plan], dataset_id: str, titles: str) -> None:
    """Histograms, bars, days, hours, ranks and children, each with a title that a screen reader reads."""
    plan = written_once(dataset_id)
    report = validate(plan, find_manifest(plan.output.root))
    page = Page(html(report))
    labels = [attributes["aria-label"] or "" for tag, attributes in page.found if tag == "svg"]
    assert len(labels) == len([result for result in report.results if result.plot is not None])
    for title in titles.split(", "):
        assert any(label.startswith(f"{title}: ") for label in labels), title
    sizes = [attributes[name] for tag, attributes in page.found if tag == "rect" for name in ("width", "height")]
    assert all(float(size or "nan") >= 0 for size in sizes)


def test_the_page_has_a_cell_for_each_check(report: Report) -> None:
    """The row of a table shows all of its checks at a glance."""
    page = Page(html(report))
    cells = [attributes for tag, attributes in page.found if tag == "i" and "title" in attributes]
    assert len(cells) == len(report.results) + len(report.silent)


def test_the_page_shows_failures_and_trusts_no_value(damage: Damage) -> None:
    """Values from the files are text, whatever they hold."""
    found = damage("products", WRONG)
    text = html(found)
    assert f"{len(found.results) - 1}<small> of {len(found.results)}</small>" in text
    assert "Broken: sku is AA-######." in text
    assert "<b>&<" not in text
    assert Page(text).open == []


def test_junit_is_read_back(report: Report, damage: Damage) -> None:
    """A suite for each table, a case for each check, each with a name of its own; counts agree."""
    for found in (report, damage("products", WRONG)):
        root = ET.fromstring(junit(found))  # noqa: S314  # our own text
        cases = root.findall("./testsuite/testcase")
        assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", str(len(cases)), str(len(found.failures)))
        assert len(cases) == len(found.results) + len(found.silent)
        assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
        assert len(root.findall(".//skipped")) == len(found.silent)
        for suite in root:
            assert suite.get("tests") == str(len(suite.findall("testcase")))
            assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("type") == "FormatAdherence"
    assert "row 7" in (failure.text or "")


def test_json_is_read_back(report: Report) -> None:
    """All but the plots."""
    told = json.loads(json.dumps(report.to_json()))
    assert told["passed"] is True
    again = Report.from_json(told)
    assert [(r.name, r.column, r.score) for r in again.results] == [(r.name, r.column, r.score) for r in report.results]
    assert again.headline == report.headline
    assert "<svg" not in html(again)


def test_lines_name_failures_first(damage: Damage) -> None:
    """Then a line for each table, then all in one."""
    lines = report_lines(damage("products", WRONG))
    assert lines[0] == "FormatAdherence products.sku: sku is AA-######"
    assert "found 1, expected 0, of 500 rows" in lines[1]
    assert "for example 7" in lines[2]
    assert [line.split()[0] for line in lines[4:10]] == ["products", "stores", "customers", "orders", "order_items", "inventory"]
    assert "1 of 38 checks failed" in lines[4]
    assert lines[-1].startswith("retail_oltp_small: 1 of 265 checks failed")


def test_rows_that_are_missing_are_said_as_an_expectation(damage: Damage) -> None:
    """What should be there and what is, in one sentence; nothing claims what is not so."""
    found = damage("products", "SELECT * FROM t WHERE product_id <= 499")
    told = "there should be 500 rows, but there are 499"
    assert f"RowCount products: {told}" in report_lines(found)
    assert f'message="{told}"' in junit(found)
    assert f"Broken: {told}." in html(found)
    assert "there should be 12 rows" in {result.sentence for result in found.results if result.table == "stores" and result.passed}


def test_the_command(call: Call, written: Path, tmp_path: Path) -> None:
    """Without arguments it takes the newest run; files are written; exit codes are 0, 1 and 2."""
    arguments = ("validate-data", "--output-dir", str(written), "--html", "q.html", "--junit", "q.xml")
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "retail_oltp_small: 265 checks passed" in done.stdout
    assert (tmp_path / "q.html").read_text().lstrip().startswith("<!doctype html>")
    assert ET.parse(tmp_path / "q.xml").getroot().tag == "testsuites"  # noqa: S314  # our own file
    told = json.loads(call("validate-data", "retail_oltp_small", "--output-dir", str(written), "--json", cwd=tmp_path).stdout)
    assert told["passed"] is True
    assert told["tables"][0]["name"] == "products"


def test_the_command_fails_on_damage(call: Call, damage: Damage, tmp_path: Path) -> None:
    """Exit code 1, failures first."""
    damage("products", WRONG)
    done = call("validate-data", "--output-dir", str(tmp_path / "damaged"), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("FormatAdherence products.sku")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--output-dir", "nothing"], "is not an output root"),
        (["--output-dir", "empty"], "holds no manifest of a run"),
        (["retail_oltp_smal", "--output-dir", "{written}"], "did you mean `retail_oltp_small`?"),
        (["--output-mode", "csv", "--output-dir", "{written}"], "there is retail_oltp_small-lakehouse-parquet"),
        (["--config", "none.yaml", "--output-dir", "{written}"], "does not exist"),
        (["--html", "no/such/folder.html", "--output-dir", "{written}"], "cannot be written"),
    ],
)
def test_bad_input_gets_a_sentence(call: Call, written: Path, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """Exit code 2."""
    (tmp_path / "empty").mkdir()
    done = call("validate-data", *(argument.format(written=written) for argument in arguments), cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_config_names_the_run(call: Call, plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Of several runs under one root, the one that a config file speaks of."""
    run(plan_of("retail_oltp_small", target_rows=200, output_settings__output_mode="csv"))
    run(plan_of("retail_oltp_small", target_rows=300))
    config = tmp_path / "config.yaml"
    config.write_text(f"{{dataset_id: retail_oltp_small, output_settings: {{output_mode: csv, output_dir: '{tmp_path / 'out'}'}}}}")
    done = call("validate-data", "--config", str(config), "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["output"], told["target_rows"]) == ("csv (lakehouse)", 200)
    assert find_manifest(tmp_path / "out").value.target_rows == 300


def test_a_run_checks_itself_when_asked(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """What it found is told, noted and logged; the run's own status stays."""
    told: list[object] = []
    plan = plan_of("retail_oltp_small", target_rows=200, output_settings__output_mode="parquet")
    result = run(plan, emit=told.append, inspect=Inspection())
    assert result.status == "COMPLETED"
    assert result.message == ""
    assert re.fullmatch(r"quality: \d+ checks passed", result.notes[-1])
    assert any(isinstance(event, LogLine) and event.text == result.notes[-1] for event in told)
    assert query(tmp_path / "out", "SELECT message FROM log_synthetic_data_generation").to_pylist() == [{"message": result.notes[-1]}]


def test_a_run_that_finds_faults_still_completes(plan_of: Callable[..., Plan]) -> None:
    """They are warnings; nothing that was published goes."""
    told: list[object] = []
    plan = plan_of("retail_oltp_small", target_rows=200, output_settings__output_mode="parquet")
    other = plan_of("retail_oltp_small", target_rows=200, seed_value=7, output_settings__output_mode="parquet")
    lines = [("warning", "quality: not checked")]
    result = run(plan, emit=told.append, inspect=lambda _, *look: [*lines, *Inspection()(other, *look)])
    assert result.status == "COMPLETED"
    assert next(event.level for event in told if isinstance(event, LogLine)) == "warning"
    assert (plan.output.root / result.tables[0].files[0]).exists()


def test_stopping_the_check_of_a_run_keeps_the_run(plan_of: Callable[..., Plan]) -> None:
    """Everything is published before it; what it costs is not counted as the run's."""
    plan = plan_of("retail_oltp_small", target_rows=200, output_settings__output_mode="parquet")
    cancel = CancelToken()
    ended: list[float] = []

    def told(event: object) -> None:
        if isinstance(event, CheckProgress):
            cancel.set()
            ended.append(event.elapsed)

    result = run(plan, emit=told, cancel=cancel, inspect=Inspection())
    assert result.status == "COMPLETED"
    assert result.notes[-1] == "what was written is complete; its check was stopped"
    assert result.seconds < ended[0]
    assert (plan.output.root / result.tables[0].files[0]).exists()


@pytest.mark.parametrize("problem", [OSError(28, "No space left on device"), RuntimeError("a fault"), KeyboardInterrupt()])
def test_a_check_that_breaks_keeps_the_run(plan_of: Callable[..., Plan], reported: Callable[[], str], problem: BaseException) -> None:
    """It is told, and the run is complete and logged."""

    def breaks(*_: object) -> list[tuple[str, str]]:
        raise problem

    plan = plan_of("retail_oltp_small", target_rows=200, output_settings__output_mode="parquet")
    result = run(plan, inspect=breaks)  # type: ignore[arg-type]  # it returns nothing
    assert result.status == "COMPLETED"
    assert result.notes[-1].startswith("what was written ")
    assert query(plan.output.root, "SELECT status FROM log_synthetic_data_generation").to_pylist() == [{"status": "COMPLETED"}]
    if isinstance(problem, RuntimeError):
        assert "RuntimeError: a fault" in reported()


def test_checking_can_be_stopped(plan: Plan) -> None:
    """Between two questions; progress is told before each."""
    told: list[tuple[int, int, str]] = []
    cancel = CancelToken()

    def progress(done: int, total: int, next_: str) -> None:
        told.append((done, total, next_))
        if done == 3:
            cancel.set()

    with pytest.raises(RunCancelled):
        validate(plan, progress=progress, cancel=cancel)
    assert [done for done, _, _ in told] == [0, 1, 2, 3]
    assert told[0][1] > 50


def test_nothing_written_is_bad_input(plan_of: Callable[..., Plan]) -> None:
    """Rather than as many failures as there are checks."""
    with pytest.raises(InputError, match="nothing of retail_oltp_small can be read"):
        validate(plan_of("retail_oltp_small", target_rows=10, output_settings__output_mode="parquet"))
