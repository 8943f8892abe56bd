"""The parameters of compiled notebooks: which there are, what each is by default, and what templates offer besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from keyword import iskeyword
from typing import Any, Final

from ..frozen import dataclass
from ..plan.plan import Plan
from ..spec.offered import Parameter as Offered
from ..spec.offered import offered
from ..spec.resolve import Resolved, leaves, repeating_settings
from .cells import Kernel
from .literals import Scalar, literal


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a notebook: a scalar, with what it means."""

    name: str
    value: Scalar
    about: str


ABOUT: Final[Mapping[str, str]] = {
    "dataset_id": "one of the datasets that this notebook brings",
    "target_rows": "rows of the driving table; 0: as many as the dataset's own size has",
    "scale_factor": "multiplies target_rows",
    "seed": "the same seed gives the same rows",
    "start_date": "first day, YYYY-MM-DD",
    "end_date": "last day, YYYY-MM-DD; empty: the first day alone",
    "batch_size": "days that are written and published together",
    "ignore_state": "True writes days again that are there",
    "generation_mode": "auto, python or pyspark; what this notebook's kernel has not is refused",
    "output_mode": "table, parquet or csv",
    "path_format": "nested_daily, flat_with_date, hive_partitioned, or a text with placeholders; empty: none",
    "schema_name": "schema of the tables; empty: the dataset's id",
    "enable_partitioning": "True cuts tables whose rows happen into folders of year, month and day",
    "check": "True counts rows and looks at keys when all is written",
    "lakehouse_root": "a folder to write to; empty: the lakehouse that is attached to this notebook",
    "warehouse_name": "the warehouse to load",
    "runtime_params": "further settings as a JSON object, in the shape of a config file",
}
"""What each parameter means."""

SINGLE: Final[Mapping[str, Scalar]] = {
    "dataset_id": "retail_oltp_small",
    "target_rows": 0,
    "scale_factor": 1.0,
    "seed": 42,
    "generation_mode": "auto",
    "output_mode": "table",
    "path_format": "",
    "schema_name": "",
    "enable_partitioning": False,
    "check": True,
    "lakehouse_root": "",
    "runtime_params": "{}",
}
SERIES: Final[Mapping[str, Scalar]] = {
    "dataset_id": "retail_oltp_small_incremental",
    "start_date": "2024-12-01",
    "end_date": "2024-12-07",
    "batch_size": 10,
    "scale_factor": 1.0,
    "seed": 42,
    "generation_mode": "auto",
    "output_mode": "parquet",
    "path_format": "",
    "schema_name": "",
    "ignore_state": False,
    "lakehouse_root": "",
    "runtime_params": "{}",
}
"""Parameters of the two kinds of notebooks, and their defaults."""
_OF_PARAMETER: Final = {
    "dataset_id": "dataset_id",
    "target_rows": "target_rows",
    "scale_factor": "scale_factor",
    "seed": "seed_value",
    "output_mode": "output_settings.output_mode",
    "path_format": "output_settings.path_format",
    "schema_name": "output_settings.schema",
    "enable_partitioning": "partition_config.enabled",
}
"""Parameter -> the setting whose value a compiled notebook has as its default."""
_NOT_ABOARD: Final = (
    "output_settings.output_dir",
    "output_settings.target_environment",
    "datasets",
    "custom_schema",
    "generation_settings.mode",
    "generation_config.mode",
    "spark",
)
"""Settings that say where and by what this machine generates."""


def defaults_of(base: Mapping[str, Scalar], resolved: Resolved, kernel: Kernel, plan: Plan) -> tuple[dict[str, Scalar], dict[str, Any]]:
    """The parameters of a notebook for what was resolved, and its presets: settings that no scalar is for, as a config file has them."""
    settings = {path: value for path, value in leaves(repeating_settings(resolved)) if not path.startswith(_NOT_ABOARD)}
    out = dict(base)
    for name, path in _OF_PARAMETER.items():
        if name in out and path in settings:
            out[name] = settings.pop(path)
    settings.pop("dataset_id", None)
    mode = resolved.parameters.setting("mode", "auto")
    out["generation_mode"] = mode if mode == ("pyspark" if kernel == "spark" else "python") else "auto"
    out["dataset_id"] = resolved.parameters.dataset_id
    nested: dict[str, Any] = {}
    for path, value in settings.items():
        block, point, leaf = path.partition(".")
        if point:
            nested.setdefault(block, {})[leaf] = value
        else:
            nested[path] = value
    if "enable_partitioning" in out:
        out["enable_partitioning"] = any(table.partitions for table in plan.tables)
    if plan.output.environment == "warehouse" or (kernel == "spark" and "start_date" in out):
        out["output_mode"] = "table"
    return out, nested


def offered_by(resolved: Resolved) -> dict[str, Offered]:
    """What the template of a dataset offers besides the parameters that every notebook has, by names that Python has."""
    if resolved.template is None:
        return {}
    known = {*_OF_PARAMETER.values(), "generation_settings.mode"}
    found = offered(resolved.template, resolved.variant)
    out: dict[str, Offered] = {}
    for each in found:
        if each.path not in known and not isinstance(each.default, dict | list):
            name = re.sub(r"\W", "_", each.path, flags=re.ASCII)
            out[f"{name}_" if name in out or name in SINGLE or name in SERIES or iskeyword(name) else name] = each
    return out


def scalar(value: Any) -> Scalar:
    return value if isinstance(value, str | int | float | bool) else ""


def told(offered: Offered) -> str:
    """What a notebook has to know of a parameter that a template offers, as source text of literals."""
    told = {"path": offered.path, "min": offered.min, "max": offered.max}
    items = [f"{literal(name)}: {literal(value)}" for name, value in told.items() if value is not None]
    if offered.choices:
        items.append(f"{literal('choices')}: [{', '.join(map(literal, offered.choices))}]")
    return "{" + ", ".join(items) + "}"
