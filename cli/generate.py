"""`generate`: the plan, the run, and what came of it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import format as shown
from ..core import quality
from ..core.job import run_job
from ..core.plan.kept import planned
from ..core.plan.plan import Plan
from ..core.run.cancel import CancelToken
from ..core.run.estimate import Estimate, estimate
from ..core.run.events import RunResult
from ..core.run.place import files_folder
from .reporters import reporter
from .stopping import Stopped, code_of, stopped_by, stopping
from .streams import tell, tell_json

if TYPE_CHECKING:
    from ..core.spec.enhanced import Template


def generate(
    dataset_id: str | None,
    flags: Mapping[str, Any],
    sets: Sequence[str],
    config: Path | None,
    dry_run: bool,
    as_json: bool,
    validate: bool | None = None,
    template: Template | None = None,
    quiet: bool = False,
    inline: bool = False,
) -> int:
    """Plans and runs; returns the exit code, which is the run's own, whatever `validate` finds (None: up to 5 million rows).

    A quiet run tells warnings and errors alone; `inline` shows it as the wizard does, within the terminal.

    Raises Stopped where a signal stopped the check of what was written.
    """
    if inline:
        from ..tui.inline import refuse_no_terminal

        refuse_no_terminal(json=as_json, quiet=quiet, dry_run=dry_run)
    plan, repository = planned(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, template=template)
    if dry_run:
        expected = estimate(plan)
        if as_json:
            tell_json({"plan": plan.to_json(), "estimate": expected.to_json()})
        else:
            tell(*_plan_lines(plan, expected))
        return 0
    cancel = CancelToken()
    if inline:
        from ..tui.inline import run_inline

        with stopping(cancel) as heard:
            job = run_inline(plan, partial(run_job, plan, check=validate, datasets=repository.list()), cancel)
    else:
        with stopping(cancel) as heard, reporter(quiet, lambda: estimate(plan)) as emit:
            job = run_job(plan, emit=emit, cancel=cancel, check=validate, datasets=repository.list(), alone=True)
    result = job.run
    if as_json:
        tell_json(result.to_json())
    elif result.status == "COMPLETED" and not quiet:
        tell(*result_lines(plan, result))
        if job.skipped:
            where = shlex.quote(result.output_root)
            tell(f"not checked, above {quality.CHECKED_AT_ONCE:,} rows; to check it: synthetic-data validate-data --output-dir {where}")
    if job.stopped and heard:
        raise Stopped(stopped_by(heard))
    return code_of(result.status, heard)


def _plan_lines(plan: Plan, expected: Estimate) -> list[str]:
    width = max(len(name) for name in plan.names)
    size = f"{shown.many(plan.rows, 'row')} in {shown.many(len(plan.tables), 'table')}"
    lines = [
        f"{plan.dataset_id}: {size}, seed {plan.seed}, as of {plan.as_of}",
        f"mode: {plan.work.mode} ({plan.work.mode_reason})",
        *([f"writer: {plan.work.writer} ({plan.work.writer_reason}); master {plan.work.master}"] if plan.work.mode == "pyspark" else []),
        *plan.notes,
        "",
    ]
    for table in plan.tables:
        size = shown.bytes_(expected.per_table[table.name].bytes)
        files = f"{len(table.parts)} file{'s' if len(table.parts) > 1 else ''}"
        lines.append(f"  {table.name:<{width}}  {shown.rows(table.rows):>15} rows  {size:>9}  {files}")
    lines += [
        "",
        expected.told(),
        *expected.elsewhere,
        f"output: {plan.output.mode} under {plan.output.place} ({plan.output.environment})",
    ]
    if plan.output.pattern:
        table = max(plan.tables, key=lambda table: len(table.parts))
        lines.append(f"for example {plan.path(table.parts[0])} under {files_folder(plan)}")
    return lines


def on_spark(plan: Plan) -> str:
    """That Spark did it, and how."""
    return f" on Spark (writer {plan.work.writer})" if plan.work.mode == "pyspark" else ""


def result_lines(plan: Plan, result: RunResult) -> list[str]:
    """What a run wrote, and where."""
    width = max(len(name) for name in plan.names)
    took = f"{shown.many(result.rows, 'row')} in {shown.duration(result.seconds)}{on_spark(plan)}"
    lines = [f"{plan.dataset_id}: {took}, seed {plan.seed}, as of {plan.as_of}"]
    for table in result.tables:
        where = os.path.commonpath({os.path.dirname(file) for file in table.files})
        lines.append(
            f"  {table.name:<{width}}  {shown.rows(table.rows):>15} rows  {shown.bytes_(table.bytes):>9}  {table.digest[:16]:<16}  {where}"
        )
    lines.append(f"written to {result.output_root}; manifest {result.manifest}")
    return lines
