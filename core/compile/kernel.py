"""Which kernel a notebook is compiled for."""

from __future__ import annotations

from ..errors import InputError, ParameterError
from ..plan.plan import Environment, Plan
from ..spec.resolve import Resolved
from .cells import Kernel


def kernels_of(environment: Environment) -> tuple[Kernel, ...]:
    """The kernels that notebooks of an environment may have."""
    return ("python", "spark") if environment == "lakehouse" else ("python",)


def kernel_of(resolved: Resolved, plan: Plan, environment: Environment, asked: Kernel | None) -> Kernel:
    """The kernel of a notebook: the one asked for, else that of the generation mode; raises InputError for Spark where files are wanted."""
    mode = resolved.parameters.setting("mode", "auto")
    by_rows = mode == "auto" and plan.target_rows >= resolved.parameters.generation_settings.auto_threshold and plan.output.mode == "table"
    files = resolved.parameters.output_settings.output_mode != "table"
    if environment == "warehouse" and files:
        raise ParameterError("output_settings.output_mode", "a warehouse holds tables: use `table`, or the target environment `lakehouse`")
    wanted = (mode == "pyspark" or by_rows) and environment == "lakehouse" and not files
    chosen: Kernel = asked or ("spark" if wanted else "python")
    if chosen == "spark" and environment == "warehouse":
        raise InputError("a warehouse is loaded by a Python notebook: use the kernel `python`, or the target environment `lakehouse`")
    if chosen == "spark" and files:
        raise InputError("a Spark notebook writes tables: use the kernel `python`, or the output mode `table`")
    return chosen


def notes_of(resolved: Resolved, chosen: Kernel) -> tuple[str, ...]:
    """What somebody who asked for Spark should know of a Python notebook."""
    if chosen == "spark" or resolved.parameters.setting("mode", "auto") != "pyspark":
        return ()
    return ("the generation mode is pyspark, and a Python notebook is compiled: Spark notebooks write tables of a lakehouse alone",)
