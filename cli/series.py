"""`generate-incremental` and `generate-series`: the days, the run, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from ..core import format as shown
from ..core.errors import InputError, brief
from ..core.plan.kept import planned_series
from ..core.plan.series import Series
from ..core.run.days_there import Standing, nothing_to_do, standing
from ..core.run.events import SeriesResult
from ..core.run.place import files_folder
from ..core.spec.arrival import DEFAULT_BATCH, MOST_BATCH
from ..core.spec.numbers import whole
from .stopping import code_of, stopping
from .streams import tell, tell_json

if TYPE_CHECKING:
    from ..core.run.estimate import Estimate
    from ..core.spec.enhanced import Template
    from ..core.spec.repository import DatasetConfigurationRepository


@dataclass(frozen=True, slots=True)
class How:
    """How a series is written, besides its settings."""

    batch: int
    """Days that are published together."""
    again: bool = False
    """Whether days that are there are written anew."""
    state: bool | None = None
    dry_run: bool = False
    as_json: bool = False
    execute: bool = False
    """Whether the compiled notebook writes it."""
    quiet: bool = False
    """Whether warnings and errors alone are told."""


def day_of(text: str | None, option: str) -> date:
    """The day of an option; raises InputError, which names today where the option is missing."""
    if text is None:
        raise InputError(f"say which day: {option} YYYY-MM-DD (today is {date.today()})")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option}: `{brief(text)}` is not a day; write it as YYYY-MM-DD, for example {date.today()}") from None


def batch_of(text: str | None, option: str) -> int:
    """The days of a batch; raises InputError, which says how many there may be."""
    try:
        found = DEFAULT_BATCH if text is None else int(whole(text))
    except ValueError as error:
        raise InputError(f"{option}: {error}") from None
    if not 1 <= found <= MOST_BATCH:
        raise InputError(f"{option}: must be from 1 to {MOST_BATCH:,} days, not `{found}`")
    return found


def generate_days(
    dataset_id: str | None,
    first: date | None,
    last: date | None,
    flags: Mapping[str, Any],
    sets: Sequence[str],
    config: Path | None,
    how: How,
    template: Template | None = None,
) -> int:
    """Plans and writes the days that are not there yet; returns the exit code. Without a first day it goes on with what is there."""
    given = {**flags, "incremental_config.state_management": how.state}
    if first is None or last is None:
        first, last = _resumed(dataset_id, last, given, sets, config, template)
    if how.execute:
        from .executing import execute_days, refuse_with_execute

        refuse_with_execute({"--dry-run": how.dry_run})
        return execute_days(dataset_id, (first, last), given, sets, config, template, how.batch, how.again, how.as_json, how.quiet)
    series, repository = planned_series(
        dataset_id, first, last, flags=given, sets=sets, config=config, environ=os.environ, template=template
    )
    if how.dry_run:
        from .days_told import plan_json, plan_lines

        found = standing(series, how.again)
        expected = _expected(series, found, how)
        if how.as_json:
            tell_json(plan_json(series, found, expected))
        else:
            tell(*plan_lines(series, found, expected))
        return 0
    result, heard = (nothing_to_do(series) if not how.again else None), list[int]()
    if result is None:
        result, heard = _run(series, repository, how)
    if how.as_json:
        tell_json(result.to_json())
    elif not how.quiet:
        tell(*_result_lines(series, result))
    return code_of(result.status, heard)


def _resumed(
    dataset_id: str | None,
    last: date | None,
    flags: Mapping[str, Any],
    sets: Sequence[str],
    config: Path | None,
    template: Template | None,
) -> tuple[date, date]:
    from ..core.plan.make_series import as_files
    from ..core.run.resume import resumed
    from ..core.spec.resolve import resolve_parameters

    resolved = as_files(resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, template=template))
    with resolved.naming():
        return resumed(resolved, last)


def _expected(series: Series, found: Standing, how: How) -> Estimate | None:
    # What measures is loaded where something is to be measured.
    from ..core.run.estimate_days import estimate_days

    return estimate_days(series, found.left, how.batch, found.fresh)


def _run(series: Series, repository: DatasetConfigurationRepository, how: How) -> tuple[SeriesResult, list[int]]:
    """What the run did, and the signals that came meanwhile."""
    # What writes is loaded where something is to be written.
    from ..core.run.cancel import CancelToken
    from ..core.run.series import run_series
    from .reporters import reporter

    cancel = CancelToken()
    with stopping(cancel) as heard, reporter(how.quiet) as emit:
        result = run_series(series, batch=how.batch, again=how.again, emit=emit, cancel=cancel, datasets=repository.list())
    return result, heard


def _result_lines(series: Series, result: SeriesResult) -> list[str]:
    plan = series.plan
    there = f"; {shown.many(result.there, 'day')} already existed" if result.there else ""
    if result.status != "COMPLETED":
        return []
    if not result.days:
        return [f"{plan.dataset_id}: nothing to do, {series.span} is there; --ignore-state writes it again"]
    size = f"{shown.many(result.rows, 'row')} of {shown.many(len(result.days), 'day')}"
    lines = [f"{plan.dataset_id}: {size} in {shown.duration(result.seconds)}, seed {plan.seed}{there}"]
    width = max(len(name) for name in plan.names)
    for arrival in series.arrivals:
        rows = sum(day.tables.get(arrival.table.name, 0) for day in result.days)
        lines.append(f"  {arrival.table.name:<{width}}  {shown.rows(rows):>15} rows  {arrival.type}")
    lines.append(f"written to {plan.output.place if plan.output.mode == 'table' else files_folder(plan)}")
    if not plan.output.url:
        lines.append(
            f"not checked; to check it: synthetic-data validate-data {plan.dataset_id} --output-dir {quote(str(plan.output.root))}"
        )
    return lines
