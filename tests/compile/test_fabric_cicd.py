"""What is compiled is deployed by fabric-cicd as it is: its own scanner and its own replacement of ids, without a tenant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from ingen_fab.synthetic_data.core.compile.cells import Reference, notebook_of
from ingen_fab.synthetic_data.core.compile.workspace import Workspace, publish

fabric_cicd = pytest.importorskip("fabric_cicd")


@pytest.fixture
def scanned(whole_workspace: Workspace, tmp_path: Path) -> Any:
    """A workspace that was scanned as a deployment does it, bar the look at what is deployed."""
    publish(whole_workspace, tmp_path)
    workspace = object.__new__(fabric_cicd.FabricWorkspace)
    workspace.repository_directory = tmp_path
    workspace.item_type_in_scope = ["Lakehouse", "Warehouse", "Notebook", "DataPipeline"]
    workspace.environment, workspace.parameter_file_path, workspace.bulk_publish_enabled = "dev", None, True
    workspace.deployed_items = {}
    workspace._refresh_repository_folders()
    workspace._refresh_parameter_file()
    workspace._refresh_repository_items()
    return workspace


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
    scanned.workspace_id = str(uuid4())
    items = {name: item for found in scanned.repository_items.values() for name, item in found.items()}
    for item in items.values():
        item.guid = str(uuid4())

    def deployed(name: str, part: str) -> str:
        item = items[name]
        file = next(file for file in item.item_files if file.file_path.name == part)
        return str(scanned._replace_workspace_ids(scanned._replace_logical_ids(scanned._replace_parameters(file, item)), item))

    text = deployed("generate", "notebook-content.py")
    notebook = notebook_of(text)
    assert notebook.lakehouse == Reference(items["synthetic_data"].guid, "synthetic_data")
    assert notebook.warehouse == items["synthetic_data_warehouse"].guid
    assert f'"default_lakehouse_workspace_id": "{scanned.workspace_id}"' in text
    steps = [step["typeProperties"] for step in json.loads(deployed("run", "pipeline-content.json"))["properties"]["activities"]]
    assert [step["notebookId"] for step in steps] == [items["ddl_warehouse"].guid, items["generate"].guid]
    assert {step["workspaceId"] for step in steps} == {scanned.workspace_id}


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
