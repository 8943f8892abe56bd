"""From whatever ends a command to one sentence on standard error and an exit code."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from .stopping import CANCELLED, Stopped
from .streams import Streams, say

if TYPE_CHECKING:
    import typer

    from ..core.errors import SyntheticDataError

_OF_THE_MACHINE: Final = {
    getattr(errno, name, None)
    for name in ("EACCES", "EDQUOT", "EFBIG", "EIO", "EMFILE", "ENAMETOOLONG", "ENFILE", "ENOMEM", "ENOSPC", "EPERM", "EROFS", "ETXTBSY")
}
"""Errors of the machine: a report would not help."""


def guarded(load: Callable[[], typer.Typer], name: str, words: Sequence[str] | None = None, short: bool = False) -> int:
    """Runs a command line, `name` and `words` (None: this process's own); returns its exit code.

    Only SYNTHETIC_DATA_DEBUG=1 shows a traceback. `load` loads the commands; `short` says that a quick reader may come before it.
    """
    streams = Streams()
    debugging = bool(os.environ.get("SYNTHETIC_DATA_DEBUG"))
    if not debugging:
        # Libraries in Rust append backtraces without names to their messages.
        os.environ["RUST_BACKTRACE"] = "0"
    told = False
    try:
        words = sys.argv[1:] if words is None else words
        code = _quick(words) if short else None
        if code is None:
            code = _called(load(), name, words)
    except KeyboardInterrupt:
        code = 130
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        told = isinstance(end, Stopped)
    except BaseException as error:
        # BaseException, because a panic in Rust arrives as one.
        if debugging:
            raise
        code = _told(error)
    if code in CANCELLED:
        # Who presses Ctrl-C again does not wait for what the interpreter does at its end.
        with suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        if not told:
            say("Cancelled.")
    return streams.end(code)


def _quick(words: Sequence[str]) -> int | None:
    if not words or words[0].startswith("-"):
        return None
    from .quick import quick

    return quick(words)


def _called(application: typer.Typer, name: str, words: Sequence[str]) -> int:
    from typer.main import get_command

    code = get_command(application).main(list(words), prog_name=name, standalone_mode=False)
    return code if isinstance(code, int) else 0


def _told(error: BaseException) -> int:
    from ..core.errors import SyntheticDataError, exit_code

    if isinstance(error, SyntheticDataError):
        if exit_code(error) != 130:
            say(f"Error: {_said(error)}")
        return exit_code(error)
    if hasattr(error, "format_message") and hasattr(error, "show"):
        # A wrong option or argument: its class lies in click or inside typer, as the version has it.
        usage = io.StringIO()
        error.show(file=usage)
        say(usage.getvalue())
        elsewhere = _elsewhere(error)
        if elsewhere:
            say(elsewhere)
        return int(getattr(error, "exit_code", 2))
    if isinstance(error, MemoryError):
        say("Error: there is not enough memory; fewer --parallel-workers or a smaller --chunk-size need less")
    elif isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
        say(f"Error: {f'{error.filename}: ' if error.filename else ''}{error.strerror}")
    else:
        from ..core.defects import unforeseen

        say(f"Error: {unforeseen(error)}")
    return 1


def _elsewhere(error: Any) -> str:
    """Of an option that a command does not have: which ones do."""
    wanted, context = getattr(error, "option_name", ""), getattr(error, "ctx", None)
    if not wanted or context is None:
        return ""
    commands = getattr(context.find_root().command, "commands", {})
    found = [name for name, command in commands.items() if any(wanted in parameter.opts for parameter in command.params)]
    return f"{wanted} is an option of {', '.join(found)}." if found and wanted.startswith("--") else ""


def _said(error: SyntheticDataError) -> str:
    """The sentence with the options of the command line for the settings that it names."""
    from ..core.errors import ParameterError
    from ..core.spec.flags import PLACES, option, word

    text = str(error)
    for name in error.settings:
        text = text.replace(f"`{name}`", word(name))
    if isinstance(error, ParameterError) and error.name in PLACES:
        text = text.replace(error.name, option(error.name), 1)
    return text
