"""Parameters of notebooks: what is refused, in the sentences of the direct run, by the names that the notebook has."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.compile.custom import custom_schema
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.plan import Plan

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("embedded")]

Ask = Callable[[dict[str, Any]], dict[str, Any]]
RANGE = {
    "orders_scale": {"path": "temporal_patterns.yearly_growth", "min": 0.5, "max": 2},
    "how": {"path": "as_of", "choices": ["2024-01-01"]},
}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"dataset_id": "retail_oltp_smal"}, "did you mean `retail_oltp_small`"),
    ({"dataset_id": "../../etc/passwd"}, "there is no dataset"),
    ({"target_rows": -5}, "target_rows: must be at least 1, not `-5`"),
    ({"target_rows": "many"}, "target_rows: "),
    ({"target_rows": 2**70}, "target_rows: "),
    ({"scale_factor": -1.0}, "scale_factor: "),
    ({"scale_factor": float("nan")}, "scale_factor: "),
    ({"seed": "x"}, "seed: "),
    ({"output_mode": "xlsx"}, "output_mode: may be "),
    ({"output_mode": ["csv"]}, "output_mode: "),
    ({"generation_mode": "pyspark"}, "generation_mode: "),
    ({"path_format": "../{date}", "output_mode": "parquet"}, "path_format: "),
    ({"schema_name": "'; DROP TABLE x"}, "schema_name: may hold letters"),
    ({"runtime_params": "{"}, "runtime_params: is not JSON"),
    ({"runtime_params": "[" * 100_000}, "runtime_params: is not JSON"),
    ({"runtime_params": "[1]"}, "runtime_params: must be an object"),
    ({"runtime_params": '{"colour": 1}'}, "unknown key"),
    ({"runtime_params": '{"output_settings": 5}'}, "output_settings"),
    ({"runtime_params": '{"custom_schema": 5}'}, "custom_schema: must be an object"),
    ({"runtime_params": '{"custom_schema": {"dataset_id": "../x", "tables": {}}}'}, "custom_schema: must be an object"),
    ({"runtime_params": '{"custom_schema": {"dataset_id": "x", "tables": {}}}'}, "tables"),
    ({"runtime_params": '{"custom_schema": {"dataset_id": "x", "tables": [], "expressions": 5}}'}, "custom_schema"),
    ({"runtime_params": '{"custom_schema": {"dataset_id": "retail_oltp", "tables": {}}}'}, "call it otherwise"),
    ({"lakehouse_root": "s3://bucket/x"}, "`lakehouse_root` is a folder"),
    ({"lakehouse_root": ""}, "there is no lakehouse to write to"),
    ({"start_date": "2024-13-01"}, "start_date: must be a day such as 2024-12-31"),
    ({"start_date": "2024-12-02", "end_date": "2024-12-01"}, "2024-12-01"),
    ({"start_date": "2024-12-02", "batch_size": 0}, "batch_size"),
    ({"orders_scale": 3}, "orders_scale: must be at most 2, not `3`"),
    ({"orders_scale": 0.1}, "orders_scale: must be at least 0.5, not `0.1`"),
    ({"orders_scale": True}, "orders_scale: must be a number"),
    ({"orders_scale": float("nan")}, "orders_scale: must be "),
    ({"orders_scale": "1"}, "orders_scale: must be a number, not `1`"),
    ({"how": "table"}, "how: may be 2024-01-01, not `table`"),
]


@pytest.mark.parametrize(("given", "sentence"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_what_is_refused(other_side: Ask, given: dict[str, Any], sentence: str) -> None:
    """Before anything is generated."""
    found = other_side({"ask": "refused", "given": given, "offered": RANGE})
    assert sentence in found.get("said", found), found
    assert "SyntheticDataError" in found["kind"]
    assert "\n" not in found["said"]


def test_a_warehouse_holds_tables(other_side: Ask) -> None:
    """So that files are refused for it."""
    found = other_side({"ask": "refused", "environment": "warehouse", "given": {"output_mode": "csv"}})
    assert found["said"] == "output_mode: a warehouse holds tables: use `table`, or the notebook for the lakehouse"


SCHEMA = {
    "dataset_id": "mine",
    "tables": {
        "visits": {
            "rows": "events",
            "columns": {
                "visit_id": "key",
                "at": "begin",
                "day": {"kind": "sql", "sql": "CASE WHEN n > 5 THEN 'many' ELSE 'few' END"},
                "n": {"kind": "sql", "sql": "visit_id * 2 + 1"},
            },
        }
    },
}


@pytest.mark.parametrize("form", ["text", "file"])
def test_a_dataset_as_a_parameter(other_side: Ask, own_plan: Callable[..., Plan], tmp_path: Any, form: str) -> None:
    """A JSON text or a file: checked where it is given, planned where it arrives, as it would be here."""
    text = json.dumps(SCHEMA | {"dataset_id": f"mine_{form}"})
    (tmp_path / "schema.json").write_text(text)
    params = custom_schema(text if form == "text" else str(tmp_path / "schema.json"))
    found = other_side({"ask": "refused", "given": {"runtime_params": json.dumps(params), "target_rows": 50}})
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.yaml").write_text(f"dataset_id: mine_{form}\ntables: {json.dumps(SCHEMA['tables'])}\n")
    here = own_plan(f"dataset_id: mine_{form}\ntables: {json.dumps(SCHEMA['tables'])}\n", target_rows=50)
    assert found.get("plan") == here.spec_hash, found


@pytest.mark.parametrize(
    "text", ["{", '{"tables": {"a": 5}}', "no.yaml", '{"tables": {}, "__class__": 1}', '{"dataset_id": 5, "tables": {"a": {}}}']
)
def test_a_bad_dataset_as_a_parameter(text: str) -> None:
    """Is refused where it is given."""
    with pytest.raises(InputError) as caught:
        custom_schema(text)
    assert "Traceback" not in str(caught.value)
