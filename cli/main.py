"""Entry points: `ingen_fab package synthetic-data …` and, for short, `synthetic-data …`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import typer


def _package() -> typer.Typer:
    from .package import root

    return root


def _commands() -> typer.Typer:
    from .commands import app

    return app


def _run(load: Callable[[], typer.Typer], name: str) -> NoReturn:
    try:
        from .errors import guarded

        code = guarded(load, name)
    except KeyboardInterrupt:
        # While the little that is needed to say so was loaded, or said.
        code = 130
    sys.exit(code)


def ingen_fab() -> NoReturn:
    """The `ingen_fab` command."""
    _run(_package, "ingen_fab")


def synthetic_data() -> NoReturn:
    """The `synthetic-data` command."""
    _run(_commands, "synthetic-data")
