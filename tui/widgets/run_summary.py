"""What a run came to, in a few lines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from textual.widgets import Static

from ...core import format as shown
from ...core.run.events import RunResult, SeriesResult
from ..output_root import is_gone
from ..work import aside


class Summary(Static):
    """What a run came to; says, whenever the step is shown, where nothing of it is left any more."""

    _run: RunResult | SeriesResult | None = None
    _was_there = False
    """Whether what the run wrote has been seen."""

    def on_mount(self) -> None:
        """Looks each time when the step is shown."""
        self.watch(self.screen, "stack_updates", self._look, init=False)

    def show(self, run: RunResult | SeriesResult) -> None:
        """Shows another run."""
        self._run, self._was_there = run, False
        self.update("\n".join(_summary(run)))
        self._look()

    def _look(self) -> None:
        if self._run is not None:
            look: Callable[[], Any] = self._look_for
            self.run_worker(look, group="gone", exclusive=True, exit_on_error=False)

    async def _look_for(self) -> None:
        run = self._run
        if run is None:
            return
        files = [table.files[0] for table in run.tables if table.files] if isinstance(run, RunResult) else []
        gone = await aside(partial(is_gone, run.output_root, files))()
        if run is not self._run:
            return
        self._was_there = self._was_there or not gone
        if gone and self._was_there:
            self.update("\n".join([*_summary(run)[:-1], f"what it wrote is not there any more: {run.output_root}"]))


def _summary(result: RunResult | SeriesResult) -> list[str]:
    size = f"{shown.rows(result.rows)} rows, {shown.bytes_(result.bytes)} in {shown.duration(result.seconds)}"
    peak = shown.bytes_(result.peak_memory_bytes)
    cost = f"{shown.rate(result.rows_per_second)}, {result.cpu_cores_used:.1f} cores, peak memory {peak}"
    if not result.peak_memory_bytes:
        # A notebook that ends within a second is never measured.
        cost = shown.rate(result.rows_per_second)
    if isinstance(result, SeriesResult):
        told = f": {result.message}" if result.message else ""
        there = f"; {shown.many(result.there, 'day')} already existed" if result.there else ""
        lines = [f"{result.dataset_id}{told}", f"{shown.many(len(result.days), 'day')}, {size}{there}", f"{cost}; in {result.output_root}"]
        return lines if told else [f"{lines[0]}: {lines[1]}", lines[2]]
    if result.status != "COMPLETED":
        return [f"{result.dataset_id}: {result.message or 'done'}"]
    manifest = f", manifest {result.manifest}" if result.manifest else ""
    return [f"{result.dataset_id}: {size}", cost, f"in {result.output_root}{manifest}"]
