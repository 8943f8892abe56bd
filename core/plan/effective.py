"""Defaults: the values that a dataset and a machine give to settings that are not set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..spec.defaults import declared
from ..spec.repository import DatasetVariant
from .plan import Plan


def effective(variant: DatasetVariant, plan: Plan | None) -> Mapping[str, Any]:
    """Dotted setting -> its value, in the shape of a config file, as long as it is not set.

    What depends on the machine stands there only with a plan.
    """
    out = dict(declared(variant))
    if plan is not None:
        out["output_settings.output_dir"] = plan.output.place
        out["generation_settings.chunk_size"] = plan.work.chunk_size
        out["generation_settings.parallel_workers"] = plan.work.workers
        out["generation_settings.memory_fraction"] = plan.work.memory_fraction
    return out
