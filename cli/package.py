"""`ingen_fab`, the command line that the packages of Ingenious Fabric share."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .commands import NAMES_OF_HELP

_package = typer.Typer(no_args_is_help=True, help="Packages of Ingenious Fabric.", rich_markup_mode=None)
_package.add_typer(app, name="synthetic-data", help="Realistic, relational, time-evolving test data.")
root = typer.Typer(
    no_args_is_help=True,
    help="Ingenious Fabric.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=NAMES_OF_HELP,
)
root.add_typer(_package, name="package")


@root.callback()
def _top(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    if version:
        from .. import __version__
        from .streams import tell

        tell(__version__)
        raise typer.Exit
