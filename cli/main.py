"""Entry points: `ingen_fab package synthetic-data …` and, for short, `synthetic-data …`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .commands import app

_EXITS = "Exit codes: 0 done, 1 the run or a check of the data failed, 2 bad input, 3 refused because it exists, 130 cancelled."

app.info.epilog = _EXITS

_package = typer.Typer(no_args_is_help=True, help="Packages of Ingenious Fabric.")
_package.add_typer(app, name="synthetic-data", help="Realistic, relational, time-evolving test data.")
_root = typer.Typer(no_args_is_help=True, help="Ingenious Fabric.", pretty_exceptions_enable=False)
_root.add_typer(_package, name="package")


@_root.callback()
def _top(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    if version:
        from .. import __version__

        print(__version__)
        raise typer.Exit


def _run(application: typer.Typer, name: str) -> None:
    from .errors import guarded

    sys.exit(guarded(application, name))


def ingen_fab() -> None:
    """The `ingen_fab` command."""
    _run(_root, "ingen_fab")


def synthetic_data() -> None:
    """The `synthetic-data` command."""
    _run(app, "synthetic-data")
