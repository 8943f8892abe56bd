"""What the wizard opens with: the settings that its command is given, each in the draft."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.cli.commands import app
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.spec.flags import FLAGS
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.start import first_draft
from ingen_fab.synthetic_data.tui.state import Draft
from typer.main import get_command

group: Any = get_command(app)
GIVEN: dict[str, tuple[str, Any]] = {
    "target_rows": ("2k", 2_000),
    "scale_factor": ("0.5", 0.5),
    "seed_value": ("7", 7),
    "as_of": ("2024-06-30", "2024-06-30"),
    "tables": ("orders, customers", ["orders", "customers"]),
    "output_settings.output_mode": ("csv", "csv"),
    "output_settings.target_environment": ("warehouse", "warehouse"),
    "output_settings.output_dir": ("out/", "out"),
    "output_settings.schema": ("bronze", "bronze"),
    "output_settings.compression": ("zstd", "zstd"),
    "output_settings.if_exists": ("fail", "fail"),
    "output_settings.path_format": ("hive_partitioned", "hive_partitioned"),
    "output_settings.digest": ("none", "none"),
    "generation_settings.mode": ("python", "python"),
    "generation_settings.chunk_size": ("5000", 5_000),
    "generation_settings.parallel_workers": ("1", 1),
    "generation_settings.memory_fraction": ("0.5", 0.5),
    "generation_settings.enable_spill": ("", True),
    "spark.master": ("local[1]", "local[1]"),
    "spark.writer": ("direct", "direct"),
    "partition_config.enabled": ("", True),
}
"""Setting -> (what its option is given, what stands in the draft)."""


def opened(monkeypatch: pytest.MonkeyPatch, *words: str) -> Draft:
    """The draft that the command `tui` opens the wizard with; the wizard itself needs a terminal."""
    found: list[Draft] = []

    def run_wizard(dataset_id: str | None, **given: Any) -> tuple[int, list[str]]:
        given.pop("templates")
        found.append(first_draft(dataset_id, **{**given, "environ": {}})[0])
        return 0, []

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("ingen_fab.synthetic_data.tui.run_wizard", run_wizard)
    group.commands["tui"](list(words), standalone_mode=False)
    return found[0]


def test_the_wizard_takes_the_options_of_generate() -> None:
    """All that set something, by the same names and with the same help."""
    found = {
        name: {
            parameter.name: (parameter.opts, parameter.help)
            for parameter in group.commands[name].params
            if parameter.opts[-1] != "dataset_id"
        }
        for name in ("generate", "tui")
    }
    assert {option for options, _ in found["tui"].values() for option in options} >= set(FLAGS.values())
    assert found["tui"].pop("plain")[0] == ["--plain"]
    assert found["tui"].items() <= found["generate"].items()
    assert set(found["generate"]) - set(found["tui"]) == {"dry_run", "validate", "execute", "as_json", "quiet", "inline"}


@pytest.mark.parametrize("path", FLAGS)
def test_each_option_is_in_the_draft(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """As the form shows it."""
    text, value = GIVEN[path]
    assert opened(monkeypatch, FLAGS[path], *([text] if text else [])).value(path) == value


def test_an_option_is_stronger_than_a_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As for `generate`."""
    (tmp_path / "run.yaml").write_text("{dataset_id: finance_oltp_small, seed_value: 5, output_settings: {output_dir: a}}")
    draft = opened(monkeypatch, "--config", str(tmp_path / "run.yaml"), "--output-dir", "b")
    assert draft == Draft("finance_oltp_small", {"seed_value": 5, "output_settings": {"output_dir": "b"}})


@pytest.mark.slow
def test_another_dataset_is_written_to_the_same_place(drive: Callable[..., None]) -> None:
    """With the same seed; sizes, days and tables are those of the dataset that they were given for, and nothing is there to be saved."""

    async def story(driver: Any) -> None:
        wizard: Wizard = driver.wizard
        wizard.choose("retail_star_small")
        await driver.settled()
        plan = wizard.plan
        assert plan is not None
        assert (str(plan.output.root), plan.output.mode, plan.seed, plan.target_rows) == ("out", "csv", 7, 10_000)
        assert wizard.unsaved == []

    drive(story, config={"target_rows": 50, "seed_value": 7, "output_settings": {"output_dir": "out", "output_mode": "csv"}})


def test_the_first_screen_is_there_before_the_models() -> None:
    """The list of datasets needs neither the model of all settings nor what reads, plans and checks data: these take long to import."""
    asked = (
        "import sys; from ingen_fab.synthetic_data.tui.start import first_draft; first_draft(); import ingen_fab.synthetic_data.tui.app; "
        "print(sorted({'pydantic', 'numpy', 'pyarrow', 'duckdb', 'sqlglot', 'jinja2', 'yaml'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_named_dataset_is_not_read_before_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing else is said the draft is the same, and the first screen waits for no dataset."""
    read, _ = first_draft("finance_star_small", sets=("seed_value=42",))
    with monkeypatch.context() as patched:
        patched.setattr("ingen_fab.synthetic_data.core.spec.resolve.resolve_parameters", pytest.fail)
        draft, repository = first_draft("finance_star_small")
    assert draft == read == Draft("finance_star_small", {})
    assert "finance_star_small" in [info.dataset_id for info in repository.list()]
    with pytest.raises(InputError, match="did you mean `finance_star_small`"):
        first_draft("finance_star_smal")


def test_the_first_screen_loads_little() -> None:
    """What later screens and reports of defects need waits for them."""
    code = """
import sys
import ingen_fab.synthetic_data.tui.app, ingen_fab.synthetic_data.tui.start
late = {"importlib.metadata", "email", "pydantic", "yaml", "numpy", "pyarrow", "textual.widgets._data_table", "textual.widgets._text_area"}
print(sorted(late & set(sys.modules)))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
