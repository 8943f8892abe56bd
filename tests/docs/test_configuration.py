"""The page of all settings: each stands there with its default, and changes what the page says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.plan.effective import effective
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.events import RunResult
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.form import shown
from ingen_fab.synthetic_data.core.spec.parameters import RuntimeParameters
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import ONE_SETTING
from pydantic import BaseModel

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")

EXAMPLES: dict[str, Any] = {
    "dataset_name": "Mine",
    "dataset_type": "transactional",
    "schema_pattern": "oltp",
    "domain": "retail",
    "target_rows": 310,
    "scale_factor": 1.5,
    "seed_value": 7,
    "as_of": "2025-03-01",
    "tables": ["orders", "customers"],
    "relationships": [{"parent": "stores.store_id", "child": "customers.store_id"}],
    "enable_relationships": False,
    "relationship_null_percentage": 0.05,
    "orphan_percentage": 0.05,
    "distributions": {"products.weight_grams": {"type": "constant", "value": 7}},
    "history.start": "2022-03-01",
    "history.end": "2024-06-30",
    "temporal_patterns.weekdays": {"monday": 3},
    "incremental_config.seasonal_patterns": {"monday": 3},
    "temporal_patterns.months": {"5": 3},
    "temporal_patterns.hourly_distribution": {"09-12": 1},
    "temporal_patterns.seasonal_multipliers": {"black_friday": 1},
    "temporal_patterns.yearly_growth": 0.5,
    "output_settings.output_mode": "csv",
    "output_settings.target_environment": "warehouse",
    "output_settings.schema": "mine",
    "output_settings.compression": "zstd",
    "output_settings.if_exists": "fail",
    "output_settings.digest": "full",
    "output_settings.rows_per_file": 1_000,
    "output_settings.path_format": "flat_with_date",
    "incremental_config.file_path_pattern": "flat_with_date",
    "generation_settings.mode": "python",
    "generation_settings.auto_threshold": 301,
    "spark.master": "local[1]",
    "spark.writer": "spark",
    "spark.conf": {"spark.executor.memory": "1g"},
    "generation_config.mode": "python",
    "generation_settings.chunk_size": 1_000,
    "generation_config.chunk_size": 1_000,
    "chunking_config.chunk_size": 1_000,
    "generation_settings.parallel_workers": 1,
    "chunking_config.parallel_chunks": 1,
    "generation_settings.memory_fraction": 0.3,
    "chunking_config.memory_fraction": 0.3,
    "generation_settings.enable_spill": True,
    "chunking_config.spill_to_disk": True,
    "generation_config.parallel_tables": False,
    "chunking_config.enabled": False,
    "partition_config.enabled": True,
    "partition_config.partition_columns": ["status"],
    "partition_config.bucketing.columns": ["customer_id"],
    "partition_config.bucketing.buckets": 8,
    "partition_config.sorting.columns": ["city"],
    "delta_config.optimize_write": True,
    "delta_config.auto_compact": True,
    "delta_config.z_order_columns": ["customer_id"],
    "delta_config.data_skipping": False,
    "delta_config.stats_collection": False,
}
"""A value of each setting that is not its default; the places of datasets and of the output are tested with the commands."""


def settings(model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    """Dotted path and default of every setting of the model."""
    out: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            out |= settings(field.annotation, f"{path}.")
        else:
            out[path] = field.get_default(call_default_factory=True)
    return out


def documented() -> dict[str, tuple[str, str]]:
    """Setting -> default and change, as the page prints them."""
    out: dict[str, tuple[str, str]] = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            for path in re.findall(r"`([a-z_.]+)`", cells[0]):
                assert path not in out
                assert cells[2]
                out[path] = (cells[1], cells[3])
    return out


SETTINGS, DOCUMENTED = settings(RuntimeParameters), documented()


def test_every_setting_is_on_the_page_once() -> None:
    """And nothing else is."""
    assert set(DOCUMENTED) == set(SETTINGS)


def test_spellings_of_one_setting_stand_together() -> None:
    """With one default."""
    for group in ONE_SETTING:
        assert len({DOCUMENTED[path] for path in group}) == 1
        assert f"| {', '.join(f'`{path}`' for path in group)} |" in PAGE


def test_defaults_are_those_of_the_model(plan_of: Callable[..., Plan]) -> None:
    """Those that the model leaves open are what a plan has, or come from dataset and machine."""
    variant = DatasetConfigurationRepository().get("retail_oltp_small")
    held = effective(variant, plan_of("retail_oltp_small"))
    first = {path: group[0] for group in ONE_SETTING for path in group}
    for path, default in SETTINGS.items():
        told = DOCUMENTED[path][0]
        if default not in (None, {}, []) and not path.startswith("temporal_patterns."):
            assert told == (str(default) if isinstance(default, float) else shown(default)), path
        elif first.get(path, path) in ("generation_settings.chunk_size", "generation_settings.mode", "generation_settings.enable_spill"):
            assert told == shown(held[first[path]])
        else:
            assert (
                told in ("", "the dataset's", "the dataset id", "all", "end of the history", "the cores", "0.8", "local[*]")
                or "SYNTHETIC" in told
            )


def test_every_setting_has_an_example() -> None:
    """But those that say where things are, privacy profiles, which are tested with the datasets that have one, and those of days."""
    places = {"dataset_id", "datasets", "custom_schema", "output_settings.output_dir", "privacy"}
    days = {path for path, (_, changes) in DOCUMENTED.items() if changes == "days"}
    assert set(EXAMPLES) == set(SETTINGS) - places - days


def digests(result: RunResult) -> Mapping[str, tuple[int, str]]:
    """Rows and digest of each table."""
    assert result.status == "COMPLETED", result.message
    return {table.name: (table.rows, table.digest) for table in result.tables}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[int, str]]:
    """The dataset as it is, with 300 orders."""
    return digests(run(planned(tmp_path_factory.mktemp("known"), {})))


def planned(folder: Path, given: Mapping[str, Any]) -> Plan:
    """300 orders with some settings."""
    from ingen_fab.synthetic_data.core.plan.make import make_plan
    from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

    tables = any(path.startswith(("delta_config.", "partition_config.bucketing.")) for path in given)
    flags = {"target_rows": 300, "output_settings.output_dir": str(folder / "out"), "output_settings.output_mode": "parquet"}
    flags |= {"output_settings.output_mode": "table"} if tables else {}
    flags |= {"partition_config.bucketing.columns": ["customer_id"]} if "partition_config.bucketing.buckets" in given else {}
    flags |= given
    return make_plan(resolve_parameters("retail_oltp_small", flags=flags))


@pytest.mark.parametrize("path", EXAMPLES)
def test_a_setting_changes_what_the_page_says(tmp_path: Path, known: Mapping[str, tuple[int, str]], path: str) -> None:
    """Rows, values, state or tables; all else leaves every digest as it is."""
    plan = planned(tmp_path, {path: EXAMPLES[path]})
    found = digests(run(plan))
    changes = DOCUMENTED[path][1]
    if changes == "nothing":
        assert found == known
    elif changes == "tables":
        assert found == {name: known[name] for name in ("customers", "orders")}
    elif changes == "rows":
        assert found["orders"][0] != 300
    else:
        assert found["orders"][0] == 300
        assert found != known
