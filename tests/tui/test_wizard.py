"""What a person does in the wizard, and what comes of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ingen_fab.synthetic_data.core.job import run_job
from ingen_fab.synthetic_data.core.run.events import RunFinished, SystemSample
from ingen_fab.synthetic_data.core.spec.form import settings
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.templates import TemplateRepository
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.screens.browse import DatasetList
from ingen_fab.synthetic_data.tui.screens.dialogs import Confirm
from ingen_fab.synthetic_data.tui.steps import STEPS
from ingen_fab.synthetic_data.tui.widgets.field import SettingField
from ingen_fab.synthetic_data.tui.widgets.keys import Keys
from textual import events
from textual.command import CommandList
from textual.geometry import Size
from textual.widgets import DataTable, Input

pytestmark = pytest.mark.slow

Drive = Callable[..., None]
SIZES = [(80, 24), (120, 40), (200, 60)]
PARQUET = {"target_rows": 500, "output_settings": {"output_mode": "parquet"}}


def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of the CLI in the current folder."""
    return subprocess.run([sys.executable, "-m", "ingen_fab.synthetic_data", *arguments], capture_output=True, text=True, check=False)


def test_the_first_screen_shows_the_datasets_and_q_quits(drive: Drive) -> None:
    """All datasets that the repository lists stand there, also day by day, but for those of the benchmarks."""

    async def story(driver: Any) -> None:
        assert driver.wizard.current_mode == "browse"
        listed = {option.id for option in driver.wizard.screen.query_one(DatasetList).options if option.id}
        repository = DatasetConfigurationRepository()
        known = (*repository.list(), *repository.incremental())
        templates = {f"template {info.template_id}" for info in TemplateRepository().list()}
        assert listed == {info.dataset_id for info in known if info.domain != "benchmark"} | templates
        await driver.pilot.press("q")
        await driver.until(lambda: not driver.wizard.is_running)

    drive(story)


def test_datasets_of_the_benchmarks_are_shown_where_they_are_asked_for(drive: Drive) -> None:
    """By a search, or once one of them was chosen."""

    async def story(driver: Any) -> None:
        def listed() -> list[str]:
            return [option.id for option in driver.wizard.screen.query_one(DatasetList).options if option.id]

        assert "benchmark_orders" not in listed()
        await driver.press("slash", *"benchmark")
        await driver.until(lambda: sorted(listed()) == ["benchmark_customers", "benchmark_orders"])
        await driver.press("escape")
        await driver.until(lambda: len(listed()) > 2)
        assert "benchmark_orders" not in listed()
        driver.wizard.choose("benchmark_orders")
        await driver.until(lambda: "benchmark_orders" in listed())
        assert "benchmark_customers" not in listed()

    drive(story)


def test_steps_can_be_taken_in_any_order(drive: Drive) -> None:
    """By number, by n and p, and by clicking the bar."""

    async def story(driver: Any) -> None:
        for number, step in [
            (7, "export"),
            (8, "days"),
            (9, "compile"),
            (2, "schema"),
            (6, "results"),
            (4, "preview"),
            (3, "parameters"),
            (5, "run"),
            (1, "browse"),
        ]:
            await driver.press(str(number))
            assert driver.wizard.current_mode == step
        await driver.press("n")
        assert driver.wizard.current_mode == "schema"
        await driver.press("p", "p")
        assert driver.wizard.current_mode == "browse"
        await driver.pilot.click("#steps", offset=(28, 0))
        await driver.settled()
        assert driver.wizard.current_mode == "parameters"

    drive(story)


def test_the_chosen_dataset_is_in_sight(drive: Drive) -> None:
    """Where the list is longer than the screen, from the first moment on and wherever it was chosen."""

    async def story(driver: Any) -> None:
        for name in ("retail_oltp_small", "retail_star_large", "ecommerce_star_small"):
            driver.wizard.choose(name)
            await driver.settled()
            assert f"  {name} " in "\n".join(driver.drawn.splitlines()[3:14]), name

    drive(story, size=(80, 24))


def test_searching_finds_by_name_domain_and_table(drive: Drive) -> None:
    """Escape brings all back."""

    async def story(driver: Any) -> None:
        datasets = driver.wizard.screen.query_one(DatasetList)

        def found() -> set[str]:
            return {option.id for option in datasets.options if option.id}

        everything = found()
        await driver.press("slash")
        await driver.type("inventory large")
        assert found() == {"retail_oltp_large", "retail_oltp_large_incremental"}
        await driver.press("enter")
        assert driver.wizard.draft.dataset_id == "retail_oltp_large"
        await driver.press("escape")
        assert found() == everything
        await driver.press("slash")
        await driver.type("zzz")
        assert found() == set()

    drive(story)


def test_changes_stay_with_their_dataset(drive: Drive) -> None:
    """Another dataset starts from its defaults; coming back finds what was changed."""

    async def story(driver: Any) -> None:
        driver.wizard.edit("target_rows", 321)
        await driver.settled()
        driver.wizard.choose("retail_oltp_large")
        await driver.settled()
        assert driver.wizard.plan.target_rows == 1_000_000
        driver.wizard.choose("retail_oltp_small")
        await driver.settled()
        assert driver.wizard.plan.target_rows == 321

    drive(story)


def test_the_form_has_a_field_for_each_setting(drive: Drive) -> None:
    """And each says what it is for, and where it stands in a config file."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        fields = {field.setting.path: field for field in driver.wizard.screen.query(SettingField)}
        assert list(fields) != []
        assert set(fields) == {setting.path for setting in settings()}
        for path, field in fields.items():
            assert path in field.HELP
            assert field.setting.about

    drive(story)


def test_a_change_is_planned_and_priced_at_once(drive: Drive) -> None:
    """Numbers may be short; the field shows how they were understood."""

    async def story(driver: Any) -> None:
        await driver.press("3", "down")
        await driver.type("20k")
        await driver.press("tab")
        assert driver.wizard.draft.config == {"target_rows": 20_000}
        assert driver.wizard.plan.table("orders").rows == 20_000
        assert driver.wizard.screen.focused.value == ""
        assert driver.wizard.screen.query_one("#target_rows Input", Input).value == "20_000"
        assert "20,000" in driver.text("#plan")
        assert "on disk" in driver.text("#plan")
        await driver.press("shift+tab", "ctrl+r")
        assert driver.wizard.draft.config == {}

    drive(story)


def test_a_bad_value_gets_its_sentence_beside_the_field(drive: Drive) -> None:
    """The last good plan is not generated by mistake: g says what is wrong."""

    async def story(driver: Any) -> None:
        await driver.press("3", "down")
        await driver.type("0")
        assert "must be at least 1" in driver.told("target_rows")
        assert "  ! must be at least 1, not `0`" in driver.drawn
        assert driver.wizard.draft.config == {}
        await driver.press("f5")
        assert driver.wizard.job is None
        assert any("must be at least 1" in note for note in driver.notes)
        await driver.press("backspace")
        await driver.type("7")
        assert driver.wizard.plan.target_rows == 7

    drive(story)


@pytest.mark.parametrize("size", SIZES)
def test_an_error_is_told_once(drive: Drive, size: tuple[int, int]) -> None:
    """Under its field; the card names the field and says what it means. Where there are no fields, the sentence stands in full."""

    async def story(driver: Any) -> None:
        for path, text, sentence in (
            ("target_rows", "0", "must be at least 1"),
            ("temporal_patterns--seasonal_multipliers", "", "the calendar has no event `nothing_day`"),
        ):
            await driver.press("3")
            field = driver.wizard.screen.query_one(f"#{path}", SettingField)
            field.control.focus()
            if isinstance(field.control, Input):
                await driver.type(text)
            else:
                field.enter({"nothing_day": 3.0})
                await driver.settled()
            assert driver.told(path).startswith(("must", sentence))
            assert driver.text("#plan") == f"to correct: {field.setting.title}"
            assert driver.text("#meaning").startswith(f"{field.setting.title}")
            assert sentence not in driver.text("#meaning")
            await driver.press("escape", "5")
            assert sentence in driver.text("#before")
            await driver.press("3")
            field.action_reset()
            await driver.settled()

    drive(story, size=size)


@pytest.mark.parametrize("size", SIZES)
def test_no_column_of_the_form_is_cut(drive: Drive, size: tuple[int, int]) -> None:
    """What a field means stands beside it where there is room, else in the card while it has the focus."""

    async def story(driver: Any) -> None:
        await driver.press("3", "down")
        field = driver.wizard.screen.query_one("#target_rows", SettingField)
        assert field.control.region.width >= 40
        line = next(line for line in driver.drawn.splitlines() if ">Target rows" in line)
        assert (field.setting.about in line) == (size[0] == 200)
        lines = driver.text("#meaning").splitlines()
        assert lines == [
            f"Target rows: {field.setting.about}",
            "--target-rows, or target_rows in a config file",
            "changes every table",
            "write 10000, 10_000, 10k or 2M",
        ]
        for line in lines:
            assert line[:36] in driver.drawn

    drive(story, size=size)


def test_a_problem_of_the_whole_plan_stands_at_its_field(drive: Drive) -> None:
    """What only the plan can find, such as a column that is not there."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        driver.wizard.screen.query_one("#temporal_patterns--seasonal_multipliers", SettingField).enter({"nothing_day": 3.0})
        await driver.settled()
        assert "nothing_day" in driver.told("temporal_patterns--seasonal_multipliers")
        assert driver.wizard.plan is None

    drive(story)


def test_the_schema_shows_keys_and_references(drive: Drive) -> None:
    """Of the table under the cursor."""

    async def story(driver: Any) -> None:
        await driver.press("2", "down", "down", "down")
        columns = driver.wizard.screen.query_one("#columns", DataTable)
        found = {str(columns.get_row_at(n)[0]): str(columns.get_row_at(n)[2]) for n in range(columns.row_count)}
        assert found["order_id"] == "key"
        assert found["customer_id"] == "-> customers"
        assert "order_items.order_id" in driver.text("#relations")

    drive(story)


def test_an_exported_config_gives_the_same_data_by_the_cli(drive: Drive, tmp_path: Path) -> None:
    """From the form to the file to the command: equal digests, table by table."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        driver.wizard.screen.query_one("#seed_value Input", Input).focus()
        await driver.type("7")
        driver.wizard.screen.query_one("#temporal_patterns--weekdays", SettingField).control.focus()
        await driver.press("enter", "end", "0", "enter")
        assert driver.wizard.draft.value("temporal_patterns.weekdays") == {"sunday": 0}
        await driver.press("escape", "7", "s", "enter")
        await driver.until(Path("retail_oltp_small.yaml").exists)
        await driver.press("f5")
        await driver.until(lambda: bool(driver.wizard.results))
        assert driver.wizard.results[0].status == "COMPLETED"
        Path("digests.json").write_text(json.dumps({table.name: table.digest for table in driver.wizard.results[0].tables}))
        assert driver.wizard.parting[-1].strip() == "synthetic-data generate --config retail_oltp_small.yaml"

    drive(story, config=PARQUET)
    exported = yaml.safe_load(Path("retail_oltp_small.yaml").read_text())
    assert exported["seed_value"] == 7
    assert exported["temporal_patterns"] == {"weekdays": {"sunday": 0}}
    done = cli("generate", "--config", "retail_oltp_small.yaml", "--output-dir", str(tmp_path / "again"), "--json")
    assert done.returncode == 0, done.stderr
    assert {table["name"]: table["digest"] for table in json.loads(done.stdout)["tables"]} == json.loads(Path("digests.json").read_text())


def test_saving_asks_before_it_replaces(drive: Drive) -> None:
    """The first enter says that the file exists, the second replaces it."""

    async def story(driver: Any) -> None:
        Path("retail_oltp_small.yaml").write_text("mine")
        await driver.press("7", "s", "enter")
        assert "exists" in driver.text("#told")
        assert Path("retail_oltp_small.yaml").read_text() == "mine"
        await driver.press("enter")
        assert "dataset_id" in Path("retail_oltp_small.yaml").read_text()

    drive(story)


def test_what_cannot_be_generated_is_saved_with_a_word(drive: Drive) -> None:
    """The line that says where it lies names no command that would fail."""

    async def story(driver: Any) -> None:
        driver.wizard.edit("scale_factor", 1e-9)
        await driver.settled()
        assert driver.wizard.plan is None
        await driver.press("7", "s", "enter")
        assert "it cannot be generated yet: see Parameters" in driver.text("#use")
        assert "then: synthetic-data generate" not in driver.text("#use")

    drive(story)


def test_a_run_tells_and_ends_in_results(drive: Drive) -> None:
    """Each table's bar is full, the log tells, the results have digests and files."""

    async def story(driver: Any) -> None:
        await driver.press("f5")
        assert driver.wizard.current_mode == "run"
        await driver.until(lambda: bool(driver.wizard.results))
        bars = driver.text("RunBars")
        assert bars.count("100%") == 7
        assert any("order_items" in line.text for line in driver.wizard.job.lines)
        await driver.press("enter")
        assert driver.wizard.current_mode == "results"
        result = driver.wizard.results[0]
        assert result.tables[0].digest in driver.text("#files")
        for table in result.tables:
            for file in table.files:
                assert (Path(result.output_root) / file).exists()
        assert f"in {result.output_root}" in driver.text("#summary")
        await driver.press("3")
        shutil.rmtree(result.output_root)
        await driver.press("6")
        assert driver.text("#summary").endswith(f"what it wrote is not there any more: {result.output_root}")

    drive(story, config=PARQUET)


def test_run_and_results_tell_the_same_figures(drive: Drive) -> None:
    """Seconds, speed, cores and peak memory, although the check and the log come after what they count."""

    async def story(driver: Any) -> None:
        await driver.press("f5")
        await driver.until(lambda: bool(driver.wizard.results))
        await driver.settled()
        ran = "\n".join(driver.text(f"#{name}") for name in ("headline", "rates", "flows", "loads", "memories", "time"))
        await driver.press("enter")
        first, second, _ = driver.text("#summary").splitlines()
        seconds = first.rpartition(" in ")[2]
        speed, cores, peak = second.split(", ")
        assert f"rows in {seconds};" in ran
        assert f"time    {seconds}\n" in ran
        assert all(figure in ran for figure in (speed, cores, peak.removeprefix("peak memory "))), ran
        assert re.search(r"peak [\d.]+ [MG]B\n", ran)
        assert re.search(r"written [\d.]+ [kM]B/s, [\d.]+ [kM]B\n", ran)

    def slow_check(plan: Any, **options: Any) -> Any:
        job = run_job(plan, **options)
        emit, elapsed = options["emit"], job.run.seconds + 100
        emit(SystemSample(50.0, job.run.peak_memory_bytes + 10**9, elapsed))
        emit(RunFinished("COMPLETED", "", elapsed))
        return job

    drive(story, config={"target_rows": 20_000, "output_settings": {"output_mode": "parquet"}}, run=slow_check)


def test_a_cancelled_run_publishes_nothing(drive: Drive) -> None:
    """x asks first; no is the harmless answer; yes stops within seconds."""

    async def story(driver: Any) -> None:
        await driver.press("f5")
        await driver.until(lambda: driver.wizard.job.rows > 0)
        await driver.pilot.press("x")
        await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
        await driver.pilot.press("n")
        await driver.until(lambda: not isinstance(driver.wizard.screen, Confirm))
        assert not driver.wizard.job.cancel.is_set()
        await driver.pilot.press("x")
        await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
        await driver.pilot.press("y")
        await driver.until(lambda: bool(driver.wizard.results))
        assert driver.wizard.results[0].status == "CANCELLED"
        assert "nothing was published" in driver.text("RunScreen #headline")
        assert not Path("synthetic_data/Files").exists()

    work = {"output_settings": {"output_mode": "parquet"}, "generation_settings": {"mode": "python"}}
    drive(story, config={"target_rows": 20_000_000, **work})


def test_quitting_while_a_run_works_stops_it(drive: Drive) -> None:
    """The wizard ends when the run has ended."""

    async def story(driver: Any) -> None:
        await driver.press("f5")
        await driver.until(lambda: driver.wizard.job.rows > 0)
        await driver.pilot.press("q")
        await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
        await driver.pilot.press("y")
        await driver.until(lambda: not driver.wizard.is_running)
        assert driver.wizard.job.finished.status == "CANCELLED"

    work = {"output_settings": {"output_mode": "parquet"}, "generation_settings": {"mode": "python"}}
    drive(story, config={"target_rows": 20_000_000, **work})


def test_a_refused_run_says_why(drive: Drive) -> None:
    """`if_exists: fail` on the second run."""

    async def story(driver: Any) -> None:
        for _ in range(2):
            await driver.press("f5")
            await driver.until(lambda: not driver.wizard.running)
        assert driver.wizard.job.finished.status == "FAILED"
        assert "exists" in driver.text("RunScreen #headline")

    drive(story, config={"target_rows": 50, "output_settings": {"output_mode": "parquet", "if_exists": "fail"}})


def test_a_dataset_that_cannot_be_read_says_why(drive: Drive, tmp_path: Path) -> None:
    """Beside the others, which still work."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "broken.yaml").write_text("dataset_id: broken\ntables: [\n")

    async def story(driver: Any) -> None:
        datasets = driver.wizard.screen.query_one(DatasetList)
        datasets.highlighted = next(n for n, option in enumerate(datasets.options) if option.id == "broken")
        await driver.settled()
        assert "broken.yaml" in driver.text("#about")
        assert "line 3: is not YAML" in str(datasets.get_option("broken").prompt)
        assert driver.wizard.draft.dataset_id == "retail_oltp_small"

    drive(story, repository=DatasetConfigurationRepository([tmp_path / "own"]))


@pytest.mark.parametrize("size", SIZES)
def test_every_step_fits_and_has_few_keys(drive: Drive, size: tuple[int, int]) -> None:
    """Nothing focusable lies outside the terminal, and the footer shows at most six keys."""

    async def story(driver: Any) -> None:
        for number, step in enumerate(STEPS, 1):
            await driver.press(str(number))
            screen = driver.wizard.screen
            assert driver.wizard.current_mode == step
            *keys, palette = screen.query_one(Keys).shown
            assert 0 < len(keys) <= 6
            assert keys[-1].after <= palette.first
            assert len(keys) == len({active.binding.action for active in screen.active_bindings.values() if active.binding.show})
            line = driver.drawn.splitlines()[-1]
            assert all(f"{key.display} {key.binding.description}" in line[key.first : key.after] for key in (*keys, palette))
            assert screen.focused is not None
            region = screen.focused.region
            assert region.width > 20
            assert region.right <= size[0]
            assert region.bottom <= size[1]
            assert screen.HELP

    drive(story, size=size)


def test_the_keys_at_the_foot_are_for_the_mouse_as_well(drive: Drive) -> None:
    """A click presses the key, one beside them nothing; the key under the mouse is marked, and says what it is for."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        foot = driver.wizard.screen.query_one(Keys)
        at = {key.display: key.first + 1 for key in foot.shown}
        letters = {display for display in at if display.isalpha() and len(display) == 1}
        await driver.pilot.hover(foot, offset=(at["f5"], 0))
        assert foot.tooltip == "Generate with the parameters as they are"
        assert foot.has_class("-over")
        await driver.pilot.click(foot, offset=(foot.shown[-1].first - 3, 0))
        assert not driver.wizard.screen.is_modal
        await driver.pilot.hover("#cost")
        assert not foot.has_class("-over")
        await driver.pilot.click(foot, offset=(at["/"], 0))
        await driver.settled()
        assert driver.wizard.focused.id == "filter"
        # In a field other keys are shown: letters are none, and a slash is one only in the filter, where it begins other words.
        assert "/" in {key.display for key in foot.shown}
        assert not letters & {key.display for key in foot.shown}
        await driver.press("escape", "down", "enter")
        await driver.settled()
        assert isinstance(driver.wizard.focused, Input)
        assert "/" not in {key.display for key in foot.shown}
        await driver.pilot.click(foot, offset=(foot.shown[-1].first + 1, 0))
        await driver.until(lambda: driver.wizard.screen.is_modal)
        await driver.press("escape")
        await driver.pilot.resize_terminal(60, 24)
        await driver.settled()
        *keys, palette = foot.shown
        assert palette.after == 60
        assert all(key.after <= palette.first for key in keys)

    drive(story)


def test_a_terminal_that_is_made_smaller_keeps_working(drive: Drive) -> None:
    """From large to small and back, on the step with the most panels."""

    async def story(driver: Any) -> None:
        await driver.press("4")
        for width, height in [(80, 24), (40, 12), (200, 60)]:
            await driver.pilot.resize_terminal(width, height)
            await driver.settled()
        await driver.press("right_square_bracket")
        assert "orders: row 51 of" in driver.text("#where")

    drive(story)


def test_the_palette_knows_datasets_and_steps(drive: Drive) -> None:
    """Typing finds them, enter goes there."""

    async def story(driver: Any) -> None:
        await driver.pilot.press("ctrl+p")
        await driver.pilot.pause()
        for key in "retail_oltp_large":
            await driver.pilot.press({"_": "underscore"}.get(key, key))
        await driver.until(lambda: any(commands.option_count for commands in driver.wizard.screen.query(CommandList)))
        await driver.pilot.press("enter")
        await driver.until(lambda: driver.wizard.draft.dataset_id == "retail_oltp_large")

    drive(story)


def test_the_palette_holds_what_the_wizard_has(drive: Drive) -> None:
    """Nothing of Textual's own: its way to quit would lose settings unasked."""

    async def story(driver: Any) -> None:
        await driver.press("3", "down", "7", "ctrl+p")
        await driver.until(lambda: any(commands.option_count for commands in driver.wizard.screen.query(CommandList)))
        found = [str(option.prompt).splitlines()[0] for option in driver.wizard.screen.query_one(CommandList).options]
        quits = next(str(one.prompt) for one in driver.wizard.screen.query_one(CommandList).options if str(one.prompt).startswith("Quit"))
        steps = [f"Go to {title}" for title in STEPS.values()]
        repository = DatasetConfigurationRepository()
        datasets = [f"Dataset: {info.dataset_id}" for info in (*repository.list(), *repository.incremental())]
        templates = [f"Template: {info.template_id}" for info in TemplateRepository().list()]
        themes = [f"Theme: {name}" for name in ("dark", "light", "ansi", "high-contrast")]
        ways = ["History", "Check an older run", "Back", "Forward", "Jump", "Help", "Keys", "Picture", "Theme", "Quit"]
        assert found == ["Generate", "Compile", *steps, *ways, *themes, *datasets, *templates]
        await driver.type("quit")
        await driver.until(lambda: [str(one.prompt) for one in driver.wizard.screen.query_one(CommandList).options][:1] == [quits])
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
        assert "not saved" in driver.text("Confirm Label")

    drive(story)


def test_drawn_pools_are_one_line_of_the_card(drive: Drive, tmp_path: Path) -> None:
    """However many there are."""
    columns = "{id: key, company: varchar, iban: varchar, job: varchar, seen: {kind: pool, pool: plates}}"
    pools = "{plates: {faker: license_plate, locale: fr_FR, rows: 20}}"
    (tmp_path / "own.yaml").write_text(f"locale: de_DE\npools: {pools}\ntables: {{t: {{columns: {columns}}}}}\ntarget_rows: 10\n")
    repository = DatasetConfigurationRepository([], tmp_path / "own.yaml")

    async def story(driver: Any) -> None:
        driver.wizard.choose("own")
        await driver.press("3")
        (line,) = (line for line in driver.text("#plan").splitlines() if "pool" in line)
        assert line.startswith(f"{len(driver.wizard.plan.drawn)} pools drawn by Faker ")
        assert line.endswith((" rows, de_DE, fr_FR", " rows, fr_FR, de_DE"))

    drive(story, repository=repository)


def test_help_is_there_for_each_step(drive: Drive) -> None:
    """F1 shows it and hides it."""

    async def story(driver: Any) -> None:
        for number in range(1, 8):
            await driver.press(str(number), "f1")
            assert driver.wizard.screen.query("#help-about")
            await driver.press("f1")
            assert not driver.wizard.screen.is_modal

    drive(story)


def test_an_older_size_that_is_told_last_does_not_stay(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal's handler that the next signal interrupts tells the size that it asked for after the newer one."""

    async def story(driver: Any) -> None:
        monkeypatch.setattr(Wizard, "is_headless", False)
        monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((120, 40)))
        for columns, lines in [(10, 5), (120, 40), (10, 5)]:
            size = Size(columns, lines)
            driver.wizard.post_message(events.Resize(size, size))
        await driver.settled()
        assert driver.wizard.size == driver.wizard.screen.size == (120, 40)
        monkeypatch.undo()

    drive(story)
