"""Parameters of compiled notebooks: their defaults for a dataset, and what a template offers besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ..spec.resolve import Resolved, leaves, repeating_settings
from .literals import Scalar, literal

if TYPE_CHECKING:
    from ..spec.offered import Parameter as Offered

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


def offered_by(resolved: Resolved) -> dict[str, Offered]:
    """What the template of a dataset offers besides the parameters that every notebook has, by names that Python has."""
    if resolved.template is None:
        return {}
    from ..spec.offered import offered

    known = {*_OF_PARAMETER.values(), "generation_settings.mode"}
    found = offered(resolved.template, resolved.variant)
    return {each.path.replace(".", "_"): each for each in found if each.path not in known and not isinstance(each.default, dict | list)}


def scalar(value: Any) -> Scalar:
    return value if isinstance(value, str | int | float | bool) else ""


def told_of(offered: Offered) -> str:
    """What a notebook has to know of a parameter that a template offers, as source text of literals."""
    told = {"path": offered.path, "min": offered.min, "max": offered.max}
    items = [f"{literal(name)}: {literal(value)}" for name, value in told.items() if value is not None]
    if offered.choices:
        items.append(f"{literal('choices')}: [{', '.join(map(literal, offered.choices))}]")
    return "{" + ", ".join(items) + "}"


def defaults_of(base: Mapping[str, Scalar], resolved: Resolved) -> dict[str, Scalar]:
    """The parameters of a notebook for what was resolved: scalars where there is one, the JSON text for the rest."""
    settings = {path: value for path, value in leaves(repeating_settings(resolved)) if not path.startswith(_NOT_ABOARD)}
    out = dict(base)
    for name, path in _OF_PARAMETER.items():
        if name in out and path in settings:
            out[name] = settings.pop(path)
    settings.pop("dataset_id", None)
    out["dataset_id"] = resolved.parameters.dataset_id
    nested: dict[str, Any] = {}
    for path, value in settings.items():
        block, point, leaf = path.partition(".")
        if point:
            nested.setdefault(block, {})[leaf] = value
        else:
            nested[path] = value
    out["runtime_params"] = json.dumps(nested, ensure_ascii=True)
    return out
