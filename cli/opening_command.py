"""The command that shows the report of what was written."""

from __future__ import annotations

import os
from typing import Annotated, Optional

import typer

from .browser import show
from .commands import Datasets, OutputDir
from .completing import completed_datasets
from .streams import say, tell

opening = typer.Typer()


@opening.command("open")
def open_report(
    dataset_id: Annotated[
        Optional[str],  # noqa: UP045  # typer reads Optional
        typer.Argument(help="A dataset that was generated [default: that of the newest run].", autocompletion=completed_datasets),
    ] = None,
    output_dir: OutputDir = None,
    datasets: Datasets = None,
    again: Annotated[bool, typer.Option("--again", help="Check again, also where nothing was written since the last time.")] = False,
    only_path: Annotated[bool, typer.Option("--print", help="Write the path of the report to standard output; open nothing.")] = False,
) -> None:
    """Open the HTML report of what was written, in the browser; it is made first where there is none of the newest run.

    Example: synthetic-data open --output-dir out
    """
    from ..core.quality.pages import page_of
    from ..core.run.guarded import bounded
    from ..core.spec.repository import DatasetConfigurationRepository
    from .query import root_of
    from .stopping import stoppable
    from .validate import watched

    root = root_of(output_dir, "open reads")
    repository = DatasetConfigurationRepository(datasets or (), environ=os.environ)
    with stoppable(), bounded(), watched() as progress:
        page = page_of(root, dataset_id, again=again, repository=repository, progress=progress, say=say)
    if not only_path:
        show(page.as_uri(), f"the report is {page}, and --print gives its path alone")
    tell(str(page))
