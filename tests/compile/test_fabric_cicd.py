"""What is compiled is deployed by fabric-cicd as it is: its own scanner and its own replacement of ids, without a tenant."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from ingen_fab.synthetic_data.core.compile.cells import Reference, notebook_of
from ingen_fab.synthetic_data.core.compile.compilers import IncrementalSyntheticDataGenerationCompiler
from ingen_fab.synthetic_data.core.compile.workspace import Workspace, publish

fabric_cicd = pytest.importorskip("fabric_cicd")


LAKEHOUSE = str(uuid4())
"""The lakehouse of the workspace that is deployed to."""


def scan(folder: Path, environment: str = "dev", types: tuple[str, ...] = ("Lakehouse", "Warehouse", "Notebook", "DataPipeline")) -> Any:
    """A workspace that was scanned as a deployment does it; of what is deployed it is told, instead of asking."""
    workspace = object.__new__(fabric_cicd.FabricWorkspace)
    workspace.repository_directory = folder
    workspace.item_type_in_scope = list(types)
    workspace.environment, workspace.parameter_file_path, workspace.bulk_publish_enabled = environment, None, True
    workspace.deployed_items, workspace._dynamic_var_cache = {}, {}
    workspace.workspace_id = str(uuid4())
    workspace.workspace_items = {"Lakehouse": {"synthetic_data": {"id": LAKEHOUSE}}}
    workspace._refresh_deployed_items = lambda: None
    workspace._refresh_repository_folders()
    workspace._refresh_parameter_file()
    workspace._refresh_repository_items()
    for items in workspace.repository_items.values():
        for name, item in items.items():
            item.guid = LAKEHOUSE if (item.type, name) == ("Lakehouse", "synthetic_data") else str(uuid4())
    return workspace


def deployed(workspace: Any, kind: str, name: str, part: str) -> str:
    """A file of an item, as it is sent: in the order in which fabric-cicd replaces."""
    item = workspace.repository_items[kind][name]
    file = next(file for file in item.item_files if file.file_path.name == part)
    file.contents = workspace._replace_logical_ids(file.contents)
    file.contents = workspace._replace_parameters(file, item)
    return str(workspace._replace_workspace_ids(file.contents, item))


@pytest.fixture
def scanned(whole_workspace: Workspace, tmp_path: Path) -> Any:
    """A workspace with all that there is."""
    publish(whole_workspace, tmp_path)
    return scan(tmp_path)


def test_the_scanner_finds_the_items_and_nothing_else(scanned: Any) -> None:
    """With their files and folders; SQL and settings belong to none."""
    found = {
        f"{kind}/{name}": (item.folder_path, sorted(file.file_path.name for file in item.item_files))
        for kind, items in scanned.repository_items.items()
        for name, item in items.items()
    }
    assert found == {
        "Lakehouse/synthetic_data": ("", [".platform", "lakehouse.metadata.json"]),
        "Warehouse/synthetic_data_warehouse": ("", [".platform"]),
        "Notebook/ddl_warehouse": ("/synthetic_data", [".platform", "notebook-content.py"]),
        "Notebook/generate": ("/synthetic_data", [".platform", "notebook-content.py"]),
        "DataPipeline/run": ("/synthetic_data", [".platform", "pipeline-content.json"]),
    }
    assert scanned.repository_folders == {"/synthetic_data": ""}


def test_ids_are_replaced_by_those_that_are_deployed(scanned: Any) -> None:
    """In notebooks and pipelines, and the zeros by the workspace."""
    items = {name: item for found in scanned.repository_items.values() for name, item in found.items()}
    text = deployed(scanned, "Notebook", "generate", "notebook-content.py")
    notebook = notebook_of(text)
    assert notebook.lakehouse == Reference(LAKEHOUSE, "synthetic_data")
    assert notebook.warehouse == items["synthetic_data_warehouse"].guid
    assert f'"default_lakehouse_workspace_id": "{scanned.workspace_id}"' in text
    steps = deployed(scanned, "DataPipeline", "run", "pipeline-content.json")
    told = [step["typeProperties"] for step in json.loads(steps)["properties"]["activities"]]
    assert [step["notebookId"] for step in told] == [items["ddl_warehouse"].guid, items["generate"].guid]
    assert {step["workspaceId"] for step in told} == {scanned.workspace_id}


def test_notebooks_that_are_deployed_alone_are_attached(whole_workspace: Workspace, tmp_path: Path) -> None:
    """By `parameter.yml`, to the lakehouse of their name that is there: no logicalId stands for what is not in scope."""
    publish(whole_workspace, tmp_path)
    text = deployed(scan(tmp_path, types=("Notebook",)), "Notebook", "generate", "notebook-content.py")
    assert notebook_of(text).lakehouse == Reference(LAKEHOUSE, "synthetic_data")
    assert f'"known_lakehouses": [\n# META         {{\n# META           "id": "{LAKEHOUSE}"' in text


def test_an_environment_has_a_lakehouse_and_parameters_of_its_own(tmp_path: Path) -> None:
    """Once its lines are added and uncommented, as the file says; other environments, items and lakehouses stay as they were."""
    for name, lakehouse in (("one", "synthetic_data"), ("other", "the_other")):
        compiler = IncrementalSyntheticDataGenerationCompiler(tmp_path, lakehouse=lakehouse)
        compiler.compile("retail_star_small", target_rows=500, include_ddl=False, pipeline=True, name=name)
    assert not compiler.compile("retail_star_small", target_rows=500, include_ddl=False, pipeline=True, name="other").published.written
    file = tmp_path / "parameter.yml"
    text = file.read_text()
    gold, shared = str(uuid4()), str(uuid4())
    for old, new in (("$items.Lakehouse.synthetic_data.$id", gold), ("synthetic_data", "gold"), ("$workspace.$id", shared)):
        text = text.replace(f"    dev: {old}\n", f"    dev: {old}\n    prod: {new}\n", 1)
    file.write_text(re.sub(r"^#(?=[-a-z]|  )", "", text, flags=re.MULTILINE))
    found = {}
    for environment in ("dev", "prod"):
        scanned = scan(tmp_path, environment)
        scanned.workspace_items["Lakehouse"]["the_other"] = {"id": scanned.repository_items["Lakehouse"]["the_other"].guid}
        texts = {name: deployed(scanned, "Notebook", name, "notebook-content.py") for name in ("one", "other")}
        steps = json.loads(deployed(scanned, "DataPipeline", "one_pipeline", "pipeline-content.json"))["properties"]
        found[environment] = texts["one"]
        assert notebook_of(texts["other"]).lakehouse == Reference(scanned.repository_items["Lakehouse"]["the_other"].guid, "the_other")
        rows = 500 if environment == "dev" else 1_000_000
        assert all(f"\ntarget_rows = {rows}  #" in each for each in texts.values())
        assert steps["parameters"]["target_rows"] == {"type": "int", "defaultValue": rows}
    assert notebook_of(found["dev"]).lakehouse == Reference(LAKEHOUSE, "synthetic_data")
    assert notebook_of(found["prod"]).lakehouse == Reference(gold, "gold")
    assert f'"default_lakehouse_workspace_id": "{shared}"' in found["prod"]
    # Nothing but these lines differs.
    differ = [line for line in zip(*(each.splitlines() for each in found.values()), strict=True) if line[0] != line[1]]
    assert len(differ) == 5


def test_the_settings_of_a_deployment_are_valid(whole_workspace: Workspace, tmp_path: Path) -> None:
    """For each environment that they name; nothing of others is removed."""
    from fabric_cicd._common._config_utils import extract_unpublish_settings, extract_workspace_settings, load_config_file

    publish(whole_workspace, tmp_path)
    for environment, name in (("dev", "Sales: dev"), ("prod", "Sales")):
        config = load_config_file(str(tmp_path / "config.yml"), environment)
        settings = extract_workspace_settings(config, environment)
        assert settings["workspace_name"] == name
        assert Path(settings["repository_directory"]) == tmp_path.resolve()
        assert Path(settings["parameter_file_path"]) == tmp_path.resolve() / "parameter.yml"
        assert extract_unpublish_settings(config, environment)["skip"] is True
