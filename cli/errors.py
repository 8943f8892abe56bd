"""From exceptions to one sentence on standard error and an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ..core.errors import SyntheticDataError


def guarded(application: typer.Typer, name: str) -> int:
    """Runs a command line; returns its exit code. Only SYNTHETIC_DATA_DEBUG=1 shows a traceback."""
    from typer.main import get_command

    try:
        code = get_command(application)(prog_name=name)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing is left to say, and Python must not complain at its end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("SYNTHETIC_DATA_DEBUG"):
            raise
        from ..core.errors import SyntheticDataError, exit_code

        if isinstance(error, SyntheticDataError):
            print(f"Error: {_said(error)}", file=sys.stderr)
        else:
            what = f"{type(error).__name__}: {error}".splitlines()[0]
            print(f"Error: this should not have happened ({what}); SYNTHETIC_DATA_DEBUG=1 shows more", file=sys.stderr)
        return exit_code(error)
    return code if isinstance(code, int) else 0


def _said(error: SyntheticDataError) -> str:
    """The sentence with the options of the command line for the settings that it names."""
    from ..core.errors import ParameterError
    from ..core.spec.flags import PLACES, option

    text = str(error)
    for name in error.settings:
        text = text.replace(f"`{name}`", option(f"output_settings.{name}"))
    if isinstance(error, ParameterError) and error.name in PLACES:
        text = text.replace(error.name, option(error.name), 1)
    return text
