"""`validate-data`: what was written, against what is declared."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError
from ..core.format import printable
from ..core.quality.validate import Progress, unwatched, validate_output
from ..core.quality.words import report_lines
from ..core.run.guarded import bounded
from ..core.spec.repository import DatasetConfigurationRepository
from .query import root_of
from .stopping import stoppable
from .streams import say, tell, tell_json

if TYPE_CHECKING:
    from ..core.quality.report import Report


def validate_data(
    dataset_id: str | None,
    output_dir: str | None,
    *,
    config: Path | None,
    schema: str | None,
    mode: str | None,
    environment: str | None,
    day: str | None,
    start: str | None,
    end: str | None,
    as_json: bool,
    junit: Path | None,
    html: Path | None,
    seconds: float,
    quiet: bool = False,
) -> int:
    """Checks, tells, and writes what was asked for; returns the exit code. What is quiet tells of failures alone, on standard error."""
    given = _settings(config)
    first, last = _days(day, start, end)
    chosen = dataset_id or given.get("dataset_id")
    if dataset_id is not None and given.get("dataset_id") not in (None, dataset_id):
        raise InputError(f"the config is for dataset `{given['dataset_id']}`, but `{dataset_id}` was asked for")
    root = root_of(output_dir, "validate-data reads", given.get("output_dir") or "")
    with stoppable(), bounded(), nullcontext(unwatched) if quiet else watched() as progress:
        report = validate_output(
            root,
            chosen,
            schema=schema if schema is not None else given.get("schema"),
            mode=mode or given.get("output_mode"),
            environment=environment or given.get("target_environment"),
            first_day=first,
            last_day=last,
            repository=DatasetConfigurationRepository(environ=os.environ),
            progress=progress,
            seconds=seconds,
            associations=True,
            say=say,
        )
    if junit is not None:
        from ..core.quality.junit import junit as as_junit

        _write(junit, as_junit(report))
    if html is not None:
        from ..core.quality.html import html as as_html

        _write(html, as_html(report))
    if as_json:
        tell_json(report.to_json())
    elif quiet:
        from ..core.quality.words import findings

        say("\n".join(line for found in findings(report) for line in found))
    elif sys.stdout.isatty():
        _show(report)
    else:
        tell(*report_lines(report))
    return int(not report.passed)


def _days(day: str | None, start: str | None, end: str | None) -> tuple[date | None, date | None]:
    """The first and the last day that are asked for; None: that which was written."""
    if (day, start, end) == (None, None, None):
        return None, None
    from .series import day_of

    if day is not None:
        if start is not None or end is not None:
            raise InputError("--date is one day: leave it out, or --start-date and --end-date")
        return day_of(day, "--date"), day_of(day, "--date")
    first = day_of(start, "--start-date") if start is not None else None
    last = day_of(end, "--end-date") if end is not None else None
    if first is not None and last is not None and last < first:
        raise InputError(f"--end-date {last} lies before --start-date {first}")
    return first, last


def _settings(config: Path | None) -> dict[str, str]:
    """The dataset and the output settings that a config file names."""
    if config is None:
        return {}
    from ..core.spec.resolve import resolve_parameters

    parameters = resolve_parameters(config=config, repository=DatasetConfigurationRepository(environ=os.environ)).parameters
    output = parameters.output_settings.model_dump(by_alias=True, exclude_unset=True)
    return {"dataset_id": str(parameters.dataset_id), **{name: str(value) for name, value in output.items() if value is not None}}


def _write(path: Path, text: str) -> None:
    from ..core.spec.export import save

    save(text, path, replace=True)


class watched:  # noqa: N801  # reads as a word in its with statement
    """A line of progress on a terminal's standard error; nothing elsewhere."""

    def __enter__(self) -> Progress:
        if not sys.stderr.isatty():
            return unwatched
        from rich.console import Console
        from rich.text import Text

        self._status = Console(stderr=True).status("checking")
        self._status.start()

        def progress(done: int, total: int, next_: str) -> None:
            self._status.update(Text(printable(f"checking {next_}: {done} of {total}")))

        return progress

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_status"):
            self._status.stop()


def _show(report: Report) -> None:
    """The report on a terminal: failures first, then a line a table."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..core.quality.words import association_line, findings, warnings

    console = Console(highlight=False)
    for found in findings(report):
        first, *rest = map(printable, found)
        console.print(Text("✗ ", "bold red").append(first, "bold"))
        for line in rest:
            console.print(Text(f"  {line}", "dim"))
    for line in warnings(report):
        console.print(Text(printable(line), "yellow"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, side in (("table", "left"), ("rows", "right"), ("checks", "right"), ("failed", "right")):
        table.add_column(name, justify="right" if side == "right" else "left")
    for one in report.tables:
        style = "red" if one.failed else ""
        table.add_row(Text(printable(one.name), style), f"{one.rows:,}", f"{one.checks:,}", Text(str(one.failed or ""), style))
    console.print(table)
    if told := association_line(report):
        console.print(Text(printable(told), "dim"))
    mark = Text("✗ ", "bold red") if report.failures else Text("✓ ", "bold green")
    silent = f"; {len(report.silent)} could not be checked (--json says why)" if report.silent else ""
    console.print(mark.append(printable(f"{report.dataset_id}: {report.headline}{silent}"), "bold"))
