"""A dataset's file comes from others: where a run reads and writes is said by who starts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
from ingen_fab.synthetic_data.core.spec.schema import json_schema

TABLES = {"visits": {"rows": "events", "columns": {"visit_id": "key", "at": "begin"}}}
PLACES: list[tuple[dict[str, Any], str]] = [
    ({"output_settings": {"output_dir": "../elsewhere"}}, "output_settings.output_dir"),
    ({"output_settings": {"output_dir": None}}, "output_settings.output_dir"),
    ({"output_settings": {"schema": ""}}, "output_settings.schema"),
    ({"output_settings": {"schema_": ""}}, "output_settings.schema_"),
    ({"output_settings": {"if_exists": "replace"}}, "output_settings.if_exists"),
    ({"output_settings.output_dir": "../elsewhere"}, "output_settings.output_dir"),
    ({"datasets": ["/etc"]}, "datasets"),
    ({"custom_schema": "/etc/passwd"}, "custom_schema"),
]


def own(folder: Path, value: dict[str, Any], name: str = "shop") -> Path:
    """A file in a folder of datasets."""
    (folder / "own").mkdir(exist_ok=True)
    file = folder / "own" / f"{name}.json"
    file.write_text(json.dumps(value))
    return file


@pytest.mark.parametrize(("said", "key"), PLACES)
@pytest.mark.parametrize("by", ["folder", "schema", "extended", "selecting"])
def test_a_dataset_says_no_place(tmp_path: Path, said: dict[str, Any], key: str, by: str) -> None:
    """In a folder, as the file of --custom-schema, extended by another, or selecting tables: one sentence with file and key."""
    value = {"dataset_id": "retail_oltp_small", "tables": ["orders"]} if by == "selecting" else {"tables": TABLES}
    file = own(tmp_path, {**value, **said})
    facts = {"rows": {"layout": "children", "of": "visits"}, "columns": {"id": "key"}}
    own(tmp_path, {"extends": "shop", "driving": "facts", "tables": {"facts": facts}}, "mart")
    flags = {"custom_schema": str(file)} if by in ("schema", "selecting") else {"datasets": [str(file.parent)]}
    with pytest.raises(ConfigError) as refused:
        resolve_parameters({"extended": "mart", "folder": "shop"}.get(by), flags=flags)
    assert str(refused.value).startswith(f"{file}: {key}: a dataset's file may not choose where")
    assert "\n" not in str(refused.value)


def test_the_listing_says_so_and_goes_on(tmp_path: Path) -> None:
    """The file's line has the sentence; the others are as they were."""
    file = own(tmp_path, {"tables": TABLES, "output_settings": {"output_dir": "/"}})
    own(tmp_path, {"tables": TABLES}, "sound")
    found = {info.dataset_id: info.problem for info in DatasetConfigurationRepository([file.parent]).list()}
    assert "output_settings.output_dir: a dataset's file may not choose where" in found["shop"]
    assert found["sound"] == found["retail_oltp_small"] == ""


def test_how_things_are_written_it_may_say(tmp_path: Path) -> None:
    """The format is no place."""
    file = own(tmp_path, {"tables": TABLES, "output_settings": {"output_mode": "csv", "rows_per_file": 5_000}})
    assert make_plan(resolve_parameters(flags={"custom_schema": str(file)})).output.mode == "csv"


def test_who_starts_a_run_may_say_it_all(tmp_path: Path) -> None:
    """By options, --set, a config file given by hand, the environment and what a front end holds."""
    file = own(tmp_path, {"tables": TABLES})
    given = {"custom_schema": str(file)}
    config = tmp_path / "run.yaml"
    config.write_text(f"custom_schema: {file}\noutput_settings: {{output_dir: here, schema: mine, if_exists: fail}}\n")
    for resolved in (
        resolve_parameters(flags={**given, "output_settings.output_dir": "here"}),
        resolve_parameters(flags=given, sets=["output_settings.output_dir=here"]),
        resolve_parameters(flags=given, environ={"SYNTHETIC_DATA_DIR": "here"}),
        resolve_parameters(flags=given, edited={"output_settings": {"output_dir": "here"}}),
        resolve_parameters(config=config),
    ):
        assert resolved.parameters.output_settings.output_dir == "here"


def test_the_schema_for_editors_has_no_place_in_datasets() -> None:
    """So that an editor does not offer what is refused."""
    offered = json_schema("dataset")["$defs"]["OutputSettings"]["properties"]
    assert "output_mode" in offered
    assert not {"output_dir", "schema", "if_exists"} & set(offered)
    assert "output_dir" in json_schema("runtime")["$defs"]["OutputSettings"]["properties"]
