"""Spark reads what python mode partitions, and names folders as python mode does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.program.folders import folder
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow
ODD = ["New York", "a/b=c%", "São Paulo", None, "x:y?*[z]'\"", "tab\tend", "{a}^#\\"]


def test_folders_have_spark_s_names(tmp_path: Path, spark: Any) -> None:
    """Of whatever value, NULL included."""
    rows = [(number, value) for number, value in enumerate(ODD)]
    spark.createDataFrame(rows, "id int, city string").write.partitionBy("city").parquet(str(tmp_path / "t"))
    assert {path.name for path in (tmp_path / "t").iterdir() if path.is_dir()} == {folder("city", value) for value in ODD}


@pytest.mark.parametrize("mode", ["parquet", "csv"])
def test_spark_reads_partitions(tmp_path: Path, spark: Any, mode: str) -> None:
    """With their types, and no row twice."""
    output = {"output_mode": mode, "output_dir": str(tmp_path)}
    blocks = {"partition_config": {"partition_columns": ["order_date", "status"]}, "output_settings": output}
    history = {"start": "2024-02-20", "end": "2024-03-10"}
    plan = make_plan(
        resolve_parameters("retail_oltp_small", edited={"target_rows": 200, "tables": ["orders"], "history": history, **blocks})
    )
    assert run(plan, workers=0).status == "COMPLETED"
    found = spark.read.option("header", True).format(mode).load(str(tmp_path / "Files" / "retail_oltp_small" / "orders"))
    assert dict(found.dtypes)["order_date"] == "date"
    assert (found.count(), found.select("order_id").distinct().count()) == (200, 200)
    assert found.where("order_date = DATE '2024-02-29'").count() > 0
