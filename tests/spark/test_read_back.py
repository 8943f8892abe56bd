"""What pyspark mode wrote, as Spark and pandas read it, and an example of the specification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from deltalake import DeltaTable
from ingen_fab.synthetic_data.cli.package import root as ingen_fab
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.run.manifest import manifests
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
from typer.testing import CliRunner

pytestmark = pytest.mark.slow

DATASET = "finance_oltp_small"
PANDAS = {"bigint": "Int64", "varchar": "string", "boolean": "boolean", "timestamp": "datetime64[us, UTC]"}
"""Declared type -> pandas' own; days and decimals are objects of Python's."""


@pytest.mark.parametrize("writer", ["direct", "spark"])
def test_what_spark_and_pandas_read(spark: Any, tmp_path: Path, writer: str) -> None:
    """The types that were declared and the values of python mode: decimals, moments in UTC, days, booleans, NULLs."""
    given = {"tables": ["accounts", "transactions"], "target_rows": 300, "spark.writer": writer}
    where, mode = "output_settings.output_dir", "generation_settings.mode"
    plans = [
        make_plan(resolve_parameters(DATASET, flags={**given, mode: each, where: str(tmp_path / each)})) for each in ("python", "pyspark")
    ]
    assert [run(plan, datasets=()).status for plan in plans] == ["COMPLETED", "COMPLETED"]
    seen: set[str] = set()
    for table in plans[0].tables:
        declared = {column.name: str(column.type) for column in table.columns}
        seen |= {*declared.values()}
        mine, expected = (tmp_path / each / "Tables" / DATASET / table.name for each in ("pyspark", "python"))
        key = table.columns[0].name
        rows = DeltaTable(expected).to_pyarrow_table().sort_by(key).to_pylist()
        assert any(None in row.values() for row in rows)
        frame = spark.sql(f"SELECT * FROM delta.`{mine}` ORDER BY {key}")
        assert dict(frame.dtypes) == {name: "string" if kind == "varchar" else kind for name, kind in declared.items()}
        assert frame.toArrow().to_pylist() == rows
        (file,) = mine.glob("*.parquet")
        read = pd.read_parquet(file, dtype_backend="numpy_nullable").sort_values(key)
        # Columns of few words are dictionaries in files of python mode's writer.
        kinds = {name: str(kind).replace("category", "string") for name, kind in read.dtypes.items()}
        assert kinds == {name: PANDAS.get(kind, "object") for name, kind in declared.items()}
        assert read.astype(object).where(read.notna(), None).to_dict("records") == rows
    assert seen >= {*PANDAS, "date", "decimal(18,2)", "decimal(18,4)"}


def test_the_second_example_of_the_specification(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is written, with `generate` and fewer rows, below the folder of this process, which is not that of Spark's."""
    monkeypatch.chdir(tmp_path)
    words = "package synthetic-data generate retail_star_large --target-rows 1000 --generation-mode pyspark --output-mode parquet"
    done = CliRunner().invoke(ingen_fab, words.split())
    assert done.exit_code == 0, done.output
    (noted,) = manifests(tmp_path / "synthetic_data")
    flags = {
        "target_rows": 1000,
        "generation_settings.mode": "python",
        "output_settings.output_mode": "parquet",
        "output_settings.output_dir": str(tmp_path / "python"),
    }
    expected = run(make_plan(resolve_parameters("retail_star_large", flags=flags)), datasets=())
    assert {each.name: (each.rows, each.digest) for each in noted.value.tables} == {
        each.name: (each.rows, each.digest) for each in expected.tables
    }
    for table in expected.tables:
        assert [(tmp_path / "synthetic_data" / file).read_bytes() for file in table.files] == [
            (tmp_path / "python" / file).read_bytes() for file in table.files
        ]
