"""Compiling what somebody chose at a front end: a dataset or days of it, with what else was asked for."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ..frozen import dataclass
from ..spec.arrival import DEFAULT_BATCH
from ..spec.resolve import Resolved
from .cells import Kernel
from .compilers import LAKEHOUSE, WAREHOUSE, Compiled, IncrementalSyntheticDataGenerationCompiler

WEEK: Final = timedelta(days=6)
"""From the first day to the last of a series that nobody names: the last week of the history."""


@dataclass(frozen=True, slots=True)
class How:
    """How a workspace is compiled, besides what is in it."""

    folder: Path
    lakehouse: str = LAKEHOUSE
    warehouse: str = WAREHOUSE
    force: bool = False
    kernel: Kernel | None = None
    include_ddl: bool = True
    pipeline: bool = False
    days: tuple[date, date] | None = None
    """First and last; None: the whole dataset, and of one that arrives day by day its last week."""
    batch: int = DEFAULT_BATCH
    """So many days are published together."""
    name: str = ""
    """Of the notebook; empty: after its dataset."""

    def compiler(self) -> IncrementalSyntheticDataGenerationCompiler:
        """The compiler of both kinds."""
        return IncrementalSyntheticDataGenerationCompiler(self.folder, lakehouse=self.lakehouse, warehouse=self.warehouse, force=self.force)


def compiled(resolved: Resolved, how: How) -> Compiled:
    """The workspace of what was resolved; raises what the compilers raise."""
    days = how.days
    if days is None and resolved.variant.incremental:
        from ..plan.overrides import in_time

        last = in_time(resolved.variant.dataset, resolved.parameters).history.end
        days = last - WEEK, last
    if days is None:
        return how.compiler().compile(
            resolved=resolved, kernel=how.kernel, include_ddl=how.include_ddl, pipeline=how.pipeline, name=how.name
        )
    return how.compiler().compile_series(
        resolved=resolved,
        start=days[0],
        end=days[1],
        batch_size=how.batch,
        kernel=how.kernel,
        include_ddl=how.include_ddl,
        pipeline=how.pipeline,
        name=how.name,
    )
