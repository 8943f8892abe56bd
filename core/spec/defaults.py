"""Defaults: the values that a dataset gives to settings that are not set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .dataset import TemporalPatterns
from .repository import DatasetVariant
from .resolve import own_settings


def declared(variant: DatasetVariant) -> Mapping[str, Any]:
    """Dotted setting -> its value, in the shape of a config file, as long as it is not set."""
    dataset = variant.dataset
    out: dict[str, Any] = {
        "target_rows": variant.target_rows,
        "as_of": dataset.history.end.isoformat(),
        "history.start": dataset.history.start.isoformat(),
        "history.end": dataset.history.end.isoformat(),
        "output_settings.schema": variant.dataset_id,
        "tables": list(dataset.written),
        "generation_settings.mode": "auto",
        "generation_settings.enable_spill": False,
    }
    for name, value in dataset.temporal_patterns.model_dump(mode="json", exclude_defaults=True).items():
        # What the dataset alone says, no setting changes.
        if name in TemporalPatterns.model_fields:
            out[f"temporal_patterns.{name}"] = value
    if variant.incremental:
        del out["target_rows"]
        out["output_settings.output_mode"] = "parquet"
        if variant.rows_per_day is not None:
            out["incremental_config.rows_per_day"] = variant.rows_per_day
    return out | own_settings(variant)
