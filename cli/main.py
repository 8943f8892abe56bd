"""Entry points: `ingen_fab package synthetic-data …` and, for short, `synthetic-data …`."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    import typer


_OURS: Final = ["package", "synthetic-data"]
_YOUNG: Final = 50_000
"""New objects before Python looks for circles among them: at its own 700, a twentieth of a short run goes into looks that find nothing."""


def _package() -> typer.Typer:
    from .package import root

    return root


def _commands() -> typer.Typer:
    from .app import app

    return app


def _run(load: Callable[[], typer.Typer], name: str, words: Sequence[str], ours: bool) -> NoReturn:
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    # Nothing here computes linear algebra, and numpy would start threads for it that cost as much time as all of its import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Delta's library tells each attempt at finding credentials; what became of it is in the error that follows.
    os.environ.setdefault("RUST_LOG", "error")
    try:
        from ..core.run.abandoned import leave
        from .errors import guarded

        code = guarded(load, name, words, ours)
    except KeyboardInterrupt:
        # While the little that is needed to say so was loaded, or said.
        sys.exit(130)
    leave(code)


def ingen_fab() -> NoReturn:
    """The `ingen_fab` command."""
    words = sys.argv[1:]
    if words[: len(_OURS)] == _OURS:
        _run(_commands, " ".join(["ingen_fab", *_OURS]), words[len(_OURS) :], True)
    _run(_package, "ingen_fab", words, False)


def synthetic_data() -> NoReturn:
    """The `synthetic-data` command."""
    _run(_commands, "synthetic-data", sys.argv[1:], True)
