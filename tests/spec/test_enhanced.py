"""Templates as data: what they preset, what they offer, who overrides them, and what is refused in a file of somebody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ingen_fab.synthetic_data.core.errors import ConfigError, InputError, ParameterError, UnknownNameError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.spec.resolve import Resolved, resolve_parameters
from ingen_fab.synthetic_data.core.spec.templates import TemplateRepository, enhanced_variant

OWN: dict[str, Any] = {
    "name": "Mine",
    "about": "What I test with.",
    "dataset": "retail_oltp_small",
    "runtime_params": {
        "target_rows": 500,
        "output_settings": {"output_mode": "parquet", "path_format": "nested_daily"},
        "incremental_config": {"seasonal_patterns": {"monday": 2.0}},
        "distributions": {"order_amount": {"type": "lognormal", "mean": 100, "sigma": 50}},
        "temporal_patterns": {"months": {5: 1.5}},
    },
    "parameters": {
        "distributions.order_amount.stddev": {"about": "Spread.", "changes": ["orders.total_amount"], "min": 20, "max": 90},
        "temporal_patterns.months.5": {"about": "May.", "changes": ["orders"], "max": 3},
        "temporal_patterns.weekdays.monday": {"about": "Mondays.", "changes": "everything", "min": 0},
        "output_settings.compression": {"about": "How.", "changes": "files", "choices": ["snappy", "zstd"]},
        "target_rows": {"about": "How many.", "changes": "everything", "min": 10, "max": 1_000},
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the template `mine`."""
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(OWN, sort_keys=False))
    return tmp_path


def given(resolved: Resolved, path: str) -> tuple[Any, str]:
    """A setting, and where it is from."""
    value: Any = resolved.parameters.model_dump(mode="json", by_alias=True)
    for step in path.split("."):
        value = value[step]
    return value, resolved.origins[path]


def test_presets_stand_between_the_config_file_and_the_environment(folder: Path) -> None:
    """Flag > --set > config file > template > environment > dataset; each origin is told."""
    config = folder / "config.json"
    config.write_text('{"seed_value": 5, "target_rows": 400}')
    environ = {"SYNTHETIC_DATA_TEMPLATES": str(folder), "SYNTHETIC_DATA_TARGET_ROWS": "300", "SYNTHETIC_DATA_CHUNK_SIZE": "2000"}
    alone = enhanced_variant("mine", environ=environ)
    assert alone.parameters.dataset_id == "retail_oltp_small"
    assert alone.origins["dataset_id"] == "template mine"
    assert given(alone, "target_rows") == (500, "template mine")
    assert given(alone, "generation_settings.chunk_size") == (2000, "environment SYNTHETIC_DATA_CHUNK_SIZE")
    assert given(alone, "temporal_patterns.weekdays") == ({"monday": 2.0}, "template mine")
    configured = enhanced_variant("mine", config=config, environ=environ)
    assert given(configured, "target_rows") == (400, f"config file {config}")
    assert given(enhanced_variant("mine", config=config, sets=["target_rows=600"], environ=environ), "target_rows") == (600, "--set")
    assert given(enhanced_variant("mine", flags={"target_rows": 700}, environ=environ), "target_rows") == (700, "--target-rows")
    other = enhanced_variant("mine", "flat_with_date", environ=environ)
    assert given(other, "output_settings.path_format") == ("flat_with_date", "--path-format")
    assert make_plan(other).output.pattern == "flat_with_date"


def test_one_entry_of_a_mapping_is_set_by_its_dotted_name(folder: Path) -> None:
    """The others stay as the template has them, also for the next run; both spellings of a spread are one."""
    template = TemplateRepository([folder]).get("mine")
    for name in ("sigma", "stddev"):
        changed = resolve_parameters(template=template, sets=[f"distributions.order_amount.{name}=60"])
        assert changed.parameters.distributions["order_amount"].stddev == 60
        assert changed.parameters.distributions["order_amount"].mean == 100
    assert resolve_parameters(template=template).parameters.distributions["order_amount"].stddev == 50


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("distributions.order_amount.stddev", "91", "offers 20 to 90, not `91.0`"),
        ("temporal_patterns.months.5", "4", "offers at most 3, not `4.0`"),
        ("temporal_patterns.months", "{5: 4}", "offers at most 3, not `4.0`"),
        ("incremental_config.seasonal_patterns.monday", "-1", "must be at least 0"),
        ("output_settings.compression", "gzip", "offers snappy or zstd, not `gzip`"),
        ("target_rows", "5", "offers 10 to 1,000, not `5`"),
    ],
)
def test_what_is_offered_stays_in_its_range(folder: Path, path: str, value: str, told: str) -> None:
    """Whoever sets it; what is not offered may be anything that runs can be."""
    with pytest.raises(ParameterError) as caught:
        enhanced_variant("mine", sets=[f"{path}={value}", "seed=7"], templates=[folder])
    assert told in str(caught.value)


def test_a_template_goes_with_all_sizes_of_its_dataset_and_no_other(folder: Path) -> None:
    """Also day by day, where its settings are of days."""
    assert enhanced_variant("mine", dataset_id="retail_oltp_large", templates=[folder]).variant.dataset_id == "retail_oltp_large"
    with pytest.raises(
        InputError, match="template `mine` is for dataset `retail_oltp_small` and its other sizes, but dataset `finance_oltp_s"
    ):
        enhanced_variant("mine", dataset_id="finance_oltp_small", templates=[folder])
    days = enhanced_variant("retail_oltp_incremental_enhanced", dataset_id="retail_oltp_large_incremental")
    assert days.parameters.incremental_config.rows_per_day == 250


def test_defaults_and_differences_are_worked_out(folder: Path) -> None:
    """A default is the preset, else what the dataset has; what a template repeats is no difference."""
    repository = TemplateRepository([folder])
    template = repository.get("mine")
    offered = {one.path: (one.default, one.allowed, one.preset) for one in repository.offered(template)}
    assert offered["distributions.order_amount.stddev"] == (50.0, "20 to 90", True)
    assert offered["temporal_patterns.weekdays.monday"] == (2.0, "at least 0", True)
    assert offered["output_settings.compression"] == ("snappy", "snappy or zstd", False)
    common = {one.path: one.default for one in repository.common(template)}
    assert common["seed_value"] == 42
    assert not {"target_rows", "incremental_config.rows_per_day"} & set(common)
    found = {one.path: (one.dataset, one.template) for one in repository.differences(template)}
    assert found["target_rows"] == (10_000, 500)
    assert found["temporal_patterns.weekdays.monday"] == (0.8, 2.0)
    assert found["temporal_patterns.months.5"] == (None, 1.5)
    assert "output_settings.compression" not in found


def test_own_templates_stand_before_shipped_ones(folder: Path) -> None:
    """A file with a mistake stands in the list with it; the folder may be named by the environment."""
    (folder / "retail_oltp_enhanced.yaml").write_text(yaml.safe_dump(OWN))
    (folder / "broken.json").write_text("{")
    (folder / "wrong.yaml").write_text(yaml.safe_dump({**OWN, "dataset": "nothing"}))
    listed = {info.template_id: info for info in TemplateRepository(environ={"SYNTHETIC_DATA_TEMPLATES": str(folder)}).list()}
    assert listed["retail_oltp_enhanced"].source.parent == folder
    assert listed["finance_star_enhanced"].dataset_id == "finance_star_small"
    assert "is not JSON" in listed["broken"].problem
    assert "there is no dataset `nothing`" in listed["wrong"].problem
    assert not listed["mine"].problem
    with pytest.raises(InputError, match="is not JSON"):
        enhanced_variant("broken", templates=[folder])
    with pytest.raises(UnknownNameError, match=r"did you mean `mine`\?"):
        enhanced_variant("minne", templates=[folder])
    with pytest.raises(ParameterError, match="is not a folder"):
        TemplateRepository([folder / "mine.yaml"])


RANGE = {"about": "x", "changes": "files"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"datset": "x"}, "datset: unknown key; did you mean `dataset`?"),
        ({"id": "not a name"}, "id: `not a name` is not a name"),
        ({"about": ""}, "about: "),
        ({"dataset": "retail_oltp_smal"}, "dataset: there is no dataset `retail_oltp_smal`; did you mean `retail_oltp_small`?"),
        ({"dataset": "../../etc/passwd"}, "dataset: "),
        ({"runtime_params": [1]}, "runtime_params: must be a mapping"),
        ({"runtime_params": {"target_row": 5}}, "runtime_params.target_row: unknown key; did you mean `target_rows`?"),
        (
            {"runtime_params": {"output_mode": "csv"}},
            "output_mode: unknown key; did you mean `output_settings.output_mode`?",
        ),
        ({"parameters": {"compression": RANGE}}, "is not a setting; did you mean `output_settings.compression`?"),
        ({"runtime_params": {"target_rows": 0}}, "runtime_params.target_rows: must be at least 1"),
        ({"runtime_params": {"dataset_id": "finance_oltp_small"}}, "runtime_params.dataset_id: is `finance_oltp_small`, but"),
        (
            {"runtime_params": {"output_settings": {"output_dir": "/"}}},
            "runtime_params.output_settings.output_dir: a template may not choose",
        ),
        ({"runtime_params": {"output_settings": {"if_exists": "fail"}}}, "output_settings.if_exists: a template may not choose"),
        ({"runtime_params": {"output_settings.output_dir": "/"}}, "runtime_params.output_settings.output_dir: a template may not choose"),
        ({"runtime_params": {"datasets": ["/"]}}, "runtime_params.datasets: a template may not choose where datasets"),
        ({"runtime_params": {"custom_schema": "x.yaml"}}, "runtime_params.custom_schema: a template may not choose"),
        ({"runtime_params": {"spark": {"conf": {"a": "b"}}}}, "runtime_params.spark: a template may not choose which Spark"),
        ({"parameters": {"target_row": RANGE}}, "parameters.target_row: is not a setting; did you mean `target_rows`?"),
        (
            {"parameters": {"temporal_patterns.months.6": RANGE}},
            "parameters.temporal_patterns.months.6: is in no mapping of `runtime_params`",
        ),
        ({"parameters": {"target_rows.x": RANGE}}, "parameters.target_rows.x: is in no mapping"),
        ({"parameters": {"distributions.order_amount.sigma": RANGE}}, "parameters.distributions.order_amount.sigma: is in no mapping"),
        ({"parameters": {"incremental_config.rows_per_day": RANGE}}, "is of datasets that arrive day by day"),
        ({"dataset": "retail_oltp_small_incremental", "parameters": {"target_rows": RANGE}}, "which arrives day by day"),
        ({"parameters": {"target_rows": {**RANGE, "min": 501}}}, "parameters.target_rows: its default `500` is not at least 501"),
        ({"parameters": {"seed_value": {**RANGE, "max": 41}}}, "parameters.seed_value: its default `42` is not at most 41"),
        (
            {"parameters": {"seed_value": {**RANGE, "min": -5}}},
            "parameters.seed_value: offers `-5`, which it cannot be: must be at least 0",
        ),
        ({"parameters": {"target_rows": {**RANGE, "min": 2, "max": 1}}}, "parameters.target_rows: the min 2 is above the max 1"),
        (
            {"parameters": {"target_rows": {**RANGE, "min": 1, "choices": [500]}}},
            "parameters.target_rows: has a range or `choices`, not both",
        ),
        ({"parameters": {"target_rows": {**RANGE, "choices": []}}}, "parameters.target_rows.choices: needs 1 or more entries"),
        ({"parameters": {"output_settings.compression": {**RANGE, "min": 1}}}, "has a range, but its default `snappy` is no number"),
        ({"parameters": {"output_settings.compression": {**RANGE, "choices": ["snappy", "zip"]}}}, "offers `zip`, which it cannot be"),
        (
            {"parameters": {"target_rows": {**RANGE, "changes": ["order"]}}},
            "parameters.target_rows.changes: dataset `retail_oltp_small` has no",
        ),
        ({"parameters": {"target_rows": {**RANGE, "changes": "orders"}}}, "parameters.target_rows.changes: may be 'files' or 'everything'"),
        ({"parameters": {"target_rows": {**RANGE, "default": 5}}}, "parameters.target_rows.default: unknown key"),
        ({"parameters": {"target_rows": {"about": "x"}}}, "parameters.target_rows: needs `changes`"),
        ({"parameters": {"__class__.x; DROP TABLE": RANGE}}, "is not a setting"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(folder: Path, change: dict[str, Any], told: str) -> None:
    """File, path in it, and what is allowed."""
    file = folder / "other.yaml"
    file.write_text(yaml.safe_dump({**OWN, **change}, sort_keys=False))
    with pytest.raises(ConfigError) as caught:
        TemplateRepository([folder]).of_file(file)
    assert told in str(caught.value)
    assert all(line.startswith(f"{file}: ") for line in str(caught.value).splitlines())
