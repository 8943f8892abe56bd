"""The form reads off the model; what it shows it also reads; what is exported comes back."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.errors import InputError, ParameterError
from ingen_fab.synthetic_data.core.spec.export import FORMS, config_of, export, save
from ingen_fab.synthetic_data.core.spec.flags import FLAGS
from ingen_fab.synthetic_data.core.spec.form import Setting, settings, shown
from ingen_fab.synthetic_data.core.spec.parameters import RuntimeParameters
from ingen_fab.synthetic_data.core.spec.resolve import first_spellings, resolve_parameters

BY_PATH = {setting.path: setting for setting in settings()}

CHANGED: dict[str, Any] = {
    "target_rows": 1_234,
    "scale_factor": 2.5,
    "seed_value": 9,
    "as_of": "2025-03-01",
    "tables": ["orders", "customers"],
    "output_settings": {"output_mode": "csv", "schema": "mine", "rows_per_file": 5_000, "if_exists": "fail"},
    "generation_settings": {"enable_spill": True, "parallel_workers": 3, "memory_fraction": 0.5},
    "generation_config": {"parallel_tables": False},
    "chunking_config": {"enabled": False},
    "temporal_patterns": {"weekdays": {"monday": 0.5}, "months": {12: 2.0}, "hourly_distribution": {"09-12": 3.0, "default": 0.5}},
    "distributions": {"customer_age": {"type": "normal", "mean": 40.0, "stddev": 3.0}},
}


def test_every_titled_setting_of_the_model_is_there_once() -> None:
    """Second spellings of one setting are not."""
    assert len(BY_PATH) == len(settings())
    assert "chunking_config.chunk_size" not in BY_PATH
    assert BY_PATH["generation_settings.chunk_size"].control == "whole"
    assert BY_PATH["output_settings.output_mode"].choices == ("table", "parquet", "csv")
    assert BY_PATH["temporal_patterns.weekdays"].control == "mapping"
    assert BY_PATH["as_of"].control == "date"


def test_every_option_of_the_command_line_is_a_setting() -> None:
    """So that the wizard can change whatever a command can."""
    assert set(FLAGS) <= set(BY_PATH)


@pytest.mark.parametrize("setting", settings(), ids=lambda setting: setting.path)
def test_what_a_field_shows_it_reads_back(setting: Setting) -> None:
    """The default, and a value that is not it."""
    here: Any = CHANGED
    for step in setting.path.split("."):
        here = here.get(step) if isinstance(here, dict) else None
    for value in (setting.default, here):
        if value is not None:
            assert setting.read(shown(value)) == setting.check(value)


@given(st.integers(min_value=1, max_value=10**12))
def test_any_number_of_rows_is_read_back(rows: int) -> None:
    """With its underscores."""
    assert BY_PATH["target_rows"].read(shown(rows)) == rows


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("target_rows", "10k", 10_000),
        ("target_rows", " 2M ", 2_000_000),
        ("target_rows", "", None),
        ("scale_factor", "0.5", 0.5),
        ("as_of", "2024-02-29", "2024-02-29"),
        ("temporal_patterns.weekdays", "{sunday: 0}", {"sunday": 0}),
        ("temporal_patterns.weekdays", "sunday: 0, monday: 2", {"sunday": 0, "monday": 2}),
        ("tables", "orders ,customers", ["orders", "customers"]),
    ],
)
def test_texts_are_read_as_people_write_them(path: str, text: str, value: Any) -> None:
    """Short numbers, mappings with and without braces, lists with commas."""
    assert BY_PATH[path].read(text) == value


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("target_rows", "0", "must be at least 1, not `0`"),
        ("target_rows", "many", "is not a whole number"),
        ("scale_factor", "-1", "must be more than 0"),
        ("seed_value", "1.5", "is not a whole number"),
        ("as_of", "yesterday", "must be a day such as 2024-12-31"),
        ("temporal_patterns.weekdays", "funday: 1", "may be 'monday'"),
        ("temporal_patterns.weekdays", "sunday: {", "Weekdays"),
        ("temporal_patterns.hourly_distribution", "9-8: 1", "is not a band of hours"),
        ("distributions", "a.b: {type: normla}", "normal"),
        ("output_settings.compression", "zip", "may be"),
    ],
)
def test_bad_texts_get_one_sentence(path: str, text: str, sentence: str) -> None:
    """The same as a config file would get."""
    with pytest.raises(ParameterError, match=r".") as caught:
        BY_PATH[path].read(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_every_export_means_the_same_run(form: str, tmp_path: Path) -> None:
    """As a file for --config, as options, as Python."""
    resolved = resolve_parameters("retail_oltp_small", edited=CHANGED)
    text = export(resolved, form)  # type: ignore[arg-type]  # a form
    if form in ("yaml", "json"):
        file = tmp_path / f"run.{form}"
        save(text, file)
        again = resolve_parameters(config=file).parameters
    elif form == "command":
        words = shlex.split(text)
        assert words[:3] == ["synthetic-data", "generate", "retail_oltp_small"]
        again = _parsed(words[3:])
    else:
        names: dict[str, Any] = {}
        exec(compile(text.replace("generator.generate()", "None"), "exported", "exec"), names)  # noqa: S102  # it is our own export
        again = names["generator"]._resolved.parameters
        wanted = resolved.parameters.model_dump(include={"target_rows", "seed_value", "scale_factor", "as_of", "tables", "distributions"})
        assert again.model_dump(include=set(wanted)) == wanted
        assert again.temporal_patterns == resolved.parameters.temporal_patterns
        return
    assert again == RuntimeParameters.model_validate(config_of(resolved))


def _parsed(words: list[str]) -> RuntimeParameters:
    """Options as the command line reads them."""
    flags: dict[str, Any] = {}
    sets: list[str] = []
    paths = {option: path for path, option in FLAGS.items()}
    rest = iter(words)
    for word in rest:
        if word == "--set":
            sets.append(next(rest))
        elif word == "--enable-spill":
            flags[paths[word]] = True
        elif word == "--tables":
            flags["tables"] = next(rest).split(",")
        else:
            flags[paths[word]] = next(rest)
    return resolve_parameters("retail_oltp_small", flags=flags, sets=sets).parameters


def test_a_config_with_second_spellings_is_shown_in_the_first() -> None:
    """`chunking_config.chunk_size` is the field Chunk size."""
    assert first_spellings({"chunking_config": {"chunk_size": 2_000, "enabled": False}}) == {
        "generation_settings": {"chunk_size": 2_000},
        "chunking_config": {"enabled": False},
    }


def test_saving_replaces_only_when_told(tmp_path: Path) -> None:
    """And says what is wrong with a place that cannot be written."""
    file = tmp_path / "run.yaml"
    save("a", file)
    with pytest.raises(InputError, match="exists"):
        save("b", file)
    save("b", file, replace=True)
    assert file.read_text() == "b"
    with pytest.raises(InputError, match="cannot be written"):
        save("a", tmp_path / "nowhere" / "run.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["run.yaml"]
