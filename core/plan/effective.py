"""Defaults: the values that a dataset and a machine give to settings that are not set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ParameterError
from ..spec.defaults import declared
from ..spec.repository import DatasetVariant
from ..spec.resolve import Resolved
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


def days_unset(resolved: Resolved) -> Mapping[str, str]:
    """Dotted setting -> the day that holds where it is not set: the dataset's own first one, and a last one that moves with the first.

    Empty where what is set makes no history.
    """
    # Only whoever has planned asks, and has imported it.
    from .overrides import in_time

    dataset, parameters = resolved.variant.dataset, resolved.parameters
    endless = parameters.model_copy(update={"history": parameters.history.model_copy(update={"end": None})})
    try:
        end, last = (in_time(dataset, each).history.end for each in (endless, parameters))
    except ParameterError:
        return {}
    return {"history.start": str(dataset.history.start), "history.end": str(end), "as_of": str(last)}
