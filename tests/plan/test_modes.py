"""Which mode and writer a plan takes, why, and what it says where Spark is missing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.kept import planned
from ingen_fab.synthetic_data.core.plan.machine import Machine
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

WITH = Machine(4, 8_000_000_000)
WITHOUT = Machine(4, 8_000_000_000, "Spark needs Java 17 or newer, which was not found: install it, or set JAVA_HOME")


def planned_on(machine: Machine, rows: int, **settings: Any) -> Plan:
    """A plan of so many driving rows."""
    flags = {"target_rows": rows, **{name.replace("__", "."): value for name, value in settings.items()}}
    return make_plan(resolve_parameters("benchmark_orders", flags=flags), machine=machine)


@pytest.mark.parametrize(
    ("machine", "rows", "settings", "mode", "reason"),
    [
        (WITH, 999_999, {}, "python", "auto: 999,999 rows of the driving table are below 1,000,000"),
        (WITH, 1_000_000, {}, "pyspark", "auto: 1,000,000 rows of the driving table, from 1,000,000 on"),
        (WITH, 50_000, {"generation_settings__auto_threshold": "20k"}, "pyspark", "from 20,000 on"),
        (WITHOUT, 1_000_000, {}, "python", "and Spark cannot be used here"),
        (WITH, 5_000_000, {"generation_settings__mode": "python"}, "python", "asked for"),
        (WITH, 5, {"generation_config__mode": "pyspark"}, "pyspark", "asked for"),
        (WITHOUT, 5, {"generation_settings__mode": "pyspark"}, "pyspark", "asked for"),
    ],
)
def test_the_mode_and_its_reason(machine: Machine, rows: int, settings: dict[str, Any], mode: str, reason: str) -> None:
    """`auto` goes by rows and by what is there; whoever names a mode gets it."""
    plan = planned_on(machine, rows, **settings)
    assert plan.work.mode == mode
    assert reason in plan.work.mode_reason
    assert any("install it, or set JAVA_HOME" in note for note in plan.notes) == (
        machine is WITHOUT and (rows >= 1_000_000 or mode == "pyspark")
    )


def test_days_are_counted_like_a_run() -> None:
    """A series takes the mode by the rows of its days, however long the history is that they are days of."""
    resolved = resolve_parameters("retail_oltp_small_incremental", flags={"incremental_config.rows_per_day": 40_000})
    first = resolved.variant.dataset.history.start
    season = first + timedelta(days=89)
    assert make_series(resolved, first, first, machine=WITH).plan.work.mode == "python"
    assert make_series(resolved, first, season, machine=WITH).plan.work.mode == "pyspark"
    assert make_series(resolved, first, season, machine=WITHOUT).plan.work.mode == "python"


def test_options_of_spark_are_kept_nowhere(tmp_path: Path) -> None:
    """They may hold keys: neither the plan's JSON nor its parameters have them, and such a plan is not kept."""
    flags = {"spark.conf.spark.hadoop.fs.s3a.secret.key": "s3cr3t", "generation_settings.mode": "pyspark", "spark.master": "local[1]"}
    environ = {"SYNTHETIC_DATA_CACHE": str(tmp_path)}
    for _ in range(2):
        plan, _ = planned("benchmark_orders", flags=flags, environ=environ)
        assert plan.spark_conf == {"spark.hadoop.fs.s3a.secret.key": "s3cr3t"}
        assert "s3cr3t" not in json.dumps(plan.to_json())
        assert plan.parameters["spark"] == {"master": "local[1]"}
    assert not any("s3cr3t" in path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())


def test_no_file_gives_options_of_spark(tmp_path: Path) -> None:
    """Some of them start programs, and a file may come from others; a dataset's file does not choose Spark at all."""
    config = tmp_path / "config.yaml"
    config.write_text("dataset_id: benchmark_orders\nspark: {conf: {spark.driver.extraJavaOptions: -javaagent:x.jar}}\n")
    with pytest.raises(ConfigError, match=r"config\.yaml: spark\.conf: options of Spark can start programs"):
        resolve_parameters(config=config)
    schema = tmp_path / "own.yaml"
    schema.write_text("dataset_id: benchmark_orders\nspark: {master: 'spark://elsewhere:7077'}\n")
    with pytest.raises(ConfigError, match="may not choose which Spark its runs use"):
        resolve_parameters("benchmark_orders", flags={"custom_schema": str(schema)})
