"""A workspace with all that there is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ingen_fab.synthetic_data.core.compile.cells import Cell, Notebook
from ingen_fab.synthetic_data.core.compile.deployment import config_yml, parameter_yml
from ingen_fab.synthetic_data.core.compile.items import (
    Step,
    lakehouse_item,
    lakehouse_reference,
    logical_id,
    notebook_item,
    pipeline_item,
    warehouse_item,
)
from ingen_fab.synthetic_data.core.compile.literals import Scalar
from ingen_fab.synthetic_data.core.compile.workspace import Workspace, workspace_of

LAKEHOUSE = "synthetic_data"
WAREHOUSE = "synthetic_data_warehouse"
PARAMETERS: dict[str, Scalar] = {"dataset_id": "retail_oltp_small", "target_rows": 1000, "scale_factor": 0.5, "dry_run": False}


@pytest.fixture
def whole_workspace() -> Workspace:
    """One item of each type, with references to each other."""
    cells = (Cell("parameters", 'dataset_id = "retail_oltp_small"'), Cell("code", "print(dataset_id)"))
    generate = Notebook("python", cells, lakehouse_reference(LAKEHOUSE), logical_id("Warehouse", WAREHOUSE))
    items = (
        lakehouse_item(LAKEHOUSE),
        warehouse_item(WAREHOUSE, "Where the rows go"),
        notebook_item("ddl_warehouse", replace(generate, kernel="spark")),
        notebook_item("generate", generate, 'Rows of "retail"\n\x1b[31mfor all'),
        pipeline_item("run", [Step("Apply DDL", "ddl_warehouse", {}), Step("Generate", "generate", PARAMETERS)]),
    )
    files = {
        "config.yml": config_yml({"dev": "Sales: dev", "prod": "Sales"}),
        "parameter.yml": parameter_yml({"generate": LAKEHOUSE, "ddl_warehouse": LAKEHOUSE}),
        "ddl/warehouse/001_log.sql": b"SELECT 1;\n",
    }
    return workspace_of(items, files)
