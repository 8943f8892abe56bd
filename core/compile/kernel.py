"""Which kernel a notebook is compiled for."""

from __future__ import annotations

from typing import Final

from ..errors import InputError, ParameterError
from ..plan.plan import Environment, Plan
from ..spec.parameters import SparkSettings
from ..spec.resolve import Resolved
from .cells import Kernel


def kernels_of(environment: Environment) -> tuple[Kernel, ...]:
    """The kernels that notebooks of an environment may have."""
    return ("python", "spark") if environment == "lakehouse" else ("python",)


_MODE: Final = "generation_settings.mode"
_LOADED: Final = "a warehouse is loaded by a Python notebook: use the {} `python`, or the target environment `lakehouse`"
_FILES: Final = "days as files are written by a Python notebook: use the {} `python`, or the output mode `table`"


def refuse_spark(resolved: Resolved) -> None:
    """Raises ParameterError for settings of a session of Spark: a notebook has the one of its workspace."""
    for name in SparkSettings.model_fields:
        if getattr(resolved.parameters.spark, name) != getattr(SparkSettings(), name):
            given = next((path for path in resolved.origins if path.startswith(f"spark.{name}.")), f"spark.{name}")
            raise ParameterError(given, "a notebook has the session of its workspace, and the writer of its kernel: leave it out")


def refuse_kernel(environment: Environment, kernel: Kernel) -> None:
    """Raises InputError for a kernel that cannot write to an environment."""
    if kernel not in kernels_of(environment):
        raise InputError(_LOADED.format("kernel"))


def kernel_of(resolved: Resolved, plan: Plan, environment: Environment, asked: Kernel | None, by_day: bool = False) -> Kernel:
    """The kernel of a notebook: the one asked for, else that of the generation mode.

    Raises InputError for what the kernel cannot write, and for a mode that it has not.
    """
    mode, settings = resolved.parameters.setting("mode", "auto"), resolved.parameters
    files = settings.output_settings.output_mode != "table"
    if environment == "warehouse" and files:
        raise ParameterError("output_settings.output_mode", "a warehouse holds tables: use `table`, or the target environment `lakehouse`")
    many = mode == "auto" and plan.target_rows >= settings.generation_settings.auto_threshold and not files
    chosen: Kernel = asked or ("spark" if mode == "pyspark" or (many and environment == "lakehouse") else "python")
    if asked is not None and mode not in ("auto", "pyspark" if asked == "spark" else "python"):
        raise ParameterError(_MODE, f"is `{mode}`, which the kernel `{asked}` has not: leave one of them out")
    setting = "kernel" if asked is not None else "generation mode"
    if chosen == "spark" and environment == "warehouse":
        raise InputError(_LOADED.format(setting))
    if chosen == "spark" and by_day and files:
        raise InputError(_FILES.format(setting))
    return chosen
