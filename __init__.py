"""Synthetic data for data engineers: plan it, look at it, generate it.

from ingen_fab.synthetic_data import SyntheticDataGenerator
tables = SyntheticDataGenerator(dataset_id="retail_oltp_small", target_rows=100, seed=12345).generate()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.api import SyntheticDataGenerator
    from .core.plan.make import make_plan
    from .core.plan.plan import Plan
    from .core.run.estimate import estimate
    from .core.run.events import RunResult
    from .core.run.preview import preview
    from .core.run.query import query
    from .core.run.run import run
    from .core.spec.repository import DatasetConfigurationRepository
    from .core.spec.resolve import resolve_parameters

__version__ = "0.1.0"
_HOMES = {
    "DatasetConfigurationRepository": ".core.spec.repository",
    "Plan": ".core.plan.plan",
    "RunResult": ".core.run.events",
    "SyntheticDataGenerator": ".core.api",
    "estimate": ".core.run.estimate",
    "make_plan": ".core.plan.make",
    "preview": ".core.run.preview",
    "query": ".core.run.query",
    "resolve_parameters": ".core.spec.resolve",
    "run": ".core.run.run",
}
__all__ = ["DatasetConfigurationRepository", "Plan", "RunResult", "SyntheticDataGenerator", "estimate", "make_plan",
           "preview", "query", "resolve_parameters", "run"]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(_HOMES[name], __name__), name)
