"""Which kernel a notebook is compiled for."""

from __future__ import annotations

from ..errors import InputError, ParameterError
from ..plan.plan import Environment, Plan
from ..spec.resolve import Resolved
from .cells import Kernel


def kernels_of(environment: Environment) -> tuple[Kernel, ...]:
    """The kernels that notebooks of an environment may have."""
    return ("python", "spark") if environment == "lakehouse" else ("python",)


def kernel_of(resolved: Resolved, plan: Plan, environment: Environment, asked: Kernel | None, by_day: bool = False) -> Kernel:
    """The kernel of a notebook: the one asked for, else that of the generation mode. Raises InputError for what the kernel cannot write."""
    mode, settings = resolved.parameters.setting("mode", "auto"), resolved.parameters
    files = settings.output_settings.output_mode != "table"
    if environment == "warehouse" and files:
        raise ParameterError("output_settings.output_mode", "a warehouse holds tables: use `table`, or the target environment `lakehouse`")
    many = mode == "auto" and plan.target_rows >= settings.generation_settings.auto_threshold and not files
    wanted = (mode == "pyspark" or many) and environment == "lakehouse" and not (by_day and files)
    chosen: Kernel = asked or ("spark" if wanted else "python")
    if chosen == "spark" and environment == "warehouse":
        raise InputError("a warehouse is loaded by a Python notebook: use the kernel `python`, or the target environment `lakehouse`")
    if chosen == "spark" and by_day and files:
        raise InputError("days as files are written by a Python notebook: use the kernel `python`, or the output mode `table`")
    return chosen
