"""The commands that look at runs: those that were, two of them, and the one that is at work."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from .commands import Csv, Datasets, Json, OutputDir, Vertical

runs = typer.Typer()

Run = Annotated[str, typer.Argument(help="The id of a run or its beginning, `last`, or `last-1` for the one before.", metavar="RUN")]
JsonLines = Annotated[bool, typer.Option("--json", help="Write what the run tells to standard output, a line of JSON for each event.")]


@runs.command()
def history(output_dir: OutputDir = None, vertical: Vertical = False, csv: Csv = False, as_json: Json = False) -> None:
    """List every run of an output root: when, what, how large, how fast, and what its check found.

    Example: synthetic-data history
    """
    from .history import show_history
    from .tables import form_of

    show_history(output_dir, form_of(as_json=as_json, csv=csv, vertical=vertical))


@runs.command()
def compare(first: Run, second: Run, output_dir: OutputDir = None, datasets: Datasets = None, as_json: Json = False) -> None:
    """Show how two runs differ: settings, rows, digests, and which columns; exit code 1 if they do.

    Values are computed anew, so the runs may be long replaced. Example: synthetic-data compare last-1 last
    """
    from ..core.spec.repository import DatasetConfigurationRepository
    from .history import compare_runs

    raise typer.Exit(compare_runs(first, second, output_dir, as_json, DatasetConfigurationRepository(datasets or (), environ=os.environ)))


@runs.command()
def watch(output_dir: OutputDir = None, as_json: JsonLines = False) -> None:
    """Show the run that is at work under an output root, whoever started it, until it ends.

    Ctrl-C stops watching, and the run goes on. Exit code 1 if it fails, or if its end is not known. Example: synthetic-data watch
    """
    from .history import watch_run

    raise typer.Exit(watch_run(output_dir, as_json))
