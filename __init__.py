"""Synthetic data for data engineers: plan it, look at it, generate it.

from ingen_fab.synthetic_data import SyntheticDataGenerator
tables = SyntheticDataGenerator(dataset_id="retail_oltp_small", target_rows=100, seed=12345).generate()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# fmt: off
# isort: off
if TYPE_CHECKING:
    from .core.api import SyntheticDataGenerator
    from .core.compile.compilers import Compiled, IncrementalSyntheticDataGenerationCompiler, SyntheticDataGenerationCompiler
    from .core.errors import (ConfigError, DataError, DaysError, DiskFullError, DiskSpaceError, EditedError, ExistsError, ForeignError,
                              InputError, LockedError, NoOutputError, ParameterError, PlaceError, RunCancelled, RunError,
                              SyntheticDataError, UnknownDatasetError, UnknownNameError, WorkerError)
    from .core.execute.execute import Executed
    from .core.job import JobResult, run_job
    from .core.plan.make import make_plan
    from .core.plan.make_series import make_series
    from .core.plan.plan import Plan
    from .core.quality.report import Report
    from .core.quality.validate import validate_output
    from .core.run.cancel import CancelToken
    from .core.run.estimate import estimate
    from .core.run.events import (CheckProgress, DayResult, DaysProgress, Event, LogLine, PhaseChanged, RunFinished, RunResult, RunStarted,
                                  SeriesResult, SystemSample, TableFinished, TableProgress, TableResult)
    from .core.run.preview import preview
    from .core.run.query import query
    from .core.run.series import run_series
    from .core.spark.register import register_spark_source
    from .core.spec.repository import DatasetConfigurationRepository
    from .core.spec.resolve import resolve_parameters
    from .core.version import __version__
    from .core.virtual.connection import virtual
    from .core.written import WrittenDataset, written_dataset
# isort: on

_FACE = {
    "api": "SyntheticDataGenerator",
    "compile.compilers": "Compiled IncrementalSyntheticDataGenerationCompiler SyntheticDataGenerationCompiler",
    "execute.execute": "Executed",
    "errors": "ConfigError DataError DaysError DiskFullError DiskSpaceError EditedError ExistsError ForeignError InputError LockedError "
    "NoOutputError ParameterError PlaceError RunCancelled RunError SyntheticDataError UnknownDatasetError UnknownNameError WorkerError",
    "job": "JobResult run_job", "plan.make": "make_plan", "plan.make_series": "make_series", "plan.plan": "Plan",
    "quality.report": "Report", "quality.validate": "validate_output",
    "run.cancel": "CancelToken", "run.estimate": "estimate",
    "run.events": "CheckProgress DayResult DaysProgress Event LogLine PhaseChanged RunFinished RunResult RunStarted SeriesResult "
    "SystemSample TableFinished TableProgress TableResult",
    "run.preview": "preview", "run.query": "query", "run.series": "run_series",
    "spark.register": "register_spark_source",
    "spec.repository": "DatasetConfigurationRepository", "spec.resolve": "resolve_parameters",
    "version": "__version__", "virtual.connection": "virtual",
    "written": "WrittenDataset written_dataset",
}
# fmt: on
_HOMES = {name: f".core.{module}" for module, names in _FACE.items() for name in names.split()}
__all__ = [
    "CancelToken", "CheckProgress", "Compiled", "ConfigError", "DataError", "DatasetConfigurationRepository", "DayResult", "DaysError",
    "DaysProgress", "DiskFullError", "DiskSpaceError", "EditedError", "Event", "Executed", "ExistsError", "ForeignError",
    "IncrementalSyntheticDataGenerationCompiler", "InputError", "JobResult", "LockedError", "LogLine", "NoOutputError", "ParameterError",
    "PhaseChanged", "PlaceError", "Plan", "Report", "RunCancelled", "RunError", "RunFinished", "RunResult", "RunStarted", "SeriesResult",
    "SyntheticDataError", "SyntheticDataGenerationCompiler", "SyntheticDataGenerator", "SystemSample", "TableFinished", "TableProgress",
    "TableResult", "UnknownDatasetError", "UnknownNameError", "WorkerError", "WrittenDataset", "__version__", "estimate", "make_plan",
    "make_series", "preview", "query", "register_spark_source", "resolve_parameters", "run_job", "run_series", "validate_output",
    "virtual", "written_dataset",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
