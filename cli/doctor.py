"""`doctor`: what the machine has of all that runs need."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .commands import Json, OutputDir
from .options import HELP
from .streams import tell, tell_json

machine = typer.Typer()


@machine.command()
def doctor(
    output_dir: OutputDir = None,
    spark_master: Annotated[str, typer.Option("--spark-master", help=HELP["spark.master"], show_default=False)] = "local[*]",
    as_json: Json = False,
) -> None:
    """Show what runs find here: Python, libraries, memory, disk, Java, Spark, its jars and its cluster.

    What is missing stands with its remedy. The exit code is 1 where no run can work; Spark may be missing.
    Example: synthetic-data doctor
    """
    from ..core.doctor import examine

    found = examine(_folder(output_dir), spark_master)
    if as_json:
        tell_json([asdict(finding) for finding in found])
    else:
        width = max(len(finding.name) for finding in found)
        for finding in found:
            tell(f"{'!' if finding.remedy else ' '} {finding.name:<{width}}  {finding.value}")
            if finding.remedy:
                tell(f"  {'':<{width}}  {finding.remedy}")
    if any(finding.remedy and finding.needed for finding in found):
        raise typer.Exit(1)


def _folder(output_dir: str | None) -> Path:
    """Whose disk is looked at; the place of the environment may be an object store, which has none."""
    from ..core.spec.urls import is_url, local_root

    usual = os.environ.get("SYNTHETIC_DATA_DIR") or "synthetic_data"
    return local_root(output_dir or (usual if not is_url(usual) else "."), "doctor looks at", "name a folder, or leave it out")
